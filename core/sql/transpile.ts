import type { SourcePosition } from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import type { SqlColumn, SqlMode } from './dialect.ts';

/** A table as a query names it: its identifier and, if written, the snapshot after `for version as of`. */
export type QueriedTable = TableIdentifier & { readonly snapshotId?: string };

/** What {@link transpileQuery} needs to know of a table: its columns in order, with Trino's type names, and DuckDB's text for it. */
export type QueryableTable = { readonly columns: readonly SqlColumn[]; readonly duckdb: string };

/** DuckDB's text of a query and the columns that Athena would answer with. */
export type TranspiledQuery = { readonly sql: string; readonly columns: readonly SqlColumn[] };

/** The SQL cannot be run, or would not mean the same on both engines; says why and where. */
export class SqlProblemError extends Error {
  override readonly name = 'SqlProblemError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[], message: string) {
    super(message);
    this.problems = problems;
  }
}

/** Translates a select in Athena's dialect to DuckDB. @throws SqlProblemError */
export async function transpileQuery(
  _sql: string,
  _options: {
    readonly mode: SqlMode;
    readonly resolve: (table: QueriedTable) => Promise<QueryableTable | undefined>;
    readonly position?: SourcePosition;
  },
): Promise<TranspiledQuery> {
  throw new Error('not yet');
}

/**
 * Translates one condition or expression over the given columns to DuckDB (row rules of bronze contracts, table mode).
 * The session must have run {@link SESSION_STATEMENTS}. @throws SqlProblemError
 */
export async function transpileExpression(
  _sql: string,
  _columns: readonly SqlColumn[],
  _position?: SourcePosition,
): Promise<string> {
  throw new Error('not yet');
}
