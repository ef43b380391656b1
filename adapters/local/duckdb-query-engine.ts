import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parsePrimitive, type SchemaField } from '../../core/iceberg/schema.ts';
import type { IcebergIo } from '../../core/iceberg/table.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import { type QueryEngine, QueryFailedError } from '../../core/ports/query-engine.ts';
import type { TableCatalog, TableIdentifier } from '../../core/ports/table-catalog.ts';
import { SESSION_STATEMENTS } from '../../core/sql/macros.ts';
import { quoteText } from '../../core/sql/quoting.ts';
import {
  type QueriedTable,
  type QueryableTable,
  type TranspiledQuery,
  transpileQuery,
} from '../../core/sql/transpile.ts';
import { toAthenaText } from './duckdb-athena-text.ts';
import { openResultFiles } from './duckdb-result-files.ts';
import { createStagingTable, insertIntoStagingTable } from './duckdb-staging.ts';
import { readStatement } from './duckdb-statement.ts';
import { tableScanSql } from './duckdb-table-scan.ts';
import { localPathOf } from './folder-store.ts';
import { planQueriedScan, tableFinder } from './queried-scan.ts';

/** What the local engine stands on. */
export type DuckDbQueryEngineOptions = {
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly clock: Clock;
  /** Local folder for results, a file a query. */
  readonly resultsFolder: string;
  /** Local folder for DuckDB's spill and scratch files. */
  readonly scratchFolder: string;
  /** @default the machine's cores */
  readonly threads?: number;
  /** As DuckDB writes it, `2GB`. @default DuckDB's own, 80% of memory */
  readonly memoryLimit?: string;
  /** What to say of a table that a query names and the catalog does not have. @default that it is unknown */
  readonly explainMissing?: (table: TableIdentifier) => string | undefined;
};

/** A query engine with an end, and with typed export. */
export type DuckDbQueryEngine = QueryEngine & {
  /** Runs a select and writes its typed rows to a local file. @throws QueryFailedError */
  copyTo(
    sql: string,
    target: { readonly file: string; readonly format: 'csv' | 'json' | 'parquet' },
  ): Promise<{ readonly rows: number }>;
  close(): void;
};

const COPY_OPTIONS = {
  csv: 'format csv, header',
  json: 'format json, array true',
  parquet: 'format parquet, compression zstd',
} as const;

/** Opens Athena's stand-in on one machine: the same statements, run by DuckDB over the lake's Iceberg tables. */
export async function openDuckDbQueryEngine(options: DuckDbQueryEngineOptions): Promise<DuckDbQueryEngine> {
  const { resultsFolder, scratchFolder, clock, explainMissing } = options;
  await Promise.all([resultsFolder, scratchFolder].map((folder) => mkdir(folder, { recursive: true })));
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: scratchFolder,
    ...(options.threads !== undefined && { threads: String(options.threads) }),
    ...(options.memoryLimit !== undefined && { memory_limit: options.memoryLimit }),
  });
  const io: IcebergIo = { store: options.store, catalog: options.catalog, clock };
  const results = openResultFiles(resultsFolder);
  const idle: DuckDBConnection[] = [];

  // Macros are a connection's own, so connections are kept and used again; statements side by side have one each.
  const withConnection = async <Result>(
    work: (connection: DuckDBConnection) => Promise<Result>,
  ): Promise<Result> => {
    const connection = idle.pop() ?? (await openConnection(instance));
    try {
      return await work(connection);
    } catch (cause) {
      if (cause instanceof QueryFailedError) throw cause;
      throw new QueryFailedError(cause instanceof Error ? cause.message : String(cause), { cause });
    } finally {
      idle.push(connection);
    }
  };

  return {
    run: (sql) =>
      withConnection(async (connection) => {
        const started = clock.now();
        const queryExecutionId = randomUUID();
        const statement = readStatement(sql);
        const { query, bytes, scannedRows } = await translate(
          { io, connection, explainMissing },
          statement.select,
        );
        const staging = { io, connection, scratch: scratchFolder };
        if (statement.kind === 'select')
          await results.write(
            queryExecutionId,
            { columns: query.columns, scannedRows },
            readRows(connection, query),
          );
        else {
          if (statement.kind === 'insert') await insertIntoStagingTable(staging, statement.table, query);
          else await createStagingTable(staging, statement, query);
          await results.write(queryExecutionId, { columns: [], scannedRows }, noRows());
        }
        return { queryExecutionId, dataScannedInBytes: bytes, executionTimeInMillis: clock.now() - started };
      }),
    results: async (queryExecutionId) => {
      const { columns, rows } = await results.read(queryExecutionId);
      return { columns, rows };
    },
    scannedRows: async (queryExecutionId) => (await results.read(queryExecutionId)).scannedRows,
    copyTo: (sql, { file, format }) =>
      withConnection(async (connection) => {
        const statement = readStatement(sql);
        if (statement.kind !== 'select')
          throw new QueryFailedError(`${statement.kind} has no rows, expected a select`);
        const { query } = await translate({ io, connection, explainMissing }, statement.select);
        const unfinished = `${file}.${randomUUID()}.part`;
        try {
          const copied = await connection.runAndReadAll(
            `copy (${query.sql}) to ${quoteText(unfinished)} (${COPY_OPTIONS[format]})`,
          );
          await rename(unfinished, file);
          return { rows: Number(copied.getRows()[0]?.[0] ?? 0) };
        } finally {
          await rm(unfinished, { force: true });
        }
      }),
    close: () => {
      for (const connection of idle.splice(0)) connection.closeSync();
      instance.closeSync();
    },
  };
}

