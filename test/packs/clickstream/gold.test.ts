import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allFailedChecks } from '../../support/pack-tables.ts';
import { at, type ClickstreamHarness, type GivenEvent, givenFile, openClickstream } from './given-events.ts';

let pack: ClickstreamHarness;
beforeAll(async () => {
  pack = await openClickstream();
});
afterAll(() => pack.harness.close());

const build = (asOf: string, ...events: readonly Partial<GivenEvent>[]) =>
  pack.build(givenFile(...events), asOf);
const read = (name: string, order: string) => pack.read('gold', name, order);

const buys = (price: string, cells: Partial<GivenEvent> = {}): Partial<GivenEvent> => ({
  event_type: 'purchase',
  price,
  ...cells,
});
/** A session of its own at a time. */
const visit = (
  session: string,
  event_time: string,
  cells: Partial<GivenEvent> = {},
): Partial<GivenEvent> => ({
  user_session: session,
  event_time,
  ...cells,
});
const repeat = (count: number, cells: (index: number) => Partial<GivenEvent>) =>
  Array.from({ length: count }, (_, index) => cells(index));

describe('customer_metrics', () => {
  test('holds a user who only looks, with nothing where there is no order or cart', async () => {
    await build('2026-03-12', {});

    expect(await read('customer_metrics', 'user_id')).toEqual([
      {
        user_id: '1',
        churn_status: 'active',
        customer_type: 'browser',
        total_sessions: '1',
        total_events: '1',
        views: '1',
        carts: '0',
        removes: '0',
        purchases: '0',
        total_orders: '0',
        total_revenue: '0.00',
        clv_historic: '0.00',
        avg_order_value: null,
        avg_session_seconds: '0.00',
        tenure_days: '3',
        purchase_frequency: '0.0000',
        session_conversion_rate: '0.000000',
        cart_abandonment_rate: null,
        days_since_last_seen: '2',
        days_since_last_purchase: null,
        clv_12m: '0.00',
        clv_rank: '1',
        is_churned: 'false',
        first_seen_date: '2026-03-10',
        last_seen_date: '2026-03-10',
        first_purchase_date: null,
        last_purchase_date: null,
      },
    ]);
  });

  test('takes purchases of one session for one order of its first day, across midnight and days', async () => {
    await build(
      '2026-04-01',
      buys('1.00', { event_time: at('23:59:59.999999') }),
      buys('2.00', { event_time: '2026-03-11 00:00:00' }),
      buys('4.00', { event_time: '2026-03-20 08:00:00' }),
    );

    expect(await read('customer_metrics', 'user_id')).toMatchObject([
      {
        total_sessions: '1',
        total_orders: '1',
        purchases: '3',
        total_revenue: '7.00',
        avg_order_value: '7.00',
        first_purchase_date: '2026-03-10',
        last_purchase_date: '2026-03-10',
        days_since_last_purchase: '22',
        days_since_last_seen: '12',
        customer_type: 'one_time',
      },
    ]);
  });

  test('sees of a session what lies up to as_of, and no user who comes later', async () => {
    await build(
      '2026-03-10',
      { event_time: at('23:59:00'), event_type: 'cart' },
      buys('2.00', { event_time: '2026-03-11 00:01:00' }),
      { event_time: '2026-03-11 00:00:00', user_id: '2' },
    );

    expect(await read('customer_metrics', 'user_id')).toMatchObject([
      {
        user_id: '1',
        total_events: '1',
        total_orders: '0',
        cart_abandonment_rate: '1.000000',
        avg_session_seconds: '0.00',
        last_seen_date: '2026-03-10',
      },
    ]);
  });

  test('cuts a duration to whole seconds, to the microsecond, before it sums', async () => {
    const session = (id: string, from: string, to: string) => [visit(id, at(from)), visit(id, at(to))];
    await build(
      '2026-03-10',
      ...session('a', '10:00:00.000900', '10:00:02.000899'),
      ...session('b', '11:00:00.000001', '11:00:02.000001'),
      ...session('c', '12:00:00.999999', '12:00:01.000000'),
      ...session('d', '13:00:00', '13:00:00.999999'),
    );

    // 1 + 2 + 0 + 0
    expect(await read('customer_metrics', 'user_id')).toMatchObject([{ avg_session_seconds: '0.75' }]);
  });

  test('measures a session of many days from its first to its last event', async () => {
    await build('2026-03-31', { event_time: '2026-02-28 12:00:00' }, { event_time: '2026-03-01 12:00:01' });

    expect(await read('customer_metrics', 'user_id')).toMatchObject([
      { total_sessions: '1', avg_session_seconds: '86401.00', tenure_days: '32' },
    ]);
  });

  test('measures a session of a century, whose seconds no integer holds', async () => {
    await build(
      '2026-03-10',
      { event_time: '1926-03-10 12:00:00.000002' },
      { event_time: '2026-03-10 12:00:00.000001' },
    );

    // 36,525 days, less a microsecond
    expect(await read('customer_metrics', 'user_id')).toMatchObject([
      { avg_session_seconds: '3155759999.00', tenure_days: '36526' },
    ]);
  });

  test('takes a session id of two users for two sessions, and events without one for one a day', async () => {
    await build(
      '2026-03-11',
      { user_id: '1', event_type: 'cart' },
      buys('3.00', { user_id: '2' }),
      { user_id: '3', user_session: null, event_type: 'cart' },
      { user_id: '3', user_session: null, event_time: at('18:00:00') },
      buys('3.00', { user_id: '3', user_session: null, event_time: '2026-03-11 08:00:00' }),
    );

    expect(await read('customer_metrics', 'user_id')).toMatchObject([
      { total_sessions: '1', total_orders: '0', cart_abandonment_rate: '1.000000' },
      { total_sessions: '1', total_orders: '1', cart_abandonment_rate: null },
      {
        total_sessions: '2',
        total_orders: '1',
        session_conversion_rate: '0.500000',
        cart_abandonment_rate: '1.000000',
      },
    ]);
  });

  test.each([
    ['2026-03-24', 'active', 'false', '40.56'],
    ['2026-03-25', 'at_risk', 'false', '40.56'],
    ['2026-04-09', 'at_risk', 'false', '40.56'],
    ['2026-04-10', 'churned', 'true', '0.00'],
  ])('as of %s calls a user last seen on 10 March %s', async (asOf, churn_status, is_churned, clv_12m) => {
    await build(asOf, buys('10.00'));

    expect(await read('customer_metrics', 'user_id')).toMatchObject([{ churn_status, is_churned, clv_12m }]);
  });

  test('projects a year from a tenure longer than 90 days as it is', async () => {
    await build(
      '2026-04-10',
      { event_time: '2026-01-01 00:00:00' },
      buys('10.00', { event_time: '2026-04-10 00:00:00' }),
    );

    // 365 * 10 / 100
    expect(await read('customer_metrics', 'user_id')).toMatchObject([
      { tenure_days: '100', clv_12m: '36.50', purchase_frequency: '0.3000' },
    ]);
  });

  test('ranks by value, then orders, then the number of the user', async () => {
    await build(
      '2026-03-10',
      buys('4.00', { user_id: '10' }),
      buys('4.00', { user_id: '9' }),
      buys('2.00', { user_id: '11' }),
      buys('2.00', { user_id: '11', user_session: 's2' }),
      buys('5.00', { user_id: '12' }),
    );

    expect((await read('customer_metrics', 'clv_rank')).map((row) => row.user_id)).toEqual([
      '12',
      '11',
      '9',
      '10',
    ]);
  });
});

