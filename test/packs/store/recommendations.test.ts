import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failedChecks, openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { putShop, type Sale, toOrders, withIds } from './store-rows.ts';

const asOf = '2026-02-28';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('store');
});
afterAll(() => harness.close());

/** Recommendations of orders that are each a text of product letters; capitals are known products. */
async function recommend(...baskets: readonly string[]): Promise<TableRows> {
  const sales = baskets.flatMap((products, order) =>
    [...products].map((product) => ({ order: `O${order}`, on: '2026-01-01', product })),
  );
  return await recommendOf(sales);
}

async function recommendOf(sales: readonly Sale[]): Promise<TableRows> {
  const products = new Set(sales.map(({ product }) => product!).filter((id) => id === id.toUpperCase()));
  await putShop(harness, { products: withIds('product_id', ...products), ...toOrders(...sales) });
  await harness.build(asOf);
  expect(await failedChecks(harness, { layer: 'gold', name: 'product_recommendations' }, asOf)).toEqual([]);
  return sortRows(await harness.read({ layer: 'gold', name: 'product_recommendations' }), [
    'product_id',
    'rank',
  ]);
}

const pairs = (rows: TableRows) => rows.map((row) => `${row.product_id}${row.recommended_product_id}`);

describe('product_recommendations', () => {
  test('tell support, confidence and lift of both directions', async () => {
    expect(await recommend('AB', 'AB', 'A', 'C', 'C', 'C', 'C')).toEqual([
      {
        product_id: 'A',
        recommended_product_id: 'B',
        rank: '1',
        pair_orders: '2',
        product_orders: '3',
        recommended_orders: '2',
        total_orders: '7',
        support: '0.285714',
        confidence: '0.666667',
        lift: '2.333333',
      },
      expect.objectContaining({ product_id: 'B', recommended_product_id: 'A', confidence: '1.000000' }),
    ]);
  });

  test('need two joint orders and a lift above 1, not 1 itself', async () => {
    expect(await recommend('AB', 'C')).toEqual([]);
    // p * N = 2 * 8 = a * b = 4 * 4
    expect(await recommend('AB', 'AB', 'A', 'A', 'B', 'B', 'C', 'C')).toEqual([]);
    expect(pairs(await recommend('AB', 'AB', 'A', 'A', 'B', 'B', 'C', 'C', 'C'))).toEqual(['AB', 'BA']);
  });

  test('take orders as sets of known products that were completed up to as_of', async () => {
    const on = '2026-01-01';
    const both = (order: string, rest: Partial<Sale> = {}): readonly Sale[] => [
      { order, on, product: 'A', ...rest },
      { order, on, product: 'B', ...rest },
    ];
    const rows = await recommendOf([
      ...both('O1', { quantity: '9' }),
      ...both('O1'),
      ...both('O2', { status: 'open' }),
      ...both('O3', { on: '2026-03-01' }),
      { order: 'O4', on, product: 'x' },
      { order: 'O4', on, product: 'A' },
      { order: 'O5', on, product: 'x' },
      { order: 'O6', on, product: 'C' },
    ]);
    expect(rows).toEqual([]);

    expect(
      await recommendOf([
        ...both('O1'),
        ...both('O2'),
        { order: 'O3', on, product: 'C' },
        { order: 'O4', on, product: 'x' },
      ]),
    ).toMatchObject([
      { product_id: 'A', total_orders: '3' },
      { product_id: 'B', total_orders: '3' },
    ]);
  });

  test('come in the order of joint orders, then the rarer product, then the smaller id, five at most', async () => {
    const baskets = ['ABCDEFGZ', 'ABCDEFGZ', 'AB', 'C', 'Q', 'Q', 'Q', 'Q', 'Q'];

    const rows = (await recommend(...baskets)).filter((row) => row.product_id === 'A');

    // B in three orders with A; D, E, F, G and Z in two of two; C in two of three.
    expect(rows.map((row) => [row.rank, row.recommended_product_id])).toEqual([
      ['1', 'B'],
      ['2', 'D'],
      ['3', 'E'],
      ['4', 'F'],
      ['5', 'G'],
    ]);
  });
});
