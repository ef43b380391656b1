import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { TableCatalog, TableIdentifier, TablePointer } from '../ports/table-catalog.ts';
import type { PartitionSpec } from './partition-spec.ts';
import type { ColumnDefinition, Schema } from './schema.ts';
import type { TableMetadata } from './table-metadata.ts';

/** The world that tables live in. */
export type IcebergIo = {
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly clock: Clock;
};

/** A table as one metadata file says it is. */
export type IcebergTable = {
  readonly identifier: TableIdentifier;
  readonly pointer: TablePointer;
  readonly metadata: TableMetadata;
};

/** What a new table shall be. */
export type TableDefinition = {
  /** Root folder, without a trailing slash. */
  readonly location: string;
  readonly schema: Schema;
  /** Default: not partitioned. */
  readonly partitionSpec?: PartitionSpec;
  readonly properties?: Readonly<Record<string, string>>;
  /** What the table holds, for people. */
  readonly description?: string;
};

/** The table as it is now, or undefined if there is none. */
export async function loadTable(_io: IcebergIo, _id: TableIdentifier): Promise<IcebergTable | undefined> {
  throw new Error('not written yet');
}

/**
 * Makes a table without snapshots, and its database if there is none. If the table is there already (another writer was
 * faster), returns it as it is.
 */
export async function createTable(
  _io: IcebergIo,
  _id: TableIdentifier,
  _definition: TableDefinition,
): Promise<IcebergTable> {
  throw new Error('not written yet');
}

/**
 * Adds columns at the end of the schema, those that the table does not have yet. Readers see null in older files.
 * @throws if a column is there with another type that is no promotion of it
 */
export async function addColumns(
  _io: IcebergIo,
  _id: TableIdentifier,
  _columns: readonly ColumnDefinition[],
): Promise<IcebergTable> {
  throw new Error('not written yet');
}
