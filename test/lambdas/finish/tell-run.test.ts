import { expect, test } from '@jest/globals';

import type { RunReport } from '../../../core/refresh/run-report.ts';
import { type TellIo, tellRun } from '../../../lambdas/finish/tell-run.ts';

const report: RunReport = {
  run: { pack: 'retail', runId: 'loads-1' },
  status: 'succeeded',
  failedChecks: [],
  failedTables: [],
  queries: ['q1', 'q2'],
  rows: {},
  freshness: [
    { table: 'silver.sales', hours: 0 },
    { table: 'gold.daily_sales', hours: 30.5 },
  ],
};

function openWorld() {
  const measured: string[] = [];
  const notes: { readonly subject: string; readonly text: string }[] = [];
  const io: TellIo = {
    stage: 'dev',
    measure: ({ pack, table }, measurements) => {
      for (const { name, value } of measurements) {
        measured.push(`${pack}${table === undefined ? '' : ` ${table}`} ${name} ${value}`);
      }
    },
    scannedBytes: async (queries) => queries.length * 1000,
    notify: async (subject, text) => {
      notes.push({ subject, text });
    },
  };
  return { io, measured, notes };
}

test('measures a run, each table and the worst of them, and notifies of no success', async () => {
  const { io, measured, notes } = openWorld();

  await tellRun(io, report);

  expect(measured).toEqual([
    'retail FailedChecks 0',
    'retail silver.sales FreshnessHours 0',
    'retail gold.daily_sales FreshnessHours 30.5',
    'retail FreshnessHours 30.5',
    'retail BytesScanned 2000',
  ]);
  expect(notes).toEqual([]);
});

test('notifies of a failed run: which check of which table, and how many rows', async () => {
  const { io, measured, notes } = openWorld();

  await tellRun(io, {
    ...report,
    status: 'failed',
    failedChecks: [
      { checkId: 'RET-S1', owner: 'silver.sales', failedRows: 1 },
      { checkId: 'C1', owner: 'gold.daily_sales', failedRows: 12 },
    ],
    failedTables: ['gold.cohort_retention'],
  });

  expect(measured).toContain('retail FailedChecks 2');
  expect(notes).toEqual([
    {
      subject: 'Shoplake dev: refresh of retail failed',
      text: [
        'Run loads-1 of the pack retail failed. What it failed on keeps its last good version.',
        '',
        '- check RET-S1 of silver.sales failed: 1 row',
        '- check C1 of gold.daily_sales failed: 12 rows',
        '- gold.cohort_retention could not be built',
        '',
        'What to do: docs/runbook.md#failed-run',
      ].join('\n'),
    },
  ]);
});

test('notifies of a run that was stopped before it came to any table', async () => {
  const { io, notes } = openWorld();

  await tellRun(io, { ...report, status: 'failed', queries: [] });

  expect(notes[0]?.text).toContain('- the run was stopped before its end');
});

test('keeps to the length of subject that SNS takes', async () => {
  const { io, notes } = openWorld();

  await tellRun(io, { ...report, run: { pack: 'p'.repeat(120), runId: '1' }, status: 'failed' });

  expect(notes[0]?.subject).toHaveLength(100);
});

test('asks Athena about nothing when no query ran, and notifies before it asks', async () => {
  const { io, measured, notes } = openWorld();
  const scannedBytes = () => Promise.reject(new Error('athena is away'));

  await tellRun({ ...io, scannedBytes }, { ...report, queries: [] });
  expect(measured).toContain('retail BytesScanned 0');

  await expect(tellRun({ ...io, scannedBytes }, { ...report, status: 'failed' })).rejects.toThrow(
    'athena is away',
  );
  expect(notes).toHaveLength(1);
});
