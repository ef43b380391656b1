/**
 * The tables of the clickstream specification, computed event by event from bronze rows: written from its text and not
 * from the SQL, with BigInt instead of decimals and without roll-ups. Slow and plain on purpose.
 */

import { addDays, datesBetween, dayOfWeek, days, timestamp } from '../../support/oracle/calendar.ts';
import { decimal, divide, sum, text } from '../../support/oracle/decimals.ts';
import type { ExpectedTables } from '../../support/oracle/expect-tables.ts';
import {
  asciiLower,
  compareBig,
  compareBytes,
  distinct,
  favourite,
  greatest,
  groupBy,
  inRowOrder,
  least,
  type SourcePlace,
} from '../../support/oracle/rows.ts';
import type { Cell, TableRows } from '../../support/sql-harness.ts';

/** A row of bronze events. The price in cents; the time as `YYYY-MM-DD HH:MM:SS.ffffff`. */
export type EventRow = SourcePlace & {
  readonly event_time: string;
  readonly event_type: 'view' | 'cart' | 'remove_from_cart' | 'purchase';
  readonly product_id: bigint;
  readonly category_id: bigint | null;
  readonly category_code: string | null;
  readonly brand: string | null;
  readonly price: bigint;
  readonly user_id: bigint;
  readonly user_session: string | null;
};

type CleanEvent = Omit<EventRow, 'category_code' | 'brand'> & {
  readonly category_code: string;
  readonly category_l1: string;
  readonly brand: string;
  readonly date: string;
  readonly session: string;
};

type Product = {
  readonly id: bigint;
  readonly category_id: bigint | null;
  readonly category_code: string;
  readonly category_l1: string;
  readonly brand: string;
  readonly last_price: bigint;
};

/** The tables as a full build for `asOf` (default: the greatest event date) would make them. */
export function computeClickstream(
  rows: readonly EventRow[],
  asOf?: string,
): { readonly tables: ExpectedTables; readonly asOf: string | null } {
  const { kept, copies } = separateCopies(rows);
  const products = productsOf(kept);
  const silver = {
    events_cleaned: kept.map(eventRow),
    duplicate_events: copies.map(eventRow),
    users_dim: usersDim(kept),
    products_dim: products.map(({ row }) => row),
  };
  const until = asOf ?? greatest(kept.map(({ date }) => date));
  if (until === null) return { tables: silver, asOf: null };
  const events = kept.filter(({ date }) => date <= until);
  const productOf = new Map(products.map(({ product }) => [product.id, product]));
  const sessions = sessionsOf(events);
  return {
    tables: {
      ...silver,
      customer_metrics: customerMetrics(events, sessions, until),
      product_performance: performance(
        events,
        ({ product_id }) => product_id,
        (key) => {
          const product = productOf.get(BigInt(key));
          return {
            product_id: key,
            category_code: product?.category_code ?? null,
            category_l1: product?.category_l1 ?? null,
            brand: product?.brand ?? null,
            last_price: product === undefined ? null : decimal(product.last_price, 2),
          };
        },
        (left, right) => compareBig(BigInt(left), BigInt(right)),
      ).map(({ products: _, ...row }) => row),
      category_performance: performance(
        events,
        ({ product_id }) => productOf.get(product_id)?.category_code ?? '',
        (key) => ({ category_code: key, category_l1: levelOne(key) }),
        compareBytes,
      ),
      brand_performance: performance(
        events,
        ({ product_id }) => productOf.get(product_id)?.brand ?? '',
        (key) => ({ brand: key }),
        compareBytes,
      ),
      daily_sales_summary: dailySalesSummary(events, sessions, until),
      conversion_funnel: conversionFunnel(sessions),
    },
    asOf: until,
  };
}

