import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allFailedChecks, openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { type DeliveredItem, orderItems } from './order-item-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('supply_chain');
});
afterAll(() => harness.close());

async function build(asOf: string, ...records: readonly DeliveredItem[]): Promise<void> {
  await harness.putBronze('bronze_complete', orderItems(...records));
  await harness.build(asOf);
}

const read = async (name: string, key: string): Promise<TableRows> =>
  sortRows(await harness.read({ layer: 'gold', name }), [key]);

const enriched = () => read('orders_enriched', 'order_item_id');
const customers = () => read('customers360', 'customer_id');
const products = () => read('products360', 'product_id');

describe('orders_enriched', () => {
  test('has customer and product as they were on the day of the order, the first day of a version included', async () => {
    await build(
      '2018-06-30',
      { at: '2018-01-01', customer_segment: 'Consumer', product_price: '1' },
      { at: '2018-01-02 23:59:59.999999', customer_segment: 'Consumer', product_price: '1' },
      { at: '2018-01-03 00:00:00', customer_segment: 'Corporate', product_price: '2' },
    );

    expect(
      (await enriched()).map((row) => [
        row.customer_segment,
        row.customer_sk,
        row.product_price,
        row.product_sk,
      ]),
    ).toEqual([
      ['Consumer', '20755-20180101', '1.00', '1360-20180101'],
      ['Consumer', '20755-20180101', '1.00', '1360-20180101'],
      ['Corporate', '20755-20180103', '2.00', '1360-20180103'],
    ]);
  });

  test('gives all order items of a day the state of the end of it', async () => {
    await build(
      '2018-06-30',
      { at: '2018-01-01 08:00:00', customer_city: 'A' },
      { at: '2018-01-01 09:00:00', customer_city: 'B' },
    );

    expect((await enriched()).map((row) => row.customer_city)).toEqual(['B', 'B']);
  });

  test('holds what comes after as_of too, and has no such column', async () => {
    await build('2018-06-30', { at: '2018-07-01' });

    const rows = await enriched();

    expect(rows).toHaveLength(1);
    expect(Object.keys(rows[0] ?? {})).not.toContain('as_of');
    expect(await customers()).toEqual([]);
  });

  test('holds no name, street or customer zip code', async () => {
    await build('2018-06-30', {});

    const columns = Object.keys((await enriched())[0] ?? {});

    expect(columns.filter((name) => /name|street|zip/.test(name))).toEqual([
      'order_zipcode',
      'product_name',
      'category_name',
      'department_name',
    ]);
  });

  test.each([
    [
      '2018-12-31 23:59:59.999999',
      { order_year: '2018', order_quarter: '4', order_day_of_week: '1', order_month: '2018-12-01' },
    ],
    [
      '2016-02-29',
      { order_year: '2016', order_quarter: '1', order_day_of_week: '1', order_month: '2016-02-01' },
    ],
    [
      '2017-01-01',
      { order_year: '2017', order_quarter: '1', order_day_of_week: '7', order_month: '2017-01-01' },
    ],
    [
      '2017-07-01',
      { order_year: '2017', order_quarter: '3', order_day_of_week: '6', order_month: '2017-07-01' },
    ],
  ])('says of %s when that was', async (at, expected) => {
    await build('2018-06-30', { at });

    expect(await enriched()).toMatchObject([expected]);
  });

  test.each([
    [
      '3',
      '1',
      'COMPLETE',
      { profit_margin: '0.3333', is_profitable: 'true', is_completed: 'true', is_canceled: 'false' },
    ],
    [
      '8',
      '-5',
      'CANCELED',
      { profit_margin: '-0.6250', is_profitable: 'false', is_completed: 'false', is_canceled: 'true' },
    ],
    [
      '0.004',
      '5',
      'PENDING',
      { profit_margin: null, is_profitable: 'true', is_completed: 'false', is_canceled: 'false' },
    ],
    ['20', '0.001', 'CLOSED', { profit_margin: '0.0000', is_profitable: 'false', is_completed: 'true' }],
    [
      '0.01',
      '-999999999.99',
      'LOST',
      { profit_margin: '-99999999999.0000', is_completed: 'false', is_canceled: 'false' },
    ],
    ['80000', '5', 'CLOSED', { profit_margin: '0.0001' }],
  ])(
    'of revenue %s and profit %s with status %s',
    async (order_item_total, order_profit_per_order, order_status, expected) => {
      await build('2018-06-30', { order_item_total, order_profit_per_order, order_status });

      expect(await enriched()).toMatchObject([expected]);
    },
  );
});

