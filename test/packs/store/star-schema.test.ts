import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { failedChecks, openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { Cell, SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { putShop, type Shop, toOrders } from './store-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('store');
});
afterAll(() => harness.close());

async function build(asOf: string, shop: Shop): Promise<void> {
  await putShop(harness, shop);
  await harness.build(asOf);
}

const read = (name: string): Promise<TableRows> => harness.read({ layer: 'gold', name });

describe('dim_customer', () => {
  /** Age and band on a day, by birth date. */
  async function ages(asOf: string, ...births: readonly Cell[]): Promise<readonly (readonly Cell[])[]> {
    const customers = births.map((birth, index) => ({ customer_id: `C${index + 10}`, birth_date: birth }));
    await build(asOf, { customers });
    return sortRows(await read('dim_customer'), ['customer_key'])
      .slice(0, births.length)
      .map((row) => [row.age!, row.birth_year!, row.age_band!]);
  }

  test('counts full years, the birthday included', async () => {
    expect(await ages('2026-06-15', '2008-06-15', '2008-06-16', '2008-07-01', '2008-05-31')).toEqual([
      ['18', '2008', '18-24'],
      ['17', '2008', 'Under 18'],
      ['17', '2008', 'Under 18'],
      ['18', '2008', '18-24'],
    ]);
  });

  test('makes who was born on 29 February older on 1 March, or on the day itself', async () => {
    expect((await ages('2025-02-28', '2000-02-29')).map(([age]) => age)).toEqual(['24']);
    expect((await ages('2025-03-01', '2000-02-29')).map(([age]) => age)).toEqual(['25']);
    expect((await ages('2024-02-29', '2000-02-29', '2000-03-01')).map(([age]) => age)).toEqual(['24', '23']);
  });

  test('does not use a birth after as_of or more than 120 years before', async () => {
    expect(
      await ages('2026-06-15', '2026-06-16', '2026-06-15', '1906-06-15', '1905-06-16', '1905-06-15', null),
    ).toEqual([
      [null, null, 'Unknown'],
      ['0', '2026', 'Under 18'],
      ['120', '1906', '65+'],
      ['120', '1905', '65+'],
      [null, null, 'Unknown'],
      [null, null, 'Unknown'],
    ]);
  });

  test('changes band on the birthday at which the next begins', async () => {
    const bands = await ages(
      '2026-01-01',
      ...[18, 25, 35, 45, 55, 65].flatMap((age) => [`${2026 - age}-01-02`, `${2026 - age}-01-01`]),
    );

    expect(bands.map((row) => row[2])).toEqual([
      ...['Under 18', '18-24', '18-24', '25-34', '25-34', '35-44'],
      ...['35-44', '45-54', '45-54', '55-64', '55-64', '65+'],
    ]);
  });

  test('has the domain of an address, days since registration, and a row for those not known', async () => {
    await build('2026-03-01', {
      customers: [
        { email: 'Ann.Lee@Mail.Shop.Example', gender: 'w', registration_date: '2026-02-28', city: 'Oslo' },
        { customer_id: 'C2', email: 'none', registration_date: '2026-03-02' },
      ],
    });

    expect(sortRows(await read('dim_customer'), ['customer_key'])).toEqual([
      {
        customer_key: 'C1',
        customer_id: 'C1',
        gender: 'F',
        age_band: 'Unknown',
        customer_type: 'Unknown',
        city: 'Oslo',
        state: 'Unknown',
        country: 'Unknown',
        email_domain: 'mail.shop.example',
        birth_year: null,
        age: null,
        tenure_days: '1',
        registration_date: '2026-02-28',
      },
      expect.objectContaining({ customer_key: 'C2', email_domain: null, tenure_days: '-1' }),
      {
        customer_key: 'UNKNOWN',
        customer_id: null,
        gender: 'Unknown',
        age_band: 'Unknown',
        customer_type: 'Unknown',
        city: null,
        state: 'Unknown',
        country: 'Unknown',
        email_domain: null,
        birth_year: null,
        age: null,
        tenure_days: null,
        registration_date: null,
      },
    ]);
  });
});

