/** Settings and macros that translated SQL counts on; run them once on each DuckDB database and connection. */
export const SESSION_STATEMENTS: readonly string[] = [];
