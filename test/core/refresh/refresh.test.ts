import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import type { Pack } from '../../../core/contract/contract.ts';
import type { QueryEngine } from '../../../core/ports/query-engine.ts';
import type { RefreshEnvironment } from '../../../core/refresh/environment.ts';
import { releaseTable, rollbackTable } from '../../../core/refresh/rollback.ts';
import { finish } from '../../../core/refresh/steps/finish.ts';
import { type Order, openShop, type Shop } from './support/shop.ts';

const january: readonly Order[] = [
  { id: 1, country: 'FR', amount: 250, day: '2024-01-05' },
  { id: 2, country: "Cote d'Ivoire", amount: 20, day: '2024-01-20' },
];
const february: readonly Order[] = [
  { id: 3, country: 'FR', amount: 300.5, day: '2024-02-02' },
  { id: 4, country: null, amount: 10, day: '2024-02-29' },
];

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

/** An environment whose engine keeps the statements that it was given. */
function listen(environment: RefreshEnvironment, onRun?: (sql: string) => Promise<void>) {
  const statements: string[] = [];
  const engine: QueryEngine = {
    run: async (sql) => {
      statements.push(sql);
      await onRun?.(sql);
      return environment.engine.run(sql);
    },
    results: (id) => environment.engine.results(id),
  };
  return { statements, environment: { ...environment, engine } };
}

const changeModel = (pack: Pack, name: string, change: object): Pack => ({
  ...pack,
  models: pack.models.map((model) => (model.name === name ? { ...model, ...change } : model)),
});

describe('a refresh of one lake again and again', () => {
  // These tests go on from each other: what the first leaves is what the next finds.
  let lake: Shop;
  beforeAll(async () => {
    lake = await openShop();
  });
  afterAll(async () => {
    await lake[Symbol.asyncDispose]();
  });

  test('builds every table the first time, for the day of the latest order', async () => {
    await lake.deliver('1.csv', [...january, ...february]);

    const result = await lake.refresh();

    expect(result).toMatchObject({ status: 'succeeded', message: 'tables: 6 published' });
    expect(await lake.rows('shop_gold.country_sales')).toEqual([
      JSON.stringify(['(none)', null, '1', '10.00', '2024-02-29']),
      JSON.stringify(["Cote d'Ivoire", "Cote d'Ivoire", '1', '20.00', '2024-02-29']),
      JSON.stringify(['FR', 'FR', '2', '550.50', '2024-02-29']),
    ]);
    expect(await lake.rows('shop_gold.monthly_sales')).toEqual([
      JSON.stringify(['2024-01-01', '250.00', '20.00', '2024-02-29']),
      JSON.stringify(['2024-02-01', '300.50', '10.00', '2024-02-29']),
    ]);
  });

  test('runs no query at all where nothing is out of date', async () => {
    const mains = await lake.mainOf('shop_gold.monthly_sales');
    const { statements, environment } = listen(lake.environment());

    const result = await lake.refresh({}, environment);

    expect(result).toMatchObject({ status: 'succeeded', message: 'tables: 6 current' });
    expect(statements).toEqual([]);
    expect(await lake.mainOf('shop_gold.monthly_sales')).toBe(mains);
  });

  test('rebuilds everything when asked for the full', async () => {
    const result = await lake.refresh({ full: true });

    expect(result.message).toBe('tables: 6 published');
  });

  test('builds gold anew for a given as_of, and leaves silver alone', async () => {
    const silver = await lake.mainOf('shop_silver.latest_orders');

    const result = await lake.refresh({ asOf: '2024-01-31' });

    expect(result.message).toBe('tables: 2 published, 4 current');
    expect(await lake.mainOf('shop_silver.latest_orders')).toBe(silver);
    expect(await lake.rows('shop_gold.monthly_sales')).toEqual([
      JSON.stringify(['2024-01-01', '250.00', '20.00', '2024-01-31']),
    ]);
  });
});

