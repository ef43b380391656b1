import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { RunLedger } from '../ports/run-ledger.ts';
import type { TableCatalog, TableIdentifier } from '../ports/table-catalog.ts';

/** What rollback and release need of a lake. */
export type RollbackEnvironment = {
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly runs: RunLedger;
  readonly clock: Clock;
};

/**
 * Moves `main` of a silver or gold table back to a snapshot, by default the one that was published before, and holds the
 * table, since the next refresh would undo it. Bronze is refused: the ledger would hide the lost rows.
 */
export async function rollbackTable(
  _environment: RollbackEnvironment,
  _table: TableIdentifier,
  _snapshotId?: bigint,
): Promise<{ readonly from: bigint; readonly to: bigint }> {
  throw new Error('not written yet');
}

/** Lets refreshes build a rolled-back table again; false if it was not held. */
export async function releaseTable(
  environment: RollbackEnvironment,
  table: TableIdentifier,
): Promise<boolean> {
  return environment.runs.release(`${table.database}.${table.table}`);
}
