import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { auditColumns, columnsOfTable } from '../../core/contract/columns-of-table.ts';
import { databaseOf, type Layer, type Pack, type TableReference } from '../../core/contract/contract.ts';
import { formatScalarType } from '../../core/contract/scalar-type.ts';
import type { SqlColumn } from '../../core/sql/dialect.ts';
import { readTableGraph, type TableGraph } from '../../core/sql/graph.ts';
import { SESSION_STATEMENTS } from '../../core/sql/macros.ts';
import { renderAudit, renderSelect } from '../../core/sql/render.ts';
import { type QueryableTable, transpileQuery } from '../../core/sql/transpile.ts';

/** A cell as text, the form in which both engines are compared; null is SQL's NULL. */
export type Cell = string | null;
/** Rows of a table by column name. */
export type TableRows = readonly Readonly<Record<string, Cell>>[];
/** One check's row of the audit. */
export type AuditRow = {
  readonly check_id: string;
  readonly failed_rows: number;
  readonly observed: Cell;
  readonly expected: Cell;
};

/**
 * A pack's SQL on DuckDB without a lake around it: given bronze rows, expect rows. What runs is what a refresh runs, rendered
 * and translated by the same core.
 */
export type SqlHarness = {
  readonly pack: Pack;
  /** Replaces the rows of a bronze table; a column left out is null, `loaded_at` is given. */
  putBronze(name: string, rows: TableRows): Promise<void>;
  /** Builds every silver table, then with `asOf` every gold table. */
  build(asOf?: string): Promise<void>;
  /** Runs a statement of DuckDB on the built tables, to spoil them and see that checks notice. */
  run(statement: string): Promise<void>;
  /** All rows of a table in no particular order, audit columns of gold left out. */
  read(table: TableReference): Promise<TableRows>;
  /** C1, C2, C3 and the checks of one table, by id. */
  audit(table: TableReference, asOf?: string): Promise<ReadonlyMap<string, AuditRow>>;
  close(): void;
};