describe('a refresh', () => {
  test('leaves out gold where there is no fact, and builds empty silver tables', async () => {
    const result = await shop.refresh();
    const { statements, environment } = listen(shop.environment());
    const again = await shop.refresh({}, environment);

    expect(result).toMatchObject({
      status: 'succeeded',
      message: 'tables: 4 published, 2 skipped',
    });
    expect(again.status).toBe('succeeded');
    expect(statements).toEqual([]);
    expect(await shop.mainOf('shop_gold.country_sales')).toBeUndefined();
  });

  test('refuses an as_of that is no day', async () => {
    await expect(shop.refresh({ asOf: '2024-02-30' })).resolves.toMatchObject({
      status: 'failed',
      message: expect.stringContaining('asOf is "2024-02-30"'),
    });
  });

  test('rebuilds a changed table and what reads it, and nothing else', async () => {
    await shop.deliver('1.csv', [...january, ...february]);
    await shop.refresh();
    const changed = changeModel(shop.pack, 'big_orders', {
      hash: 'another',
      sql: shop.pack.models
        .find(({ name }) => name === 'big_orders')
        ?.sql.replace('>= 100', '>= 100 and amount < 1000'),
    });

    const result = await shop.refresh({}, shop.environment(changed));
    const runs = await shop.lake.runs.listRuns('shop', 1);

    expect(result.status).toBe('succeeded');
    expect(runs[0]?.tables).toEqual({
      'silver.deliveries': 'current',
      'silver.latest_orders': 'current',
      'silver.big_orders': 'published',
      'silver.small_orders': 'current',
      'gold.country_sales': 'current',
      'gold.monthly_sales': 'published',
    });
  });

  test('publishes a changed schema and partitioning in one step', async () => {
    await shop.deliver('1.csv', [...january, ...february]);
    await shop.refresh();
    const model = shop.pack.models.find(({ name }) => name === 'big_orders');
    if (model === undefined) throw new Error('no model big_orders');
    const changed = changeModel(shop.pack, 'big_orders', {
      hash: 'another',
      columns: model.columns.map((column) =>
        column.name === 'amount' ? { ...column, type: { kind: 'decimal', precision: 20, scale: 3 } } : column,
      ),
      partitioning: [{ transform: 'identity', column: 'country' }],
      publish: { mode: 'replace' },
      sql: model.sql.replace(/^(\s*)amount,$/m, '$1cast(amount as decimal(20, 3)) as amount,'),
    });

    const result = await shop.refresh({}, shop.environment(changed));

    expect(result).toMatchObject({ status: 'succeeded' });
    expect(await shop.rows('shop_silver.big_orders')).toEqual([
      JSON.stringify(['1', 'FR', '250.000', '2024-01-05']),
      JSON.stringify(['3', 'FR', '300.500', '2024-02-02']),
    ]);
  });
});

describe('replace_partitions', () => {
  /** The pack with one table alone, whose rows are a month later than it says. */
  function shiftDeliveries(pack: Pack): Pack {
    const deliveries = pack.models.filter(({ name }) => name === 'deliveries');
    return changeModel({ ...pack, models: deliveries }, 'deliveries', {
      sql: deliveries[0]?.sql.replace(
        'cast(ordered_at as date)',
        "date_add('month', 1, cast(ordered_at as date))",
      ),
    });
  }

  test('reads and writes the changed partitions only', async () => {
    await shop.deliver('1.csv', [...january, ...february]);
    await shop.refresh();
    await shop.deliver('2.csv', [{ id: 5, country: 'FR', amount: 5, day: '2024-02-10' }]);
    const { statements, environment } = listen(shop.environment());

    await shop.refresh({}, environment);

    const stage = statements.find((sql) => /create table.*silver_deliveries/i.test(sql)) ?? '';
    expect(stage).toContain("timestamp '2024-02-01 00:00:00'");
    expect(stage).not.toContain('2024-01-01');
    expect(await shop.rows('shop_silver.deliveries')).toHaveLength(5);
  });

  test('fails a table whose rows come out in other partitions than those it says to follow', async () => {
    const shifted = shiftDeliveries(shop.pack);
    await shop.deliver('1.csv', january);
    await shop.refresh({}, shop.environment(shifted));
    await shop.deliver('2.csv', february);

    const result = await shop.refresh({}, shop.environment(shifted));

    expect(result.message).toContain('silver.deliveries failed: ');
    expect(result.message).toContain('lies outside the partitions');
    expect(await shop.rows('shop_silver.deliveries')).toHaveLength(2);
  });

  test('fails such a table also where the changed partitions take several statements', async () => {
    const shifted = shiftDeliveries(shop.pack);
    await shop.deliver('1.csv', january);
    await shop.refresh({}, shop.environment(shifted));
    const months = Array.from({ length: 101 }, (_, index) => ({
      id: 100 + index,
      country: 'FR',
      amount: 1,
      day: `${1900 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`,
    }));
    await shop.deliver('2.csv', months);

    const result = await shop.refresh({}, shop.environment(shifted));

    expect(result.message).toContain('lies outside the partitions');
    expect(await shop.rows('shop_silver.deliveries')).toHaveLength(2);
  });

  test('counts the changed partitions anew when main moves while they are staged', async () => {
    const deliveries = { database: 'shop_silver', table: 'deliveries' };
    await shop.deliver('1.csv', january);
    await shop.refresh();
    await shop.deliver('2.csv', february);
    await shop.refresh();
    await shop.deliver('3.csv', [{ id: 5, country: 'FR', amount: 5, day: '2024-03-10' }]);
    let isMoved = false;
    const { environment } = listen(shop.environment(), async (sql) => {
      if (isMoved || !/create table.*silver_deliveries/i.test(sql)) return;
      isMoved = true;
      // February is not in the version that main goes back to.
      await rollbackTable(shop.lake, deliveries);
      await releaseTable(shop.lake, deliveries);
    });

    const result = await shop.refresh({}, environment);

    expect(result.status).toBe('succeeded');
    expect(await shop.rows('shop_silver.deliveries')).toHaveLength(5);
  });

  test('a correction that moves the only order of a month leaves the month empty, as a full rebuild would', async () => {
    await shop.deliver('1.csv', [...january, ...february]);
    await shop.refresh();
    await shop.deliver('2.csv', [
      { id: 1, country: 'FR', amount: 50, day: '2024-02-05' },
      { id: 2, country: 'DE', amount: 500, day: '2024-03-01' },
    ]);

    await shop.refresh();

    await using rebuilt = await openShop();
    await rebuilt.deliver('1.csv', [...january, ...february]);
    await rebuilt.deliver('2.csv', [
      { id: 1, country: 'FR', amount: 50, day: '2024-02-05' },
      { id: 2, country: 'DE', amount: 500, day: '2024-03-01' },
    ]);
    await rebuilt.refresh({ full: true });
    expect(await shop.contents()).toEqual(await rebuilt.contents());
    expect(
      await shop.query("select count(*) from shop_silver.big_orders where order_date < date '2024-02-01'"),
    ).toEqual([['0']]);
  });
});

