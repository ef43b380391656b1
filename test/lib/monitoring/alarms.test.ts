import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { beforeAll, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';

import { formatReference } from '../../../core/refresh/run-store.ts';
import type { TableGraph } from '../../../core/sql/graph.ts';
import { tellRun } from '../../../lambdas/finish/tell-run.ts';
import { measureLoad } from '../../../lambdas/ingest/load-metrics.ts';
import { captureMetrics, type EmittedMetric } from '../../lambdas/support/emitted-metrics.ts';
import { readGraphs, templateOf } from '../support/synthesise.ts';

type AlarmProperties = {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
};

const docs = resolve(import.meta.dirname, '../../../docs');
let graphs: readonly TableGraph[];
let template: Template;
let alarms: readonly AlarmProperties[];
let emitted: readonly EmittedMetric[];

beforeAll(async () => {
  graphs = await readGraphs();
  template = templateOf('prod', graphs);
  alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties as AlarmProperties,
  );
  // One after the other, since both listen at the console.
  emitted = [...(await emitLoads()), ...(await emitRuns())];
});

/** What the ingest function writes about a load of each pack. */
function emitLoads() {
  return captureMetrics('ingest', 'prod', (measure) => {
    for (const { pack } of graphs) {
      measureLoad(measure, {
        pack: pack.name,
        dataset: 'any',
        files: [
          {
            sourceFile: 'a.csv',
            loadId: 'a',
            outcome: { status: 'loaded', loadedRows: 90, quarantinedRows: 10, rejects: {}, warnings: {} },
          },
          {
            sourceFile: 'b.csv',
            loadId: 'b',
            outcome: { status: 'loaded', loadedRows: 1, quarantinedRows: 0, rejects: {}, warnings: {} },
          },
          {
            sourceFile: 'c.csv',
            loadId: 'c',
            outcome: { status: 'failed', reason: 'empty_file', detail: 'c.csv: no record', known: false },
          },
        ],
        snapshotId: 1n,
        commitRetries: 3,
        results: [],
      });
    }
  });
}

/** What the finish function writes about a run of each pack. */
function emitRuns() {
  return captureMetrics('finish', 'prod', async (measure) => {
    for (const { pack, nodes } of graphs) {
      await tellRun(
        { stage: 'prod', measure, scannedBytes: async () => 5, notify: async () => {} },
        {
          run: { pack: pack.name, runId: '1' },
          status: 'succeeded',
          failedChecks: [],
          failedTables: [],
          queries: ['q'],
          rows: {},
          freshness: nodes.map(({ model }) => ({ table: formatReference(model), hours: 1 })),
        },
      );
    }
  });
}

test('the functions write what a load and a run measured, by service, stage and pack', () => {
  const pack = 'retail';
  const written = (name: string, dimensions: EmittedMetric['dimensions']) =>
    emitted
      .filter((metric) => metric.name === name && same(metric.dimensions, dimensions))
      .map(({ namespace, unit, value }) => `${namespace} ${value} ${unit}`);
  const ingest = { service: 'ingest', stage: 'prod', pack };
  const finish = { service: 'finish', stage: 'prod', pack };

  expect(written('RowsLoaded', ingest)).toEqual(['Shoplake 91 Count']);
  expect(written('RowsRejected', ingest)).toEqual(['Shoplake 10 Count']);
  expect(written('FilesLoaded', ingest)).toEqual(['Shoplake 2 Count']);
  expect(written('FilesFailed', ingest)).toEqual(['Shoplake 1 Count']);
  expect(written('CommitRetries', ingest)).toEqual(['Shoplake 3 Count']);
  // The worst file's and not the average: one bad file among many good ones must not hide.
  expect(written('RejectSharePercent', ingest)).toEqual(['Shoplake 10 Percent']);
  expect(written('FailedChecks', finish)).toEqual(['Shoplake 0 Count']);
  expect(written('BytesScanned', finish)).toEqual(['Shoplake 5 Bytes']);
  expect(written('FreshnessHours', finish)).toEqual(['Shoplake 1 None']);
  expect(written('FreshnessHours', { ...finish, table: 'gold.daily_sales' })).toEqual(['Shoplake 1 None']);
});

