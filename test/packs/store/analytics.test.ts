import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failedChecks, openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { type Cells, putShop, type Shop, toOrders, withIds } from './store-rows.ts';

const asOf = '2026-02-28';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('store');
});
afterAll(() => harness.close());

async function build(shop: Shop): Promise<void> {
  await putShop(harness, shop);
  await harness.build(asOf);
}

const read = (name: string): Promise<TableRows> => harness.read({ layer: 'gold', name });
const check = async (table: string, id: string) =>
  (await harness.audit({ layer: 'gold', name: table }, asOf)).get(id);

describe('customer_segments', () => {
  const segments = async () =>
    sortRows(await read('customer_segments'), ['customer_id']).map((row) => [
      row.customer_id,
      row.revenue_rank,
      row.customer_segment,
    ]);

  test('cuts ranks at a tenth, three tenths and seven tenths of the customers with revenue', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `C${index + 10}`);
    const sales = ids
      .slice(0, 11)
      .map((customer, index) => ({ order: customer, customer, on: '2026-01-01', price: `${50 - index}.00` }));
    await build({
      customers: withIds('customer_id', ...ids),
      ...toOrders(...sales.with(10, { ...sales[10]!, price: '0.00' })),
    });

    expect((await segments()).map(([, rank, segment]) => [rank, segment])).toEqual([
      ['1', 'VIP'],
      ...['2', '3'].map((rank) => [rank, 'Premium']),
      ...['4', '5', '6', '7'].map((rank) => [rank, 'Standard']),
      ...['8', '9', '10', null, null].map((rank) => [rank, 'Basic']),
    ]);
    expect(await failedChecks(harness, { layer: 'gold', name: 'customer_segments' }, asOf)).toEqual([]);
  });

  test('makes nobody a VIP of a single buyer', async () => {
    await build({ customers: [{}], ...toOrders({ order: 'O1', on: '2026-01-01' }) });

    expect(await segments()).toEqual([['C1', '1', 'Basic']]);
  });

  test('ranks equal revenue by orders, then by the last order, then by id as text', async () => {
    await build({
      customers: withIds('customer_id', 'C9', 'C10', 'late', 'often'),
      ...toOrders(
        { order: 'O1', customer: 'C9', on: '2026-01-01', price: '20.00' },
        { order: 'O2', customer: 'C10', on: '2026-01-01', price: '20.00' },
        { order: 'O3', customer: 'late', on: '2026-01-02', price: '20.00' },
        { order: 'O4', customer: 'often', on: '2025-01-01' },
        { order: 'O5', customer: 'often', on: '2025-01-02' },
      ),
    });

    expect(sortRows(await read('customer_segments'), ['revenue_rank']).map((row) => row.customer_id)).toEqual(
      ['often', 'late', 'C10', 'C9'],
    );
  });

  test('counts completed orders up to as_of, and leaves a customer without one empty', async () => {
    await build({
      customers: withIds('customer_id', 'C1', 'C2'),
      ...toOrders(
        { order: 'O1', on: '2026-01-31', quantity: '2', price: '0.05' },
        { order: 'O1', on: '2026-01-31', quantity: '1', price: '0.05' },
        { order: 'O2', on: '2026-02-28 23:59:59.999999', price: '0.10' },
        { order: 'O3', on: '2026-03-01 00:00:00' },
        { order: 'O4', on: '2026-01-01', status: 'pending' },
        { order: 'O5', on: '2026-01-01', customer: null },
        { order: 'O6', on: '2026-01-01', customer: 'C9' },
      ),
    });

    expect(sortRows(await read('customer_segments'), ['customer_id'])).toEqual([
      {
        customer_id: 'C1',
        customer_segment: 'Basic',
        total_orders: '2',
        total_units: '4',
        total_revenue: '0.25',
        avg_order_value: '0.13',
        recency_days: '0',
        revenue_rank: '1',
        first_order_date: '2026-01-31',
        last_order_date: '2026-02-28',
      },
      {
        customer_id: 'C2',
        customer_segment: 'Basic',
        total_orders: '0',
        total_units: '0',
        total_revenue: '0.00',
        avg_order_value: null,
        recency_days: null,
        revenue_rank: null,
        first_order_date: null,
        last_order_date: null,
      },
    ]);
  });
});

