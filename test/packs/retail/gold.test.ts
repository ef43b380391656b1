import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { invoiceFile, invoiceRow, toCells } from './invoice-rows.ts';
import type { InvoiceRow } from './oracle.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('retail');
});
afterAll(() => harness.close());

async function build(asOf: string, ...rows: readonly Partial<InvoiceRow>[]): Promise<void> {
  await harness.putBronze('invoices', invoiceFile(...rows).map(toCells));
  await harness.build(asOf);
}

const read = async (name: string, key: string): Promise<TableRows> =>
  sortRows(await harness.read({ layer: 'gold', name }), [key]);

const on = (day: string) => `${day} 12:00:00.000000`;
const returned = (cells: Partial<InvoiceRow> = {}): Partial<InvoiceRow> => ({
  invoice_no: 'C1',
  quantity: -1n,
  ...cells,
});

describe('customer_insights', () => {
  test('leaves guests, written-off stock and what is after as_of out', async () => {
    await build(
      '2010-12-02',
      { customer_id: null },
      { customer_id: 1n, invoice_ts: '2010-12-02 23:59:59.999999' },
      { customer_id: 2n, invoice_ts: '2010-12-03 00:00:00.000000' },
      { customer_id: 3n, quantity: -5n },
    );

    expect(await read('customer_insights', 'customer_id')).toMatchObject([
      { customer_id: '1', recency_days: '0' },
    ]);
  });

  test('has a customer who only returned, without tenure or rates', async () => {
    await build(
      '2010-12-31',
      returned({ customer_id: 7n }),
      returned({ customer_id: 7n, stock_code: 'POST' }),
    );

    expect(await read('customer_insights', 'customer_id')).toEqual([
      {
        customer_id: '7',
        country: 'United Kingdom',
        first_purchase_date: null,
        last_purchase_date: null,
        total_orders: '0',
        total_lines: '0',
        total_units: '0',
        distinct_products: '0',
        total_spend: '0.0000',
        return_count: '1',
        returns_value: '2.5500',
        credits_value: '2.5500',
        net_spend: '-5.1000',
        avg_order_value: null,
        avg_basket_units: null,
        tenure_days: null,
        recency_days: null,
        purchase_frequency: null,
        avg_days_between_orders: null,
        active_months: '0',
        return_rate: null,
        spend_rank: '1',
        is_repeat: 'false',
      },
    ]);
  });

  test('counts tenure inclusively and orders per thirty days of it', async () => {
    await build(
      '2010-12-31',
      { invoice_ts: on('2010-12-01') },
      { invoice_no: '536366', invoice_ts: on('2010-12-22') },
    );

    expect(await read('customer_insights', 'customer_id')).toMatchObject([
      {
        tenure_days: '31',
        recency_days: '9',
        purchase_frequency: '1.9355',
        avg_days_between_orders: '21.0000',
        active_months: '1',
        is_repeat: 'true',
      },
    ]);
  });

  test('counts days by the calendar and not by hours', async () => {
    await build(
      '2011-01-01',
      { invoice_ts: '2010-12-31 23:59:59.999999' },
      { invoice_no: '536366', invoice_ts: '2011-01-01 00:00:00.000000' },
    );

    expect(await read('customer_insights', 'customer_id')).toMatchObject([
      { tenure_days: '2', recency_days: '0', avg_days_between_orders: '1.0000', active_months: '2' },
    ]);
  });

  test('takes the country of the last line, a later line of the file deciding within one time', async () => {
    await build('2010-12-31', { country: 'EIRE' }, returned({ country: 'France' }), {
      country: 'Spain',
      customer_id: 8n,
    });

    expect(await read('customer_insights', 'customer_id')).toMatchObject([
      { customer_id: '8', country: 'Spain' },
      { customer_id: '17850', country: 'France' },
    ]);
  });

  test('ranks equals by customer_id', async () => {
    await build('2010-12-31', { customer_id: 9n }, { customer_id: 10n }, { customer_id: 8n, quantity: 7n });

    const ranks = (await read('customer_insights', 'spend_rank')).map((row) => row.customer_id);

    expect(ranks).toEqual(['8', '9', '10']);
  });

  test('rounds half away from zero, once', async () => {
    await build(
      '2010-12-31',
      { quantity: 1n, unit_price: 1n },
      { quantity: 1n, unit_price: 2n, invoice_no: '536366' },
      returned({ unit_price: 1n }),
    );

    expect(await read('customer_insights', 'customer_id')).toMatchObject([
      { avg_order_value: '0.0002', return_rate: '0.333333' },
    ]);
  });

  test('gives no rate where a tiny spend makes one that its type cannot hold', async () => {
    await build(
      '2010-12-31',
      { quantity: 1n, unit_price: 1n },
      returned({ quantity: -1_000_000n, unit_price: 10_000_000_000n }),
    );

    expect(await read('customer_insights', 'customer_id')).toMatchObject([
      { returns_value: '1000000000000.0000', return_rate: null },
    ]);
  });
});