test('more than a hundred partitions are staged in several statements and published in one commit', async () => {
  const orders = Array.from({ length: 201 }, (_, index) => ({
    id: index + 1,
    country: index === 0 ? null : `country '${index}'`,
    amount: 1,
    day: '2024-01-05',
  }));
  await shop.deliver('1.csv', orders);
  const { statements, environment } = listen(shop.environment());

  const result = await shop.refresh({}, environment);

  const staged = statements.filter((sql) => /^\s*(create table|insert into).*gold_country_sales/i.test(sql));
  expect(result.status).toBe('succeeded');
  expect(staged).toHaveLength(3);
  expect(await shop.rows('shop_gold.country_sales')).toHaveLength(201);
});

describe('a failing check', () => {
  test('keeps the last good version of its table and of what reads it, lets the others go on, and is named', async () => {
    await shop.deliver('1.csv', january);
    await shop.refresh();
    const before = await shop.contents();
    await shop.deliver('2.csv', [{ id: 9, country: 'GG', amount: 7, day: '2024-01-21' }]);

    const result = await shop.refresh();
    const run = (await shop.lake.runs.listRuns('shop', 1))[0];

    // The check names the gold table and the silver table that it is compared with; deliveries is neither.
    expect(result.status).toBe('failed');
    expect(result.message).toContain('check SHOP-3 of gold.country_sales failed: 1 row');
    expect(await shop.rows('shop_gold.country_sales')).toEqual(before['shop_gold.country_sales']);
    expect(await shop.rows('shop_silver.latest_orders')).toEqual(before['shop_silver.latest_orders']);
    expect(await shop.rows('shop_silver.deliveries')).toHaveLength(3);
    expect(run).toMatchObject({
      status: 'failed',
      message: result.message,
      tables: {
        'silver.deliveries': 'published',
        'silver.latest_orders': 'failed',
        'silver.big_orders': 'skipped',
        'gold.country_sales': 'failed',
        'gold.monthly_sales': 'skipped',
      },
    });
  });

  test('across tables side by side is proven before any of them is published', async () => {
    await shop.deliver('1.csv', january);
    await shop.refresh();
    const before = await shop.contents();
    await shop.deliver('2.csv', [{ id: 9, country: 'ZZ', amount: 7, day: '2024-01-21' }]);

    const result = await shop.refresh();

    expect(result.message).toContain('check SHOP-2 of silver.big_orders failed: 1 row');
    for (const table of ['big_orders', 'small_orders', 'latest_orders'] as const) {
      expect(await shop.rows(`shop_silver.${table}`)).toEqual(before[`shop_silver.${table}`]);
    }
    expect(await shop.rows('shop_gold.monthly_sales')).toEqual(before['shop_gold.monthly_sales']);
  });

  test('is made good by the next data, and the failed table is then published', async () => {
    await shop.deliver('1.csv', [{ id: 1, country: 'FR', amount: -5, day: '2024-01-05' }]);
    const failed = await shop.refresh();
    await shop.deliver('2.csv', [{ id: 1, country: 'FR', amount: 5, day: '2024-01-05' }]);

    const result = await shop.refresh();

    expect(failed.message).toContain('check SHOP-1 of silver.latest_orders failed: 1 row');
    expect(result.status).toBe('succeeded');
    expect(await shop.rows('shop_silver.latest_orders')).toHaveLength(1);
  });

  test('of severity warn is recorded and does not stop the table', async () => {
    await shop.deliver('1.csv', february);

    const result = await shop.refresh();

    expect(result.status).toBe('succeeded');
    expect(
      await shop.query(
        "select layer, table_name, severity, status, failed_rows from shop_gold.quality_results where check_id = 'SHOP-W'",
      ),
    ).toEqual([['silver', 'latest_orders', 'warn', 'fail', '1']]);
  });

  test('of a table that cannot be built fails the run with the engine’s reason, and the others go on', async () => {
    await shop.deliver('1.csv', january);
    const broken = changeModel(shop.pack, 'country_sales', {
      hash: 'broken',
      sql: shop.pack.models
        .find(({ name }) => name === 'country_sales')
        ?.sql.replace('count(*) as', "count(*) + cast('x' || max(country) as bigint) as"),
    });

    const result = await shop.refresh({}, shop.environment(broken));

    expect(result.status).toBe('failed');
    expect(result.message).toContain('gold.country_sales failed: ');
    expect(await shop.rows('shop_gold.monthly_sales')).toHaveLength(1);
    expect(await shop.rows('shop_silver.latest_orders')).toHaveLength(2);
  });
});

