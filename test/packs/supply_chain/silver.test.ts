import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allFailedChecks, openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { type DeliveredItem, orderItems } from './order-item-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('supply_chain');
});
afterAll(() => harness.close());

async function build(...records: readonly DeliveredItem[]): Promise<void> {
  await harness.putBronze('bronze_complete', orderItems(...records));
  await harness.build();
}

const read = async (name: string, key: string): Promise<TableRows> =>
  sortRows(await harness.read({ layer: 'silver', name }), [key]);

const orders = () => read('silver_orders', 'order_item_id');

describe('the latest record of an order item', () => {
  const load = (source_file: string, source_modified_at: string, load_id: string, source_line: string) => ({
    order_item_id: '1',
    source_file,
    source_modified_at,
    load_id,
    source_line,
  });

  test.each([
    ['file name', load('a.csv', '2026-01-09', 'zz', '9'), load('b.csv', '2026-01-01', 'aa', '2')],
    ['time of the file', load('a.csv', '2026-01-01', 'zz', '9'), load('a.csv', '2026-01-02', 'aa', '2')],
    ['load', load('a.csv', '2026-01-01', 'aa', '9'), load('a.csv', '2026-01-01', 'bb', '2')],
    ['line', load('a.csv', '2026-01-01', 'aa', '9'), load('a.csv', '2026-01-01', 'aa', '10')],
    [
      'file name, byte by byte',
      load('Z.csv', '2026-01-09', 'zz', '9'),
      load('a.csv', '2026-01-01', 'aa', '2'),
    ],
  ])('is told by %s', async (_rule, first, last) => {
    await build({ ...last, order_item_quantity: '5' }, { ...first, order_item_quantity: '2' });

    expect(await orders()).toMatchObject([{ quantity: '5', source_file: last.source_file }]);
  });

  test('takes back what it corrects in every table: status, customer, product and day', async () => {
    await build(
      { order_item_id: '1', customer_id: '1', product_card_id: '10', at: '2018-01-05' },
      {
        order_item_id: '1',
        customer_id: '2',
        product_card_id: '20',
        at: '2018-03-05',
        order_status: 'CLOSED',
      },
    );

    expect(await orders()).toMatchObject([
      { customer_id: '2', product_id: '20', order_date: '2018-03-05', order_status: 'CLOSED' },
    ]);
    for (const [table, key, id] of [
      ['dim_customers', 'customer_id', '2'],
      ['silver_customers', 'customer_id', '2'],
      ['dim_products', 'product_id', '20'],
      ['silver_products', 'product_id', '20'],
    ] as const) {
      expect((await read(table, key)).map((row) => row[key])).toEqual([id]);
    }
  });
});

