import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allFailedChecks, failedChecks, openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { Cell, SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { type Cells, putShop, type Shop, toOrders, withIds } from './store-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('store');
});
afterAll(() => harness.close());

async function build(shop: Shop): Promise<void> {
  await putShop(harness, shop);
  await harness.build();
}

const read = (name: string): Promise<TableRows> => harness.read({ layer: 'silver', name });

/** One column of the cleaned rows, for one given text each. */
async function cleaned(
  dataset: keyof Shop,
  key: string,
  column: string,
  texts: readonly Cell[],
): Promise<readonly Cell[]> {
  const idOf = (index: number) => String(index).padStart(3, '0');
  await build({ [dataset]: texts.map((text, index) => ({ [key]: idOf(index), [column]: text })) });
  const byKey = new Map((await read(dataset)).map((row) => [row[key], row[column]!]));
  return texts.map((_, index) => byKey.get(idOf(index))!);
}

describe('of rows with one key', () => {
  const deliveries: readonly (readonly [string, Cells, Cells])[] = [
    ['the file that sorts last, byte by byte', { source_file: 'B.csv' }, { source_file: 'a.csv' }],
    ['letters beyond ASCII behind all others', { source_file: 'z.csv' }, { source_file: 'ä.csv' }],
    [
      'the newer version of a file',
      { source_modified_at: '2026-01-01 10:00:00', load_id: 'ff' },
      { source_modified_at: '2026-01-01 10:00:00.000001', load_id: '00' },
    ],
    ['the greater load_id of one time', { load_id: 'aa', source_line: '9' }, { load_id: 'ab' }],
    ['the later line, as a number', { source_line: '9' }, { source_line: '10' }],
  ];
  test.each(deliveries)('keeps %s', async (_name, loser, winner) => {
    await build({
      customers: [
        { ...winner, city: 'new' },
        { ...loser, city: 'old' },
      ],
      products: [
        { ...loser, brand: 'old' },
        { ...winner, brand: 'new' },
      ],
      orders: [
        { ...winner, channel: 'new' },
        { ...loser, channel: 'old' },
      ],
      order_items: [
        { ...loser, quantity: '1' },
        { ...winner, quantity: '2' },
      ],
    });

    expect(await read('customers')).toMatchObject([{ city: 'new' }]);
    expect(await read('products')).toMatchObject([{ brand: 'new' }]);
    expect(await read('orders')).toMatchObject([{ channel: 'new' }]);
    expect(await read('order_items')).toMatchObject([{ quantity: '2' }]);
  });

  test('takes the whole latest row, also where it says less than the one before', async () => {
    await build({ customers: [{ city: 'Oslo', email: 'a@b.no' }, { city: null }] });

    expect(await read('customers')).toMatchObject([{ city: null, email: null, source_line: '3' }]);
  });

  test('tells texts apart that only case or an accent divides', async () => {
    await build({ customers: withIds('customer_id', 'c1', 'C1', 'Ç1', 'ç1') });

    expect(await read('customers')).toHaveLength(4);
  });

  test('STO-S0 counts the losers of each table, and no more', async () => {
    await build({
      customers: [{}, {}, {}],
      products: [{}],
      orders: [{}, {}, { order_id: 'O2' }],
      order_items: [{}, { line_number: '2' }],
    });

    const results = await harness.audit({ layer: 'silver', name: 'order_items' });

    expect(results.get('STO-S0')).toMatchObject({
      failed_rows: 3,
      observed: 'customers 2, order_items 0, orders 1, products 0',
    });
  });
});