describe('monthly_revenue', () => {
  const months = async () => sortRows(await read('monthly_revenue'), ['month']);
  const column = async (name: string) =>
    Object.fromEntries((await months()).map((row) => [row.month, row[name]]));

  test('fills months without an order with 0, to the month of as_of', async () => {
    await build({
      customers: [{}],
      products: [{}],
      ...toOrders(
        { order: 'O1', on: '2025-12-31', discount: '0.25' },
        { order: 'O0', on: '2025-10-31', status: 'cancelled' },
      ),
    });

    expect(await months()).toEqual([
      {
        month: '2025-12-01',
        revenue: '7.50',
        gross_amount: '10.00',
        discount_amount: '2.50',
        profit: '3.50',
        total_orders: '1',
        units_sold: '1',
        active_customers: '1',
        new_customers: '1',
        avg_order_value: '7.50',
        previous_revenue: null,
        mom_growth_pct: null,
        yoy_growth_pct: null,
        ytd_revenue: '7.50',
      },
      {
        month: '2026-01-01',
        revenue: '0.00',
        gross_amount: '0.00',
        discount_amount: '0.00',
        profit: '0.00',
        total_orders: '0',
        units_sold: '0',
        active_customers: '0',
        new_customers: '0',
        avg_order_value: null,
        previous_revenue: '7.50',
        mom_growth_pct: '-100.0000',
        yoy_growth_pct: null,
        ytd_revenue: '0.00',
      },
      expect.objectContaining({ month: '2026-02-01', previous_revenue: '0.00', mom_growth_pct: null }),
    ]);
  });

  test('compares with the month before and the same month a year before, rounding once', async () => {
    await build(
      toOrders(
        { order: 'O1', on: '2025-01-31', price: '3.00' },
        { order: 'O2', on: '2025-02-01', price: '4.00' },
        { order: 'O3', on: '2026-01-01', price: '5.00' },
        { order: 'O4', on: '2026-02-28', price: '7.00' },
      ),
    );

    expect(await column('mom_growth_pct')).toMatchObject({
      '2025-02-01': '33.3333',
      '2026-02-01': '40.0000',
    });
    expect(await column('yoy_growth_pct')).toMatchObject({
      '2025-01-01': null,
      '2025-12-01': null,
      '2026-01-01': '66.6667',
      '2026-02-01': '75.0000',
    });
    expect(await column('ytd_revenue')).toMatchObject({
      '2025-12-01': '7.00',
      '2026-01-01': '5.00',
      '2026-02-01': '12.00',
    });
  });

  test('has no growth where a tiny month makes one that its type cannot hold', async () => {
    await build(
      toOrders(
        { order: 'O1', on: '2026-01-01', price: '0.01' },
        { order: 'O2', on: '2026-02-01', quantity: '100000', price: '1000000.00' },
      ),
    );

    expect(await column('mom_growth_pct')).toEqual({ '2026-01-01': null, '2026-02-01': null });
    expect(await column('revenue')).toEqual({ '2026-01-01': '0.01', '2026-02-01': '100000000000.00' });
  });

  test('counts known customers alone, and as new in their first month', async () => {
    await build({
      customers: withIds('customer_id', 'C1', 'C2'),
      ...toOrders(
        { order: 'O1', on: '2026-01-31', customer: 'C1' },
        { order: 'O2', on: '2026-01-31', customer: 'C1' },
        { order: 'O3', on: '2026-01-31', customer: null },
        { order: 'O4', on: '2026-01-31', customer: 'C9' },
        { order: 'O5', on: '2026-02-01', customer: 'C1' },
        { order: 'O6', on: '2026-02-01', customer: 'C2' },
        { order: 'O7', on: '2025-12-31', customer: 'C2', status: 'open' },
      ),
    });

    expect(await months()).toMatchObject([
      { month: '2026-01-01', total_orders: '4', active_customers: '1', new_customers: '1' },
      { month: '2026-02-01', total_orders: '2', active_customers: '2', new_customers: '1' },
    ]);
  });

  test('STO-G7 names the months without revenue among the last twelve', async () => {
    await build(toOrders({ order: 'O1', on: '2025-01-31' }, { order: 'O2', on: '2025-12-01' }));

    expect(await check('monthly_revenue', 'STO-G7')).toMatchObject({
      failed_rows: 11,
      observed:
        '2025-03, 2025-04, 2025-05, 2025-06, 2025-07, 2025-08, 2025-09, 2025-10, 2025-11, 2026-01, 2026-02',
    });
  });
});

