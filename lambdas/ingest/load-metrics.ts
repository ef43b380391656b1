import type { LoadReport } from '../../core/ingest/load-report.ts';
import type { Measure } from '../telemetry.ts';

/** Writes the metrics of one load: files by outcome, rows in and rejected, the worst file's share of rejects, commits retried. */
export function measureLoad(measure: Measure, report: LoadReport): void {
  const counts = {
    RowsLoaded: 0,
    RowsRejected: 0,
    FilesLoaded: 0,
    FilesDuplicate: 0,
    FilesFailed: 0,
    CommitRetries: report.commitRetries,
  };
  let worstShare = 0;
  for (const { outcome } of report.files) {
    if (outcome.status === 'duplicate') counts.FilesDuplicate += 1;
    if (outcome.status === 'failed') counts.FilesFailed += 1;
    if (outcome.status !== 'loaded') continue;
    counts.FilesLoaded += 1;
    counts.RowsLoaded += outcome.loadedRows;
    counts.RowsRejected += outcome.quarantinedRows;
    const records = outcome.loadedRows + outcome.quarantinedRows;
    if (records > 0) worstShare = Math.max(worstShare, (100 * outcome.quarantinedRows) / records);
  }
  measure({ pack: report.pack }, [
    ...Object.entries(counts).map(([name, value]) => ({ name, unit: 'Count' as const, value })),
    ...(counts.FilesLoaded > 0
      ? [{ name: 'RejectSharePercent', unit: 'Percent' as const, value: worstShare }]
      : []),
  ]);
}