describe('product_, category_ and brand_performance', () => {
  test('count sessions of the group once, over products and days', async () => {
    await build(
      '2026-03-11',
      { product_id: '1' },
      { product_id: '2' },
      { product_id: '2', event_type: 'cart', event_time: '2026-03-11 00:00:01' },
      buys('6.00', { product_id: '1', event_time: '2026-03-11 00:00:02' }),
      { product_id: '1', user_id: '2' },
      { product_id: '1', user_id: '2', user_session: 's2' },
      { product_id: '2', user_id: '3', event_type: 'remove_from_cart' },
    );

    expect(await read('category_performance', 'category_code')).toEqual([
      {
        category_code: 'garden.tools.spade',
        category_l1: 'garden',
        products: '2',
        views: '4',
        carts: '1',
        removes: '1',
        purchases: '1',
        unique_users: '3',
        buyers: '1',
        view_sessions: '3',
        cart_sessions: '1',
        purchase_sessions: '1',
        view_to_cart_rate: '0.333333',
        cart_to_purchase_rate: '1.000000',
        view_to_purchase_rate: '0.333333',
        revenue: '6.00',
        avg_selling_price: '6.00',
        revenue_share: '1.000000',
        revenue_rank: '1',
        is_top_performer: 'false',
      },
    ]);
    expect(await read('product_performance', 'product_id')).toMatchObject([
      { view_to_cart_rate: '0.000000', cart_to_purchase_rate: null, view_to_purchase_rate: '0.333333' },
      { view_to_cart_rate: '1.000000', cart_to_purchase_rate: '0.000000', view_to_purchase_rate: '0.000000' },
    ]);
    const [category] = await read('category_performance', 'category_code');
    const { category_code: _code, category_l1: _l1, ...figures } = category!;
    expect(await read('brand_performance', 'brand')).toEqual([{ brand: 'digwell', ...figures }]);
  });

  test('have a purchase without a view or cart in no rate', async () => {
    await build('2026-03-10', {}, buys('1.00', { user_session: 's2' }), {
      event_type: 'cart',
      user_session: 's3',
    });

    expect(await read('product_performance', 'product_id')).toMatchObject([
      {
        view_sessions: '1',
        cart_sessions: '1',
        purchase_sessions: '1',
        view_to_cart_rate: '0.000000',
        cart_to_purchase_rate: '0.000000',
        view_to_purchase_rate: '0.000000',
      },
    ]);
  });

  test('put a product into the category and brand of products_dim, also for what was before', async () => {
    await build(
      '2026-03-10',
      { brand: null, category_code: null },
      buys('2.00', { brand: 'old', category_code: 'old.one', event_time: at('13:00:00') }),
      { brand: 'new', category_code: 'new.one', event_time: '2026-03-11 12:00:00', price: '9.00' },
      { product_id: '101', brand: null, category_code: null },
    );

    expect(await read('product_performance', 'product_id')).toMatchObject([
      { category_code: 'new.one', category_l1: 'new', brand: 'new', last_price: '9.00', views: '1' },
      { category_code: 'unknown', category_l1: 'unknown', brand: 'unknown' },
    ]);
    expect(await read('category_performance', 'category_code')).toMatchObject([
      { category_code: 'new.one', category_l1: 'new', products: '1', views: '1', revenue: '2.00' },
      { category_code: 'unknown', category_l1: 'unknown', products: '1', views: '1', revenue: '0.00' },
    ]);
    expect((await read('brand_performance', 'brand')).map((row) => row.brand)).toEqual(['new', 'unknown']);
  });

  test('rank by revenue, purchases, views, then the key as a number or as bytes', async () => {
    const one = (id: string, brand: string, cells: Partial<GivenEvent>) => ({
      product_id: id,
      brand,
      category_code: brand,
      ...cells,
    });
    await build(
      '2026-03-10',
      one('10', 'b', {}),
      one('9', 'a', {}),
      one('8', 'z', {}),
      one('8', 'z', { user_session: 's2' }),
      one('7', 'é', buys('2.00')),
      one('6', 'y', buys('1.00')),
      one('6', 'y', buys('1.00', { user_session: 's2' })),
      one('5', 'x', buys('3.00')),
    );

    const order = async (table: string, key: string) =>
      (await read(table, 'revenue_rank')).map((row) => row[key]);
    expect(await order('product_performance', 'product_id')).toEqual(['5', '6', '7', '8', '9', '10']);
    expect(await order('brand_performance', 'brand')).toEqual(['x', 'y', 'é', 'z', 'a', 'b']);
    expect(await order('category_performance', 'category_code')).toEqual(['x', 'y', 'é', 'z', 'a', 'b']);
  });

  test.each([
    [9, []],
    [10, ['20']],
    [19, ['20']],
    [20, ['19', '20']],
  ])('with revenue of %i products the top performers are %j', async (earning, expected) => {
    await build(
      '2026-03-10',
      ...repeat(20, (index) => ({
        product_id: String(index + 1),
        ...buys(index < 20 - earning ? '0.00' : `${index + 1}.00`),
      })),
    );

    const top = (await read('product_performance', 'product_id')).filter(
      (row) => row.is_top_performer === 'true',
    );
    expect(top.map((row) => row.product_id)).toEqual(expected);
  });

  test('share nothing where nothing was earned', async () => {
    await build('2026-03-10', {}, buys('0.00'));

    for (const [table, key] of [
      ['product_performance', 'product_id'],
      ['category_performance', 'category_code'],
      ['brand_performance', 'brand'],
    ] as const) {
      expect(await read(table, key)).toMatchObject([
        { revenue: '0.00', revenue_share: null, avg_selling_price: '0.00', is_top_performer: 'false' },
      ]);
    }
  });
});