describe('silver_orders', () => {
  test('keeps every column of a record, money rounded half away from zero', async () => {
    await build({
      order_item_id: '180517',
      order_id: '77202',
      order_item_product_price: '327.755000000',
      sales: '0.004999999',
      order_item_discount: '0.005000000',
      order_profit_per_order: '-91.255000000',
      order_item_discount_rate: '0.039950000',
      order_item_profit_ratio: '-0.289950000',
    });

    expect(await orders()).toEqual([
      {
        order_item_id: '180517',
        order_id: '77202',
        customer_id: '20755',
        product_id: '1360',
        department_id: '2',
        order_status: 'COMPLETE',
        order_status_group: 'Completed',
        payment_type: 'DEBIT',
        shipping_mode: 'Standard Class',
        delivery_status: 'Advance shipping',
        market: 'Pacific Asia',
        order_region: 'Southeast Asia',
        order_country: 'Indonesia',
        order_state: 'Java Occidental',
        order_city: 'Bekasi',
        order_zipcode: null,
        department_name: 'Fitness',
        shipping_days_real: '3',
        shipping_days_scheduled: '4',
        delivery_delay_days: '-1',
        quantity: '1',
        unit_price: '327.76',
        gross_sales: '0.00',
        discount: '0.01',
        revenue: '314.64',
        profit: '-91.26',
        discount_rate: '0.0400',
        profit_ratio: '-0.2900',
        is_late: 'false',
        order_date: '2018-01-31',
        ship_date: '2018-02-03',
        order_ts: '2018-01-31 22:56:00',
        ship_ts: '2018-02-03 22:56:00',
        source_file: 'a.csv',
        source_line: '2',
        load_id: 'aa',
      },
    ]);
  });

  test('groups every status, whatever its case, and says Unknown of any other', async () => {
    const groups = {
      complete: 'Completed',
      CLOSED: 'Completed',
      Canceled: 'Canceled',
      SUSPECTED_FRAUD: 'Canceled',
      PENDING: 'Open',
      PENDING_PAYMENT: 'Open',
      PROCESSING: 'Open',
      ON_HOLD: 'Open',
      payment_review: 'Open',
      'ON HOLD': 'Unknown',
      fıne: 'Unknown',
    };
    await build(...Object.keys(groups).map((order_status) => ({ order_status })));

    const rows = await orders();

    expect(rows.map((row) => row.order_status_group)).toEqual(Object.values(groups));
    // Letters beyond ASCII stay as they are.
    expect(rows.map((row) => row.order_status).slice(-2)).toEqual(['ON HOLD', 'FıNE']);
  });

  test.each([
    ['725', '00725'],
    ['725.0', '00725'],
    ['92745.000', '92745'],
    ['0', '00000'],
    ['123456', '123456'],
    ['725.', '725.'],
    ['725.5', '725.5'],
    ['-725', '-725'],
    ['٧٢٥', '٧٢٥'],
    ['AB1 2CD', 'AB1 2CD'],
    ['9\n', '9\n'],
    [null, null],
  ])('writes the zip code %j as %j', async (order_zipcode, expected) => {
    await build({ order_zipcode, customer_zipcode: order_zipcode });

    expect((await orders())[0]?.order_zipcode).toBe(expected);
    expect((await read('dim_customers', 'customer_id'))[0]?.customer_zipcode).toBe(expected);
  });

  test.each([
    ['5', '4', 'Late delivery', 'true'],
    ['5', '4', 'Shipping canceled', 'false'],
    ['5', '4', 'shipping canceled', 'true'],
    ['5', '4', null, 'true'],
    ['4', '4', 'Late delivery', 'false'],
    ['4', '4', null, 'false'],
    ['-2', '-3', 'Shipping on time', 'true'],
  ])(
    '%s days instead of %s with status %j: late is %s',
    async (real, scheduled, delivery_status, expected) => {
      await build({ days_for_shipping_real: real, days_for_shipment_scheduled: scheduled, delivery_status });

      expect((await orders())[0]?.is_late).toBe(expected);
    },
  );

  test('takes the greatest and the smallest values that bronze lets through', async () => {
    await build({
      order_item_product_price: '999999999.999999999',
      order_item_total: '0',
      order_item_discount: '999999999.999999999',
      sales: '999999999.999999999',
      order_profit_per_order: '-999999999.999999999',
      order_item_discount_rate: '1000.000000000',
      order_item_profit_ratio: '-1000.000000000',
      order_item_quantity: '1000000',
      days_for_shipping_real: '10000',
      days_for_shipment_scheduled: '-10000',
      customer_id: '-9223372036854775808',
      product_card_id: '9223372036854775807',
      product_price: '-999999999.999999999',
      at: '2099-12-31 23:59:59.999999',
    });
    await harness.build('2099-12-31');

    expect(await orders()).toMatchObject([
      {
        unit_price: '1000000000.00',
        profit: '-1000000000.00',
        discount_rate: '1000.0000',
        delivery_delay_days: '20000',
        order_date: '2099-12-31',
      },
    ]);
    expect(await read('dim_customers', 'customer_id')).toMatchObject([
      { customer_sk: '-9223372036854775808-20991231' },
    ]);
  });

  test('takes the day of the order from its UTC time, at the last microsecond of a month too', async () => {
    await build({ at: '2018-01-31 23:59:59.999999' }, { at: '2018-02-01 00:00:00' });

    expect((await orders()).map((row) => row.order_date)).toEqual(['2018-01-31', '2018-02-01']);
  });
});

