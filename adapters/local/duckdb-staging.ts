import type { DuckDBConnection } from '@duckdb/node-api';
import type { ScalarType } from '../../core/contract/contract.ts';
import { commitSnapshot } from '../../core/iceberg/commit.ts';
import type { DataFile } from '../../core/iceberg/data-file.ts';
import { partitionSpecOf } from '../../core/iceberg/partition-spec.ts';
import { type ColumnDefinition, formatType, schemaOf } from '../../core/iceberg/schema.ts';
import { createTable, type IcebergIo, type IcebergTable, loadTable } from '../../core/iceberg/table.ts';
import { currentSchema, currentSpec } from '../../core/iceberg/table-metadata.ts';
import { writeDataFiles } from '../../core/iceberg/write-data-files.ts';
import { QueryFailedError } from '../../core/ports/query-engine.ts';
import { formatTable, type TableIdentifier } from '../../core/ports/table-catalog.ts';
import { quoteIdentifier } from '../../core/sql/quoting.ts';
import { parseSqlType } from '../../core/sql/sql-type.ts';
import type { TranspiledQuery } from '../../core/sql/transpile.ts';
import type { Statement } from './duckdb-statement.ts';

/** Athena writes at most this many partitions in one statement. */
const MOST_PARTITIONS = 100;

/** What writing a staging table needs. */
export type StagingContext = {
  readonly io: IcebergIo;
  readonly connection: DuckDBConnection;
  readonly scratch: string;
};

/** Runs a CTAS: a new Iceberg table with the rows of the query as its first snapshot. */
export async function createStagingTable(
  context: StagingContext,
  statement: Extract<Statement, { kind: 'create table as' }>,
  query: TranspiledQuery,
): Promise<void> {
  const { io } = context;
  const { table } = statement;
  demandStaging(table);
  const location = statement.location.replace(/\/+$/, '');
  if (await loadTable(io, table)) throw new QueryFailedError(`table ${formatTable(table)} exists already`);
  for await (const found of io.store.list(`${location}/`))
    throw new QueryFailedError(`location ${statement.location} is not empty: ${found.location}`);
  const schema = schemaOf(query.columns.map(readColumn));
  demandDistinctNames(query);
  const partitionSpec = partitionSpecOf(schema, statement.partitioning);
  const files = await writeRows(context, query, {
    schema,
    partitionSpec,
    location,
  });
  const created = await createTable(io, table, { location, schema, partitionSpec });
  if (created.metadata.location !== location)
    throw new QueryFailedError(`table ${formatTable(table)} was created by another statement meanwhile`);
  await append(io, table, files);
}

/** Runs an insert into a staging table; columns go by their place. */
export async function insertIntoStagingTable(
  context: StagingContext,
  table: TableIdentifier,
  query: TranspiledQuery,
): Promise<void> {
  demandStaging(table);
  const found = await loadTable(context.io, table);
  if (!found) throw new QueryFailedError(`unknown table ${formatTable(table)}`);
  demandSameColumns(found, query);
  const schema = currentSchema(found.metadata);
  const names = schema.fields.map((field) => quoteIdentifier(field.name)).join(', ');
  const files = await writeRows(
    context,
    { ...query, sql: `select * from (${query.sql}) as inserted(${names})` },
    {
      schema,
      partitionSpec: currentSpec(found.metadata),
      location: found.metadata.location.replace(/\/+$/, ''),
    },
  );
  await append(context.io, table, files);
}

type Target = Pick<Parameters<typeof writeDataFiles>[1], 'schema' | 'partitionSpec'> & {
  readonly location: string;
};

async function writeRows(
  { io, connection, scratch }: StagingContext,
  query: TranspiledQuery,
  { schema, partitionSpec, location }: Target,
): Promise<readonly DataFile[]> {
  const files = await writeDataFiles(connection, {
    select: query.sql,
    schema,
    partitionSpec,
    tableLocation: location,
    folder: '',
    scratch,
    store: io.store,
  });
  const partitions = new Set(files.map((file) => file.partition.map(String).join('\n')));
  if (partitions.size > MOST_PARTITIONS) {
    await io.store.remove(files.map((file) => file.path));
    throw new QueryFailedError(
      `${partitions.size} partitions in one statement, expected at most ${MOST_PARTITIONS} as on Athena`,
    );
  }
  return files;
}

async function append(io: IcebergIo, table: TableIdentifier, files: readonly DataFile[]): Promise<void> {
  await commitSnapshot(io, table, async () => ({ operation: 'append', add: files }));
}

function demandStaging({ database, table }: TableIdentifier): void {
  if (!database.endsWith('_staging'))
    throw new QueryFailedError(
      `${database}.${table} is no staging table: other tables are written by the pipeline`,
    );
}

function demandDistinctNames({ columns }: TranspiledQuery): void {
  const names = columns.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new QueryFailedError(`column "${twice}" is given twice`);
}

function demandSameColumns(table: IcebergTable, { columns }: TranspiledQuery): void {
  const expected = currentSchema(table.metadata).fields.map((field) => formatType(field.type));
  const given = schemaOf(columns.map(readColumn)).fields.map((field) => formatType(field.type));
  if (JSON.stringify(expected) !== JSON.stringify(given))
    throw new QueryFailedError(
      `insert of (${given.join(', ')}) into ${formatTable(table.identifier)}, expected (${expected.join(', ')})`,
    );
}

/** A column of the query as one of an Iceberg table, of a type that Athena takes there. */
function readColumn({ name, type }: TranspiledQuery['columns'][number]): ColumnDefinition {
  const parsed = parseSqlType(type);
  const refused = new QueryFailedError(
    `column "${name}" is ${type}, which no Iceberg table of the lake can hold`,
  );
  switch (parsed?.kind) {
    case 'varchar':
      return { name, type: { kind: 'varchar' } };
    case 'decimal':
      return { name, type: { kind: 'decimal', precision: parsed.precision, scale: parsed.scale } };
    case 'timestamp':
    case 'timestamptz':
      if (parsed.precision !== 6)
        throw new QueryFailedError(`column "${name}" is ${type}, expected timestamp(6)`);
      return { name, type: { kind: parsed.kind } };
    case 'boolean':
    case 'integer':
    case 'bigint':
    case 'real':
    case 'double':
    case 'date':
      return { name, type: { kind: parsed.kind } as ScalarType };
    default:
      throw refused;
  }
}
