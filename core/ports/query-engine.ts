/**
 * Runs SQL in Athena's dialect: Athena itself, or DuckDB behind the same statements. Table names may carry
 * `for version as of <snapshot id>`.
 */
export type QueryEngine = {
  /** Runs one statement to its end. @throws QueryFailedError */
  run(sql: string): Promise<QueryExecution>;
  /** Rows of a finished query, by its id (Athena: GetQueryResults). @throws QueryFailedError for an unknown id */
  results(queryExecutionId: string): Promise<QueryResult>;
  /**
   * Rows in the data files that a finished query had to read. An engine that does not count them (Athena) has no such method.
   * @throws QueryFailedError for an unknown id
   */
  scannedRows?(queryExecutionId: string): Promise<number>;
};

/** A finished statement. */
export type QueryExecution = {
  readonly queryExecutionId: string;
  /** Bytes read from table files. */
  readonly dataScannedInBytes: number;
  /** Time from start to end, in milliseconds. */
  readonly executionTimeInMillis: number;
};

/** Rows as text, the form in which Athena hands them out; null is SQL's NULL. */
export type QueryResult = {
  /** Trino's type names: `bigint`, `varchar`, `decimal(18,4)`, `timestamp(6)`. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/** The engine refused or failed the statement. */
export class QueryFailedError extends Error {
  override readonly name = 'QueryFailedError';
}
