import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import type { QueryEngine } from '../../../core/ports/query-engine.ts';
import { defaultLeaseMilliseconds } from '../../../core/refresh/environment.ts';
import { killAfter } from './support/kill-after.ts';
import { type Order, openShop, type Shop } from './support/shop.ts';

const orders: readonly Order[] = [
  { id: 1, country: 'FR', amount: 250, day: '2024-01-05' },
  { id: 2, country: 'DE', amount: 20, day: '2024-01-20' },
  { id: 3, country: 'FR', amount: 300, day: '2024-02-02' },
];
const correction = (id: number): readonly Order[] => [
  { id: 1, country: 'FR', amount: id, day: id % 2 === 0 ? '2024-01-06' : '2024-03-07' },
  { id: 100 + id, country: `C${id}`, amount: 90 + id, day: '2024-02-10' },
];

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

/** Another lake that was given the same files and built once. */
async function rebuild(files: ReadonlyMap<string, readonly Order[]>) {
  await using other = await openShop();
  for (const [file, lines] of files) await other.deliver(file, lines);
  await other.refresh({ full: true });
  // Awaited here: the lake is gone when this function returns.
  return await other.contents();
}

describe('a run that is killed', () => {
  test('at any call of a port leaves whole tables, and the next run makes the same of them as without the kill', async () => {
    const files = new Map([['00.csv', orders]]);
    await shop.deliver('00.csv', orders);
    const counted = killAfter(shop.environment(), Number.POSITIVE_INFINITY);
    await shop.refresh({}, counted.environment);
    const total = counted.count();
    // Runs that build less make fewer calls: the last points may lie beyond their end.
    const points = Array.from({ length: 4 }, (_, index) => Math.round(2 + (index * total) / 4 + (index % 2)));
    let kills = 0;

    for (const [index, point] of points.entries()) {
      const file = `${String(index + 1).padStart(2, '0')}.csv`;
      const lines = correction(index + 1);
      files.set(file, lines);
      await shop.deliver(file, lines);
      const before = (await shop.rows('shop_silver.latest_orders')).length;

      const killed = await shop.refresh({}, killAfter(shop.environment(), point).environment);
      const rows = (await shop.rows('shop_silver.latest_orders')).length;
      shop.passTime(defaultLeaseMilliseconds + 1);
      const next = await shop.refresh();

      if (killed.status === 'failed') kills += 1;
      expect([before, before + 1]).toContain(rows);
      expect([point, next.status, next.message.slice(0, 200)]).toEqual([
        point,
        'succeeded',
        expect.any(String),
      ]);
      expect(await shop.rows('shop_silver.latest_orders')).toHaveLength(before + 1);
    }
    expect(kills).toBeGreaterThanOrEqual(3);
    expect(await shop.contents()).toEqual(await rebuild(files));
  }, 180_000);

  test('by SIGKILL gives its lease to the next run at once, which makes the same tables', async () => {
    const files = new Map([['00.csv', orders]]);
    await shop.deliver('00.csv', orders);
    const root = resolve(import.meta.dirname, '../../..');
    const script = `
      import { openLocalLake, refreshPack } from ${JSON.stringify(`${root}/adapters/local/local-lake.ts`)};
      import { loadPack } from ${JSON.stringify(`${root}/core/contract/load-pack.ts`)};
      const { pack } = await loadPack(${JSON.stringify(`${root}/test/fixtures/packs/shop`)});
      const lake = await openLocalLake(${JSON.stringify(shop.folder)});
      console.log('ready');
      await refreshPack(lake, pack, { full: true });
    `;

    for (const delay of [150, 500]) {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await wait(delay);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const next = await shop.refresh();
      expect(next.status).toBe('succeeded');
    }

    expect(await shop.contents()).toEqual(await rebuild(files));
  }, 180_000);

  test('leaves files and staging tables behind that a later run removes, and none that a snapshot holds', async () => {
    await shop.deliver('00.csv', orders);
    let isDead = false;
    const environment = shop.environment();
    const engine: QueryEngine = {
      run: async (sql) => {
        if (isDead) throw new Error('dead');
        const execution = await environment.engine.run(sql);
        if (/create table/i.test(sql)) isDead = true;
        return execution;
      },
      results: (id) => environment.engine.results(id),
    };
    const runs: typeof environment.runs = {
      ...environment.runs,
      renewLease: async (lease) => {
        if (isDead) throw new Error('dead');
        await environment.runs.renewLease(lease);
      },
    };
    await shop.refresh({}, { ...environment, engine, runs });
    const staged = await shop.lake.catalog.listTables('shop_staging');

    shop.passTime(7 * 3600 * 1000);
    await shop.refresh();

    expect(staged.length).toBeGreaterThan(0);
    expect(await shop.lake.catalog.listTables('shop_staging')).toEqual([]);
    expect(await shop.rows('shop_silver.latest_orders')).toHaveLength(3);
    const [abandoned] = (await shop.lake.runs.listRuns('shop', 5)).slice(-1);
    const left: string[] = [];
    for await (const { location } of shop.lake.store.list(`${shop.lake.layout.silver}/`)) {
      if (location.includes(abandoned?.runId ?? 'no run')) left.push(location);
    }
    expect(abandoned?.status).toBe('abandoned');
    expect(left).toEqual([]);
  });
});

describe('runs at the same time', () => {
  test('one refreshes, and the other says who does', async () => {
    await shop.deliver('00.csv', orders);

    const results = await Promise.all([shop.refresh(), shop.refresh()]);

    expect(results.map(({ status }) => status).sort()).toEqual(['busy', 'succeeded']);
    const busy = results.find(({ status }) => status === 'busy');
    const other = results.find(({ status }) => status === 'succeeded');
    expect(busy?.message).toContain(other?.runId);
  });

  test('a run that lost its lease to another publishes nothing more', async () => {
    await shop.deliver('00.csv', orders);
    const environment = shop.environment();
    let resume = () => {};
    const paused = new Promise<void>((done) => {
      resume = done;
    });
    let isPaused = () => {};
    const reached = new Promise<void>((done) => {
      isPaused = done;
    });
    const engine: QueryEngine = {
      run: async (sql) => {
        if (/create table.*gold_country_sales/i.test(sql)) {
          isPaused();
          await paused;
        }
        return environment.engine.run(sql);
      },
      results: (id) => environment.engine.results(id),
    };
    const slow = shop.refresh({}, { ...environment, engine });
    await reached;

    shop.passTime(defaultLeaseMilliseconds + 1);
    const other = await shop.refresh();
    const main = await shop.mainOf('shop_gold.country_sales');
    resume();
    const late = await slow;

    expect(other.status).toBe('succeeded');
    expect(late).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('has lost the lease of pack shop'),
    });
    expect(await shop.mainOf('shop_gold.country_sales')).toBe(main);
    expect((await shop.refresh()).message).toBe('tables: 6 current');
  });
});
