import { randomBytes } from 'node:crypto';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import { commitMetadata } from './metadata-commit.ts';
import { type SnapshotChange, writeSnapshot } from './snapshot-writer.ts';
import type { IcebergIo, IcebergTable } from './table.ts';
import { snapshotById } from './table-metadata.ts';

export type { PartitionSelector } from './partition-text.ts';
export type { SnapshotChange } from './snapshot-writer.ts';

export type CommitOptions = {
  /** Default true; false leaves the snapshot staged: in the metadata, and not what readers see. */
  readonly moveMain?: boolean;
  /** Default: 30. */
  readonly maxAttempts?: number;
  /** Default: random. */
  readonly snapshotId?: bigint;
};

/** `unchanged`: the plan had nothing to commit. */
export type CommitOutcome = {
  /** 1, and one more for each try that lost to another writer. */
  readonly attempts: number;
  readonly table: IcebergTable;
} & ({ readonly status: 'committed'; readonly snapshotId: bigint } | { readonly status: 'unchanged' });

/**
 * Commits one snapshot. `plan` is asked again on every retry, against refreshed metadata, so that exactly-once decisions
 * (is this load in a summary already?) are made against what the swap depends on; it returns undefined when there is nothing to do.
 * Data files of a commit that was lost are the caller's to delete, and only after a conflict, never after an unknown outcome.
 * @throws CommitConflictError when all attempts lost
 * @throws CommitStateUnknownError when it cannot be told whether the commit took effect; no file is deleted then
 */
export async function commitSnapshot(
  io: IcebergIo,
  id: TableIdentifier,
  plan: (current: IcebergTable) => Promise<SnapshotChange | undefined>,
  options: CommitOptions = {},
): Promise<CommitOutcome> {
  const { moveMain = true, snapshotId = randomSnapshotId() } = options;
  const { attempts, changed, table } = await commitMetadata(
    io,
    id,
    async (current) => {
      const change = await plan(current);
      if (change === undefined) return undefined;
      const now = io.clock.now();
      const { metadata, snapshot, written } = await writeSnapshot(io.store, current.metadata, change, {
        snapshotId,
        moveMain,
        now,
      });
      return {
        metadata,
        written,
        // The manifest list's name is this attempt's own, so a snapshot that has it can be no one else's.
        isIn: (later) => snapshotById(later, snapshotId)?.['manifest-list'] === snapshot['manifest-list'],
      };
    },
    options.maxAttempts,
  );
  return changed
    ? { status: 'committed', snapshotId, attempts, table }
    : { status: 'unchanged', attempts, table };
}

/** A snapshot id of 63 random bits, never 0. */
export function randomSnapshotId(): bigint {
  return BigInt.asUintN(63, randomBytes(8).readBigUInt64BE()) || 1n;
}