function separateCopies(rows: readonly EventRow[]) {
  const seen = new Set<string>();
  const kept: CleanEvent[] = [];
  const copies: CleanEvent[] = [];
  for (const row of rows.toSorted(inRowOrder)) {
    const { source_file: _f, source_modified_at: _m, source_line: _l, load_id: _i, ...cells } = row;
    const identity = JSON.stringify(
      [
        cells.event_time,
        cells.event_type,
        cells.product_id,
        cells.category_id,
        cells.category_code,
        cells.brand,
        cells.price,
        cells.user_id,
        cells.user_session,
      ].map((cell) => (cell === null ? null : String(cell))),
    );
    (seen.has(identity) ? copies : kept).push(clean(row));
    seen.add(identity);
  }
  return { kept, copies };
}

function clean(row: EventRow): CleanEvent {
  const date = row.event_time.slice(0, 10);
  const code = row.category_code === null ? 'unknown' : asciiLower(row.category_code);
  return {
    ...row,
    category_code: code,
    category_l1: levelOne(code),
    brand: row.brand === null ? 'unknown' : asciiLower(row.brand),
    date,
    session: `${row.user_id}:${row.user_session ?? `day-${date.replaceAll('-', '')}`}`,
  };
}

function levelOne(code: string): string {
  return code.split('.')[0] ?? '';
}

function eventRow(event: CleanEvent): Record<string, Cell> {
  return {
    event_ts: timestamp(event.event_time),
    event_date: event.date,
    event_hour: String(hourOf(event.event_time)),
    day_of_week: String(dayOfWeek(event.date)),
    event_type: event.event_type,
    product_id: String(event.product_id),
    price: decimal(event.price, 2),
    user_id: String(event.user_id),
    category_id: text(event.category_id),
    category_code: event.category_code,
    category_l1: event.category_l1,
    brand: event.brand,
    user_session: event.user_session,
    session_key: event.session,
    source_file: event.source_file,
    source_line: String(event.source_line),
    load_id: event.load_id,
  };
}

function usersDim(events: readonly CleanEvent[]): TableRows {
  return [...groupBy(events, ({ user_id }) => user_id)].map(([id, mine]) => {
    const times = mine.map(({ event_time }) => event_time).toSorted();
    const [first = '', last = ''] = [times[0], times.at(-1)];
    const known = (values: readonly string[]) =>
      favourite(values.filter((value) => value !== 'unknown')) ?? 'unknown';
    return {
      user_id: String(id),
      first_seen_ts: timestamp(first),
      last_seen_ts: timestamp(last),
      first_event_date: first.slice(0, 10),
      last_event_date: last.slice(0, 10),
      total_events: String(mine.length),
      total_sessions: String(distinct(mine.map(({ session }) => session)).length),
      is_buyer: String(mine.some(isPurchase)),
      favourite_category_l1: known(mine.map(({ category_l1 }) => category_l1)),
      favourite_brand: known(mine.map(({ brand }) => brand)),
    };
  });
}

function productsOf(events: readonly CleanEvent[]) {
  return [...groupBy(events, ({ product_id }) => product_id)].map(([id, mine]) => {
    const latestFirst = mine.toSorted((a, b) => -byTimeThenPlace(a, b));
    const code = latestFirst.find(({ category_code }) => category_code !== 'unknown')?.category_code;
    const prices = mine.map(({ price }) => price).toSorted(compareBig);
    const dates = mine.map(({ date }) => date).toSorted();
    const product: Product = {
      id,
      category_id: latestFirst.find(({ category_id }) => category_id !== null)?.category_id ?? null,
      category_code: code ?? 'unknown',
      category_l1: levelOne(code ?? 'unknown'),
      brand: latestFirst.find(({ brand }) => brand !== 'unknown')?.brand ?? 'unknown',
      last_price: latestFirst[0]?.price ?? 0n,
    };
    const row: Record<string, Cell> = {
      product_id: String(id),
      category_id: text(product.category_id),
      category_code: product.category_code,
      category_l1: product.category_l1,
      brand: product.brand,
      last_price: decimal(product.last_price, 2),
      min_price: decimal(prices[0] ?? 0n, 2),
      max_price: decimal(prices.at(-1) ?? 0n, 2),
      first_seen_date: dates[0] ?? null,
      last_seen_date: dates.at(-1) ?? null,
      total_events: String(mine.length),
    };
    return { product, row };
  });
}