async function openConnection(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run(SESSION_STATEMENTS.join(';\n'));
  return connection;
}

type TranslationEnvironment = Pick<DuckDbQueryEngineOptions, 'explainMissing'> & {
  readonly io: IcebergIo;
  readonly connection: DuckDBConnection;
};

/** The select in DuckDB's text over the lake's files, and the size of these. */
async function translate(
  { io, connection, explainMissing }: TranslationEnvironment,
  select: string,
): Promise<{ readonly query: TranspiledQuery; readonly bytes: number; readonly scannedRows: number }> {
  let [bytes, scannedRows] = [0, 0];
  const find = tableFinder(io);
  const resolve = async (queried: QueriedTable): Promise<QueryableTable | undefined> => {
    const plan = await planQueriedScan(io, find, queried);
    if (!plan) {
      const reason = explainMissing?.(queried);
      if (reason !== undefined) throw new QueryFailedError(reason);
      return undefined;
    }
    for (const { file } of plan.tasks) {
      bytes += Number(file.fileSizeInBytes);
      scannedRows += Number(file.recordCount);
    }
    const columns = plan.schema.fields.map((field) => ({ name: field.name, type: athenaType(field) }));
    return { columns, duckdb: await tableScanSql(connection, plan, localPathOf) };
  };
  const query = await transpileQuery(select, { mode: 'query', resolve });
  return { query, bytes, scannedRows };
}

/** The type that Athena shows for an Iceberg column. */
function athenaType({ type }: SchemaField): string {
  const primitive = parsePrimitive(type);
  switch (primitive?.kind) {
    case 'int':
      return 'integer';
    case 'long':
      return 'bigint';
    case 'float':
      return 'real';
    case 'string':
      return 'varchar';
    case 'timestamp':
      return 'timestamp(6)';
    case 'timestamptz':
      return 'timestamp(6) with time zone';
    case 'decimal':
      return `decimal(${primitive.precision},${primitive.scale})`;
    case 'binary':
    case 'fixed':
      return 'varbinary';
    default:
      return primitive?.kind ?? String(type);
  }
}

async function* readRows(
  connection: DuckDBConnection,
  query: TranspiledQuery,
): AsyncGenerator<readonly (string | null)[]> {
  const types = query.columns.map(({ type }) => type);
  const result = await connection.stream(query.sql);
  for await (const rows of result.yieldRows()) {
    for (const row of rows) yield row.map((value, index) => toAthenaText(value, types[index]!));
  }
}

async function* noRows(): AsyncGenerator<readonly (string | null)[]> {}