/** Opens an empty harness for the pack. @throws Error that lists the problems of its SQL */
export async function openSqlHarness(pack: Pack): Promise<SqlHarness> {
  const { graph, problems } = await readTableGraph(pack);
  if (!graph) throw new Error(problems.map((problem) => problem.message).join('\n'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  for (const statement of SESSION_STATEMENTS) await connection.run(statement);
  for (const layer of ['bronze', 'silver', 'gold'] as const) {
    await connection.run(`create schema ${databaseOf(pack.name, layer)}`);
  }
  for (const { name } of pack.bronze) await createTable(connection, pack, { layer: 'bronze', name });

  const resolve = ({ layer, name }: TableReference) => ({
    database: databaseOf(pack.name, layer),
    table: name,
  });
  const toDuckDb = async (sql: string): Promise<string> => {
    const translated = await transpileQuery(sql, {
      mode: 'query',
      resolve: async ({ database, table }) => findTable(pack, database, table),
    });
    return translated.sql;
  };
  // Most tests build the same statements over other rows, and making them takes longer than running them.
  const statements = new Map<string, Promise<string>>();
  const statementOnce = (key: string, make: () => Promise<string>): Promise<string> => {
    const statement = statements.get(key) ?? make().then(toDuckDb);
    statements.set(key, statement);
    return statement;
  };
  return {
    pack,
    putBronze: (name, rows) => putRows(connection, pack, { layer: 'bronze', name }, rows),
    build: (asOf) => buildTables(connection, graph, statementOnce, resolve, asOf),
    run: async (statement) => {
      await connection.run(statement);
    },
    read: async (table) => {
      const columns = columnsOf(pack, table).filter(
        ({ name }) => table.layer !== 'gold' || !auditColumns.gold.some((audit) => audit.name === name),
      );
      const cells = columns.map(({ name }) => `cast(${name} as varchar) as ${name}`).join(', ');
      return readRows(connection, `select ${cells} from ${databaseOf(pack.name, table.layer)}.${table.name}`);
    },
    audit: async ({ layer, name }, asOf) => {
      const model = graph.nodes.find((node) => node.model.layer === layer && node.model.name === name)?.model;
      if (!model) throw new Error(`${layer}.${name} is not a table of pack ${pack.name}`);
      const options = { pack, resolve, ...(asOf === undefined ? {} : { asOf }) };
      const sql = await statementOnce(`audit ${layer}.${name} ${asOf}`, () =>
        renderAudit(model, model.checks, options),
      );
      const rows = await readRows(connection, sql);
      return new Map(
        rows.map((row) => [
          String(row.check_id),
          {
            check_id: String(row.check_id),
            failed_rows: Number(row.failed_rows),
            observed: row.observed ?? null,
            expected: row.expected ?? null,
          },
        ]),
      );
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function buildTables(
  connection: DuckDBConnection,
  graph: TableGraph,
  statementOnce: (key: string, make: () => Promise<string>) => Promise<string>,
  resolve: (reference: TableReference) => { readonly database: string; readonly table: string },
  asOf: string | undefined,
): Promise<void> {
  for (const { model } of graph.nodes) {
    if (model.layer === 'gold' && asOf === undefined) continue;
    const sql = await statementOnce(`select ${model.layer}.${model.name} ${asOf}`, () =>
      renderSelect(model, {
        pack: graph.pack,
        resolve,
        ...(asOf === undefined ? {} : { asOf }),
        runId: 'run-1',
        builtAt: 0,
      }),
    );
    await connection.run(
      `create or replace table ${databaseOf(model.pack, model.layer)}.${model.name} as ${sql}`,
    );
  }
}

function columnsOf(pack: Pack, { layer, name }: TableReference): readonly SqlColumn[] {
  const contracts = layer === 'bronze' ? pack.bronze : pack.models;
  const contract = contracts.find((candidate) => candidate.layer === layer && candidate.name === name);
  if (!contract) throw new Error(`${layer}.${name} is not a table of pack ${pack.name}`);
  return columnsOfTable(contract).map((column) => ({
    name: column.name,
    type: formatScalarType(column.type),
  }));
}

function findTable(pack: Pack, database: string, table: string): QueryableTable | undefined {
  const layer = (['bronze', 'silver', 'gold'] as const).find(
    (each): each is Layer => databaseOf(pack.name, each) === database,
  );
  if (layer === undefined) return undefined;
  return { columns: columnsOf(pack, { layer, name: table }), duckdb: `${database}.${table}` };
}

async function createTable(connection: DuckDBConnection, pack: Pack, table: TableReference): Promise<void> {
  const columns = columnsOf(pack, table).map(
    ({ name, type }) => `${name} ${type.replace('timestamp(6)', 'timestamp')}`,
  );
  await connection.run(
    `create or replace table ${databaseOf(pack.name, table.layer)}.${table.name} (${columns.join(', ')})`,
  );
}

async function putRows(
  connection: DuckDBConnection,
  pack: Pack,
  table: TableReference,
  rows: TableRows,
): Promise<void> {
  await createTable(connection, pack, table);
  const columns = columnsOf(pack, table);
  const literal = (cell: Cell | undefined) => (cell == null ? 'null' : `'${cell.replaceAll("'", "''")}'`);
  for (let start = 0; start < rows.length; start += 1000) {
    const values = rows
      .slice(start, start + 1000)
      .map(
        (row) =>
          `(${columns.map(({ name }) => literal(name === 'loaded_at' ? '2026-01-01' : row[name])).join(', ')})`,
      );
    await connection.run(
      `insert into ${databaseOf(pack.name, table.layer)}.${table.name} values ${values.join(', ')}`,
    );
  }
}

async function readRows(connection: DuckDBConnection, sql: string): Promise<TableRows> {
  const reader = await connection.runAndReadAll(sql);
  const names = reader.columnNames();
  return reader
    .getRows()
    .map((row) =>
      Object.fromEntries(names.map((name, index) => [name, row[index] === null ? null : String(row[index])])),
    );
}
