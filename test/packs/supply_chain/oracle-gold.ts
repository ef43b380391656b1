/** The gold tables of the supply_chain specification, computed from silver. */

import { addDays, dayOfWeek, days } from '../../support/oracle/calendar.ts';
import { decimal, divide, sum } from '../../support/oracle/decimals.ts';
import type { ExpectedTables } from '../../support/oracle/expect-tables.ts';
import { compareBig, compareBytes, distinct, greatest, groupBy, least } from '../../support/oracle/rows.ts';
import type { Cell, TableRows } from '../../support/sql-harness.ts';
import { type Item, type SupplyChainSilver, surrogateKey, type Version } from './oracle.ts';

/** Gold of an as_of; with none, the table that is of no day. */
export function computeSupplyChainGold(silver: SupplyChainSilver, asOf: string | null): ExpectedTables {
  const enriched = { orders_enriched: ordersEnriched(silver) };
  if (asOf === null) return enriched;
  const placed = silver.items.filter(({ date }) => date <= asOf);
  return {
    ...enriched,
    customers360: customers360(placed, silver, asOf),
    products360: products360(placed, silver, asOf),
  };
}

function ordersEnriched({ items, customerVersions, productVersions }: SupplyChainSilver): TableRows {
  const at = (versions: readonly Version[], id: bigint, date: string) =>
    versions.find((version) => version.id === id && version.from <= date && date < version.to);
  return items.map((item) => {
    const customer = at(customerVersions, item.customer_id, item.date);
    const product = at(productVersions, item.product_card_id, item.date);
    if (customer === undefined || product === undefined) throw new Error('no version on the order date');
    const month = Number(item.date.slice(5, 7));
    const { source_file: _f, source_line: _l, load_id: _i, ...row } = item.row;
    const picked = (version: Version, names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [name, version.attributes[name] ?? null]));
    return {
      ...row,
      customer_sk: surrogateKey(customer),
      ...picked(customer, ['customer_segment', 'customer_city', 'customer_state', 'customer_country']),
      product_sk: surrogateKey(product),
      ...picked(product, ['product_name', 'category_id', 'category_name', 'product_price']),
      order_month: `${item.date.slice(0, 7)}-01`,
      order_year: String(Number(item.date.slice(0, 4))),
      order_quarter: String(Math.ceil(month / 3)),
      order_day_of_week: String(dayOfWeek(item.date)),
      is_completed: String(item.group === 'Completed'),
      is_canceled: String(item.group === 'Canceled'),
      profit_margin: divide(item.profit, 2, item.revenue, 2, 4),
      is_profitable: String(item.profit > 0n),
    };
  });
}

function customers360(placed: readonly Item[], silver: SupplyChainSilver, asOf: string): TableRows {
  const current = new Map(silver.customerVersions.map((version) => [version.id, version]));
  const measured = [...groupBy(placed, ({ customer_id }) => customer_id)].map(([id, mine]) => {
    const done = completedOf(mine);
    const dates = done.map(({ date }) => date);
    return {
      id,
      mine,
      done,
      orders: countOrders(done),
      revenue: revenueOf(done),
      profit: profitOf(done),
      first: least(dates),
      last: greatest(dates),
    };
  });
  type Measured = (typeof measured)[number];
  const buyers = measured.filter(({ orders }) => orders >= 1n);
  const byLast = (a: Measured, b: Measured) => compareBytes(a.last ?? '', b.last ?? '');
  const byOrders = (a: Measured, b: Measured) => compareBig(a.orders, b.orders);
  const byRevenue = (a: Measured, b: Measured) => compareBig(a.revenue, b.revenue);
  const byIdDescending = (a: Measured, b: Measured) => compareBig(b.id, a.id);
  const scores = (...orders: readonly ((a: Measured, b: Measured) => number)[]) => {
    const sorted = buyers.toSorted(
      (a, b) => orders.map((order) => order(a, b)).find((result) => result !== 0) ?? 0,
    );
    return new Map(sorted.map(({ id }, index) => [id, tileOf(index, sorted.length, 5)]));
  };
  const r = scores(byLast, byOrders, byRevenue, byIdDescending);
  const f = scores(byOrders, byRevenue, byLast, byIdDescending);
  const m = scores(byRevenue, byOrders, byLast, byIdDescending);
  return measured.map(({ id, mine, done, orders, revenue, profit, first, last }) => {
    const attributes = current.get(id)?.attributes ?? {};
    const score = { r: r.get(id), f: f.get(id), m: m.get(id) };
    const late = BigInt(done.filter(({ is_late }) => is_late).length);
    const inGroup = (group: Item['group']) => countOrders(mine.filter((item) => item.group === group));
    return {
      customer_id: String(id),
      customer_segment: attributes.customer_segment ?? null,
      customer_city: attributes.customer_city ?? null,
      customer_state: attributes.customer_state ?? null,
      customer_country: attributes.customer_country ?? null,
      placed_orders: String(countOrders(mine)),
      open_orders: String(inGroup('Open')),
      canceled_orders: String(inGroup('Canceled')),
      total_orders: String(orders),
      total_items: String(unitsOf(done)),
      total_revenue: decimal(revenue, 2),
      total_profit: decimal(profit, 2),
      avg_order_value: divide(revenue, 2, orders, 0, 2),
      profit_margin: divide(profit, 2, revenue, 2, 4),
      first_order_date: first,
      last_order_date: last,
      days_since_last_order: last === null ? null : String(days(last, asOf)),
      late_delivery_rate: divide(late, 0, BigInt(done.length), 0, 6),
      favourite_department: favouriteDepartment(done),
      r_score: score.r === undefined ? null : String(score.r),
      f_score: score.f === undefined ? null : String(score.f),
      m_score: score.m === undefined ? null : String(score.m),
      rfm_score: score.r === undefined ? null : `${score.r}${score.f}${score.m}`,
      rfm_segment: score.r === undefined ? 'Prospects' : segmentOf(score.r, (score.f ?? 0) + (score.m ?? 0)),
    };
  });
}

