import type { RunLedger } from '../../core/ports/run-ledger.ts';

/** Leases, runs and holds in a SQLite file that several processes may use at once. */
export function openSqliteRunLedger(_file: string): RunLedger & Disposable {
  throw new Error('not written yet');
}
