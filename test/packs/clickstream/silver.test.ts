import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allFailedChecks } from '../../support/pack-tables.ts';
import {
  at,
  type ClickstreamHarness,
  type GivenEvent,
  givenEvent,
  givenFile,
  openClickstream,
} from './given-events.ts';

let pack: ClickstreamHarness;
beforeAll(async () => {
  pack = await openClickstream();
});
afterAll(() => pack.harness.close());

const build = (...events: readonly Partial<GivenEvent>[]) => pack.build(givenFile(...events));
const read = (name: string, order: string) => pack.read('silver', name, order);

/** `load_id:line` of the rows of a table. */
async function places(name: string): Promise<readonly string[]> {
  const rows = await pack.harness.read({ layer: 'silver', name });
  return rows.map((row) => `${row.load_id}:${row.source_line}`).toSorted();
}

describe('duplicates', () => {
  test('are rows equal in all nine columns, a null being equal to a null', async () => {
    const bare = { category_id: null, category_code: null, brand: null, user_session: null };
    await build({}, {}, bare, bare, bare);

    expect(await places('events_cleaned')).toEqual(['aa:2', 'aa:4']);
    expect(await places('duplicate_events')).toEqual(['aa:3', 'aa:5', 'aa:6']);
  });

  const others: readonly Partial<GivenEvent>[] = [
    { event_time: at('12:00:00.000001') },
    { event_type: 'cart' },
    { product_id: '101' },
    { category_id: null },
    { category_code: null },
    { category_code: 'Garden.tools.spade' },
    { category_code: 'unknown' },
    { brand: 'DIGWELL' },
    { price: '10.01' },
    { user_id: '2' },
    { user_session: null },
  ];
  test.each(others)('are not rows that differ in %j', async (cells) => {
    await build({}, cells, {});

    expect(await places('events_cleaned')).toEqual(['aa:2', 'aa:3']);
    expect(await places('duplicate_events')).toEqual(['aa:4']);
  });

  test.each<readonly [string, Partial<GivenEvent>, Partial<GivenEvent>]>([
    ['file, by its bytes', { source_file: 'B.csv', source_line: '9' }, { source_file: 'a.csv' }],
    [
      'version of the file',
      { source_modified_at: '2026-03-11 00:00:00', source_line: '9' },
      { source_modified_at: '2026-03-12 00:00:00' },
    ],
    ['load', { source_line: '9' }, {}],
    ['line, as a number', { source_line: '9', load_id: 'zz' }, { source_line: '10' }],
  ])('keep the first %s', async (_name, first, second) => {
    await pack.build([givenEvent({ load_id: 'zz', ...second }), givenEvent({ load_id: 'kk', ...first })]);

    expect(await places('events_cleaned')).toEqual([`${first.load_id ?? 'kk'}:${first.source_line}`]);
  });

  test('know what events_cleaned would have said of them', async () => {
    await build({ user_session: null, brand: null }, { user_session: null, brand: null });

    const [kept] = await read('events_cleaned', 'source_line');
    expect(await read('duplicate_events', 'source_line')).toEqual([{ ...kept, source_line: '3' }]);
  });

  test('of one and the same line of two files are told apart by their loads', async () => {
    await pack.build([
      givenEvent({ load_id: 'bb', price: '1.00' }),
      givenEvent({ load_id: 'aa' }),
      givenEvent({ load_id: 'bb', source_line: '3' }),
    ]);

    expect(await places('events_cleaned')).toEqual(['aa:2', 'bb:2']);
  });
});

describe('events_cleaned', () => {
  test('knows day, hour and weekday of the event, Sunday being 7', async () => {
    await build({ event_time: '2024-02-29 23:59:59.999999' }, { event_time: '2026-03-01 00:00:00' });

    expect(await read('events_cleaned', 'source_line')).toMatchObject([
      { event_date: '2024-02-29', event_hour: '23', day_of_week: '4' },
      { event_date: '2026-03-01', event_hour: '0', day_of_week: '7' },
    ]);
  });

  test('gives a session without an id to the user and day, and a shared id to each of its users', async () => {
    await build(
      { user_id: '7' },
      { user_id: '8' },
      { user_id: '8', user_session: null, event_time: '2026-03-31 23:59:59.999999' },
      { user_id: '8', user_session: null, event_time: '2026-04-01 00:00:00' },
    );

    expect((await read('events_cleaned', 'source_line')).map((row) => row.session_key)).toEqual([
      '7:s1',
      '8:s1',
      '8:day-20260331',
      '8:day-20260401',
    ]);
  });

  test('lowers ASCII letters alone, names what is unknown and cuts the category at its first dot', async () => {
    await build(
      { category_code: 'Éclair.Kitchen.Oven', brand: 'ÀB' },
      { category_code: null, brand: null },
      { category_code: 'Garden', brand: 'UNKNOWN' },
      { category_code: '.odd' },
    );

    expect(await read('events_cleaned', 'source_line')).toMatchObject([
      { category_code: 'Éclair.kitchen.oven', category_l1: 'Éclair', brand: 'Àb' },
      { category_code: 'unknown', category_l1: 'unknown', brand: 'unknown' },
      { category_code: 'garden', category_l1: 'garden', brand: 'unknown' },
      { category_code: '.odd', category_l1: '' },
    ]);
  });
});