/** NTILE: the first tiles hold one more where the rows do not divide. */
function tileOf(index: number, count: number, tiles: number): number {
  const small = Math.floor(count / tiles);
  const larger = count % tiles;
  const inLarger = larger * (small + 1);
  return index < inLarger
    ? Math.floor(index / (small + 1)) + 1
    : larger + Math.floor((index - inLarger) / small) + 1;
}

const potential = 'Potential Loyalists';
/** By r_score, the columns being fm 2-3, 4, 5, 6, 7, 8, 9-10. */
const segmentGrid: Readonly<Record<number, readonly string[]>> = {
  5: ['New Customers', potential, potential, 'Loyal Customers', 'Loyal Customers', 'Champions', 'Champions'],
  4: ['New Customers', potential, potential, potential, 'Loyal Customers', 'Loyal Customers', 'Champions'],
  3: [
    'Hibernating',
    potential,
    potential,
    potential,
    'Loyal Customers',
    'Loyal Customers',
    'Loyal Customers',
  ],
  2: ['Hibernating', 'Hibernating', 'At Risk', 'At Risk', 'At Risk', 'At Risk', 'Cannot Lose Them'],
  1: ['Lost', 'Hibernating', 'Hibernating', 'At Risk', 'At Risk', 'At Risk', 'Cannot Lose Them'],
};

function segmentOf(r: number, fm: number): Cell {
  return segmentGrid[r]?.[fm <= 3 ? 0 : fm >= 9 ? 6 : fm - 3] ?? null;
}

function favouriteDepartment(done: readonly Item[]): Cell {
  const named = done.filter(({ department_name }) => department_name !== null);
  return (
    [...groupBy(named, ({ department_name }) => department_name ?? '')].toSorted(
      (a, b) =>
        compareBig(revenueOf(b[1]), revenueOf(a[1])) ||
        compareBig(unitsOf(b[1]), unitsOf(a[1])) ||
        compareBytes(a[0], b[0]),
    )[0]?.[0] ?? null
  );
}

