import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Pack } from '../../../core/contract/contract.ts';
import { openShop, type Shop } from './support/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

/** The shop with `country_sales` made for no day. */
function withoutDay({ ...pack }: Pack): Pack {
  const models = pack.models.map((model) => {
    if (model.name !== 'country_sales') return model;
    const sql = model.sql.replace("where order_date <= date '${as_of}'", '');
    return { ...model, asOf: 'none' as const, hash: 'no day', checks: [], sql };
  });
  return { ...pack, models };
}

async function countryTotals(): Promise<readonly (readonly (string | null)[])[]> {
  const { queryExecutionId } = await shop.lake.engine.run(
    'select country_key, order_count, total_amount from shop_gold.country_sales',
  );
  return (await shop.lake.engine.results(queryExecutionId)).rows;
}

test('gold of no day holds every fact, and another day leaves it as it is', async () => {
  const pack = withoutDay(shop.pack);
  await shop.deliver('1.csv', [
    { id: 1, country: 'FR', amount: 250, day: '2024-01-05' },
    { id: 2, country: 'FR', amount: 10, day: '2024-02-05' },
  ]);

  const first = await shop.refresh({ asOf: '2024-01-31' }, shop.environment(pack));
  const main = await shop.mainOf('shop_gold.country_sales');
  const second = await shop.refresh({ asOf: '2024-02-29' }, shop.environment(pack));

  expect([first.message, second.message]).toEqual(['tables: 6 published', 'tables: 1 published, 5 current']);
  expect(await shop.mainOf('shop_gold.country_sales')).toBe(main);
  expect(await countryTotals()).toEqual([['FR', '2', '260.00']]);
});

test('gold of no day is built where there is no fact, and is then current', async () => {
  const pack = withoutDay(shop.pack);

  const first = await shop.refresh({}, shop.environment(pack));
  const second = await shop.refresh({}, shop.environment(pack));

  expect(first.message).toBe('tables: 5 published, 1 skipped');
  expect(second.status).toBe('succeeded');
  expect(second.message).not.toContain('published');
  expect(await countryTotals()).toEqual([]);
});