describe('product_analytics', () => {
  test('holds merchandise alone and takes the most used name, of equals the smallest', async () => {
    await build(
      '2010-12-31',
      { stock_code: 'POST' },
      { description: 'b', quantity: 1n },
      { description: 'a', quantity: 2n },
      { description: null, quantity: 3n },
      { description: null, quantity: 4n },
      { description: null, quantity: 5n },
      { stock_code: 'N', description: null },
    );

    expect(await read('product_analytics', 'stock_code')).toMatchObject([
      { stock_code: '85123A', description: 'a', units_sold: '15' },
      { stock_code: 'N', description: null },
    ]);
  });

  test('classes by the revenue before a product, equal revenues sharing a rank', async () => {
    const price = (revenue: bigint) => ({ quantity: 1n, unit_price: revenue * 10_000n });
    await build(
      '2010-12-31',
      { stock_code: 'P1', ...price(80n) },
      { stock_code: 'P2', ...price(10n) },
      { stock_code: 'P3', ...price(5n) },
      { stock_code: 'P4', ...price(5n) },
    );

    const rows = await read('product_analytics', 'stock_code');

    expect(rows.map((row) => [row.abc_class, row.revenue_rank, row.cumulative_revenue_share])).toEqual([
      ['A', '1', '0.800000'],
      ['B', '2', '0.900000'],
      ['B', '3', '0.950000'],
      ['C', '3', '1.000000'],
    ]);
  });

  test('calls the top fifth by revenue and by units high performers', async () => {
    const rows = [1n, 2n, 3n, 4n, 5n].map((quantity) => ({ stock_code: `P${quantity}`, quantity }));

    await build('2010-12-31', ...rows);

    const best = (await read('product_analytics', 'stock_code')).filter(
      (row) => row.is_high_performer === 'true',
    );
    expect(best.map((row) => row.stock_code)).toEqual(['P5']);
  });

  test('subtracts returns of customers and not what was written off', async () => {
    await build('2010-12-31', { quantity: 3n }, returned(), { quantity: -2n });

    expect(await read('product_analytics', 'stock_code')).toMatchObject([
      { returned_units: '1', return_rate: '0.333333', net_revenue: '5.1000' },
    ]);
  });
});

describe('daily_sales', () => {
  test('sums seven calendar days and the month so far, days without a row counting nothing', async () => {
    const sold = (day: string, unit: bigint) => ({
      invoice_ts: on(day),
      quantity: 1n,
      unit_price: unit * 10_000n,
    });

    await build(
      '2010-12-31',
      sold('2010-11-29', 1n),
      sold('2010-11-30', 2n),
      sold('2010-12-06', 4n),
      sold('2010-12-07', 8n),
    );

    const rows = await read('daily_sales', 'sale_date');
    expect(rows.map((row) => [row.revenue_7d, row.month_to_date_revenue, row.previous_revenue])).toEqual([
      ['1.0000', '1.0000', null],
      ['3.0000', '3.0000', '1.0000'],
      ['6.0000', '4.0000', '2.0000'],
      ['12.0000', '12.0000', '4.0000'],
    ]);
  });

  test('keeps a day of returns alone, from which the next day has no change in percent', async () => {
    await build('2010-12-31', returned({ invoice_ts: on('2010-12-01') }), { invoice_ts: on('2010-12-02') });

    expect(await read('daily_sales', 'sale_date')).toMatchObject([
      {
        revenue: '0.0000',
        order_count: '0',
        returns_value: '2.5500',
        net_revenue: '-2.5500',
        avg_order_value: null,
      },
      { revenue: '15.3000', previous_revenue: '0.0000', revenue_change_pct: null },
    ]);
  });

  test('has no row for a day of written-off stock alone', async () => {
    await build('2010-12-31', { quantity: -1n });

    expect(await read('daily_sales', 'sale_date')).toEqual([]);
  });

  test('tells guests and merchandise apart, each country by itself', async () => {
    await build(
      '2010-12-31',
      { customer_id: null },
      { stock_code: 'POST', quantity: 1n },
      { country: null, stock_code: 'POST', customer_id: null },
    );

    expect(await read('daily_sales', 'country')).toMatchObject([
      {
        country: 'United Kingdom',
        guest_revenue: '15.3000',
        merchandise_revenue: '15.3000',
        customer_count: '1',
      },
      {
        country: 'Unspecified',
        guest_revenue: '15.3000',
        merchandise_revenue: '0.0000',
        customer_count: '0',
      },
    ]);
  });
});

