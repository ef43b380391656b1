/** A pack's right to refresh, held by one run at a time. */
export type Lease = {
  readonly pack: string;
  readonly runId: string;
  /** Milliseconds since 1970; after it any other run may take the lease. */
  readonly expiresAt: number;
};

/** What one refresh did, kept for `lake status`. */
export type RunRecord = {
  readonly pack: string;
  readonly runId: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly status: 'running' | 'succeeded' | 'failed' | 'abandoned';
  /** One line for a person: what failed, and how many rows; null if nothing did. */
  readonly message: string | null;
  /** Tables by what became of them: `published`, `current`, `failed`, `skipped`, `held`. */
  readonly tables: Readonly<Record<string, string>>;
  /** What building the tables took, by table; those that were not built are left out. */
  readonly rows?: Readonly<Record<string, BuildRows>>;
};

/** Rows that a table's build has moved. */
export type BuildRows = {
  /** Rows of the new version that were written; the others stayed as they were. */
  readonly written: number;
  /** Rows in the files that its statements read; absent where the engine does not count them. */
  readonly read?: number;
  /** Rows in the files that its own checks read. */
  readonly checked?: number;
};

/** A rolled-back table that refreshes must leave alone until it is released. */
export type Hold = {
  /** `database.table`. */
  readonly table: string;
  readonly snapshotId: string;
  readonly heldAt: number;
};

/** Leases, runs and holds: what refreshes must agree on (DynamoDB, or SQLite on one machine). */
export type RunLedger = {
  /** Takes or takes over the pack's lease if it is free, expired or already this run's; else says who holds it. */
  acquireLease(lease: Lease, now: number): Promise<{ readonly acquired: boolean; readonly holder: Lease }>;
  /** Moves this run's lease on. @throws LeaseLostError if another run holds it. */
  renewLease(lease: Lease): Promise<void>;
  /** Gives the lease up; no error if it is another run's by now. */
  releaseLease(pack: string, runId: string): Promise<void>;
  /** Writes the run's record, replacing an earlier one of the same run. */
  recordRun(run: RunRecord): Promise<void>;
  /** The latest runs of a pack, newest first. */
  listRuns(pack: string, limit: number): Promise<readonly RunRecord[]>;
  hold(hold: Hold): Promise<void>;
  /** Lets refreshes build the table again; false if it was not held. */
  release(table: string): Promise<boolean>;
  listHolds(): Promise<readonly Hold[]>;
};

/** Another run has taken the lease over: this run must stop and publish nothing more. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}