describe('session_days', () => {
  test('cut a session at midnight and keep its first and last times', async () => {
    await build(
      { event_time: at('23:59:59.999999') },
      { event_time: at('23:00:00'), event_type: 'cart' },
      { event_time: '2026-03-11 00:00:00', event_type: 'purchase', price: '5.00' },
      { event_time: '2026-03-11 00:00:01', event_type: 'purchase', price: '6.00' },
      { event_time: '2026-03-11 00:00:01', event_type: 'remove_from_cart' },
    );

    expect(await read('session_days', 'event_date')).toEqual([
      {
        session_key: '1:s1',
        user_id: '1',
        views: '1',
        carts: '1',
        removes: '0',
        purchases: '0',
        revenue: '0.00',
        event_date: '2026-03-10',
        first_event_ts: '2026-03-10 23:00:00',
        last_event_ts: '2026-03-10 23:59:59.999999',
        first_purchase_ts: null,
      },
      {
        session_key: '1:s1',
        user_id: '1',
        views: '0',
        carts: '0',
        removes: '1',
        purchases: '2',
        revenue: '11.00',
        event_date: '2026-03-11',
        first_event_ts: '2026-03-11 00:00:00',
        last_event_ts: '2026-03-11 00:00:01',
        first_purchase_ts: '2026-03-11 00:00:00',
      },
    ]);
  });
});

describe('users_dim', () => {
  test('counts sessions once on however many days, and buyers by a purchase', async () => {
    await build(
      { event_time: at('23:59:00') },
      { event_time: '2026-03-11 00:01:00', event_type: 'purchase' },
      { user_session: 's2' },
      { user_id: '2', event_type: 'cart' },
    );

    expect(await read('users_dim', 'user_id')).toMatchObject([
      {
        user_id: '1',
        first_seen_ts: '2026-03-10 12:00:00',
        last_seen_ts: '2026-03-11 00:01:00',
        first_event_date: '2026-03-10',
        last_event_date: '2026-03-11',
        total_events: '3',
        total_sessions: '2',
        is_buyer: 'true',
      },
      { user_id: '2', total_sessions: '1', is_buyer: 'false' },
    ]);
  });

  test('favours what most events have over all days, of equals the smallest text', async () => {
    const day = (day: string, code: string | null, brand: string | null, line: string) => ({
      event_time: `2026-03-${day} 12:00:00`,
      category_code: code,
      brand,
      source_line: line,
      price: `${line}.00`,
    });
    await build(
      day('10', 'b.x', 'z', '2'),
      day('11', 'a.x', 'z', '3'),
      day('12', 'b.y', 'Y', '4'),
      day('13', 'a.x', 'y', '5'),
      day('14', null, null, '6'),
      day('15', null, null, '7'),
      day('16', null, null, '8'),
    );

    expect(await read('users_dim', 'user_id')).toMatchObject([
      { favourite_category_l1: 'a', favourite_brand: 'y' },
    ]);
  });

  test('knows no favourite where all is unknown', async () => {
    await build({ category_code: 'unknown.part', brand: 'Unknown' }, { category_code: null, brand: null });

    expect(await read('users_dim', 'user_id')).toMatchObject([
      { favourite_category_l1: 'unknown', favourite_brand: 'unknown' },
    ]);
  });
});

