import { replacedProperty } from '../iceberg/attach.ts';
import { rowsSnapshotId } from '../iceberg/compaction.ts';
import { listSnapshots, rollbackTo, type SnapshotInfo } from '../iceberg/publish.ts';
import { loadTable } from '../iceberg/table.ts';
import { mainSnapshot } from '../iceberg/table-metadata.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { RunLedger } from '../ports/run-ledger.ts';
import { formatTable, type TableCatalog, type TableIdentifier } from '../ports/table-catalog.ts';

/** What rollback and release need of a lake. */
export type RollbackEnvironment = {
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly runs: RunLedger;
  readonly clock: Clock;
};

/** The table cannot be rolled back; the message says why. */
export class RollbackRefusedError extends Error {
  override readonly name = 'RollbackRefusedError';
}

/**
 * Moves `main` of a silver or gold table back to a snapshot that was published, by default the one that the rows of `main` took the
 * place of (those of a compaction are the same), and holds the table, since the next refresh would undo it. Bronze is refused: the ledger
 * would hide the lost rows.
 */
export async function rollbackTable(
  environment: RollbackEnvironment,
  table: TableIdentifier,
  snapshotId?: bigint,
): Promise<{ readonly from: bigint; readonly to: bigint }> {
  const name = formatTable(table);
  if (!/_(silver|gold)$/.test(table.database) || table.table === 'quality_results') {
    throw new RollbackRefusedError(`${name} cannot be rolled back, expected a silver or gold table`);
  }
  const found = await loadTable(environment, table);
  const main = found && mainSnapshot(found.metadata);
  if (found === undefined || main === undefined) {
    throw new RollbackRefusedError(`${name} has no published version to roll back from`);
  }
  const from = main['snapshot-id'];
  const snapshots = await listSnapshots(environment, found);
  const published = snapshots
    .filter((snapshot) => !snapshot.isMain && snapshot.publishedAt !== undefined)
    .sort((left, right) => (right.publishedAt ?? 0) - (left.publishedAt ?? 0));
  const before = versionBefore(snapshots, rowsSnapshotId(found.metadata, main));
  const to = snapshotId ?? published.find((snapshot) => snapshot.snapshotId === before)?.snapshotId;
  if (to === undefined) {
    throw new RollbackRefusedError(`${name} has no earlier published version`);
  }
  if (to !== from && !published.some((snapshot) => snapshot.snapshotId === to)) {
    const known = published.map((snapshot) => snapshot.snapshotId).join(', ');
    throw new RollbackRefusedError(
      `${name} was never published at snapshot ${to}, expected ${known === '' ? 'none: there is no earlier version' : `one of ${known}`}`,
    );
  }
  // Held first: a refresh that starts in between leaves the table alone.
  await environment.runs.hold({
    table: name,
    snapshotId: String(to),
    heldAt: environment.clock.now(),
  });
  if (to !== from) await rollbackTo(environment, table, to);
  return { from, to };
}

/** By descent and not by time: of two rollbacks, the second must not go back to what the first gave up. */
function versionBefore(snapshots: readonly SnapshotInfo[], rows: bigint): bigint | undefined {
  const version = snapshots.find(({ snapshotId }) => snapshotId === rows);
  const replaced = version?.summary[replacedProperty];
  if (replaced !== undefined) return replaced === 'none' ? undefined : BigInt(replaced);
  return version?.parentSnapshotId;
}

/** Lets refreshes build a rolled-back table again; false if it was not held. */
export async function releaseTable(
  environment: Pick<RollbackEnvironment, 'runs'>,
  table: TableIdentifier,
): Promise<boolean> {
  return environment.runs.release(formatTable(table));
}
