import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { type DeliveredItem, orderItems } from './order-item-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('supply_chain');
});
afterAll(() => harness.close());

const asOf = '2018-06-30';
const inLast90Days = '2018-04-02';
const inPrevious90Days = '2018-04-01';
const before180Days = '2018-01-01';

async function build(records: readonly DeliveredItem[]): Promise<void> {
  await harness.putBronze('bronze_complete', orderItems(...records));
  await harness.build(asOf);
}

const read = async (name: string, key: string): Promise<TableRows> =>
  sortRows(await harness.read({ layer: 'gold', name }), [key]);

describe('scores and segments of customers', () => {
  const scores = async () =>
    Object.fromEntries(
      (await read('customers360', 'customer_id')).map(
        (row) => [String(row.customer_id), row.rfm_score] as const,
      ),
    );

  /** Orders of a customer, the first with all the revenue, all on one day. */
  const customer = (id: number, day: string, orderCount: number, revenue: number): readonly DeliveredItem[] =>
    Array.from({ length: orderCount }, (_, index) => ({
      customer_id: String(id),
      at: day,
      order_item_total: String(index === 0 ? revenue : 0),
    }));

  test('every cell of the grid has its segment', async () => {
    const grid: Readonly<{ [r: number]: readonly string[] }> = {
      5: `New Customers|New Customers|Potential Loyalists|Potential Loyalists|Loyal Customers|Loyal Customers|Champions|Champions|Champions`.split(
        '|',
      ),
      4: `New Customers|New Customers|Potential Loyalists|Potential Loyalists|Potential Loyalists|Loyal Customers|Loyal Customers|Champions|Champions`.split(
        '|',
      ),
      3: `Hibernating|Hibernating|Potential Loyalists|Potential Loyalists|Potential Loyalists|Loyal Customers|Loyal Customers|Loyal Customers|Loyal Customers`.split(
        '|',
      ),
      2: `Hibernating|Hibernating|Hibernating|At Risk|At Risk|At Risk|At Risk|Cannot Lose Them|Cannot Lose Them`.split(
        '|',
      ),
      1: `Lost|Lost|Hibernating|Hibernating|At Risk|At Risk|At Risk|Cannot Lose Them|Cannot Lose Them`.split(
        '|',
      ),
    };
    const fifths = [1, 2, 3, 4, 5];
    const all = fifths.flatMap((r) =>
      fifths.flatMap((f) => fifths.map((m) => ({ r, f, m, id: r * 100 + f * 10 + m }))),
    );

    await build(all.flatMap(({ r, f, m, id }) => customer(id, `2018-03-0${r}`, f, m * 1000)));
    const rows = await read('customers360', 'customer_id');

    expect(rows.map((row) => [row.rfm_score, row.rfm_segment])).toEqual(
      all.map(({ r, f, m, id }) => [String(id), grid[r]?.[f + m - 2]]),
    );
    expect(
      (await harness.audit({ layer: 'gold', name: 'customers360' }, asOf)).get('SUP-G3')?.failed_rows,
    ).toBe(0);
  });

  test('with fewer than five customers the high scores are left out', async () => {
    await build([
      ...customer(1, '2018-01-01', 1, 10),
      ...customer(2, '2018-01-02', 2, 20),
      ...customer(3, '2018-01-03', 3, 30),
    ]);

    expect(await scores()).toEqual({ 1: '111', 2: '222', 3: '333' });
    expect((await harness.audit({ layer: 'gold', name: 'customers360' }, asOf)).get('SUP-G3')).toMatchObject({
      failed_rows: 0,
      observed: '0 customers, fifths differ by 1',
    });
  });

  test('prospects take no place among the scored', async () => {
    await build([
      ...customer(1, '2018-01-01', 1, 10),
      ...customer(2, '2018-01-02', 1, 10).map((record) => ({ ...record, order_status: 'PENDING' })),
    ]);

    expect(await scores()).toEqual({ 1: '111', 2: null });
  });

  test('the lower fifths take the customers that are left over', async () => {
    await build([1, 2, 3, 4, 5, 6, 7].flatMap((id) => customer(id, `2018-01-0${id}`, 1, id)));

    expect(Object.values(await scores())).toEqual(['111', '111', '222', '222', '333', '444', '555']);
  });

  test('customers alike in all get the higher scores by the smaller number', async () => {
    await build([9, 10, 8].flatMap((id) => customer(id, '2018-01-01', 1, 10)));

    expect(await scores()).toEqual({ 8: '333', 9: '222', 10: '111' });
  });

  test.each([
    [
      'recency is broken by orders, then by revenue',
      [customer(1, '2018-01-01', 2, 1), customer(2, '2018-01-01', 1, 9), customer(3, '2018-01-01', 1, 5)],
      0,
      ['3', '2', '1'],
    ],
    [
      'frequency is broken by revenue, then by the last order',
      [customer(1, '2018-01-01', 1, 9), customer(2, '2018-01-03', 1, 5), customer(3, '2018-01-02', 1, 5)],
      1,
      ['3', '2', '1'],
    ],
    [
      'revenue is broken by orders, then by the last order',
      [customer(1, '2018-01-01', 2, 5), customer(2, '2018-01-03', 1, 5), customer(3, '2018-01-02', 1, 5)],
      2,
      ['3', '2', '1'],
    ],
  ])('a tie in %s', async (_rule, customers, digit, expected) => {
    await build(customers.flat());

    expect(Object.values(await scores()).map((score) => score?.[digit])).toEqual(expected);
  });
});

