import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { listSnapshots } from '../../../core/iceberg/publish.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import type { QueryEngine } from '../../../core/ports/query-engine.ts';
import { RollbackRefusedError, releaseTable, rollbackTable } from '../../../core/refresh/rollback.ts';
import { compactTable } from './support/compact.ts';
import { openShop, type Shop } from './support/shop.ts';

const table = { database: 'shop_gold', table: 'country_sales' };

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
  await shop.deliver('1.csv', [{ id: 1, country: 'FR', amount: 250, day: '2024-01-05' }]);
  await shop.refresh();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

describe('rollbackTable', () => {
  test('goes back to the version published before, which refreshes leave alone until it is released', async () => {
    const old = await shop.rows('shop_gold.country_sales');
    await shop.deliver('2.csv', [{ id: 2, country: 'DE', amount: 5, day: '2024-01-06' }]);
    await shop.refresh();
    const latest = await shop.rows('shop_gold.country_sales');

    await rollbackTable(shop.lake, table);
    const rolledBack = await shop.rows('shop_gold.country_sales');
    const held = await shop.refresh({ full: true });
    const afterRefresh = await shop.rows('shop_gold.country_sales');
    const wasHeld = await releaseTable(shop.lake, table);
    const released = await shop.refresh();

    expect(latest).not.toEqual(old);
    expect(rolledBack).toEqual(old);
    expect(held).toMatchObject({ status: 'succeeded', message: 'tables: 5 published, 1 held' });
    expect(afterRefresh).toEqual(old);
    expect(wasHeld).toBe(true);
    expect(released.status).toBe('succeeded');
    expect(await shop.rows('shop_gold.country_sales')).toEqual(latest);
  });

  test('keeps a run at work from publishing what it has built on the version that was given up', async () => {
    const latestOrders = { database: 'shop_silver', table: 'latest_orders' };
    await shop.deliver('2.csv', [{ id: 2, country: 'DE', amount: 5, day: '2024-01-06' }]);
    await shop.refresh();
    const before = await shop.mainOf('shop_gold.country_sales');
    const environment = shop.environment();
    const engine: QueryEngine = {
      run: async (sql) => {
        if (/create table.*gold_country_sales/i.test(sql)) await rollbackTable(shop.lake, latestOrders);
        return environment.engine.run(sql);
      },
      results: (id) => environment.engine.results(id),
    };

    const result = await shop.refresh({ asOf: '2024-01-31' }, { ...environment, engine });
    const after = await shop.mainOf('shop_gold.country_sales');
    const next = await shop.refresh({ asOf: '2024-01-31' });

    expect(result.message).toContain('input silver.latest_orders was rolled back during the run');
    expect(after).toBe(before);
    expect(next.status).toBe('succeeded');
    expect(await shop.rows('shop_gold.country_sales')).toEqual([
      JSON.stringify(['FR', 'FR', '1', '250.00', '2024-01-31']),
    ]);
  });

  test('goes back one version more each time, and not to the one that was given up', async () => {
    const oldest = await shop.rows('shop_gold.country_sales');
    for (const day of ['2024-01-06', '2024-01-07']) {
      await shop.deliver(`${day}.csv`, [{ id: 2, country: 'DE', amount: Number(day.slice(-1)), day }]);
      await shop.refresh();
    }

    await rollbackTable(shop.lake, table);
    await rollbackTable(shop.lake, table);

    expect(await shop.rows('shop_gold.country_sales')).toEqual(oldest);
    await expect(rollbackTable(shop.lake, table)).rejects.toThrow('has no earlier published version');
  });

  test('goes back over compactions, which have the same rows', async () => {
    const old = await shop.rows('shop_gold.country_sales');
    await shop.deliver('2.csv', [{ id: 2, country: 'DE', amount: 5, day: '2024-01-06' }]);
    await shop.refresh();
    await compactTable(shop.lake, table.database, table.table);
    await compactTable(shop.lake, table.database, table.table);

    await rollbackTable(shop.lake, table);

    expect(await shop.rows('shop_gold.country_sales')).toEqual(old);
  });

  test('takes the snapshot that it is given', async () => {
    const first = await shop.mainOf('shop_gold.country_sales');
    await shop.refresh({ full: true });
    await shop.refresh({ full: true });

    await rollbackTable(shop.lake, table, first);

    expect(await shop.mainOf('shop_gold.country_sales')).toBe(first);
  });

  test.each([
    ['bronze', { database: 'shop_bronze', table: 'orders' }, 'expected a silver or gold table'],
    ['a table that is not there', { database: 'shop_gold', table: 'nothing' }, 'no published version'],
    ['a table with one version', table, 'has no earlier published version'],
  ])('refuses %s', async (_, refused, message) => {
    const rollback = rollbackTable(shop.lake, refused);

    await expect(rollback).rejects.toThrow(RollbackRefusedError);
    await expect(rollback).rejects.toThrow(message);
    expect(await shop.lake.runs.listHolds()).toEqual([]);
  });

  test('refuses a snapshot that failed its checks and was never published', async () => {
    await shop.deliver('2.csv', [{ id: 2, country: 'GG', amount: 5, day: '2024-01-06' }]);
    await shop.refresh();
    const found = await loadTable(shop.lake, table);
    const unpublished = (found ? await listSnapshots(shop.lake, found) : []).find(
      ({ publishedAt }) => publishedAt === undefined,
    )?.snapshotId;

    expect(unpublished).toBeDefined();
    await expect(rollbackTable(shop.lake, table, unpublished)).rejects.toThrow('was never published');
  });
});
