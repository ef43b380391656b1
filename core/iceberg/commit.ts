import type { TableIdentifier } from '../ports/table-catalog.ts';
import type { DataFile } from './data-file.ts';
import type { IcebergIo, IcebergTable } from './table.ts';

/** Partition values by partition field name in text form ({@link partitionText}); fields left out match every value. */
export type PartitionSelector = Readonly<Record<string, string | null>>;

/** What a snapshot changes. */
export type SnapshotChange = {
  readonly operation: 'append' | 'overwrite';
  readonly add: readonly DataFile[];
  /** `overwrite` only: which files of `main` the added ones take the place of. */
  readonly remove?: 'all' | { readonly partitions: readonly PartitionSelector[] };
  /** Further properties of the snapshot's summary. */
  readonly summary?: Readonly<Record<string, string>>;
};

export type CommitOptions = {
  /** Default true; false leaves the snapshot staged: in the metadata, and not what readers see. */
  readonly moveMain?: boolean;
  /** Default: 30. */
  readonly maxAttempts?: number;
  /** Default: random. */
  readonly snapshotId?: bigint;
};

/** `unchanged`: the plan had nothing to commit. */
export type CommitOutcome =
  | { readonly status: 'committed'; readonly snapshotId: bigint; readonly table: IcebergTable }
  | { readonly status: 'unchanged'; readonly table: IcebergTable };

/**
 * Commits one snapshot. `plan` is asked again on every retry, against refreshed metadata, so that exactly-once decisions
 * (is this load in a summary already?) are made against what the swap depends on; it returns undefined when there is nothing to do.
 * @throws CommitConflictError when all attempts lost
 * @throws CommitStateUnknownError when it cannot be told whether the commit took effect; no file is deleted then
 */
export async function commitSnapshot(
  _io: IcebergIo,
  _id: TableIdentifier,
  _plan: (current: IcebergTable) => Promise<SnapshotChange | undefined>,
  _options: CommitOptions = {},
): Promise<CommitOutcome> {
  throw new Error('not written yet');
}