describe('customers', () => {
  test('keep an e-mail address in lower case, and none that is no address', async () => {
    const emails = [
      'Ann@Shop.Example',
      'ÄNN@shop.example',
      'a@b',
      'a@b.',
      'a@@b.c',
      'a b@c.d',
      'a@b.c\nd',
      null,
    ];

    expect(await cleaned('customers', 'customer_id', 'email', emails)).toEqual([
      'ann@shop.example',
      'Änn@shop.example',
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  test('keep of a telephone number its digits and a leading plus', async () => {
    const phones = ['+44 (0)20 7946-0000', '(+47) 12.34', '0049/12+3', '++1 2', '٣٤5', 'none', null];

    expect(await cleaned('customers', 'customer_id', 'phone', phones)).toEqual([
      '+4402079460000',
      '+471234',
      '0049123',
      '+12',
      '5',
      '',
      null,
    ]);
  });

  test('have one of four genders', async () => {
    const genders = ['f', 'FEMALE', 'W', 'Woman', 'm', 'Male', 'MAN', 'x', 'unknown', 'ƒ', null];

    expect(await cleaned('customers', 'customer_id', 'gender', genders)).toEqual([
      ...['F', 'F', 'F', 'F', 'M', 'M', 'M'],
      ...['X', 'X', 'X', 'Unknown'],
    ]);
  });

  test('are of type, state and country Unknown where none was given, and keep the rest', async () => {
    await build({ customers: [{ first_name: 'ANN', postal_code: '0150', birth_date: '2030-01-01' }] });

    expect(await read('customers')).toMatchObject([
      {
        first_name: 'ANN',
        postal_code: '0150',
        birth_date: '2030-01-01',
        customer_type: 'Unknown',
        state: 'Unknown',
        country: 'Unknown',
        city: null,
      },
    ]);
  });
});

test('a product without category is of category Unknown, and active if nothing else was said', async () => {
  await build({
    products: [{ category: null }, { product_id: 'P2', is_active: 'false', unit_cost: null }],
  });

  expect(sortRows(await read('products'), ['product_id'])).toMatchObject([
    { category: 'Unknown', is_active: 'true', unit_cost: '4.00' },
    { category: 'Home', is_active: 'false', unit_cost: null },
  ]);
});

describe('orders', () => {
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['completed', ['Completed', 'complete', 'DELIVERED', 'shipped', 'closed', 'paid']],
    ['open', ['pending', 'processing', 'On Hold', 'on-hold', 'on_hold', 'created', 'approved', 'invoiced']],
    ['cancelled', ['cancelled', 'canceled', 'failed', 'unavailable']],
    ['returned', ['returned', 'Refunded']],
    ['unknown', ['lost', 'on  hold', 'completed_', 'ſhipped']],
  ];
  test.each(groups)('are %s by their status, whatever its case and spaces', async (group, statuses) => {
    const found = await cleaned('orders', 'order_id', 'status', statuses);

    expect(found).toEqual(
      statuses.map((text) =>
        text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()).replaceAll(/[ -]/g, '_'),
      ),
    );
    expect(new Set((await read('orders')).map((row) => row.status_group))).toEqual(new Set([group]));
  });

  test('know their day and month, to the last microsecond', async () => {
    await build({ orders: [{ order_ts: '2024-02-29 23:59:59.999999', customer_id: null }] });

    expect(await read('orders')).toMatchObject([
      { order_date: '2024-02-29', order_month: '2024-02-01', customer_id: null },
    ]);
  });
});

describe('order lines', () => {
  const lineOf = async (shop: Shop) => {
    await build(shop);
    return await read('order_lines');
  };

  test('calculate amounts exactly and round the discount once, half away from zero', async () => {
    const lines = await lineOf({
      customers: [{}],
      products: [{}],
      ...toOrders({ order: 'O1', on: '2026-01-31', quantity: '3', price: '0.05', discount: '0.1000' }),
    });

    expect(lines).toEqual([
      {
        order_id: 'O1',
        line_number: '1',
        customer_id: 'C1',
        product_id: 'P1',
        category: 'Home',
        status: 'completed',
        status_group: 'completed',
        quantity: '3',
        unit_price: '0.05',
        discount_pct: '0.1000',
        gross_amount: '0.15',
        discount_amount: '0.02',
        net_amount: '0.13',
        unit_cost: '4.00',
        cost_amount: '12.00',
        profit_amount: '-11.87',
        customer_known: 'true',
        product_known: 'true',
        is_revenue: 'true',
        order_date: '2026-01-31',
        order_month: '2026-01-01',
        order_ts: '2026-01-31 12:00:00',
        source_file: 'a.csv',
        source_line: '2',
        load_id: 'aa',
      },
    ]);
  });

  test('hold the greatest quantity, price and cost that bronze lets through', async () => {
    const lines = await lineOf({
      products: [{ unit_cost: '1000000.00' }],
      ...toOrders({ order: 'O1', on: '2026-01-31', quantity: '100000', price: '1000000.00', discount: '1' }),
    });

    expect(lines).toMatchObject([
      {
        gross_amount: '100000000000.00',
        discount_amount: '100000000000.00',
        net_amount: '0.00',
        profit_amount: '-100000000000.00',
      },
    ]);
    expect(await failedChecks(harness, { layer: 'silver', name: 'order_lines' })).toEqual(['STO-S2']);
  });

  test('of a guest, of an unknown customer and of an unknown product are kept and marked', async () => {
    const lines = await lineOf({
      customers: [{}],
      products: [{}],
      ...toOrders(
        { order: 'O1', on: '2026-01-01', customer: null },
        { order: 'O2', on: '2026-01-01', customer: 'C9', product: 'P9' },
      ),
    });

    expect(sortRows(lines, ['order_id'])).toMatchObject([
      { customer_id: null, customer_known: 'false', product_known: 'true', unit_cost: '4.00' },
      {
        customer_id: 'C9',
        customer_known: 'false',
        product_known: 'false',
        category: 'Unknown',
        unit_cost: null,
        cost_amount: null,
        profit_amount: null,
      },
    ]);
    const results = await harness.audit({ layer: 'silver', name: 'order_lines' });
    expect(results.get('STO-S2')?.failed_rows).toBe(2);
    expect(results.get('STO-S3')?.failed_rows).toBe(1);
  });

  test('without their order wait in orphan_items, and pass as long as they do', async () => {
    await build({ order_items: [{}, { order_id: 'o1' }] });

    expect(await read('order_lines')).toEqual([]);
    expect(await read('orphan_items')).toHaveLength(2);
    expect(await failedChecks(harness, { layer: 'silver', name: 'order_lines' })).toEqual([]);
    expect((await harness.audit({ layer: 'silver', name: 'orphan_items' })).get('STO-S4')?.failed_rows).toBe(
      2,
    );

    await build({ orders: [{}], order_items: [{}, { order_id: 'o1' }] });

    expect(await read('order_lines')).toMatchObject([{ order_id: 'O1', discount_pct: '0.0000' }]);
    expect(await read('orphan_items')).toMatchObject([{ order_id: 'o1' }]);
  });

  test('STO-S6 counts orders without a line', async () => {
    await build({ orders: withIds('order_id', 'O1', 'O2', 'O3'), order_items: [{}, { line_number: '2' }] });

    expect((await harness.audit({ layer: 'silver', name: 'orders' })).get('STO-S6')?.failed_rows).toBe(2);
  });
});

test('checks of silver pass on a shop in which nothing is missing', async () => {
  await build({ customers: [{}], products: [{}], ...toOrders({ order: 'O1', on: '2026-01-01' }) });

  expect(await allFailedChecks(harness)).toEqual([]);
});
