import { expect, test } from '@jest/globals';
import { formatOutcome } from '../../bin/pack-summary.ts';
import type { PackStatus, TableStatus } from '../../core/status/lake-status.ts';

const table = (layer: TableStatus['layer'], name: string, rows: number | null): TableStatus => ({
  layer,
  table: `shop_${layer}.${name}`,
  published: rows === null ? null : { snapshotId: '1', rows, at: 0 },
  unpublished: [],
  earlier: [],
});

const check = { layer: 'silver', tableName: 'sales', failedRows: 12, observed: null, expected: null };

const status: PackStatus = {
  pack: 'shop',
  tables: [
    table('bronze', 'orders', 1234),
    table('bronze', 'quarantine', 3),
    table('silver', 'sales', 1200),
    table('gold', 'days', null),
    table('gold', 'quality_results', 9),
  ],
  loads: { loadedFiles: 2, loadedRows: 1234, quarantinedRows: 3, latestAt: 0, failedFiles: [] },
  quarantine: [
    { dataset: 'orders', reason: 'not_integer', rows: 1 },
    { dataset: 'items', reason: 'not_integer', rows: 2 },
  ],
  passedChecks: 17,
  failingChecks: [
    { ...check, checkId: 'SHOP-1', severity: 'error' },
    { ...check, checkId: 'SHOP-2', severity: 'info' },
    { ...check, layer: 'bronze', tableName: 'orders', checkId: 'not_integer', severity: 'warn' },
  ],
  runs: [],
};

const format = (width: number, changes: Partial<PackStatus> = {}) =>
  formatOutcome(
    {
      description: 'Orders of a shop, and its days.',
      status: { ...status, ...changes },
      totals: { loaded: 2, alreadyLoaded: 0, failed: 0, loadedRows: 1234, quarantinedRows: 3 },
      loadMilliseconds: 1_200,
      message: 'tables: 1 published',
      refreshMilliseconds: 65_000,
    },
    width,
  );

test('a block says what was loaded, quarantined, built, checked, and how long it took', () => {
  expect(format(110)).toEqual([
    '  Orders of a shop, and its days.',
    '  load        2 files loaded (1,234 rows, 3 quarantined) in 1.2 s',
    '  quarantine  not_integer 3',
    '  refresh     tables: 1 published in 1 min 5 s',
    '  bronze      orders 1,234',
    '  silver      sales 1,200',
    '  gold        days not built',
    '  checks      17 passed, 1 found something: error SHOP-1 of silver.sales: 12 rows',
  ]);
});

test('a block is as narrow as asked for, where its words are', () => {
  const second = { ...check, layer: 'gold', tableName: 'days', checkId: 'SHOP-3', severity: 'warn' } as const;
  const failingChecks = [...status.failingChecks, second];

  expect(format(72, { failingChecks }).slice(-2)).toEqual([
    '  checks      17 passed, 2 found something: error SHOP-1 of silver.sales: 12 rows,',
    '              warn SHOP-3 of gold.days: 12 rows',
  ]);
});

test.each([40, 41, 42, 43, 60])(
  'no line of a block is wider than %i characters, if its words are not',
  (width) => {
    const tables = ['a', 'bcd', 'efghij', 'kl', 'mnopq'].map((name) => table('gold', name, 12));

    const [first = '', ...rest] = format(width, { tables, failingChecks: [] }).filter(
      (line, index, lines) =>
        lines.slice(0, index + 1).some((before) => before.startsWith('  gold')) &&
        !line.startsWith('  checks'),
    );

    expect(first).toMatch(/^ {2}gold +a 12, bcd 12/);
    expect([first, ...rest].filter((line) => line.length > width || line.endsWith(' '))).toEqual([]);
  },
);

test('nothing in quarantine and nothing found are said', () => {
  const text = format(110, { quarantine: [], failingChecks: [] }).join('\n');

  expect(text).toMatch(/quarantine +nothing\n/);
  expect(text).toContain('17 passed, none found anything');
});