test('writes each result of a run to quality_results once', async () => {
  await shop.deliver('1.csv', january);
  const { runId } = await shop.refresh();
  await shop.refresh();

  const doubled = await shop.query(
    'select run_id, table_name, check_id from shop_gold.quality_results group by run_id, table_name, check_id having count(*) > 1',
  );
  const checks = await shop.query(
    `select count(*) from shop_gold.quality_results where run_id = '${runId}' and check_id = 'C1'`,
  );

  expect(doubled).toEqual([]);
  expect(checks).toEqual([['6']]);
});

test('a Finish that is called again tells of loads as the first call did', async () => {
  await shop.deliver('1.csv', january);
  const { runId } = await shop.refresh();
  const input = { run: { pack: 'shop', runId }, round: 1 };

  const quiet = await finish(shop.environment(), input);
  await shop.deliver('2.csv', february);
  const landed = await finish(shop.environment(), input);
  const last = await finish(shop.environment(), { ...input, round: 10 });

  expect(quiet).toMatchObject({ status: 'succeeded', again: false });
  expect(landed).toMatchObject({ status: 'succeeded', again: true });
  expect(last.again).toBe(false);
});

test('a load that lands during a run is not seen by it, and is picked up by the next', async () => {
  await shop.deliver('1.csv', january);
  let hasLanded = false;
  const counts: string[] = [];
  const { environment } = listen(shop.environment(), async (sql) => {
    if (!hasLanded && /create table.*silver_deliveries/i.test(sql)) {
      hasLanded = true;
      await shop.deliver('2.csv', february);
    }
    if (/create table.*gold_country_sales/i.test(sql)) counts.push(sql);
  });

  const result = await shop.refresh({}, environment);
  const runs = await shop.lake.runs.listRuns('shop', 10);

  expect(result.status).toBe('succeeded');
  expect(runs.map(({ runId, tables }) => [runId, tables['gold.country_sales']])).toEqual([
    [`${result.runId}-2`, 'published'],
    [result.runId, 'published'],
  ]);
  expect(counts[0]).toContain("date '2024-01-20'");
  expect(counts[1]).toContain("date '2024-02-29'");
  expect(await shop.rows('shop_silver.latest_orders')).toHaveLength(4);
});

test('a reader that polls during runs sees whole versions only', async () => {
  await shop.deliver('1.csv', january);
  await shop.refresh();
  await shop.deliver('2.csv', february);
  const seen = new Set<string>();
  let isRunning = true;
  const polling = (async () => {
    while (isRunning) {
      const rows = await shop.rows('shop_silver.latest_orders');
      seen.add(rows.length === 2 ? 'old' : rows.length === 4 ? 'new' : `${rows.length} rows`);
    }
  })();

  await shop.refresh();
  isRunning = false;
  await polling;
  seen.add((await shop.rows('shop_silver.latest_orders')).length === 4 ? 'new' : 'not new');

  expect([...seen]).toEqual(['old', 'new']);
});