describe('daily_sales_summary', () => {
  test('fills days without events, to as_of', async () => {
    await build(
      '2026-03-03',
      visit('a', '2026-02-27 12:00:00', buys('7.00')),
      visit('b', '2026-03-02 12:00:00'),
    );

    const rows = await read('daily_sales_summary', 'sale_date');
    expect(rows.map((row) => row.sale_date)).toEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
      '2026-03-03',
    ]);
    expect(rows[1]).toEqual({
      trend: 'down',
      revenue: '0.00',
      order_count: '0',
      items_sold: '0',
      buyers: '0',
      avg_order_value: null,
      visitors: '0',
      events: '0',
      sessions: '0',
      converted_sessions: '0',
      conversion_rate: null,
      peak_hour: null,
      peak_hour_orders: '0',
      traffic_peak_hour: null,
      previous_revenue: '7.00',
      revenue_change: '-7.00',
      revenue_change_pct: '-100.0000',
      revenue_7d_avg: '3.50',
      sale_date: '2026-02-28',
    });
  });

  test('gives an order to the day and hour of its first purchase, a session to the day of its first event', async () => {
    await build(
      '2026-03-12',
      { event_time: at('23:50:00') },
      buys('5.00', { event_time: '2026-03-11 00:10:00' }),
      buys('6.00', { event_time: '2026-03-12 09:00:00' }),
      { event_time: '2026-03-11 00:00:00', user_id: '2' },
    );

    expect(await read('daily_sales_summary', 'sale_date')).toMatchObject([
      {
        sessions: '1',
        converted_sessions: '1',
        conversion_rate: '1.000000',
        order_count: '0',
        visitors: '1',
      },
      {
        sessions: '1',
        converted_sessions: '0',
        order_count: '1',
        revenue: '11.00',
        items_sold: '2',
        avg_order_value: '11.00',
        peak_hour: '0',
        visitors: '2',
      },
      { sessions: '0', conversion_rate: null, order_count: '0', visitors: '1', events: '1', peak_hour: null },
    ]);
  });

  test('finds the hour of most orders, then of most revenue, then the earlier', async () => {
    const day = (date: string, orders: readonly (readonly [string, string])[]) =>
      orders.map(([hour, price], index) => visit(`${date}-${index}`, `${date} ${hour}:30:00`, buys(price)));
    await build(
      '2026-03-12',
      ...day('2026-03-10', [
        ['08', '99.00'],
        ['20', '1.00'],
        ['20', '1.00'],
      ]),
      ...day('2026-03-11', [
        ['08', '1.00'],
        ['20', '2.00'],
        ['21', '0.00'],
      ]),
      ...day('2026-03-12', [
        ['23', '1.00'],
        ['09', '1.00'],
        ['10', '1.00'],
      ]),
    );

    expect(await read('daily_sales_summary', 'sale_date')).toMatchObject([
      { peak_hour: '20', peak_hour_orders: '2' },
      { peak_hour: '20', peak_hour_orders: '1' },
      { peak_hour: '9', peak_hour_orders: '1' },
    ]);
  });

  test('finds the hour of most events by all of them, of equals the earlier', async () => {
    await build(
      '2026-03-11',
      { event_time: at('21:00:00') },
      { event_time: at('21:00:01') },
      { event_time: at('09:59:59.999999') },
      { event_time: '2026-03-11 10:00:00' },
      { event_time: '2026-03-11 09:00:00', event_type: 'remove_from_cart' },
    );

    expect(await read('daily_sales_summary', 'sale_date')).toMatchObject([
      { traffic_peak_hour: '21' },
      { traffic_peak_hour: '9' },
    ]);
  });

  test('compares with the day before and averages up to seven days', async () => {
    const prices = ['1.00', '1.00', '3.00', '0.00', '2.00', '0.00', '0.00', '8.01'];
    await build(
      '2026-03-08',
      ...prices.map((price, index) => visit(`s${index}`, `2026-03-0${index + 1} 12:00:00`, buys(price))),
    );

    const rows = await read('daily_sales_summary', 'sale_date');
    expect(rows.map((row) => [row.trend, row.revenue_change, row.revenue_change_pct])).toEqual([
      ['flat', null, null],
      ['flat', '0.00', '0.0000'],
      ['up', '2.00', '200.0000'],
      ['down', '-3.00', '-100.0000'],
      ['up', '2.00', null],
      ['down', '-2.00', '-100.0000'],
      ['flat', '0.00', null],
      ['up', '8.01', null],
    ]);
    // 7.00 / 7, then 14.01 / 7
    expect(rows.slice(6).map((row) => row.revenue_7d_avg)).toEqual(['1.00', '2.00']);
    expect(rows[2]).toMatchObject({ revenue_7d_avg: '1.67' });
  });

  test('holds a day for each of a hundred years', async () => {
    await build('2026-03-10', visit('old', '1926-03-10 00:00:00'), {});

    const rows = await read('daily_sales_summary', 'sale_date');
    expect([rows.length, rows[0]?.sale_date, rows.at(-1)?.sale_date]).toEqual([
      36_525 + 1,
      '1926-03-10',
      '2026-03-10',
    ]);
  });

  test('gives no change in percent where a tiny day before makes one that its type cannot hold', async () => {
    await build(
      '2026-03-10',
      visit('tiny', '2026-03-09 12:00:00', buys('0.01')),
      ...repeat(10_001, (index) => ({ product_id: String(index + 1), ...buys('1000000.00') })),
    );

    expect((await read('daily_sales_summary', 'sale_date'))[1]).toMatchObject({
      revenue: '10001000000.00',
      revenue_change_pct: null,
    });
  });
});

