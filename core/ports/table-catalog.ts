/** A database (Iceberg: namespace; Glue: database) and a table in it. Lower snake_case, as in `retail_gold.daily_sales`. */
export type TableIdentifier = {
  readonly database: string;
  readonly table: string;
};

/** `database.table`, as messages and commands write it. */
export function formatTable(identifier: TableIdentifier): string {
  return `${identifier.database}.${identifier.table}`;
}

/** What the catalog knows of an Iceberg table: which metadata file is the current one. */
export type TablePointer = {
  readonly metadataLocation: string;
  /** Opaque to the core: what the catalog compares in {@link TableCatalog.swap} (Glue's VersionId; the location in SQLite). */
  readonly version: string;
};

/** Facts that a catalog may show to people beside the pointer (Glue's columns and table parameters). */
export type TableDescription = {
  /** Name, Iceberg type as in metadata JSON (`long`, `decimal(18, 2)`), and doc of each column. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly doc?: string }[];
  /** Root folder of the table. */
  readonly location: string;
  readonly description?: string;
};

/**
 * The Iceberg catalog: AWS Glue, or a SQLite file in the Iceberg JDBC catalog's schema. It holds one pointer a table and
 * moves it by compare-and-swap; all else about a table is in its metadata files.
 */
export type TableCatalog = {
  /** Makes the database if there is none. */
  ensureDatabase(database: string): Promise<void>;
  /** Names of all databases, sorted. */
  listDatabases(): Promise<readonly string[]>;
  /** Iceberg tables of one database, sorted; none if there is no such database. */
  listTables(database: string): Promise<readonly string[]>;
  /** The pointer, or undefined if there is no such table. */
  load(table: TableIdentifier): Promise<TablePointer | undefined>;
  /** Registers a new table. @throws CommitConflictError if the table exists. @throws CommitStateUnknownError */
  create(table: TableIdentifier, metadataLocation: string, description: TableDescription): Promise<void>;
  /**
   * Moves the pointer from `expected` to `metadataLocation`.
   * @throws CommitConflictError if the pointer is no longer `expected` (another writer won, or our own first try did).
   * @throws CommitStateUnknownError if the answer was lost: the pointer may or may not have moved.
   */
  swap(
    table: TableIdentifier,
    expected: TablePointer,
    metadataLocation: string,
    description: TableDescription,
  ): Promise<void>;
  /** Forgets the table and deletes no file (Glue DeleteTable, never DROP TABLE). No error if there is none. */
  forget(table: TableIdentifier): Promise<void>;
};

/** Another commit came first; nothing of ours took effect, unless a retried request was our own success. */
export class CommitConflictError extends Error {
  override readonly name = 'CommitConflictError';
}

/** It is not known whether the commit took effect. Nothing may be deleted on this account (apache/iceberg#7151). */
export class CommitStateUnknownError extends Error {
  override readonly name = 'CommitStateUnknownError';
}