describe('products_dim', () => {
  test('takes each attribute from the last event that has it, whatever the others say', async () => {
    await build(
      {
        event_time: '2026-03-10 10:00:00',
        category_id: '1',
        category_code: 'A.b',
        brand: 'old',
        price: '3.00',
      },
      {
        event_time: '2026-03-10 11:00:00',
        category_id: null,
        category_code: null,
        brand: 'Mid',
        price: '9.00',
      },
      {
        event_time: '2026-03-10 11:30:00',
        category_id: null,
        category_code: 'c.d',
        brand: null,
        price: '1.00',
      },
      {
        event_time: '2026-03-12 09:00:00',
        category_id: null,
        category_code: null,
        brand: null,
        price: '2.00',
      },
    );

    expect(await read('products_dim', 'product_id')).toEqual([
      {
        product_id: '100',
        category_id: '1',
        category_code: 'c.d',
        category_l1: 'c',
        brand: 'mid',
        last_price: '2.00',
        min_price: '1.00',
        max_price: '9.00',
        total_events: '4',
        first_seen_date: '2026-03-10',
        last_seen_date: '2026-03-12',
      },
    ]);
  });

  test('knows nothing of what no event says', async () => {
    await build({ category_id: null, category_code: null, brand: 'unknown' });

    expect(await read('products_dim', 'product_id')).toMatchObject([
      { category_id: null, category_code: 'unknown', category_l1: 'unknown', brand: 'unknown' },
    ]);
  });

  test('orders events of one time by file, line as a number, then load', async () => {
    const one = (cells: Partial<GivenEvent>) => givenEvent({ user_session: cells.brand!, ...cells });
    await pack.build([
      one({ product_id: '1', source_file: 'ä.csv', source_line: '2', brand: 'last' }),
      one({ product_id: '1', source_file: 'z.csv', source_line: '9', brand: 'first' }),
      one({ product_id: '2', source_line: '10', brand: 'last' }),
      one({ product_id: '2', source_line: '9', brand: 'first' }),
      one({ product_id: '3', load_id: 'ab', brand: 'last' }),
      one({ product_id: '3', load_id: 'aa', brand: 'first' }),
      one({ product_id: '4', event_time: at('12:00:00.000001'), source_file: 'a.csv', brand: 'last' }),
      one({ product_id: '4', source_file: 'z.csv', brand: 'first' }),
    ]);

    expect((await read('products_dim', 'product_id')).map((row) => row.brand)).toEqual(
      Array.from({ length: 4 }, () => 'last'),
    );
  });

  test('takes the last known of events of one time, where the very last knows nothing', async () => {
    await build(
      { brand: 'first', price: '1.00' },
      { brand: 'second', price: '2.00' },
      { brand: null, category_id: null, price: '3.00' },
    );

    expect(await read('products_dim', 'product_id')).toMatchObject([
      { brand: 'second', category_id: '2053013555631882655', last_price: '3.00' },
    ]);
  });
});

describe('checks', () => {
  test('all pass over events of every kind', async () => {
    await build(
      { event_type: 'view' },
      { event_type: 'cart', user_session: null },
      { event_type: 'remove_from_cart', brand: null },
      { event_type: 'purchase', event_time: '2026-03-11 00:00:00' },
    );

    expect(await allFailedChecks(pack.harness)).toEqual([]);
  });

  test('CLK-S3 passes one duplicate of a hundred and fails two', async () => {
    const hundred = Array.from({ length: 99 }, (_, index) => ({ product_id: String(index + 1) }));
    await build(...hundred, { product_id: '1' });
    expect(await pack.check('silver', 'duplicate_events', 'CLK-S3')).toMatchObject({ failed_rows: 0 });

    await build(...hundred.slice(1), { product_id: '2' }, { product_id: '3' });
    expect(await pack.check('silver', 'duplicate_events', 'CLK-S3')).toMatchObject({
      failed_rows: 2,
      observed: '2',
      expected: 'at most 1 % of 100',
    });
  });

  test('CLK-S4 counts purchases for nothing, and no views', async () => {
    await build({ price: '0.00' }, { price: '0.00', event_type: 'purchase' });

    expect(await pack.check('silver', 'events_cleaned', 'CLK-S4')).toMatchObject({ failed_rows: 1 });
  });

  test('CLK-S1 notices rows that silver has not seen', async () => {
    await build({});
    await pack.harness.putBronze('events_raw', givenFile({}, { user_id: '2', product_id: '5' }));

    expect(await pack.check('silver', 'events_cleaned', 'CLK-S1')).toMatchObject({
      failed_rows: 1,
      observed: '1',
      expected: '2',
    });
  });
});

test('builds every table without an event, and all checks pass', async () => {
  await pack.build([], '2026-03-31');

  for (const { layer, name } of pack.harness.pack.models) {
    expect({ [name]: await pack.harness.read({ layer, name }) }).toEqual({ [name]: [] });
  }
  expect(await allFailedChecks(pack.harness, '2026-03-31')).toEqual([]);
});
