import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { allFailedChecks, openPackHarness } from '../../support/pack-tables.ts';
import type { SqlHarness } from '../../support/sql-harness.ts';
import { putShop } from './store-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('store');
});
afterAll(() => harness.close());

/** Rows of every table that has any. */
async function countRows(): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const model of harness.pack.models) {
    const { length } = await harness.read(model);
    if (length > 0) counts[`${model.layer}.${model.name}`] = length;
  }
  return counts;
}

test('every table builds on empty bronze, and every check passes', async () => {
  await putShop(harness, {});
  await harness.build('2026-02-28');

  expect(await countRows()).toEqual({
    'gold.dim_customer': 1,
    'gold.dim_product': 1,
    'gold.executive_kpis': 18,
  });
  expect(await allFailedChecks(harness, '2026-02-28')).toEqual([]);
});

test('every table builds where all orders are after as_of, and every check passes', async () => {
  await putShop(harness, {
    customers: [{}],
    products: [{}],
    orders: [{ order_ts: '2026-03-01 00:00:00' }],
    order_items: [{}],
  });
  await harness.build('2026-02-28');

  expect(await countRows()).toMatchObject({
    'silver.order_lines': 1,
    'gold.customer_segments': 1,
    'gold.customer_demographics': 4,
    'gold.executive_kpis': 18,
  });
  expect(await allFailedChecks(harness, '2026-02-28')).toEqual([]);
});
