import type { RunReport } from '../../core/refresh/run-report.ts';
import type { Measure } from '../telemetry.ts';

/** What telling of a run needs of the world. */
export type TellIo = {
  readonly stage: string;
  readonly measure: Measure;
  /** Bytes that the finished queries have scanned. */
  readonly scannedBytes: (queries: readonly string[]) => Promise<number>;
  /** Sends a notification to those who subscribed. */
  readonly notify: (subject: string, text: string) => Promise<void>;
};

/** SNS takes no longer subject: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html. */
const subjectLimit = 100;

/** Writes the metrics of a finished run, and notifies if it failed. */
export async function tellRun(io: TellIo, report: RunReport): Promise<void> {
  const { pack } = report.run;
  io.measure({ pack }, [{ name: 'FailedChecks', unit: 'Count', value: report.failedChecks.length }]);
  for (const { table, hours } of report.freshness) {
    io.measure({ pack, table }, [{ name: 'FreshnessHours', unit: 'NoUnit', value: hours }]);
  }
  // The worst of all tables: an alarm looks at one metric a pack and not at one a table.
  const worst = Math.max(0, ...report.freshness.map(({ hours }) => hours));
  io.measure({ pack }, [{ name: 'FreshnessHours', unit: 'NoUnit', value: worst }]);
  if (report.status === 'failed') {
    await io.notify(
      `Shoplake ${io.stage}: refresh of ${pack} failed`.slice(0, subjectLimit),
      describe(report),
    );
  }
  // Last, since it is the only part that asks another service.
  const bytes = report.queries.length === 0 ? 0 : await io.scannedBytes(report.queries);
  io.measure({ pack }, [{ name: 'BytesScanned', unit: 'Bytes', value: bytes }]);
}

/**
 * Names and counts alone. An engine's own error text may quote a row, and a notification goes to mailboxes: the text stays in
 * the run's record, where `lake status` shows it.
 */
function describe({ run, failedChecks, failedTables }: RunReport): string {
  const checks = failedChecks.map(
    ({ checkId, owner, failedRows }) =>
      `check ${checkId} of ${owner} failed: ${failedRows === 1 ? '1 row' : `${failedRows} rows`}`,
  );
  const tables = failedTables.map((table) => `${table} could not be built`);
  const reasons = [...checks, ...tables];
  return [
    `Run ${run.runId} of the pack ${run.pack} failed. What it failed on keeps its last good version.`,
    '',
    ...(reasons.length > 0
      ? reasons.map((reason) => `- ${reason}`)
      : ['- the run was stopped before its end']),
    '',
    'What to do: docs/runbook.md#failed-run',
  ].join('\n');
}
