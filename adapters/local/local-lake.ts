import type { Pack } from '../../core/contract/contract.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { LakeLayout } from '../../core/ports/lake-layout.ts';
import type { LoadLedger } from '../../core/ports/load-ledger.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { ProgressListener } from '../../core/ports/progress.ts';
import type { QueryEngine } from '../../core/ports/query-engine.ts';
import type { RunLedger } from '../../core/ports/run-ledger.ts';
import type { TableCatalog } from '../../core/ports/table-catalog.ts';
import type { RefreshRequest } from '../../core/refresh/payloads.ts';

/** A lake in a folder of this machine: every port that the pipeline needs. */
export type LocalLake = AsyncDisposable & {
  /** Absolute path of the lake's folder, `.lake` by default. */
  readonly folder: string;
  readonly layout: LakeLayout;
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly engine: QueryEngine;
  readonly loads: LoadLedger;
  readonly runs: RunLedger;
  readonly clock: Clock;
  /** Folder for temporary files. */
  readonly scratch: string;
};

/** How a refresh ended. */
export type RefreshResult = {
  readonly status: 'succeeded' | 'failed' | 'busy';
  readonly runId: string;
  /** One line for a person: what failed, or what was done. */
  readonly message: string;
};

/** Opens the lake in `folder`, making what is missing. */
export async function openLocalLake(_folder: string): Promise<LocalLake> {
  throw new Error('not written yet');
}

/** Runs the pack's state machine document on this machine, to its end. A failed run is a result and not an error. */
export async function refreshPack(
  _lake: LocalLake,
  _pack: Pack,
  _request: RefreshRequest = {},
  _progress?: ProgressListener,
): Promise<RefreshResult> {
  throw new Error('not written yet');
}
