import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { type DeliveredItem, orderItems } from './order-item-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('supply_chain');
});
afterAll(() => harness.close());

const read = async (name: string): Promise<TableRows> =>
  sortRows(await harness.read({ layer: 'silver', name }), ['valid_from']);

/** Versions of the customers as `city from..to`, a star at the current one. */
async function cities(...records: readonly DeliveredItem[]): Promise<readonly string[]> {
  await harness.putBronze('bronze_complete', orderItems(...records));
  await harness.build();
  return (await read('dim_customers')).map(
    ({ customer_city, valid_from, valid_to, is_current }) =>
      `${customer_city} ${valid_from}..${valid_to}${is_current === 'true' ? '*' : ''}`,
  );
}

const seen = (customer_city: string | null, at: string, rest: DeliveredItem = {}): DeliveredItem => ({
  customer_city,
  at,
  ...rest,
});

describe('versions of a customer', () => {
  test('A, B, A are three, numbered, each up to the next, the last without end', async () => {
    const found = await cities(
      seen('A', '2018-01-31'),
      seen('B', '2018-02-28'),
      seen('B', '2018-03-01'),
      seen('A', '2018-12-31'),
    );

    expect(found).toEqual([
      'A 2018-01-31..2018-02-28',
      'B 2018-02-28..2018-12-31',
      'A 2018-12-31..9999-12-31*',
    ]);
    expect(await read('dim_customers')).toMatchObject([
      { customer_sk: '20755-20180131', version_no: '1' },
      { customer_sk: '20755-20180228', version_no: '2' },
      { customer_sk: '20755-20181231', version_no: '3' },
    ]);
  });

  test('of one day the last state by time and then number of the order item counts alone', async () => {
    expect(
      await cities(
        seen('A', '2018-01-01'),
        // The last of the day is A again: no trace of B and C.
        seen('B', '2018-01-02 00:00:00'),
        seen('C', '2018-01-02 23:59:59.999998'),
        seen('A', '2018-01-02 23:59:59.999999', { order_item_id: '9' }),
        seen('D', '2018-01-03 08:00:00', { order_item_id: '10' }),
        seen('E', '2018-01-03 08:00:00', { order_item_id: '11' }),
        seen('F', '2018-01-03 07:59:59', { order_item_id: '12' }),
      ),
    ).toEqual(['A 2018-01-01..2018-01-03', 'E 2018-01-03..9999-12-31*']);
  });

  test('numbers of order items are compared as numbers', async () => {
    expect(
      await cities(
        seen('A', '2018-01-01', { order_item_id: '9' }),
        seen('B', '2018-01-01', { order_item_id: '10' }),
      ),
    ).toEqual(['B 2018-01-01..9999-12-31*']);
  });

  const first = seen('A', '2018-01-01', { order_item_id: '1' });
  const last = seen('A', '2018-03-01', { order_item_id: '3' });
  const late = (customer_city: string, at: string): DeliveredItem =>
    seen(customer_city, at, { order_item_id: '2', source_file: 'late.csv', load_id: 'bb', source_line: '2' });

  test('a late arrival splits a version, and a rebuild in any order of records agrees', async () => {
    const expected = ['A 2018-01-01..2018-02-01', 'B 2018-02-01..2018-03-01', 'A 2018-03-01..9999-12-31*'];

    expect(await cities(first, last, late('B', '2018-02-01'))).toEqual(expected);
    expect(await cities(late('B', '2018-02-01'), last, first)).toEqual(expected);
  });

  test('a late arrival of the same state changes nothing', async () => {
    expect(await cities(first, last, late('A', '2018-02-01'))).toEqual(['A 2018-01-01..9999-12-31*']);
  });

  test('a late arrival before all others moves the start of the first version', async () => {
    expect(await cities(first, last, late('A', '2017-12-31'))).toEqual(['A 2017-12-31..9999-12-31*']);
  });

  test('a late arrival that closes the gap between two equal states removes a version', async () => {
    const before = [first, seen('B', '2018-02-01', { order_item_id: '5' }), last];
    expect(await cities(...before)).toHaveLength(3);

    expect(await cities(...before, late('A', '2018-02-01 23:00:00'))).toEqual(['A 2018-01-01..9999-12-31*']);
  });

  test('a correction withdraws what the order item said before', async () => {
    const wrong = seen('B', '2018-02-01', { order_item_id: '2' });
    expect(await cities(first, wrong, last)).toHaveLength(3);

    expect(await cities(first, wrong, last, late('A', '2018-02-01'))).toEqual(['A 2018-01-01..9999-12-31*']);
    expect(await cities(first, wrong, last, late('B', '2018-04-01'))).toEqual([
      'A 2018-01-01..2018-04-01',
      'B 2018-04-01..9999-12-31*',
    ]);
  });

  test('null is a state of its own, and not the empty text', async () => {
    expect(
      await cities(
        seen('A', '2018-01-01'),
        seen(null, '2018-01-02'),
        seen(null, '2018-01-03'),
        seen('A', '2018-01-04'),
      ),
    ).toEqual(['A 2018-01-01..2018-01-02', 'null 2018-01-02..2018-01-04', 'A 2018-01-04..9999-12-31*']);
  });

  test('a value that moves from one attribute to its neighbour is a change', async () => {
    const found = await cities(
      seen('C', '2018-01-01', { customer_fname: 'AB', customer_lname: 'C' }),
      seen('C', '2018-01-02', { customer_fname: 'A', customer_lname: 'BC' }),
    );

    expect(found).toHaveLength(2);
  });

  test.each([
    'customer_fname',
    'customer_lname',
    'customer_segment',
    'customer_street',
    'customer_state',
    'customer_zipcode',
    'customer_country',
  ])('another %s opens one', async (column) => {
    expect(
      await cities(seen('A', '2018-01-01'), seen('A', '2018-01-02', { [column]: 'other' })),
    ).toHaveLength(2);
  });

  test('no other column opens one, nor another spelling of the zip code', async () => {
    expect(
      await cities(
        seen('A', '2018-01-01', { customer_zipcode: '725' }),
        seen('A', '2018-01-02', {
          customer_zipcode: '00725.00',
          customer_email: 'other',
          customer_password: null,
          latitude: '1.00000000',
          longitude: '1.00000000',
          product_description: 'other',
          department_name: 'Footwear',
        }),
      ),
    ).toEqual(['A 2018-01-01..9999-12-31*']);
  });

  test('the hash is that of the texts in order, null as U+001E', async () => {
    await cities(seen('Caguas', '2018-01-01', { customer_lname: null }));

    const texts = [
      'Cally',
      '\u001e',
      'Consumer',
      '5365 Noble Nectar Island',
      'Caguas',
      'PR',
      '00725',
      'Puerto Rico',
    ];
    expect(await read('dim_customers')).toMatchObject([
      { attr_hash: createHash('sha256').update(texts.join('\u001f')).digest('hex') },
    ]);
  });

  test('customers do not mix', async () => {
    expect(
      await cities(
        seen('A', '2018-01-01', { customer_id: '1' }),
        seen('B', '2018-01-02', { customer_id: '2' }),
      ),
    ).toEqual(['A 2018-01-01..9999-12-31*', 'B 2018-01-02..9999-12-31*']);
  });
});