describe('customers360', () => {
  test('counts orders by status and sums what was completed', async () => {
    await build(
      '2018-03-31',
      {
        order_id: '1',
        at: '2018-01-01',
        order_item_total: '10',
        order_profit_per_order: '1',
        order_item_quantity: '2',
      },
      // The order that is closed in part is open in part.
      { order_id: '1', at: '2018-01-01', order_item_total: '100', order_status: 'ON_HOLD' },
      {
        order_id: '2',
        at: '2018-02-28',
        order_item_total: '20.005',
        order_profit_per_order: '-4',
        order_item_quantity: '3',
        days_for_shipping_real: '9',
      },
      { order_id: '2', at: '2018-02-28', order_item_total: '0', order_profit_per_order: '0' },
      { order_id: '3', at: '2018-03-01', order_status: 'SUSPECTED_FRAUD' },
      { order_id: '4', at: '2018-03-01', order_status: 'CANCELED' },
      { order_id: '5', at: '2018-03-01', order_status: 'LOST' },
      { order_id: '6', at: '2018-04-01' },
    );

    expect(await customers()).toEqual([
      {
        customer_id: '20755',
        customer_segment: 'Consumer',
        customer_city: 'Caguas',
        customer_state: 'PR',
        customer_country: 'Puerto Rico',
        favourite_department: 'Fitness',
        rfm_score: '111',
        rfm_segment: 'Lost',
        placed_orders: '5',
        open_orders: '1',
        canceled_orders: '2',
        total_orders: '2',
        total_items: '6',
        total_revenue: '30.01',
        total_profit: '-3.00',
        avg_order_value: '15.01',
        profit_margin: '-0.1000',
        days_since_last_order: '31',
        late_delivery_rate: '0.333333',
        r_score: '1',
        f_score: '1',
        m_score: '1',
        first_order_date: '2018-01-01',
        last_order_date: '2018-02-28',
      },
    ]);
  });

  test('has prospects without scores, and their attributes', async () => {
    await build('2018-03-31', { order_status: 'PENDING', customer_id: '7' });

    expect(await customers()).toEqual([
      {
        customer_id: '7',
        customer_segment: 'Consumer',
        customer_city: 'Caguas',
        customer_state: 'PR',
        customer_country: 'Puerto Rico',
        favourite_department: null,
        rfm_score: null,
        rfm_segment: 'Prospects',
        placed_orders: '1',
        open_orders: '1',
        canceled_orders: '0',
        total_orders: '0',
        total_items: '0',
        total_revenue: '0.00',
        total_profit: '0.00',
        avg_order_value: null,
        profit_margin: null,
        days_since_last_order: null,
        late_delivery_rate: null,
        r_score: null,
        f_score: null,
        m_score: null,
        first_order_date: null,
        last_order_date: null,
      },
    ]);
  });

  test('takes attributes as they are known now, after as_of too', async () => {
    await build(
      '2018-01-31',
      { at: '2018-01-01', customer_city: 'A' },
      { at: '2018-06-01', customer_city: 'B' },
    );

    expect(await customers()).toMatchObject([
      { customer_city: 'B', placed_orders: '1', days_since_last_order: '30' },
    ]);
  });

  test('gives no margin where a tiny revenue makes one that its type cannot hold', async () => {
    const loss = { order_item_total: '0', order_profit_per_order: '999999999' };
    await build(
      '2018-03-31',
      { order_item_total: '0.01', order_profit_per_order: '0' },
      ...Array.from({ length: 1001 }, () => loss),
    );

    expect(await customers()).toMatchObject([{ total_profit: '1000999998999.00', profit_margin: null }]);
    expect(await products()).toMatchObject([{ profit_margin: null, margin_band: 'High' }]);
  });

  describe('the favourite department', () => {
    const bought = (
      department_name: string | null,
      order_item_total: string,
      order_item_quantity = '1',
    ): DeliveredItem => ({
      department_name,
      order_item_total,
      order_item_quantity,
    });

    test.each([
      ['is that of most revenue', [bought('A', '9'), bought('B', '5'), bought('B', '5')], 'B'],
      ['of equal revenues is that of more units', [bought('A', '10', '2'), bought('B', '10', '3')], 'B'],
      ['of equal units is the smallest name, byte by byte', [bought('a', '1'), bought('Z', '1')], 'Z'],
      ['is never null where one is known', [bought(null, '100'), bought('A', '0')], 'A'],
      ['is null where none is known', [bought(null, '100')], null],
      ['has only completed items', [bought('A', '1'), { ...bought('B', '9'), order_status: 'PENDING' }], 'A'],
    ])('%s', async (_rule, records, expected) => {
      await build('2018-06-30', ...records);

      expect(await customers()).toMatchObject([{ favourite_department: expected }]);
    });
  });
});