describe('dim_product', () => {
  test('bands products by list price and tells the margin as listed', async () => {
    const prices = ['0.00', '9.99', '10.00', '49.99', '50.00', '199.99', '200.00', '0.01'];
    await build('2026-01-01', {
      products: prices.map((price, index) => ({
        product_id: `P${index}`,
        list_price: price,
        unit_cost: index === 7 ? '1000000.00' : index === 6 ? null : '3.00',
      })),
    });

    const rows = sortRows(await read('dim_product'), ['product_key']);

    expect(rows.slice(0, 8).map((row) => [row.price_band, row.list_margin_pct])).toEqual([
      ['Under 10', null],
      ['Under 10', '69.9700'],
      ['10-49.99', '70.0000'],
      ['10-49.99', '93.9988'],
      ['50-199.99', '94.0000'],
      ['50-199.99', '98.4999'],
      ['200+', null],
      ['Under 10', '-9999999900.0000'],
    ]);
    expect(rows[8]).toEqual({
      product_key: 'UNKNOWN',
      product_id: null,
      product_name: 'Unknown',
      category: 'Unknown',
      sub_category: null,
      brand: null,
      price_band: 'Unknown',
      list_price: null,
      unit_cost: null,
      list_margin_pct: null,
      is_active: 'false',
    });
  });
});

describe('dim_date', () => {
  test('has every day of the years from the first line to as_of, of whatever status', async () => {
    await build(
      '2024-02-29',
      toOrders(
        { order: 'O1', on: '2024-02-01' },
        { order: 'O2', on: '2023-12-31', status: 'cancelled' },
        { order: 'O3', on: '2025-01-01' },
      ),
    );

    const days = sortRows(await read('dim_date'), ['date']);

    expect(days).toHaveLength(365 + 366);
    expect([days[0]!.date, days.at(-1)!.date]).toEqual(['2023-01-01', '2024-12-31']);
    expect(new Set(days.map((day) => day.date)).size).toBe(days.length);
    expect(days.find((day) => day.date === '2024-02-29')).toEqual({
      date_key: '20240229',
      month_name: 'February',
      day_name: 'Thursday',
      year: '2024',
      quarter: '1',
      month: '2',
      day: '29',
      day_of_week: '4',
      iso_year: '2024',
      iso_week: '9',
      is_weekend: 'false',
      date: '2024-02-29',
      month_start: '2024-02-01',
    });
  });

  test('gives the turn of the year its ISO week and the ISO year that this belongs to', async () => {
    await build('2027-01-03', toOrders({ order: 'O1', on: '2024-12-30' }));

    const days = new Map((await read('dim_date')).map((day) => [day.date, day]));
    const weekOf = (date: string) => [days.get(date)?.iso_year, days.get(date)?.iso_week];

    expect(weekOf('2024-12-29')).toEqual(['2024', '52']);
    expect(weekOf('2024-12-30')).toEqual(['2025', '1']);
    expect(weekOf('2026-12-31')).toEqual(['2026', '53']);
    expect(weekOf('2027-01-03')).toEqual(['2026', '53']);
    expect(weekOf('2027-01-04')).toEqual(['2027', '1']);
    expect(days.get('2027-01-02')).toMatchObject({ is_weekend: 'true', day_name: 'Saturday' });
    expect(days.get('2027-01-04')).toMatchObject({ is_weekend: 'false', day_name: 'Monday' });
  });

  test('spans the two hundred years that bronze lets through', async () => {
    await build('2099-12-31', toOrders({ order: 'O1', on: '1900-01-01' }, { order: 'O2', on: '2099-12-31' }));

    expect(await read('dim_date')).toHaveLength(73_049);
    expect(await read('monthly_revenue')).toHaveLength(2_400);
    expect(await failedChecks(harness, { layer: 'gold', name: 'dim_date' }, '2099-12-31')).toEqual([]);
  });
});

describe('fact_sales', () => {
  const shop: Shop = {
    customers: [{}],
    products: [{}],
    ...toOrders(
      { order: 'O1', on: '2026-01-31 23:59:59.999999' },
      { order: 'O2', on: '2026-02-01 00:00:00', status: 'Returned', customer: null, product: 'P9' },
      { order: 'O3', on: '2026-02-02', status: 'failed', customer: 'C9' },
      { order: 'O4', on: '2026-02-03' },
    ),
  };

  test('has lines of every status up to as_of, and keys for what is not known', async () => {
    await build('2026-02-02', shop);

    expect(sortRows(await read('fact_sales'), ['order_id'])).toMatchObject([
      { date_key: '20260131', customer_key: 'C1', product_key: 'P1', is_revenue: 'true' },
      {
        date_key: '20260201',
        customer_key: 'UNKNOWN',
        product_key: 'UNKNOWN',
        status_group: 'returned',
        is_revenue: 'false',
        cost_amount: null,
      },
      { order_id: 'O3', customer_key: 'UNKNOWN', status_group: 'cancelled' },
    ]);
  });

  test('STO-G1 passes, keys of what is not known included', async () => {
    await build('2026-02-02', shop);

    expect(await failedChecks(harness, { layer: 'gold', name: 'fact_sales' }, '2026-02-02')).toEqual([]);
  });
});
