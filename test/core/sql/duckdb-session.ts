import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { toAthenaText } from '../../../adapters/local/duckdb-athena-text.ts';
import type { SqlColumn, SqlMode } from '../../../core/sql/dialect.ts';
import { SESSION_STATEMENTS } from '../../../core/sql/macros.ts';
import { transpileQuery } from '../../../core/sql/transpile.ts';

/** A DuckDB connection that runs statements in Athena's dialect over tables made in DuckDB. */
export type AthenaSession = {
  readonly connection: DuckDBConnection;
  /** Types and rows as Athena tells them; NULL is the text `null`. */
  ask(
    sql: string,
    mode?: SqlMode,
  ): Promise<{ readonly types: readonly string[]; readonly rows: readonly (readonly string[])[] }>;
  close(): void;
};

/** Opens a session; `tables` are columns by `database.table`, whose rows are in DuckDB tables named `database_table`. */
export async function openAthenaSession(
  tables: Readonly<Record<string, readonly SqlColumn[]>> = {},
): Promise<AthenaSession> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(SESSION_STATEMENTS.join(';\n'));
  return {
    connection,
    ask: async (sql, mode = 'query') => {
      const query = await transpileQuery(sql, {
        mode,
        resolve: async ({ database, table }) => {
          const columns = tables[`${database}.${table}`];
          return columns && { columns, duckdb: `${database}_${table}` };
        },
      });
      const types = query.columns.map(({ type }) => type);
      const rows = (await connection.runAndReadAll(query.sql)).getRows();
      return {
        types,
        rows: rows.map((row) => row.map((value, index) => toAthenaText(value, types[index]!) ?? 'null')),
      };
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