describe('category_performance', () => {
  const categories = async () => sortRows(await read('category_performance'), ['revenue_rank']);

  test('adds up what is known and unknown, and takes the margin of lines with a cost', async () => {
    await build({
      customers: [{}],
      products: [{}, { product_id: 'P2', unit_cost: null }, { product_id: 'P3', category: null }],
      ...toOrders(
        { order: 'O1', on: '2026-01-01', product: 'P1', quantity: '3', discount: '0.1' },
        { order: 'O1', on: '2026-01-01', product: 'P2', quantity: '5' },
        { order: 'O2', on: '2026-01-01', product: 'P1', customer: null },
        { order: 'O3', on: '2026-01-01', product: 'P3' },
        { order: 'O3', on: '2026-01-01', product: 'P9', quantity: '2' },
        { order: 'O4', on: '2026-01-01', product: 'P1', status: 'refunded' },
      ),
    });

    expect(await categories()).toEqual([
      {
        category: 'Home',
        top_product_id: 'P2',
        revenue: '87.00',
        gross_amount: '90.00',
        discount_amount: '3.00',
        profit: '21.00',
        units_sold: '9',
        total_orders: '2',
        products_sold: '2',
        active_customers: '1',
        avg_selling_price: '9.67',
        discount_rate_pct: '3.3333',
        margin_pct: '56.7568',
        revenue_share: '0.743590',
        revenue_rank: '1',
      },
      expect.objectContaining({
        category: 'Unknown',
        top_product_id: 'P9',
        revenue: '30.00',
        products_sold: '2',
        total_orders: '1',
        margin_pct: '60.0000',
        revenue_rank: '2',
      }),
    ]);
    expect(await check('executive_kpis', 'STO-G2')).toMatchObject({ failed_rows: 0, expected: '117.00' });
  });

  test('puts equals in the order of their names, and of equal products the smallest id on top', async () => {
    await build({
      products: [
        { category: 'b' },
        { product_id: 'P10', category: 'B' },
        { product_id: 'P9', category: 'B' },
      ],
      ...toOrders(
        { order: 'O1', on: '2026-01-01', product: 'P1', price: '4.00' },
        { order: 'O1', on: '2026-01-01', product: 'P9', price: '2.00' },
        { order: 'O1', on: '2026-01-01', product: 'P10', price: '2.00' },
      ),
    });

    expect(await categories()).toMatchObject([
      { category: 'B', top_product_id: 'P10' },
      { category: 'b', top_product_id: 'P1' },
    ]);
  });

  test('has no rates of nothing, nor a margin that its type cannot hold', async () => {
    await build({
      products: [
        { category: 'free', unit_cost: null },
        { product_id: 'P2', category: 'lossy', unit_cost: '1000000.00' },
      ],
      ...toOrders({ order: 'O1', on: '2026-01-01', price: '0.00' }),
    });
    expect(await categories()).toMatchObject([
      {
        category: 'free',
        revenue_share: null,
        discount_rate_pct: null,
        margin_pct: null,
        avg_selling_price: '0.00',
      },
    ]);

    await build({
      products: [{ unit_cost: '1000000.00' }],
      ...toOrders(
        { order: 'O1', on: '2026-01-01', quantity: '100000', price: '1.00', discount: '1' },
        { order: 'O1', on: '2026-01-01', price: '0.01' },
      ),
    });
    expect(await categories()).toMatchObject([
      { margin_pct: null, profit: '-100000999999.99', revenue: '0.01', avg_selling_price: '0.00' },
    ]);
  });
});

