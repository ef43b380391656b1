import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPackHarness } from '../../support/pack-tables.ts';
import type { Cell, SqlHarness } from '../../support/sql-harness.ts';
import { type Cells, putShop, type Sale, toOrders, withIds } from './store-rows.ts';

const asOf = '2026-02-28';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('store');
});
afterAll(() => harness.close());

/** The day so many days before as_of. */
function daysAgo(count: number): string {
  return new Date(Date.parse(asOf) - count * 86_400_000).toISOString().slice(0, 10);
}

/** Orders of one unit for a customer, each so many days ago. */
function ordersOf(customer: string, ...days: readonly number[]): readonly Sale[] {
  return days.map((count, index) => ({ order: `${customer}-${index}`, customer, on: daysAgo(count) }));
}

/** Risks by customer. */
async function risksOf(...sales: readonly Sale[]): Promise<Readonly<Record<string, Cells>>> {
  const ids = [...new Set(sales.flatMap(({ customer }) => customer ?? []))];
  await putShop(harness, { customers: withIds('customer_id', 'never', ...ids), ...toOrders(...sales) });
  await harness.build(asOf);
  const rows = await harness.read({ layer: 'gold', name: 'churn_risk' });
  return Object.fromEntries(rows.map((row) => [row.customer_id, row]));
}

async function columnOf(column: string, ...sales: readonly Sale[]): Promise<Readonly<Record<string, Cell>>> {
  const risks = await risksOf(...sales);
  return Object.fromEntries(Object.entries(risks).map(([customer, row]) => [customer, row[column]!]));
}

describe('the expected gap', () => {
  test('is 90 days while nobody has ordered twice', async () => {
    expect(await columnOf('expected_gap_days', ...ordersOf('C1', 5), ...ordersOf('C2', 100))).toEqual({
      C1: '90.0000',
      C2: '90.0000',
    });
  });

  test("is the customer's own from three orders on, and else that of all who ordered twice", async () => {
    const gaps = await columnOf(
      'expected_gap_days',
      ...ordersOf('once', 5),
      ...ordersOf('twice', 0, 30),
      ...ordersOf('thrice', 1, 10, 102),
      ...ordersOf('four', 0, 10, 50, 61),
    );

    // (30 + 101 + 61) / (1 + 2 + 3)
    expect(gaps).toEqual({ once: '32.0000', twice: '32.0000', thrice: '50.5000', four: '20.3333' });
  });

  test('is never below seven days, also where all orders are of one day', async () => {
    expect(
      await columnOf(
        'expected_gap_days',
        ...ordersOf('C1', 3, 3, 3),
        ...ordersOf('C2', 3, 3),
        ...ordersOf('C3', 9),
      ),
    ).toEqual({ C1: '7.0000', C2: '7.0000', C3: '7.0000' });
  });

  test('counts neither guests, nor unknown customers, nor orders that are not completed', async () => {
    await putShop(harness, {
      customers: withIds('customer_id', 'C1', 'C2'),
      ...toOrders(
        ...ordersOf('C1', 10),
        { order: 'late', customer: 'C1', on: daysAgo(0), status: 'shipping' },
        { order: 'open', customer: 'C2', on: daysAgo(0), status: 'open' },
        ...ordersOf('C9', 0, 20),
        { order: 'g1', customer: null, on: daysAgo(0) },
        { order: 'g2', customer: null, on: daysAgo(40) },
      ),
    });
    await harness.build(asOf);

    expect(await harness.read({ layer: 'gold', name: 'churn_risk' })).toMatchObject([
      { customer_id: 'C1', total_orders: '1', expected_gap_days: '90.0000', recency_days: '10' },
    ]);
  });
});

