import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { ModelContract, Pack } from '../../../core/contract/contract.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { createRandom } from '../../../core/generate/random.ts';
import type { QueryEngine } from '../../../core/ports/query-engine.ts';
import type { RefreshEnvironment } from '../../../core/refresh/environment.ts';
import { compactTable } from './support/compact.ts';
import { type Order, openShop, type Shop } from './support/shop.ts';

/** A table that follows bronze by month, one that follows it by order, and one that follows the latter. */
const followers = (pack: Pack): Pack => ({
  ...pack,
  models: pack.models
    .filter(({ name }) => ['deliveries', 'latest_orders', 'big_orders'].includes(name))
    // Its check reads small_orders too.
    .map((model) => (model.name === 'big_orders' ? { ...model, checks: [] } : model)),
});

let shop: Shop;
beforeEach(async () => {
  shop = await openShop(followers);
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

type Delivery = { readonly file: string; readonly orders: readonly Order[] };

/** Loads and refreshes one delivery after the other. */
async function loadInTurn(target: Shop, deliveries: readonly Delivery[]) {
  for (const { file, orders } of deliveries) {
    await target.deliver(file, orders);
    const { status, message } = await target.refresh();
    if (status !== 'succeeded') throw new Error(`refresh after ${file} ${status}: ${message}`);
  }
}

/** What one full rebuild over all deliveries gives. */
async function rebuild(deliveries: readonly Delivery[]) {
  await using other = await openShop(followers);
  for (const { file, orders } of deliveries) await other.deliver(file, orders);
  expect(await other.refresh({ full: true })).toMatchObject({ status: 'succeeded' });
  return await other.contents();
}

/** What the last run moved, by table. */
async function lastRows(target: Shop) {
  const [run] = await target.lake.runs.listRuns('shop', 1);
  return run?.rows ?? {};
}

/** An environment that keeps the statements it runs. */
function listen(environment: RefreshEnvironment) {
  const statements: string[] = [];
  const engine: QueryEngine = {
    ...environment.engine,
    run: async (sql) => {
      statements.push(sql);
      return environment.engine.run(sql);
    },
  };
  return { statements, environment: { ...environment, engine } };
}

const january: Delivery = {
  file: '1.csv',
  orders: [
    { id: 1, country: 'FR', amount: 250, day: '2024-01-05' },
    { id: 2, country: 'DE', amount: 20, day: '2024-01-31' },
  ],
};
const february: Delivery = {
  file: '2.csv',
  orders: [
    { id: 3, country: 'FR', amount: 300, day: '2024-02-01' },
    { id: 4, country: null, amount: 10, day: '2024-02-29' },
  ],
};
const march: Delivery = { file: '3.csv', orders: [{ id: 5, country: 'FR', amount: 7, day: '2024-03-01' }] };

describe('deliveries one by one', () => {
  test('give what one rebuild gives, in any order, with orders that wander from month to month', async () => {
    const random = createRandom(20240229);
    const deliveries: Delivery[] = Array.from({ length: 4 }, (_, index) => ({
      file: `${index}.csv`,
      orders: Array.from({ length: 6 }, () => ({
        id: random.integer(1, 12),
        country: random.integer(0, 5) === 0 ? null : 'FR',
        amount: random.integer(1, 400),
        day: `2024-0${random.integer(1, 6)}-${String(random.integer(1, 29)).padStart(2, '0')}`,
      })),
    }));
    const shuffled = [3, 1, 0, 2].map((index) => deliveries[index]!);
    const expected = await rebuild(deliveries);

    await loadInTurn(shop, deliveries);
    await using other = await openShop(followers);
    await loadInTurn(other, shuffled);

    expect(await shop.contents()).toEqual(expected);
    expect(await other.contents()).toEqual(expected);
    await shop.refresh({ full: true });
    expect(await shop.contents()).toEqual(expected);
  }, 120_000);

  test('follow an order that moves twice, and leave a late correction of another where it is', async () => {
    const moved: readonly Delivery[] = [
      january,
      february,
      march,
      // Overtaken before it came.
      { file: '0.csv', orders: [{ id: 3, country: 'DE', amount: 1, day: '2024-01-01' }] },
      { file: '4.csv', orders: [{ id: 1, country: 'FR', amount: 250, day: '2024-02-10' }] },
      { file: '5.csv', orders: [{ id: 1, country: 'FR', amount: 250, day: '2024-03-10' }] },
    ];

    await loadInTurn(shop, moved);

    expect(
      await shop.query(
        'select order_id, order_date from shop_silver.latest_orders where order_id in (1, 3) order by 1',
      ),
    ).toEqual([
      ['1', '2024-03-10'],
      ['3', '2024-02-01'],
    ]);
    expect(await shop.contents()).toEqual(await rebuild(moved));
  });

  test('are all in, though a check failed between them', async () => {
    const bad: Delivery = {
      file: '2.csv',
      orders: [{ id: 3, country: 'FR', amount: -1, day: '2024-02-01' }],
    };
    const good: Delivery = {
      file: '2b.csv',
      orders: [{ id: 3, country: 'FR', amount: 1, day: '2024-03-01' }],
    };
    await loadInTurn(shop, [january]);
    await shop.deliver(bad.file, bad.orders);
    const failed = await shop.refresh();
    const between = await shop.rows('shop_silver.latest_orders');

    await loadInTurn(shop, [good, march]);

    expect(failed.status).toBe('failed');
    expect(between).toHaveLength(2);
    expect(await shop.contents()).toEqual(await rebuild([january, bad, good, march]));
  });
});

describe('the rows that a refresh reads', () => {
  const manyOf = (file: string, month: string, first: number, count: number): Delivery => ({
    file,
    orders: Array.from({ length: count }, (_, index) => ({
      id: first + index,
      country: 'FR',
      amount: 150,
      day: `2024-${month}-${String((index % 28) + 1).padStart(2, '0')}`,
    })),
  });

  test('are those of the months that changed, and of the months that their orders were in before', async () => {
    await loadInTurn(shop, [
      manyOf('1.csv', '01', 1, 100),
      manyOf('2.csv', '02', 101, 80),
      manyOf('3.csv', '03', 181, 30),
    ]);

    await loadInTurn(shop, [manyOf('4.csv', '03', 211, 5)]);
    const ofOneMonth = await lastRows(shop);
    await loadInTurn(shop, [manyOf('5.csv', '03', 1, 1)]);
    const ofMoved = await lastRows(shop);
    await shop.refresh({ full: true });
    const ofAll = await lastRows(shop);

    expect(ofOneMonth).toMatchObject({
      'silver.deliveries': { read: 35, written: 35 },
      // The survey reads key and day of all 215 rows, the statement those of the month.
      'silver.latest_orders': { read: 215 + 35, written: 35 },
      'silver.big_orders': { read: 35, written: 35 },
    });
    expect(ofMoved).toMatchObject({
      'silver.deliveries': { read: 36, written: 36 },
      'silver.latest_orders': { read: 216 + 100 + 36, written: 99 + 36 },
      'silver.big_orders': { read: 99 + 36, written: 99 + 36 },
    });
    // The months of their inputs are theirs: nobody has to ask for them.
    expect(ofAll).toMatchObject({
      'silver.deliveries': { read: 216, written: 216 },
      'silver.big_orders': { read: 215, written: 215 },
    });
  });
});

describe('a compaction', () => {
  test('of inputs and tables makes nothing out of date', async () => {
    await loadInTurn(shop, [january, february]);
    await compactTable(shop.lake, 'shop_bronze', 'orders');
    await compactTable(shop.lake, 'shop_silver', 'latest_orders');
    await compactTable(shop.lake, 'shop_silver', 'latest_orders');
    const { statements, environment } = listen(shop.environment());

    const result = await shop.refresh({}, environment);

    expect(result).toMatchObject({ status: 'succeeded', message: 'tables: 3 current' });
    expect(statements).toEqual([]);
  });

  test('is passed over by the next load, which rebuilds what it changed and no more', async () => {
    await loadInTurn(shop, [january, february]);
    await compactTable(shop.lake, 'shop_bronze', 'orders');
    await compactTable(shop.lake, 'shop_silver', 'latest_orders');

    await loadInTurn(shop, [march]);

    expect((await lastRows(shop))['silver.deliveries']).toMatchObject({ read: 1, written: 1 });
    expect((await lastRows(shop))['silver.big_orders']).toMatchObject({ written: 0, read: 1 });
    expect(await shop.contents()).toEqual(await rebuild([january, february, march]));
  });

  test('after a load that was not refreshed does not hide the load', async () => {
    await loadInTurn(shop, [january]);
    await shop.deliver(february.file, february.orders);
    await compactTable(shop.lake, 'shop_bronze', 'orders');
    await loadInTurn(shop, [march]);

    expect(await shop.contents()).toEqual(await rebuild([january, february, march]));
  });
});

test('a changed file rebuilds what depends on it, and only that', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'changed-pack-'));
  await using whole = await openShop();
  try {
    await cp(resolve(import.meta.dirname, '../../fixtures/packs/shop'), join(folder, 'shop'), {
      recursive: true,
    });
    await whole.deliver(january.file, january.orders);
    await whole.refresh();
    /** Refreshes with one more change of the pack: the tables that were published. */
    const change = async (file: string, from: string, to: string) => {
      const path = join(folder, 'shop', file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
      await writeFile(path, text.replace(from, to));
      const { pack, problems } = await loadPack(join(folder, 'shop'));
      expect(problems).toEqual([]);
      expect(await whole.refresh({}, whole.environment(pack))).toMatchObject({ status: 'succeeded' });
      const [run] = await whole.lake.runs.listRuns('shop', 1);
      return Object.keys(run?.tables ?? {}).filter((table) => run?.tables[table] === 'published');
    };
    const small = 'silver/small_orders';
    const readers = ['silver.big_orders', 'silver.small_orders', 'gold.country_sales', 'gold.monthly_sales'];

    expect(await change(`${small}.yaml`, 'Orders of less', 'All orders of less')).toEqual([]);
    expect(await change(`${small}.sql`, '-- one row per', '--  one row per')).toEqual([]);
    expect(await change(`${small}.yaml`, 'orders: order_date', 'orders: {column: order_date}')).toEqual([]);
    expect(await change(`${small}.sql`, 'amount < 100', 'amount + 0 < 100')).toEqual([
      'silver.small_orders',
      'gold.monthly_sales',
    ]);
    expect(await change('silver/latest_orders.yaml', 'where amount < 0', 'where amount < -1')).toEqual([
      'silver.latest_orders',
      ...readers,
    ]);
    expect(await change('bronze/orders.yaml', 'header: all', 'header: required')).toEqual([
      'silver.deliveries',
      'silver.latest_orders',
      ...readers,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('a table by country that follows its orders by key', () => {
  /** `latest_orders` alone, by country in place of month. */
  const byCountry = (pack: Pack): Pack => {
    const partitioning = [{ transform: 'identity', column: 'country' }] as const;
    const model = pack.models.find(({ name }) => name === 'latest_orders')!;
    const changed: ModelContract = {
      ...model,
      partitioning,
      publish: {
        mode: 'replace_partitions',
        follows: [{ table: { layer: 'bronze', name: 'orders' }, column: 'country', key: ['order_id'] }],
      },
    };
    return { ...pack, bronze: pack.bronze.map((bronze) => ({ ...bronze, partitioning })), models: [changed] };
  };
  const country = (index: number, width: number, letter = 'x') =>
    index === 0 ? null : `${index} `.padEnd(width, letter);
  /** The order 900 in each country, one after the other: each of its rows leads to all the others. */
  const wanderer = (count: number, width: number, letter?: string): readonly Order[] =>
    Array.from({ length: count }, (_, index) => ({
      id: 900,
      country: country(index, width, letter),
      amount: 1,
      day: '2024-01-05',
    }));
  const last: Delivery = {
    file: '2.csv',
    orders: [{ id: 900, country: null, amount: 2, day: '2024-02-01' }],
  };
  const refreshLast = async (target: Shop, orders: readonly Order[]) => {
    await loadInTurn(target, [{ file: '1.csv', orders }]);
    const { statements, environment } = listen(target.environment());
    await target.deliver(last.file, last.orders);
    expect(await target.refresh({}, environment)).toMatchObject({ status: 'succeeded' });
    return {
      staged: statements.filter((sql) => /^\s*(create table|insert into)/i.test(sql)).length,
      surveys: statements.filter((sql) => /partition_(value|1)\b/.test(sql)).length,
    };
  };

  test('replaces more than a hundred partitions by several statements', async () => {
    await using target = await openShop(byCountry);
    const others = Array.from({ length: 110 }, (_, index) => ({
      id: index + 1,
      country: country(index, 5),
      amount: 150,
      day: '2024-01-05',
    }));

    const found = await refreshLast(target, [...others, ...wanderer(110, 5)]);

    const rows = await target.rows('shop_silver.latest_orders');
    expect(found).toEqual({ staged: 2, surveys: 1 });
    expect(rows).toHaveLength(111);
    expect(rows.filter((row) => row.startsWith('["900"'))).toEqual([
      JSON.stringify(['900', null, '2.00', '2024-02-01', '2.csv', '2']),
    ]);
    await target.refresh({ full: true });
    expect(await target.rows('shop_silver.latest_orders')).toEqual(rows);
  });

  test.each([
    ['are too many', wanderer(320, 200)],
    ['have names that are too long in bytes', wanderer(250, 200, '\u{6771}')],
  ])('is rebuilt as a whole, by its own partitions, where those to replace %s', async (_, orders) => {
    await using target = await openShop(byCountry);

    const found = await refreshLast(target, orders);

    expect(found).toEqual({ staged: 1, surveys: 2 });
    expect(await target.rows('shop_silver.latest_orders')).toEqual([
      JSON.stringify(['900', null, '2.00', '2024-02-01', '2.csv', '2']),
    ]);
  });
});