describe('products360', () => {
  test('sums what was completed and counts what was placed', async () => {
    await build(
      '2018-06-29',
      // 180 days end with as_of: the first is 2018-01-01.
      {
        at: '2017-12-31',
        order_id: '1',
        order_item_total: '1000',
        sales: '1100',
        order_item_discount: '100',
        order_profit_per_order: '100',
        order_item_quantity: '10',
      },
      {
        at: '2018-01-01',
        order_id: '2',
        order_item_total: '10',
        order_item_quantity: '2',
        customer_id: '1',
        days_for_shipping_real: '9',
      },
      {
        at: '2018-03-31 23:59:59.999999',
        order_id: '3',
        order_item_total: '20',
        order_item_quantity: '3',
        customer_id: '1',
      },
      { at: '2018-04-01', order_id: '4', order_item_total: '45', order_item_quantity: '4' },
      { at: '2018-06-29 23:59:59.999999', order_id: '4', order_item_total: '1', order_item_quantity: '1' },
      { at: '2018-06-30', order_id: '5', order_item_total: '5000' },
      { at: '2018-06-01', order_id: '6', order_item_total: '7', order_status: 'CANCELED' },
      { at: '2018-06-01', order_id: '7', order_item_total: '7', order_status: 'PENDING' },
    );

    expect(await products()).toEqual([
      {
        product_id: '1360',
        product_name: 'Smart watch',
        category_name: 'Sporting Goods',
        department_name: 'Fitness',
        performance_tier: 'Weak',
        margin_band: 'High',
        health_status: 'Monitor',
        strategic_priority: 'Growth Opportunity',
        product_price: '327.75',
        total_orders: '4',
        units_sold: '20',
        customer_count: '2',
        gross_sales: '2411.00',
        total_discount: '152.44',
        total_revenue: '1076.00',
        total_profit: '465.00',
        profit_margin: '0.4322',
        avg_selling_price: '53.80',
        placed_lines: '7',
        canceled_lines: '1',
        cancellation_rate: '0.142857',
        late_delivery_rate: '0.200000',
        revenue_90d: '46.00',
        revenue_prev_90d: '30.00',
        units_180d: '10',
        revenue_growth_90d_pct: '53.3333',
        revenue_rank: '1',
        first_sold_date: '2017-12-31',
        last_sold_date: '2018-06-29',
      },
    ]);
  });

  test('has products that were placed and never completed', async () => {
    await build('2018-06-30', { order_status: 'CANCELED' }, { order_status: 'PENDING' });

    expect(await products()).toMatchObject([
      {
        total_orders: '0',
        units_sold: '0',
        total_revenue: '0.00',
        profit_margin: null,
        avg_selling_price: null,
        cancellation_rate: '0.500000',
        late_delivery_rate: null,
        revenue_growth_90d_pct: null,
        first_sold_date: null,
        revenue_rank: '1',
        performance_tier: 'Slow Movers',
        margin_band: 'Very Low',
        health_status: 'At Risk',
        strategic_priority: 'Review or Exit',
      },
    ]);
  });

  test('equal revenues share a rank, and the next is left out', async () => {
    await build(
      '2018-06-30',
      ...['5', '9', '5', '1'].map((order_item_total, index) => ({
        order_item_total,
        product_card_id: String(index + 1),
      })),
    );

    expect((await products()).map((row) => row.revenue_rank)).toEqual(['2', '1', '2', '4']);
  });

  test('gives no growth where a tiny revenue before makes one that its type cannot hold', async () => {
    const sold = { at: '2018-06-01', order_item_total: '999999999' };
    await build(
      '2018-06-30',
      { at: '2018-02-01', order_item_total: '0.01' },
      ...Array.from({ length: 20 }, () => sold),
    );

    expect(await products()).toMatchObject([
      { revenue_90d: '19999999980.00', revenue_prev_90d: '0.01', revenue_growth_90d_pct: null },
    ]);
  });
});