describe('versions of a product', () => {
  async function products(...records: readonly DeliveredItem[]): Promise<TableRows> {
    await harness.putBronze('bronze_complete', orderItems(...records));
    await harness.build();
    return read('dim_products');
  }

  test('the hash is that of the texts in order, numbers as they are written, null as U+001E', async () => {
    const hash = (...texts: readonly string[]) =>
      createHash('sha256').update(texts.join('\u001f')).digest('hex');

    const found = await products(
      { product_name: '腕時計 ~' },
      {
        product_card_id: '2',
        product_name: null,
        category_id: null,
        category_name: null,
        product_price: null,
        product_status: null,
        product_image: null,
      },
      { product_card_id: '3', category_id: '-9223372036854775808', product_price: '-0.005' },
      { product_card_id: '4', product_price: '-0.004999999', product_status: '1' },
    );

    const category = ['73', 'Sporting Goods'];
    const image = 'http://images.acmesports.sports/Smart+watch';
    expect(
      found.toSorted((a, b) => Number(a.product_id) - Number(b.product_id)).map((row) => row.attr_hash),
    ).toEqual([
      hash('\u001e', '\u001e', '\u001e', '\u001e', '\u001e', '\u001e'),
      hash('Smart watch', '-9223372036854775808', 'Sporting Goods', '-0.01', '0', image),
      hash('Smart watch', ...category, '0.00', '1', image),
      hash('腕時計 ~', ...category, '327.75', '0', image),
    ]);
  });

  test('a price opens one when its cents change, and not before', async () => {
    const prices = ['59.990001678', '59.99', '59.994999999', '59.995', '60'];

    const found = await products(
      ...prices.map((product_price, index) => ({ product_price, at: `2018-01-0${index + 1}` })),
    );

    expect(found.map((row) => [row.product_price, row.valid_from, row.valid_to])).toEqual([
      ['59.99', '2018-01-01', '2018-01-04'],
      ['60.00', '2018-01-04', '9999-12-31'],
    ]);
  });

  test.each([
    ['product_name', 'other', 2],
    ['category_id', '9', 2],
    ['category_name', 'other', 2],
    ['product_status', '1', 2],
    ['product_image', null, 2],
    ['department_id', '9', 1],
    ['product_description', 'other', 1],
    ['order_item_product_price', '1', 1],
  ])('another %s makes it %s: %i versions', async (column, value, count) => {
    expect(await products({ at: '2018-01-01' }, { at: '2018-01-02', [column]: value })).toHaveLength(count);
  });

  test('are those of all customers’ orders of a day together', async () => {
    const found = await products(
      { customer_id: '1', at: '2018-01-01 10:00:00', product_price: '1' },
      { customer_id: '2', at: '2018-01-01 09:00:00', product_price: '2' },
      { customer_id: '3', at: '2018-01-02', product_price: '2' },
    );

    expect(found).toMatchObject([
      { product_sk: '1360-20180101', product_price: '1.00', valid_to: '2018-01-02', is_current: 'false' },
      { product_sk: '1360-20180102', product_price: '2.00', valid_to: '9999-12-31', is_current: 'true' },
    ]);
  });
});