describe('ratings of products', () => {
  /** A completed line. */
  const sold = (id: number, day: string, revenue: number, profit = revenue, quantity = 1): DeliveredItem => ({
    product_card_id: String(id),
    at: day,
    order_item_total: String(revenue),
    order_profit_per_order: String(profit),
    order_item_quantity: String(quantity),
  });
  const canceled = (id: number): DeliveredItem => ({
    product_card_id: String(id),
    at: inLast90Days,
    order_status: 'CANCELED',
  });
  const ratings = () => read('products360', 'product_id');

  test('every cell of the priority table that can be, with each tier at its bounds', async () => {
    const margins = { High: 15, Medium: 10, Low: 5, 'Very Low': 4.99 };
    const cells = [
      ...(['High', 'Medium'] as const).flatMap((band) =>
        (['Healthy', 'Monitor', 'At Risk'] as const).map((health) => ({ band, health })),
      ),
      ...(['Low', 'Very Low'] as const).flatMap((band) =>
        (['Monitor', 'At Risk'] as const).map((health) => ({ band, health })),
      ),
    ];
    const priorityOf = (tier: string, band: string, health: string): string => {
      if (tier === 'Star' || tier === 'Strong') {
        if (band === 'Low' || band === 'Very Low') return 'Fix Margin';
        return health === 'Healthy' ? 'Protect and Grow' : 'Stabilise';
      }
      if (health === 'At Risk') return 'Review or Exit';
      return band === 'Low' || band === 'Very Low' ? 'Maintain' : 'Growth Opportunity';
    };
    // A hundred that sell, the more the smaller their number: 1-10 stars, to 30 strong, to 70 steady, the rest weak.
    const movers = Array.from({ length: 100 }, (_, index) => ({
      id: index + 1,
      ...cells[index % cells.length]!,
    }));
    const records = movers.flatMap(({ id, band, health }) => {
      const revenue = (200 - id) * 1000;
      const day = health === 'At Risk' ? inPrevious90Days : inLast90Days;
      return [
        sold(id, day, revenue, (revenue * margins[band]) / 100),
        ...(health === 'Monitor' ? [canceled(id)] : []),
      ];
    });
    // Four that no longer sell, before all others by revenue: they take nobody's place.
    const slow = Object.entries(margins).map(([band, margin], index) => ({ id: 101 + index, band, margin }));
    records.push(...slow.map(({ id, margin }) => sold(id, before180Days, 1_000_000, margin * 10_000)));

    await build(records);

    const found = (await ratings()).map((row) => [
      row.performance_tier,
      row.margin_band,
      row.health_status,
      row.strategic_priority,
    ]);
    expect(found.slice(0, 100)).toEqual(
      movers.map(({ id, band, health }) => {
        const tier = id <= 10 ? 'Star' : id <= 30 ? 'Strong' : id <= 70 ? 'Steady' : 'Weak';
        return [tier, band, health, priorityOf(tier, band, health)];
      }),
    );
    expect(found.slice(100)).toEqual(
      slow.map(({ band }) => ['Slow Movers', band, 'At Risk', 'Review or Exit']),
    );
    expect(
      (await harness.audit({ layer: 'gold', name: 'products360' }, asOf)).get('SUP-G4')?.failed_rows,
    ).toBe(0);
  });

  test.each([
    [1, ['Weak']],
    [2, ['Steady', 'Weak']],
    [3, ['Steady', 'Steady', 'Weak']],
    [4, ['Strong', 'Steady', 'Weak', 'Weak']],
    [10, ['Star', 'Strong', 'Strong', 'Steady', 'Steady', 'Steady', 'Steady', 'Weak', 'Weak', 'Weak']],
  ])('tiers of %i products', async (count, expected) => {
    await build(Array.from({ length: count }, (_, index) => sold(index + 1, inLast90Days, 100 - index)));

    expect((await ratings()).map((row) => row.performance_tier)).toEqual(expected);
  });

  test('equal revenues are told by units, then by the smaller number', async () => {
    await build([
      sold(1, inLast90Days, 10, 1, 1),
      sold(2, inLast90Days, 10, 1, 2),
      sold(10, inLast90Days, 10, 1, 1),
      sold(9, inLast90Days, 10, 1, 1),
    ]);

    expect((await ratings()).map((row) => [row.product_id, row.performance_tier])).toEqual([
      ['1', 'Steady'],
      ['2', 'Strong'],
      ['9', 'Weak'],
      ['10', 'Weak'],
    ]);
  });

  test('a product without revenue has a very low margin, whatever its profit, and can sell', async () => {
    await build([sold(1, inLast90Days, 0, 5)]);

    expect(await ratings()).toMatchObject([
      { performance_tier: 'Weak', margin_band: 'Very Low', health_status: 'Monitor', profit_margin: null },
    ]);
  });

  test.each([
    ['of exactly 15 %', 0.2, 0.03, 'High'],
    ['a cent below 15 %', 1, 0.14, 'Medium'],
    ['a cent below 10 %', 1, 0.09, 'Low'],
    ['a cent below 5 %', 1, 0.04, 'Very Low'],
    ['at a loss', 1, -0.01, 'Very Low'],
    // 14.99996 % is 0.1500 when rounded to four places.
    ['just below 15 %, which a rounded margin would hide', 100000, 14999.96, 'Medium'],
  ])('margin band: %s', async (_what, revenue, profit, band) => {
    await build([sold(1, inLast90Days, revenue, profit)]);

    expect(await ratings()).toMatchObject([{ margin_band: band }]);
  });

  test.each([
    ['half of the revenue before is not at risk yet', 50, 100, 'Monitor'],
    ['a cent less than half is', 49.99, 100, 'At Risk'],
    ['nine tenths of it are healthy', 90, 100, 'Healthy'],
    ['a cent less is to be watched', 89.99, 100, 'Monitor'],
    ['nothing before is healthy', 1, 0, 'Healthy'],
  ])('health: %s', async (_what, now, earlier, expected) => {
    await build([sold(1, inLast90Days, now), ...(earlier > 0 ? [sold(1, inPrevious90Days, earlier)] : [])]);

    expect(await ratings()).toMatchObject([{ health_status: expected }]);
  });

  test.each([
    [9, 'Monitor'],
    [10, 'Healthy'],
  ])('health: one canceled beside %i others', async (others, expected) => {
    await build([canceled(1), ...Array.from({ length: others }, () => sold(1, inLast90Days, 10))]);

    expect(await ratings()).toMatchObject([{ health_status: expected }]);
  });

  test('health: a loss is at risk, no profit is not', async () => {
    await build([sold(1, inLast90Days, 10, -0.01), sold(2, inLast90Days, 10, 0)]);

    expect((await ratings()).map((row) => row.health_status)).toEqual(['At Risk', 'Monitor']);
  });

  test('what sold last 180 days before is a slow mover, a day later it is not', async () => {
    await build([sold(1, before180Days, 10), sold(2, '2018-01-02', 10)]);

    expect((await ratings()).map((row) => [row.performance_tier, row.units_180d])).toEqual([
      ['Slow Movers', '0'],
      ['Weak', '1'],
    ]);
  });
});
