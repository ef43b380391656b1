import type { DuckDBConnection } from '@duckdb/node-api';

import type { Pack } from '../contract/contract.ts';
import type { Clock } from '../ports/clock.ts';
import type { LakeLayout } from '../ports/lake-layout.ts';
import type { LoadLedger } from '../ports/load-ledger.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { QueryEngine } from '../ports/query-engine.ts';
import type { RunLedger } from '../ports/run-ledger.ts';
import type { TableCatalog } from '../ports/table-catalog.ts';

/** All that the steps of a refresh need of the world. */
export type RefreshEnvironment = {
  readonly pack: Pack;
  readonly layout: LakeLayout;
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly engine: QueryEngine;
  readonly loads: LoadLedger;
  readonly runs: RunLedger;
  readonly clock: Clock;
  /** DuckDB, for writing the few rows of `quality_results`; opened only when there are rows to write. */
  readonly openConnection: () => Promise<DuckDBConnection>;
  /** A local folder for temporary files. */
  readonly scratch: string;
  /** @default {@link defaultLeaseMilliseconds} */
  readonly leaseMilliseconds?: number;
};

/**
 * 45 minutes: longer than a statement may run in Athena (30 minutes) and wait in its queue, since no step renews the
 * lease while the last running statement has not ended.
 */
export const defaultLeaseMilliseconds = 45 * 60 * 1000;