describe('checks of history', () => {
  // What no build makes is put into the built tables by hand: bronze rows alone cannot break these checks.
  const audit = async (name: string, id: string) => (await harness.audit({ layer: 'silver', name })).get(id);

  test('SUP-S2, SUP-S3 and SUP-S4 pass on versions that were built', async () => {
    await cities(
      seen('A', '2018-01-01'),
      seen('B', '2018-01-02'),
      seen('B', '2018-01-02', { customer_id: '2' }),
    );

    expect(await audit('dim_customers', 'SUP-S2')).toMatchObject({ failed_rows: 0 });
    expect(await audit('silver_orders', 'SUP-S3')).toMatchObject({ failed_rows: 0 });
    expect(await audit('silver_customers', 'SUP-S4')).toMatchObject({
      failed_rows: 0,
      observed: '2 customers, 1 products',
    });
  });

  test.each([
    ['a gap', `update supply_chain_silver.dim_customers set valid_to = '2018-01-02' where version_no = 1`, 1],
    [
      'an overlap',
      `update supply_chain_silver.dim_customers set valid_to = '2018-01-04' where version_no = 1`,
      1,
    ],
    ['no current version', 'update supply_chain_silver.dim_customers set is_current = false', 2],
    ['two current versions', 'update supply_chain_silver.dim_products set is_current = true', 2],
    [
      'a version without days',
      `update supply_chain_silver.dim_products set valid_from = valid_to where version_no = 2`,
      2,
    ],
    ['a version that changes nothing', `update supply_chain_silver.dim_products set attr_hash = 'same'`, 1],
    ['an end', `update supply_chain_silver.dim_products set valid_to = '2019-01-01' where version_no = 2`, 1],
  ])('SUP-S2 finds %s', async (_what, damage, count) => {
    await cities(
      seen('A', '2018-01-01', { product_price: '1' }),
      seen('B', '2018-01-03', { product_price: '2' }),
    );

    await harness.run(damage);

    expect(await audit('dim_customers', 'SUP-S2')).toMatchObject({ failed_rows: count });
  });

  test.each([
    [
      'meets no version of its customer',
      `update supply_chain_silver.dim_customers set valid_from = '2018-01-02'`,
    ],
    ['meets two', 'insert into supply_chain_silver.dim_products from supply_chain_silver.dim_products'],
    [
      'comes on the first day that a version no longer has',
      `update supply_chain_silver.dim_customers set valid_to = '2018-01-01', valid_from = '2017-01-01'`,
    ],
  ])('SUP-S3 finds an order item that %s', async (_what, damage) => {
    await cities(seen('A', '2018-01-01'));

    await harness.run(damage);

    expect(await audit('silver_orders', 'SUP-S3')).toMatchObject({ failed_rows: 1 });
  });

  test('SUP-S4 finds a customer and a product that are left out', async () => {
    await cities(seen('A', '2018-01-01'));

    await harness.run('delete from supply_chain_silver.silver_customers');
    await harness.run('delete from supply_chain_silver.silver_products');

    expect(await audit('silver_customers', 'SUP-S4')).toMatchObject({ failed_rows: 2 });
  });
});
