import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { openLocalLake, refreshPack } from '../../../adapters/local/local-lake.ts';
import type { ProgressEvent } from '../../../core/ports/progress.ts';
import { openShop, type Shop } from '../../core/refresh/support/shop.ts';

describe('a local lake', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
    await shop.deliver('1.csv', [{ id: 1, country: 'FR', amount: 250, day: '2024-01-05' }]);
  });
  afterAll(async () => {
    await shop[Symbol.asyncDispose]();
  });

  test('keeps its layers, catalog and ledger in one folder', async () => {
    expect(await readdir(shop.folder)).toEqual(
      expect.arrayContaining([
        'bronze',
        'catalog.db',
        'gold',
        'landing',
        'ledger.db',
        'runs',
        'silver',
        'tmp',
      ]),
    );
  });

  test('tells the progress of a refresh in tables', async () => {
    const events: ProgressEvent[] = [];

    await refreshPack(shop.lake, shop.pack, {}, (event) => events.push(event));

    expect(events.at(-1)).toEqual({ task: 'refresh', subject: 'shop', step: 'finished', done: 6, total: 6 });
    expect(events.filter(({ subject }) => subject === 'gold.country_sales').map(({ step }) => step)).toEqual([
      'preparing',
      'staging',
      'preparing',
      'staging',
      'attaching',
      'checking',
      'passed',
    ]);
    expect(events.every(({ done, total }) => total !== undefined && done <= total)).toBe(true);
  });

  test('clears away temporary files of yesterday, and leaves those of today', async () => {
    const [old, recent] = ['old', 'recent'].map((name) => join(shop.folder, 'tmp', name));
    await writeFile(old ?? '', 'left by a killed process');
    await writeFile(recent ?? '', 'in use');
    const dayBeforeYesterday = new Date(Date.now() - 48 * 3600 * 1000);
    await utimes(old ?? '', dayBeforeYesterday, dayBeforeYesterday);

    await using again = await openLocalLake(shop.folder);

    expect(await readdir(again.scratch)).toEqual(expect.arrayContaining(['recent']));
    expect(await readdir(again.scratch)).not.toContain('old');
  });

  test('is the same lake when it is opened again', async () => {
    await using again = await openLocalLake(shop.folder);

    const { queryExecutionId } = await again.engine.run('select total_amount from shop_gold.country_sales');

    expect((await again.engine.results(queryExecutionId)).rows).toEqual([['250.00']]);
    expect((await again.runs.listRuns('shop', 1))[0]?.status).toBe('succeeded');
  });
});