describe('cohort_retention', () => {
  test('has every month to as_of, months without a sale too', async () => {
    await build(
      '2011-03-01',
      { customer_id: 1n, invoice_ts: '2010-12-31 23:59:59.999999' },
      { customer_id: 2n, invoice_ts: on('2010-12-01') },
      { customer_id: 1n, invoice_no: '536370', invoice_ts: on('2011-02-28') },
    );

    const rows = await read('cohort_retention', 'month_number');
    expect(rows.map((row) => [row.activity_month, row.active_customers, row.retention_rate])).toEqual([
      ['2010-12-01', '2', '1.000000'],
      ['2011-01-01', '0', '0.000000'],
      ['2011-02-01', '1', '0.500000'],
      ['2011-03-01', '0', '0.000000'],
    ]);
    expect(rows.at(-1)).toMatchObject({ cohort_size: '2', cumulative_revenue_per_customer: '22.9500' });
  });

  test('has no cohort of guests', async () => {
    await build('2010-12-31', { customer_id: null });

    expect(await read('cohort_retention', 'month_number')).toEqual([]);
  });
});

describe('checks', () => {
  const tables = ['customer_insights', 'product_analytics', 'daily_sales', 'cohort_retention'];
  const failing = async (asOf: string) => {
    const results = await Promise.all(tables.map((name) => harness.audit({ layer: 'gold', name }, asOf)));
    return results.flatMap((result) => [...result.values()]).filter((row) => row.failed_rows > 0);
  };

  test('pass on sales, returns and credits', async () => {
    await build(
      '2010-12-31',
      { quantity: 9n },
      { customer_id: null },
      returned(),
      returned({ stock_code: 'POST' }),
    );

    expect(await failing('2010-12-31')).toEqual([]);
  });

  test.each([
    ['guests alone', { customer_id: null }],
    ['charges alone', { stock_code: 'POST' }],
    ['lines after as_of alone', { invoice_ts: on('2011-01-01') }],
  ])('pass on %s, where a table has nothing to hold', async (_name, cells) => {
    await build('2010-12-31', cells);

    expect(await failing('2010-12-31')).toEqual([]);
  });

  test('RET-G6 names customers who were given back more than they spent', async () => {
    await build('2010-12-31', { quantity: 1n }, returned({ quantity: -2n }), { customer_id: 1n });

    expect(await failing('2010-12-31')).toMatchObject([{ check_id: 'RET-G6', failed_rows: 1 }]);
  });

  test('RET-G1, RET-G3 and RET-G4 fail when sales have a line that gold has not', async () => {
    await harness.putBronze('invoices', [invoiceRow()].map(toCells));
    await harness.build('2010-12-31');
    await harness.putBronze('invoices', invoiceFile({}, { invoice_no: '536370' }).map(toCells));
    await harness.build();

    const failed = await failing('2010-12-31');

    expect(failed.map((row) => row.check_id).toSorted()).toEqual(['RET-G1', 'RET-G3', 'RET-G4']);
    expect(failed.find((row) => row.check_id === 'RET-G3')).toMatchObject({
      failed_rows: 2,
      observed: '15.3000 in 1 orders',
      expected: '30.6000 in at least 2 orders',
    });
  });
});
