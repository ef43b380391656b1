import type { DataFile } from './data-file.ts';
import type { Schema } from './schema.ts';
import type { IcebergIo, IcebergTable } from './table.ts';
import type { Snapshot, TableMetadata } from './table-metadata.ts';

/**
 * A condition that rows must meet. Values are text as in SQL literals: `12`, `1.50`, `2011-12-01`, `2011-12-01 10:00:00`, `abc`, `true`.
 * Files that can hold no such row are left out of a scan; rows are not filtered.
 */
export type ScanCondition =
  | { readonly column: string; readonly op: '=' | '<' | '<=' | '>' | '>=' | '<>'; readonly value: string }
  | { readonly column: string; readonly op: 'in'; readonly values: readonly string[] }
  | { readonly column: string; readonly op: 'is null' | 'is not null' };

/** A data file and the delete files that take rows from it. */
export type ScanTask = { readonly file: DataFile; readonly deletes: readonly DataFile[] };

/** What to read. */
export type ScanPlan = {
  readonly metadata: TableMetadata;
  /** Undefined for a table that has no such version yet: it reads as empty. */
  readonly snapshot: Snapshot | undefined;
  readonly schema: Schema;
  readonly tasks: readonly ScanTask[];
};

/**
 * The files of a snapshot (default: `main`), without those that the conditions, taken together, rule out. A snapshot id may also name a version
 * before a change of schema, or a staged version after one.
 * @throws if the snapshot is not known, or for equality deletes and deletion vectors, which are not supported
 */
export async function planScan(
  _io: IcebergIo,
  _table: IcebergTable,
  _options: { readonly snapshotId?: bigint; readonly filter?: readonly ScanCondition[] } = {},
): Promise<ScanPlan> {
  throw new Error('not written yet');
}