describe('conversion_funnel', () => {
  test('closes: who bought has viewed and put into the cart, observed or not', async () => {
    await build(
      '2026-03-10',
      visit('looks', at('10:00:00')),
      visit('carts', at('10:00:00'), { event_type: 'cart', user_id: '2' }),
      visit('buys', at('10:00:00'), buys('1.00', { user_id: '2' })),
      visit('removes', at('10:00:00'), { event_type: 'remove_from_cart', user_id: '3' }),
    );

    expect(await read('conversion_funnel', 'stage_no')).toEqual([
      {
        stage: 'view',
        stage_no: '1',
        sessions_reached: '3',
        sessions_observed: '1',
        users_reached: '2',
        rate_from_previous: '0.750000',
        rate_from_start: '1.000000',
        drop_off: '1',
        session_date: '2026-03-10',
      },
      {
        stage: 'cart',
        stage_no: '2',
        sessions_reached: '2',
        sessions_observed: '1',
        users_reached: '1',
        rate_from_previous: '0.666667',
        rate_from_start: '0.666667',
        drop_off: '1',
        session_date: '2026-03-10',
      },
      {
        stage: 'purchase',
        stage_no: '3',
        sessions_reached: '1',
        sessions_observed: '1',
        users_reached: '1',
        rate_from_previous: '0.500000',
        rate_from_start: '0.333333',
        drop_off: '1',
        session_date: '2026-03-10',
      },
    ]);
  });

  test('has no rate where nobody reached the stage before', async () => {
    await build('2026-03-10', { event_type: 'remove_from_cart' });

    expect(await read('conversion_funnel', 'stage_no')).toMatchObject([
      { rate_from_previous: '0.000000', rate_from_start: null, drop_off: '1' },
      { rate_from_previous: null, rate_from_start: null, drop_off: '0' },
      { rate_from_previous: null, rate_from_start: null, drop_off: '0' },
    ]);
  });

  test('counts a session on the day of its first event, with what it did later', async () => {
    await build(
      '2026-03-12',
      { event_time: at('23:59:59.999999') },
      buys('1.00', { event_time: '2026-03-12 00:00:00' }),
    );

    const rows = await read('conversion_funnel', 'stage_no');
    expect(rows.map((row) => [row.session_date, row.sessions_reached])).toEqual(
      repeat(3, () => ({})).map(() => ['2026-03-10', '1']),
    );
  });

  test('as of a day before the purchase has a view alone', async () => {
    await build(
      '2026-03-11',
      { event_time: at('23:59:59') },
      buys('1.00', { event_time: '2026-03-12 00:00:00' }),
    );

    expect((await read('conversion_funnel', 'stage_no')).map((row) => row.sessions_reached)).toEqual([
      '1',
      '0',
      '0',
    ]);
  });
});