describe('silver_customers and silver_products', () => {
  test('have the current version, since when, and the first and last day of all orders', async () => {
    await build(
      { at: '2018-01-05', customer_segment: 'Consumer', product_price: '10' },
      { at: '2018-02-05', customer_segment: 'Corporate', product_price: '12' },
      { at: '2018-03-05', customer_segment: 'Corporate', product_price: '12', order_status: 'CANCELED' },
    );

    expect(await read('silver_customers', 'customer_id')).toEqual([
      {
        customer_id: '20755',
        customer_fname: 'Cally',
        customer_lname: 'Holloway',
        customer_segment: 'Corporate',
        customer_street: '5365 Noble Nectar Island',
        customer_city: 'Caguas',
        customer_state: 'PR',
        customer_zipcode: '00725',
        customer_country: 'Puerto Rico',
        attr_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        version_no: '2',
        current_since: '2018-02-05',
        first_seen_date: '2018-01-05',
        last_seen_date: '2018-03-05',
      },
    ]);
    expect(await read('silver_products', 'product_id')).toMatchObject([
      {
        product_id: '1360',
        product_price: '12.00',
        version_no: '2',
        current_since: '2018-02-05',
        first_seen_date: '2018-01-05',
        last_seen_date: '2018-03-05',
      },
    ]);
  });

  test('take the department of the last order item, of equal times the greatest number', async () => {
    await build(
      { order_item_id: '9', department_id: '3', department_name: 'Footwear', at: '2018-01-05' },
      { order_item_id: '10', department_id: null, department_name: null, at: '2018-01-05' },
      { order_item_id: '11', department_id: '4', department_name: 'Apparel', at: '2018-01-04' },
    );

    expect(await read('silver_products', 'product_id')).toMatchObject([
      { department_id: null, department_name: null },
    ]);
    expect(await read('dim_products', 'product_id')).toHaveLength(1);
  });
});

describe('checks', () => {
  const audit = async (name: string) => harness.audit({ layer: 'silver', name });

  test('all pass on ordinary rows and on none', async () => {
    await build({}, { customer_id: '1', at: '2018-02-02', customer_city: 'Bayamon' }, { customer_id: '1' });
    expect(await allFailedChecks(harness)).toEqual([]);

    await build();
    expect(await orders()).toEqual([]);
    expect(await allFailedChecks(harness)).toEqual([]);
  });

  test('SUP-S1 counts order items that bronze has and silver has not', async () => {
    await build({});
    await harness.putBronze('bronze_complete', orderItems({}, {}, { order_item_id: '2' }));

    expect((await audit('silver_orders')).get('SUP-S1')).toMatchObject({
      failed_rows: 1,
      observed: '1',
      expected: '2',
    });
  });

  test('SUP-S5 and SUP-S6 warn of an unknown status and of orders that are at odds with themselves', async () => {
    await build(
      { order_id: '1', order_status: 'LOST' },
      { order_id: '1', order_status: 'CLOSED' },
      { order_id: '2', customer_id: '1' },
      { order_id: '2', customer_id: '2' },
      { order_id: '3', at: '2018-01-01 00:00:00' },
      { order_id: '3', at: '2018-01-01 00:01:00' },
      { order_id: '4' },
      { order_id: '4' },
    );

    const found = await audit('silver_orders');

    expect(found.get('SUP-S5')).toMatchObject({ failed_rows: 1, observed: '1' });
    expect(found.get('SUP-S6')).toMatchObject({ failed_rows: 6, observed: '3 orders' });
  });
});