type Session = {
  readonly user: bigint;
  readonly date: string;
  readonly seconds: bigint;
  readonly events: readonly CleanEvent[];
  readonly order?: {
    readonly date: string;
    readonly hour: number;
    readonly value: bigint;
    readonly items: bigint;
  };
};

function sessionsOf(events: readonly CleanEvent[]): readonly Session[] {
  return [...groupBy(events, ({ session }) => session).values()].map((mine) => {
    const times = mine.map(({ event_time }) => event_time).toSorted();
    const purchases = mine.filter(isPurchase);
    const ordered = least(purchases.map(({ event_time }) => event_time));
    return {
      user: mine[0]?.user_id ?? 0n,
      date: times[0]?.slice(0, 10) ?? '',
      seconds: (microseconds(times.at(-1) ?? '') - microseconds(times[0] ?? '')) / 1_000_000n,
      events: mine,
      ...(ordered === null
        ? {}
        : {
            order: {
              date: ordered.slice(0, 10),
              hour: hourOf(ordered),
              value: sum(purchases.map(({ price }) => price)),
              items: BigInt(purchases.length),
            },
          }),
    };
  });
}

function customerMetrics(
  events: readonly CleanEvent[],
  sessions: readonly Session[],
  asOf: string,
): TableRows {
  const sessionsBy = groupBy(sessions, ({ user }) => user);
  const measured = [...groupBy(events, ({ user_id }) => user_id)].map(([id, mine]) => {
    const visits = sessionsBy.get(id) ?? [];
    const orders = visits.flatMap(({ order }) => (order === undefined ? [] : [order]));
    const orderDates = orders.map(({ date }) => date);
    const revenue = sum(mine.filter(isPurchase).map(({ price }) => price));
    const orderCount = BigInt(orders.length);
    const sessionCount = BigInt(visits.length);
    const first = least(mine.map(({ date }) => date)) ?? '';
    const last = greatest(mine.map(({ date }) => date)) ?? '';
    const tenure = days(first, asOf) + 1n;
    const unseen = days(last, asOf);
    const status = unseen <= 14n ? 'active' : unseen <= 30n ? 'at_risk' : 'churned';
    const withCart = visits.filter(({ events: each }) =>
      each.some(({ event_type }) => event_type === 'cart'),
    );
    const abandoned = withCart.filter(({ order }) => order === undefined);
    const lastOrder = greatest(orderDates);
    return {
      id,
      revenue,
      orderCount,
      row: {
        user_id: String(id),
        first_seen_date: first,
        last_seen_date: last,
        total_sessions: String(sessionCount),
        total_events: String(mine.length),
        ...countTypes(mine),
        total_orders: String(orderCount),
        total_revenue: decimal(revenue, 2),
        clv_historic: decimal(revenue, 2),
        avg_order_value: divide(revenue, 2, orderCount, 0, 2),
        avg_session_seconds: divide(sum(visits.map(({ seconds }) => seconds)), 0, sessionCount, 0, 2),
        first_purchase_date: least(orderDates),
        last_purchase_date: lastOrder,
        tenure_days: String(tenure),
        purchase_frequency: divide(30n * orderCount, 0, tenure, 0, 4),
        session_conversion_rate: divide(orderCount, 0, sessionCount, 0, 6),
        cart_abandonment_rate: divide(BigInt(abandoned.length), 0, BigInt(withCart.length), 0, 6),
        days_since_last_seen: String(unseen),
        days_since_last_purchase: lastOrder === null ? null : String(days(lastOrder, asOf)),
        churn_status: status,
        is_churned: String(status === 'churned'),
        clv_12m: status === 'churned' ? '0.00' : divide(365n * revenue, 2, tenure > 90n ? tenure : 90n, 0, 2),
        customer_type: orderCount === 0n ? 'browser' : orderCount === 1n ? 'one_time' : 'repeat',
      },
    };
  });
  return measured
    .toSorted(
      (a, b) =>
        compareBig(b.revenue, a.revenue) || compareBig(b.orderCount, a.orderCount) || compareBig(a.id, b.id),
    )
    .map(({ row }, index) => ({ ...row, clv_rank: String(index + 1) }));
}