describe('checks', () => {
  const events = givenFile(
    {},
    { event_type: 'cart' },
    buys('3.00', { event_time: '2026-03-11 00:00:00' }),
    buys('5.00', { user_id: '2', product_id: '101', brand: 'other', category_code: 'other' }),
    { user_id: '2', event_type: 'remove_from_cart', user_session: null },
    { user_id: '3', event_time: '2026-03-13 00:00:00' },
  );

  beforeAll(() => pack.build(events, '2026-03-13'));

  test('all pass, but for the warning of a day without events', async () => {
    expect(await allFailedChecks(pack.harness, '2026-03-13')).toEqual(['gold.daily_sales_summary CLK-G6']);
    expect(await pack.check('gold', 'daily_sales_summary', 'CLK-G6', '2026-03-13')).toMatchObject({
      failed_rows: 1,
      observed: '1',
    });
  });

  const faults: readonly (readonly [string, string, string])[] = [
    ['CLK-S2', 'silver.users_dim', 'delete from silver.users_dim where user_id = 2'],
    ['CLK-S2', 'silver.users_dim', 'delete from silver.products_dim where product_id = 101'],
    ['CLK-S5', 'silver.session_days', 'update silver.session_days set views = views + 1'],
    ['CLK-S5', 'silver.session_days', 'delete from silver.session_product_days where removes = 1'],
    ['CLK-S5', 'silver.session_days', 'update silver.user_interest_days set events = 1'],
    ['CLK-S5', 'silver.session_days', 'delete from silver.product_days where product_id = 101'],
    ['CLK-S5', 'silver.session_days', 'delete from silver.event_hours where event_hour = 0'],
    ['CLK-G1', 'gold.product_performance', 'update gold.customer_metrics set total_revenue = 1'],
    ['CLK-G1', 'gold.product_performance', 'delete from gold.product_performance where product_id = 101'],
    ['CLK-G1', 'gold.product_performance', 'update gold.category_performance set revenue = revenue + 0.01'],
    ['CLK-G1', 'gold.product_performance', "delete from gold.brand_performance where brand = 'other'"],
    ['CLK-G1', 'gold.product_performance', 'update gold.daily_sales_summary set revenue = 0'],
    ['CLK-G2', 'gold.customer_metrics', 'update gold.customer_metrics set total_sessions = 1'],
    ['CLK-G2', 'gold.customer_metrics', 'update gold.daily_sales_summary set sessions = 0'],
    [
      'CLK-G3',
      'gold.conversion_funnel',
      'update gold.conversion_funnel set sessions_reached = 0 where stage_no = 1',
    ],
    ['CLK-G3', 'gold.conversion_funnel', 'update gold.customer_metrics set total_orders = 2'],
    [
      'CLK-G4',
      'gold.conversion_funnel',
      'update gold.customer_metrics set session_conversion_rate = 1.000001',
    ],
    [
      'CLK-G4',
      'gold.conversion_funnel',
      'update gold.customer_metrics set cart_abandonment_rate = -0.000001',
    ],
    ['CLK-G4', 'gold.conversion_funnel', 'update gold.product_performance set view_to_cart_rate = 2'],
    ['CLK-G4', 'gold.conversion_funnel', 'update gold.category_performance set cart_to_purchase_rate = 2'],
    ['CLK-G4', 'gold.conversion_funnel', 'update gold.brand_performance set view_to_purchase_rate = 2'],
    ['CLK-G4', 'gold.conversion_funnel', 'update gold.brand_performance set revenue_share = -1'],
    ['CLK-G4', 'gold.conversion_funnel', 'update gold.daily_sales_summary set conversion_rate = 2'],
    ['CLK-G4', 'gold.conversion_funnel', 'update gold.conversion_funnel set rate_from_previous = 2'],
    ['CLK-G4', 'gold.conversion_funnel', 'update gold.conversion_funnel set rate_from_start = 2'],
    ['CLK-G5', 'gold.product_performance', 'update gold.product_performance set removes = 0'],
  ];
  test.each(faults)('%s of %s fails after: %s', async (id, table, fault) => {
    const [layer, name] = table.split('.') as ['silver' | 'gold', string];
    expect(await pack.check(layer, name, id, '2026-03-13')).toMatchObject({ failed_rows: 0 });

    await pack.harness.run('begin');
    await pack.harness.run(fault.replace(/ (silver|gold)\./, ' clickstream_$1.'));
    const check = await pack.check(layer, name, id, '2026-03-13');
    await pack.harness.run('rollback');

    expect(check?.failed_rows).toBeGreaterThan(0);
  });
});