describe('points', () => {
  test('of recency change at ratios of 1, 1.5, 2 and 3', async () => {
    const steps = [9, 10, 14, 15, 19, 20, 29, 30];
    // Three orders ten days apart each, the last so many days ago.
    const points = await columnOf(
      'recency_points',
      ...steps.flatMap((days) => ordersOf(`d${days}`, days, days + 10, days + 20)),
    );

    expect(points).toEqual({
      ...{ d9: '0', d10: '15', d14: '15', d15: '30' },
      ...{ d19: '30', d20: '45', d29: '45', d30: '60' },
    });
  });

  test('of recency go by the rounded ratio', async () => {
    // 6667 / (20002 / 3) is 0.99995000…
    const risks = await risksOf(...ordersOf('C1', 6667, 6668, 6669, 26669));

    expect(risks.C1).toMatchObject({
      expected_gap_days: '6667.3333',
      recency_ratio: '1.0000',
      recency_points: '15',
    });
  });

  test('of frequency and value look at the last 90 days, as_of included, and the 90 before', async () => {
    const sale = (customer: string, days: number, price: string, order = ''): Sale => ({
      order: `${customer}${days}${order}`,
      customer,
      on: daysAgo(days),
      price,
    });
    const risks = await risksOf(
      ...[sale('edges', 0, '1.00'), sale('edges', 89, '2.00'), sale('edges', 90, '4.00')],
      ...[sale('edges', 179, '8.00'), sale('edges', 180, '16.00')],
      ...[sale('fewer', 1, '10.00'), sale('fewer', 100, '5.00'), sale('fewer', 101, '5.00')],
      ...[sale('half', 1, '5.00'), sale('half', 100, '10.00')],
      ...[sale('less', 1, '4.99'), sale('less', 100, '10.00')],
      ...[sale('gone', 100, '10.00')],
      ...[sale('free', 1, '0.00'), sale('free', 100, '0.00')],
    );
    const pointsOf = (customer: string) => [risks[customer]?.frequency_points, risks[customer]?.value_points];

    expect(risks.edges).toMatchObject({
      orders_90d: '2',
      orders_prev_90d: '2',
      revenue_90d: '3.00',
      revenue_prev_90d: '12.00',
      total_revenue: '31.00',
    });
    expect(pointsOf('edges')).toEqual(['0', '15']);
    expect(pointsOf('fewer')).toEqual(['10', '0']);
    expect(pointsOf('half')).toEqual(['0', '10']);
    expect(pointsOf('less')).toEqual(['0', '15']);
    expect(pointsOf('gone')).toEqual(['20', '20']);
    expect(pointsOf('free')).toEqual(['0', '20']);
  });
});

describe('the score', () => {
  test('adds up to bands at 40 and 70, with the reason that weighs most', async () => {
    const risks = await risksOf(
      ...ordersOf('fresh', 0, 10, 20),
      ...ordersOf('gone', 400, 410, 420),
      ...ordersOf('late', 30, 40, 50),
      // Gap of 200 days: no recency points, and nothing within 90 days.
      ...ordersOf('slow', 150, 350, 550),
    );
    const of = (customer: string) => [
      risks[customer]?.risk_score,
      risks[customer]?.risk_band,
      risks[customer]?.main_reason,
    ];

    expect(of('fresh')).toEqual(['0', 'Low', 'none']);
    expect(of('gone')).toEqual(['100', 'High', 'recency']);
    expect(of('late')).toEqual(['60', 'Medium', 'recency']);
    expect(of('slow')).toEqual(['40', 'Medium', 'frequency']);
  });

  test('names recency before frequency and value where points are equal, and value where that leads', async () => {
    const risks = await risksOf(
      { order: 'a', customer: 'value', on: daysAgo(1), price: '4.00' },
      { order: 'b', customer: 'value', on: daysAgo(100), price: '10.00' },
      // Ratio 100 / 100 = 1: 15 points, below the 20 of frequency.
      ...ordersOf('both', 100, 200, 300),
      { order: 'c', customer: 'recent', on: daysAgo(10), price: '4.00' },
      { order: 'd', customer: 'recent', on: daysAgo(20), price: '4.00' },
      { order: 'e', customer: 'recent', on: daysAgo(30), price: '0.00' },
      { order: 'f', customer: 'recent', on: daysAgo(10), price: '0.00', status: 'open' },
    );

    expect(risks.value).toMatchObject({ value_points: '15', frequency_points: '0', main_reason: 'value' });
    expect(risks.both).toMatchObject({
      recency_points: '15',
      frequency_points: '20',
      main_reason: 'frequency',
    });
    expect(risks.recent).toMatchObject({ recency_points: '15', value_points: '0', main_reason: 'recency' });
  });

  test('weighs what a customer brings in 90 days on average', async () => {
    const risks = await risksOf(
      { order: 'a', customer: 'C1', on: daysAgo(99), price: '10.00' },
      { order: 'b', customer: 'C2', on: daysAgo(0), price: '10.00' },
    );

    // 10.00 * 90 * 55 / (100 * 100), the ratio being 99 / 90 = 1.1
    expect(risks.C1).toMatchObject({ risk_score: '55', revenue_at_risk_90d: '4.95' });
    expect(risks.C2).toMatchObject({ risk_score: '0', revenue_at_risk_90d: '0.00' });
  });
});