function performance(
  events: readonly CleanEvent[],
  keyOf: (event: CleanEvent) => string | bigint,
  keyColumns: (key: string) => Record<string, Cell>,
  compareKeys: (left: string, right: string) => number,
): readonly Record<string, Cell>[] {
  const total = sum(events.filter(isPurchase).map(({ price }) => price));
  const measured = [...groupBy(events, (event) => String(keyOf(event)))].map(([key, mine]) => {
    const sessionsWith = (type: EventRow['event_type']) =>
      new Set(mine.filter(({ event_type }) => event_type === type).map(({ session }) => session));
    const [viewed, carted, bought] = [sessionsWith('view'), sessionsWith('cart'), sessionsWith('purchase')];
    const both = (left: ReadonlySet<string>, right: ReadonlySet<string>) =>
      BigInt([...left].filter((session) => right.has(session)).length);
    const purchases = mine.filter(isPurchase);
    const revenue = sum(purchases.map(({ price }) => price));
    return {
      key,
      revenue,
      purchases: purchases.length,
      views: mine.filter(({ event_type }) => event_type === 'view').length,
      row: {
        ...keyColumns(key),
        products: String(distinct(mine.map(({ product_id }) => product_id)).length),
        ...countTypes(mine),
        unique_users: String(distinct(mine.map(({ user_id }) => user_id)).length),
        buyers: String(distinct(purchases.map(({ user_id }) => user_id)).length),
        view_sessions: String(viewed.size),
        cart_sessions: String(carted.size),
        purchase_sessions: String(bought.size),
        view_to_cart_rate: divide(both(viewed, carted), 0, BigInt(viewed.size), 0, 6),
        cart_to_purchase_rate: divide(both(carted, bought), 0, BigInt(carted.size), 0, 6),
        view_to_purchase_rate: divide(both(viewed, bought), 0, BigInt(viewed.size), 0, 6),
        revenue: decimal(revenue, 2),
        avg_selling_price: divide(revenue, 2, BigInt(purchases.length), 0, 2),
        revenue_share: divide(revenue, 2, total, 2, 6),
      },
    };
  });
  const m = measured.filter(({ revenue }) => revenue > 0n).length;
  return measured
    .toSorted(
      (a, b) =>
        compareBig(b.revenue, a.revenue) ||
        b.purchases - a.purchases ||
        b.views - a.views ||
        compareKeys(a.key, b.key),
    )
    .map(({ row, revenue }, index) => ({
      ...row,
      revenue_rank: String(index + 1),
      is_top_performer: String(revenue > 0n && 100 * (index + 1) <= 10 * m),
    }));
}