describe('checks', () => {
  const asOf = '2018-06-30';
  const audit = async (name: string, id: string) =>
    (await harness.audit({ layer: 'gold', name }, asOf)).get(id);

  const some = Array.from({ length: 23 }, (_, index) => ({
    customer_id: String(index % 13),
    product_card_id: String(index % 5),
    order_status: ['COMPLETE', 'PENDING', 'CLOSED'][index % 3]!,
    at: `2018-0${(index % 7) + 1}-15`,
  }));

  test('all pass on ordinary rows, on facts after as_of alone, and on none', async () => {
    await build(asOf, ...some);
    expect(await allFailedChecks(harness, asOf)).toEqual([]);
    expect((await customers()).length).toBeGreaterThan(5);

    await build(asOf, { at: '2018-07-01' });
    expect(await allFailedChecks(harness, asOf)).toEqual([]);

    await build(asOf);
    expect(await allFailedChecks(harness, asOf)).toEqual([]);
    expect([await enriched(), await customers(), await products()]).toEqual([[], [], []]);
  });

  test.each([
    ['SUP-G1', 'orders_enriched', 'delete from supply_chain_gold.orders_enriched where order_item_id = 1', 2],
    [
      'SUP-G1',
      'orders_enriched',
      'update supply_chain_gold.orders_enriched set revenue = revenue + 0.01 where order_item_id = 1',
      1,
    ],
    [
      'SUP-G2',
      'customers360',
      'update supply_chain_gold.customers360 set total_revenue = total_revenue + 0.01 where customer_id = 1',
      1,
    ],
    [
      'SUP-G2',
      'customers360',
      'update supply_chain_gold.products360 set total_profit = total_profit + 0.01, total_revenue = 0 where product_id = 1',
      2,
    ],
    [
      'SUP-G3',
      'customers360',
      `update supply_chain_gold.customers360 set rfm_segment = 'Prospects' where customer_id = 0`,
      1,
    ],
    [
      'SUP-G3',
      'customers360',
      'update supply_chain_gold.customers360 set r_score = 5 where total_orders > 0',
      1,
    ],
    [
      'SUP-G3',
      'customers360',
      'update supply_chain_gold.customers360 set f_score = null where customer_id = 0',
      1,
    ],
    [
      'SUP-G4',
      'products360',
      `update supply_chain_gold.products360 set strategic_priority = 'Keep' where product_id = 0`,
      1,
    ],
    [
      'SUP-G4',
      'products360',
      'update supply_chain_gold.products360 set margin_band = null where product_id < 2',
      2,
    ],
    [
      'SUP-G5',
      'customers360',
      'update supply_chain_gold.customers360 set total_orders = total_orders + 1 where customer_id = 0',
      1,
    ],
  ])('%s of %s notices: %s', async (id, table, damage, count) => {
    await build(asOf, ...some);

    await harness.run(damage);

    expect((await audit(table, id))?.failed_rows).toBe(count);
  });

  test('SUP-G5 warns of an order of two customers', async () => {
    await build(asOf, { order_id: '1', customer_id: '1' }, { order_id: '1', customer_id: '2' });

    expect(await audit('customers360', 'SUP-G5')).toMatchObject({
      failed_rows: 1,
      observed: '2',
      expected: '1',
    });
  });
});