describe('executive_kpis', () => {
  async function kpis(period: string): Promise<Readonly<Record<string, Cells>>> {
    const rows = (await read('executive_kpis')).filter((row) => row.period === period);
    return Object.fromEntries(rows.map((row) => [row.kpi_name, row]));
  }

  test('are nine over all time and nine over the last 30 days beside the 30 before', async () => {
    await build({
      customers: withIds('customer_id', 'C1', 'C2'),
      products: [{}],
      ...toOrders(
        { order: 'O1', on: '2025-12-30', price: '1.00' },
        { order: 'O2', on: '2025-12-31', price: '2.00', customer: 'C1' },
        { order: 'O3', on: '2026-01-29 23:59:59.999999', price: '4.00', customer: 'C1' },
        { order: 'O4', on: '2026-01-30 00:00:00', price: '10.00', quantity: '3', discount: '0.5' },
        { order: 'O5', on: '2026-02-28', price: '6.00', customer: 'C2', product: 'P9' },
        { order: 'O6', on: '2026-03-01', price: '99.00' },
        { order: 'O7', on: '2026-02-01', status: 'cancelled' },
        { order: 'O8', on: '2026-02-01', status: 'open' },
      ),
    });

    const recent = await kpis('last_30_days');
    const changeOf = (name: string) => [
      recent[name]?.kpi_value,
      recent[name]?.previous_value,
      recent[name]?.change_pct,
    ];
    expect(Object.keys(recent)).toHaveLength(9);
    expect(recent.total_revenue).toMatchObject({
      period_start: '2026-01-30',
      period_end: '2026-02-28',
      unit: 'currency',
    });
    expect(changeOf('total_revenue')).toEqual(['21.0000', '6.0000', '250.0000']);
    expect(changeOf('total_orders')).toEqual(['2.0000', '2.0000', '0.0000']);
    expect(changeOf('units_sold')).toEqual(['4.0000', '2.0000', '100.0000']);
    expect(changeOf('active_customers')).toEqual(['2.0000', '1.0000', '100.0000']);
    expect(changeOf('average_order_value')).toEqual(['10.5000', '3.0000', '250.0000']);
    expect(changeOf('gross_margin_pct')).toEqual(['20.0000', '-33.3333', null]);
    expect(changeOf('discount_rate_pct')).toEqual(['41.6667', '0.0000', null]);
    expect(changeOf('cancellation_rate_pct')).toEqual(['25.0000', '0.0000', null]);
    expect(changeOf('repeat_customer_rate_pct')).toEqual(['0.0000', '100.0000', '-100.0000']);
    const all = await kpis('all_time');
    expect(Object.keys(all)).toHaveLength(9);
    expect(all.total_revenue).toEqual({
      period: 'all_time',
      kpi_name: 'total_revenue',
      unit: 'currency',
      kpi_value: '28.0000',
      previous_value: null,
      change_pct: null,
      period_start: '2025-12-30',
      period_end: asOf,
    });
    expect(all.repeat_customer_rate_pct?.kpi_value).toBe('50.0000');
    expect(all.cancellation_rate_pct?.kpi_value).toBe('14.2857');
  });

  test('count orders without a line and orders of guests, who are no active customers', async () => {
    await build({
      orders: [
        { order_id: 'O1', status: 'failed', order_ts: '2025-01-01', customer_id: null },
        { order_id: 'O2', customer_id: null },
      ],
      order_items: [{ order_id: 'O2' }, { order_id: 'O2', line_number: '2' }],
    });

    const all = await kpis('all_time');

    expect(all.cancellation_rate_pct).toMatchObject({ kpi_value: '50.0000', period_start: '2025-01-01' });
    expect(all.total_orders?.kpi_value).toBe('1.0000');
    expect(all.active_customers?.kpi_value).toBe('0.0000');
    expect(all.repeat_customer_rate_pct?.kpi_value).toBeNull();
    expect(all.gross_margin_pct?.kpi_value).toBeNull();
  });

  test('leave a change out that its type cannot hold', async () => {
    await build(
      toOrders(
        { order: 'O1', on: '2026-01-01', price: '0.01' },
        { order: 'O2', on: '2026-02-01', quantity: '100000', price: '1000000.00' },
      ),
    );

    expect((await kpis('last_30_days')).total_revenue).toMatchObject({
      kpi_value: '100000000000.0000',
      previous_value: '0.0100',
      change_pct: null,
    });
  });

  test('STO-G2 passes without any revenue', async () => {
    await build(toOrders({ order: 'O1', on: '2026-01-01', status: 'open' }));

    expect(await check('executive_kpis', 'STO-G2')).toMatchObject({ failed_rows: 0, expected: '0.00' });
    expect(await failedChecks(harness, { layer: 'gold', name: 'monthly_revenue' }, asOf)).toEqual([]);
  });
});

