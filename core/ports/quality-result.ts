/** One row of `<pack>_gold.quality_results` (spec README, "Quality results"). */
export type QualityResult = {
  /** The load or the pipeline run. */
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly checkedAt: number;
  readonly layer: 'bronze' | 'silver' | 'gold';
  readonly tableName: string;
  readonly checkId: string;
  readonly severity: Severity;
  readonly status: 'pass' | 'fail';
  /** Rows (or files) that break the check. */
  readonly failedRows: number;
  /** Both sides of a reconciliation, as text; null where there is none. */
  readonly observed: string | null;
  readonly expected: string | null;
};

/** `error` keeps a table from being published; `warn` is reported; `info` is recorded only. */
export type Severity = 'error' | 'warn' | 'info';
