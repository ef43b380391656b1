import { describe, expect, test } from '@jest/globals';

import type { RunRecord } from '../../../core/ports/run-ledger.ts';
import { measureFreshness, reportRun } from '../../../core/refresh/run-report.ts';
import { openShop } from './support/shop.ts';

const hour = 3600 * 1000;
const run = (endedAtHour: number, tables: RunRecord['tables'], status: RunRecord['status']): RunRecord => ({
  pack: 'retail',
  runId: `at-${endedAtHour}`,
  startedAt: endedAtHour * hour - 1,
  finishedAt: endedAtHour * hour,
  status,
  message: null,
  tables,
});

describe('freshness', () => {
  test('is 0 for what a run published or found up to date', () => {
    const runs = [run(100, { a: 'published', b: 'current' }, 'failed')];

    expect(measureFreshness(['a', 'b'], runs, 100 * hour)).toEqual([
      { table: 'a', hours: 0 },
      { table: 'b', hours: 0 },
    ]);
  });

  test('counts from the last run that had the table, past those in which it failed or was held', () => {
    const runs = [
      run(100, { a: 'failed', b: 'held', c: 'skipped' }, 'failed'),
      run(80, { a: 'failed', b: 'held', c: 'skipped' }, 'failed'),
      run(60, { a: 'current', b: 'published', c: 'current' }, 'succeeded'),
    ];

    expect(measureFreshness(['a', 'b', 'c'], runs, 100 * hour).map(({ hours }) => hours)).toEqual([
      40, 40, 40,
    ]);
  });

  test('takes a table for up to date that was skipped because there is no fact yet', () => {
    const runs = [run(100, { a: 'skipped' }, 'succeeded')];

    expect(measureFreshness(['a'], runs, 100 * hour)).toEqual([{ table: 'a', hours: 0 }]);
  });

  test('counts from the oldest known run for a table that never was', () => {
    const runs = [run(100, { a: 'failed' }, 'failed'), run(76, { a: 'failed' }, 'failed')];

    expect(measureFreshness(['a'], runs, 100 * hour)[0]?.hours).toBeCloseTo(24, 3);
    expect(measureFreshness(['a'], [], 100 * hour)).toEqual([{ table: 'a', hours: 0 }]);
  });
});

test('tells of a run what was asked of the engine, and what failed', async () => {
  await using shop = await openShop();
  await shop.deliver('good.csv', [{ id: 1, country: 'DE', amount: 10, day: '2024-01-05' }]);
  await shop.refresh();
  const [good] = await shop.lake.runs.listRuns('shop', 1);
  if (good === undefined) throw new Error('there is no run');

  const report = await reportRun(shop.environment(), { pack: 'shop', runId: good.runId });

  expect(report).toMatchObject({ status: 'succeeded', failedChecks: [], failedTables: [] });
  // A statement and an audit at the least for each table; no query is counted twice.
  expect(report?.queries.length).toBeGreaterThanOrEqual(2 * (report?.freshness.length ?? 0));
  expect(new Set(report?.queries).size).toBe(report?.queries.length);
  for (const id of report?.queries ?? []) await shop.lake.engine.results(id);
  expect(report?.freshness.every(({ hours }) => hours === 0)).toBe(true);
  expect(await reportRun(shop.environment(), { pack: 'shop', runId: 'unknown' })).toBeUndefined();
});

test('tells which check of which table failed, how many rows, and since when the table is not up to date', async () => {
  await using shop = await openShop();
  await shop.deliver('good.csv', [{ id: 1, country: 'DE', amount: 10, day: '2024-01-05' }]);
  await shop.refresh();
  shop.passTime(5 * hour);
  await shop.deliver('bad.csv', [{ id: 2, country: 'FR', amount: -5, day: '2024-01-05' }]);
  await shop.refresh();
  const [failed] = await shop.lake.runs.listRuns('shop', 1);

  const report = await reportRun(shop.environment(), { pack: 'shop', runId: failed?.runId ?? '' });

  expect(report).toMatchObject({
    status: 'failed',
    failedChecks: [{ checkId: 'SHOP-1', owner: 'silver.latest_orders', failedRows: 1 }],
    failedTables: [],
  });
  const hoursOf = (table: string) => report?.freshness.find((entry) => entry.table === table)?.hours;
  expect(hoursOf('silver.deliveries')).toBe(0);
  expect(hoursOf('silver.latest_orders')).toBeGreaterThanOrEqual(5);
});