describe('customer_demographics', () => {
  test('counts every customer once in each dimension, buyers or not', async () => {
    await build({
      customers: [
        { customer_id: 'C1', gender: 'f', birth_date: '2000-01-01', country: 'Norway', customer_type: 'B2B' },
        { customer_id: 'C2', gender: 'F', birth_date: '2000-01-01' },
        { customer_id: 'C3', birth_date: '2030-01-01' },
      ],
      ...toOrders(
        { order: 'O1', on: '2026-01-01', customer: 'C1', price: '1.00' },
        { order: 'O2', on: '2026-01-01', customer: 'C1', price: '1.50' },
        { order: 'O3', on: '2026-01-01', customer: 'C3', price: '5.00' },
        { order: 'O4', on: '2026-01-01', customer: null, price: '100.00' },
      ),
    });

    const rows = sortRows(await read('customer_demographics'), ['dimension', 'bucket']);

    expect(rows.map((row) => [row.dimension, row.bucket, row.customers])).toEqual([
      ['age_band', '25-34', '2'],
      ['age_band', 'Unknown', '1'],
      ['country', 'Norway', '1'],
      ['country', 'Unknown', '2'],
      ['customer_type', 'B2B', '1'],
      ['customer_type', 'Unknown', '2'],
      ['gender', 'F', '2'],
      ['gender', 'Unknown', '1'],
    ]);
    expect(rows[0]).toEqual({
      dimension: 'age_band',
      bucket: '25-34',
      customers: '2',
      buyers: '1',
      total_orders: '2',
      total_revenue: '2.50',
      customer_share: '0.666667',
      revenue_share: '0.333333',
      buyer_rate: '0.500000',
      avg_order_value: '1.25',
      revenue_per_customer: '1.25',
    });
    expect(await failedChecks(harness, { layer: 'gold', name: 'customer_demographics' }, asOf)).toEqual([]);
  });

  test('has no shares of no revenue', async () => {
    await build({ customers: [{}], ...toOrders({ order: 'O1', on: '2026-01-01', customer: null }) });

    const [row] = await read('customer_demographics');

    expect(row).toMatchObject({ revenue_share: null, avg_order_value: null, revenue_per_customer: '0.00' });
  });
});