function dailySalesSummary(
  events: readonly CleanEvent[],
  sessions: readonly Session[],
  asOf: string,
): TableRows {
  const first = least(events.map(({ date }) => date));
  if (first === null) return [];
  const dates = datesBetween(first, asOf);
  const ordersOn = (date: string) =>
    sessions.flatMap(({ user, order }) => (order?.date === date ? [{ user, ...order }] : []));
  const revenueOn = new Map(dates.map((date) => [date, sum(ordersOn(date).map(({ value }) => value))]));
  return dates.map((date) => {
    const orders = ordersOn(date);
    const today = events.filter((event) => event.date === date);
    const started = sessions.filter((session) => session.date === date);
    const converted = BigInt(started.filter(({ order }) => order !== undefined).length);
    const revenue = revenueOn.get(date) ?? 0n;
    const previous = date === first ? null : (revenueOn.get(addDays(date, -1)) ?? 0n);
    const change = previous === null ? null : revenue - previous;
    const peak = [...groupBy(orders, ({ hour }) => hour)].toSorted(
      (a, b) =>
        b[1].length - a[1].length ||
        compareBig(sum(b[1].map(({ value }) => value)), sum(a[1].map(({ value }) => value))) ||
        a[0] - b[0],
    )[0];
    const busiest = [...groupBy(today, ({ event_time }) => hourOf(event_time))].toSorted(
      (a, b) => b[1].length - a[1].length || a[0] - b[0],
    )[0];
    const week = dates.filter((day) => day <= date && day >= addDays(date, -6));
    return {
      sale_date: date,
      revenue: decimal(revenue, 2),
      order_count: String(orders.length),
      items_sold: String(sum(orders.map(({ items }) => items))),
      buyers: String(distinct(orders.map(({ user }) => user)).length),
      avg_order_value: divide(revenue, 2, BigInt(orders.length), 0, 2),
      visitors: String(distinct(today.map(({ user_id }) => user_id)).length),
      events: String(today.length),
      sessions: String(started.length),
      converted_sessions: String(converted),
      conversion_rate: divide(converted, 0, BigInt(started.length), 0, 6),
      peak_hour: peak === undefined ? null : String(peak[0]),
      peak_hour_orders: String(peak?.[1].length ?? 0),
      traffic_peak_hour: busiest === undefined ? null : String(busiest[0]),
      previous_revenue: previous === null ? null : decimal(previous, 2),
      revenue_change: change === null ? null : decimal(change, 2),
      revenue_change_pct:
        change === null || previous === null ? null : divide(100n * change, 2, previous, 2, 4),
      trend: change === null || change === 0n ? 'flat' : change > 0n ? 'up' : 'down',
      revenue_7d_avg: divide(sum(week.map((day) => revenueOn.get(day) ?? 0n)), 2, BigInt(week.length), 0, 2),
    };
  });
}

function conversionFunnel(sessions: readonly Session[]): TableRows {
  const stages = [
    { stage: 'view', types: ['view', 'cart', 'purchase'] },
    { stage: 'cart', types: ['cart', 'purchase'] },
    { stage: 'purchase', types: ['purchase'] },
  ];
  return [...groupBy(sessions, ({ date }) => date)].flatMap(([date, mine]) => {
    const having = (types: readonly string[]) =>
      mine.filter(({ events }) => events.some(({ event_type }) => types.includes(event_type)));
    const reached = stages.map(({ types }) => BigInt(having(types).length));
    return stages.map(({ stage, types }, index): Record<string, Cell> => {
      const before = index === 0 ? BigInt(mine.length) : (reached[index - 1] ?? 0n);
      const here = reached[index] ?? 0n;
      return {
        session_date: date,
        stage,
        stage_no: String(index + 1),
        sessions_reached: String(here),
        sessions_observed: String(having([stage]).length),
        users_reached: String(distinct(having(types).map(({ user }) => user)).length),
        rate_from_previous: divide(here, 0, before, 0, 6),
        rate_from_start: divide(here, 0, reached[0] ?? 0n, 0, 6),
        drop_off: String(before - here),
      };
    });
  });
}

function countTypes(events: readonly CleanEvent[]): Record<string, Cell> {
  const count = (type: EventRow['event_type']) =>
    String(events.filter(({ event_type }) => event_type === type).length);
  return {
    views: count('view'),
    carts: count('cart'),
    removes: count('remove_from_cart'),
    purchases: count('purchase'),
  };
}

function isPurchase({ event_type }: CleanEvent): boolean {
  return event_type === 'purchase';
}

function hourOf(time: string): number {
  return Number(time.slice(11, 13));
}

function microseconds(time: string): bigint {
  const seconds = BigInt(Date.parse(`${time.slice(0, 10)}T${time.slice(11, 19)}Z`)) / 1000n;
  return seconds * 1_000_000n + BigInt(time.slice(20).padEnd(6, '0'));
}

function byTimeThenPlace(left: CleanEvent, right: CleanEvent): number {
  return (
    compareBytes(left.event_time, right.event_time) ||
    compareBytes(left.source_file, right.source_file) ||
    compareBig(left.source_line, right.source_line) ||
    compareBytes(left.load_id, right.load_id)
  );
}