test('every alarm on a metric of the functions looks at one that they write', () => {
  const watched = alarms.filter(({ Namespace }) => Namespace === 'Shoplake');

  expect(watched.length).toBeGreaterThanOrEqual(4 * graphs.length);
  for (const { MetricName, Dimensions } of watched) {
    const dimensions = Object.fromEntries((Dimensions ?? []).map(({ Name, Value }) => [Name, String(Value)]));
    const found = emitted.some(
      ({ name, dimensions: given }) => name === MetricName && same(given, dimensions),
    );
    expect([MetricName, dimensions, found]).toEqual([MetricName, dimensions, true]);
  }
});

test('every graph of the dashboard shows metrics that the functions write', () => {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties.DashboardBody).replaceAll('\\"', '"');
  // ["Shoplake","RowsLoaded","pack","retail","service","ingest",…,{…}]
  const shown = [...body.matchAll(/\["Shoplake","(\w+)",((?:"[\w.]+",?)+)/g)].map(([, name, rest]) => {
    const words = [...(rest ?? '').matchAll(/"([\w.]+)"/g)].map(([, word]) => word ?? '');
    const pairs = words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : []));
    return { name, dimensions: Object.fromEntries(pairs) as Record<string, string> };
  });

  expect(new Set(shown.map(({ name }) => name))).toEqual(
    new Set([
      'RowsLoaded',
      'RowsRejected',
      'FilesFailed',
      'CommitRetries',
      'FailedChecks',
      'BytesScanned',
      'FreshnessHours',
    ]),
  );
  for (const { name, dimensions } of shown) {
    expect(emitted.some((metric) => metric.name === name && same(metric.dimensions, dimensions))).toBe(true);
  }
});

test('alarms tell of dead letters, runs, checks, stale tables, rejects and files', () => {
  const names = alarms.map(({ AlarmName }) => AlarmName);

  expect(names.sort()).toEqual(
    [
      'IngestionDeadLetters',
      'RefreshRequestsDeadLetters',
      ...graphs.flatMap(({ pack }) =>
        [
          'failed-check',
          'failed-file',
          'failed-run',
          'reject-share',
          'stale',
          'stale-table',
          'stopped-run',
          'timed-out-run',
        ].map((kind) => `${pack.name}-${kind}`),
      ),
    ]
      .map((name) => `shoplake-prod-${name}`)
      .sort(),
  );
  for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
});

test('a run that timed out or was stopped is told like a failed one', () => {
  const metrics = alarms
    .filter(({ AlarmDescription }) => AlarmDescription.endsWith('#failed-run'))
    .map(({ MetricName }) => MetricName);

  expect(new Set(metrics)).toEqual(new Set(['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted']));
});

test('every link of an alarm or notification leads to a section of the runbook that says what to do', () => {
  const notification = readFileSync(resolve(docs, '../lambdas/finish/tell-run.ts'), 'utf8');
  const links = [...alarms.map(({ AlarmDescription }) => AlarmDescription), notification].flatMap((text) => [
    ...text.matchAll(/docs\/(\w+\.md)#([\w-]+)/g),
  ]);

  expect(links.length).toBeGreaterThan(alarms.length);
  for (const [, file, section] of links) {
    const sections = sectionsOf(readFileSync(join(docs, file ?? ''), 'utf8'));
    expect(sections.get(section ?? '')).toMatch(
      /### Description[\s\S]+### Investigation[\s\S]+### Resolution/,
    );
  }
});

/** Sections of a page by the anchor that GitHub gives their headings. */
function sectionsOf(page: string): ReadonlyMap<string, string> {
  return new Map(
    page
      .split(/^## /m)
      .slice(1)
      .map((section) => {
        const heading = section.split('\n')[0] ?? '';
        const anchor = heading
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, '')
          .trim()
          .replaceAll(' ', '-');
        return [anchor, section];
      }),
  );
}

function same(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
