import type { TableIdentifier } from '../ports/table-catalog.ts';
import type { PartitionSelector } from './commit.ts';
import type { IcebergIo } from './table.ts';

export type AttachRequest = {
  readonly target: TableIdentifier;
  /** The table that Stage made: its `main` is what is attached. Its location is a folder under the target's `data/`. */
  readonly staging: TableIdentifier;
  /** The target's root folder, without a trailing slash (`tableLocation`); needed for its first build. */
  readonly targetLocation: string;
  readonly replace: 'all' | { readonly partitions: readonly PartitionSelector[] };
  /**
   * Names this run and attempt. Attaching the same attempt again finds the snapshot of the first time, so a Lambda retried after its success changes
   * nothing.
   */
  readonly attempt: string;
  /** Further properties of the snapshot's summary: what the table is built from. */
  readonly summary: Readonly<Record<string, string>>;
  /** The table's and its columns' descriptions, for new tables and changed ones. */
  readonly description?: string;
  readonly columnDocs?: Readonly<Record<string, string>>;
};

/**
 * How the staged version is read before it is published. If schema and partitioning are the target's (or the table is new), `readAt` is the target
 * at `snapshotId`, and the staging table is forgotten by the catalog. If they changed, the target gets fresh metadata in a file that the catalog does not
 * point at before publish: `readAt` is then the staging table at its own snapshot, and stays until publish forgets it.
 */
export type AttachOutcome = {
  /** The target's snapshot: what `publishSnapshot` takes and what dependants record as their input. */
  readonly snapshotId: bigint;
  /** `main` at the time; undefined for a table without one. What `publishSnapshot` expects. */
  readonly parentSnapshotId: bigint | undefined;
  /** What audits and dependants read: `database.table for version as of snapshotId`. */
  readonly readAt: { readonly database: string; readonly table: string; readonly snapshotId: bigint };
  /** True if the target's schema or partitioning changes on publish. */
  readonly freshMetadata: boolean;
  /** Rows in the whole table as it will be. */
  readonly totalRecords: bigint;
};

/** Commits a staged table's files to the target as one `overwrite` snapshot whose parent is `main`, without moving `main`. */
export async function attachStaged(_io: IcebergIo, _request: AttachRequest): Promise<AttachOutcome> {
  throw new Error('not written yet');
}