function products360(placed: readonly Item[], silver: SupplyChainSilver, asOf: string): TableRows {
  const between = (items: readonly Item[], from: number, to: number) =>
    items.filter(({ date }) => date >= addDays(asOf, from) && date <= addDays(asOf, to));
  const measured = [...groupBy(placed, ({ product_card_id }) => product_card_id)].map(([id, mine]) => {
    const done = completedOf(mine);
    return {
      id,
      mine,
      done,
      revenue: revenueOf(done),
      profit: profitOf(done),
      units: unitsOf(done),
      recent: revenueOf(between(done, -89, 0)),
      before: revenueOf(between(done, -179, -90)),
      units180: unitsOf(between(done, -179, 0)),
      canceled: BigInt(mine.filter(({ group }) => group === 'Canceled').length),
    };
  });
  const moving = measured
    .filter(({ units180 }) => units180 !== 0n)
    .toSorted(
      (a, b) => compareBig(b.revenue, a.revenue) || compareBig(b.units, a.units) || compareBig(a.id, b.id),
    );
  const n = moving.length;
  const placeOf = new Map(moving.map(({ id }, index) => [id, index + 1]));
  return measured.map((product) => {
    const { id, mine, done, revenue, profit, units, recent, before, canceled } = product;
    const row = silver.products.get(id) ?? {};
    const k = placeOf.get(id);
    const tier =
      k === undefined
        ? 'Slow Movers'
        : 100 * k <= 10 * n
          ? 'Star'
          : 100 * k <= 30 * n
            ? 'Strong'
            : 100 * k <= 70 * n
              ? 'Steady'
              : 'Weak';
    const band =
      revenue === 0n
        ? 'Very Low'
        : 100n * profit >= 15n * revenue
          ? 'High'
          : 100n * profit >= 10n * revenue
            ? 'Medium'
            : 100n * profit >= 5n * revenue
              ? 'Low'
              : 'Very Low';
    const thin = band === 'Low' || band === 'Very Low';
    const health =
      tier === 'Slow Movers' || profit < 0n || 2n * recent < before
        ? 'At Risk'
        : 10n * recent < 9n * before || 10n * canceled >= BigInt(mine.length) || thin
          ? 'Monitor'
          : 'Healthy';
    const dates = done.map(({ date }) => date);
    const late = BigInt(done.filter(({ is_late }) => is_late).length);
    return {
      product_id: String(id),
      product_name: row.product_name ?? null,
      category_name: row.category_name ?? null,
      department_name: row.department_name ?? null,
      product_price: row.product_price ?? null,
      total_orders: String(countOrders(done)),
      units_sold: String(units),
      customer_count: String(distinct(done.map(({ customer_id }) => customer_id)).length),
      gross_sales: decimal(sum(done.map(({ gross }) => gross)), 2),
      total_discount: decimal(sum(done.map(({ lineDiscount }) => lineDiscount)), 2),
      total_revenue: decimal(revenue, 2),
      total_profit: decimal(profit, 2),
      profit_margin: divide(profit, 2, revenue, 2, 4),
      avg_selling_price: divide(revenue, 2, units, 0, 2),
      placed_lines: String(mine.length),
      canceled_lines: String(canceled),
      cancellation_rate: divide(canceled, 0, BigInt(mine.length), 0, 6),
      late_delivery_rate: divide(late, 0, BigInt(done.length), 0, 6),
      first_sold_date: least(dates),
      last_sold_date: greatest(dates),
      revenue_90d: decimal(recent, 2),
      revenue_prev_90d: decimal(before, 2),
      units_180d: String(product.units180),
      revenue_growth_90d_pct: divide(100n * (recent - before), 2, before, 2, 4),
      revenue_rank: String(1 + measured.filter((other) => other.revenue > revenue).length),
      performance_tier: tier,
      margin_band: band,
      health_status: health,
      strategic_priority: priorityOf(tier, thin, health),
    };
  });
}

function priorityOf(tier: string, thin: boolean, health: string): string {
  if (tier === 'Slow Movers') return 'Review or Exit';
  if (tier === 'Star' || tier === 'Strong') {
    if (thin) return 'Fix Margin';
    return health === 'Healthy' ? 'Protect and Grow' : 'Stabilise';
  }
  if (health === 'At Risk') return 'Review or Exit';
  return thin ? 'Maintain' : 'Growth Opportunity';
}

function completedOf(items: readonly Item[]): readonly Item[] {
  return items.filter(({ group }) => group === 'Completed');
}

function countOrders(items: readonly Item[]): bigint {
  return BigInt(distinct(items.map(({ order_id }) => order_id)).length);
}

function unitsOf(items: readonly Item[]): bigint {
  return sum(items.map(({ order_item_quantity }) => order_item_quantity));
}

function revenueOf(items: readonly Item[]): bigint {
  return sum(items.map(({ revenue }) => revenue));
}

function profitOf(items: readonly Item[]): bigint {
  return sum(items.map(({ profit }) => profit));
}
