/** The gold tables of the store specification, computed from silver. */

import { addDays, addMonths, datesBetween, dayName, dayOfWeek, days } from '../../support/oracle/calendar.ts';
import { decimal, divide, money, sum, unscaledQuotient } from '../../support/oracle/decimals.ts';
import type { ExpectedTables } from '../../support/oracle/expect-tables.ts';
import { compareBig, compareBytes, distinct, greatest, groupBy, least } from '../../support/oracle/rows.ts';
import type { Cell, TableRows } from '../../support/sql-harness.ts';
import type { Customer, Line, Product, StoreSilver } from './oracle.ts';

/** Gold of an as_of. */
export function computeStoreGold(silver: StoreSilver, asOf: string): ExpectedTables {
  const lines = silver.lines.filter(({ order }) => order.date <= asOf);
  const sold = lines.filter(({ is_revenue }) => is_revenue);
  const segments = customerSegments(silver.customers, sold, asOf);
  const customers = silver.customers.map((customer) => customerRow(customer, asOf));
  return {
    dim_customer: [...customers, unknownCustomer],
    dim_product: [...silver.products.map(productRow), unknownProduct],
    dim_date: dimDate(lines, asOf),
    fact_sales: lines.map(factRow),
    customer_segments: segments.map(({ row }) => row),
    monthly_revenue: monthlyRevenue(sold, asOf),
    category_performance: categoryPerformance(sold),
    executive_kpis: executiveKpis(silver, sold, asOf),
    customer_demographics: customerDemographics(customers, segments),
    churn_risk: churnRisk(segments, asOf),
    product_recommendations: productRecommendations(sold),
  };
}

function customerRow(customer: Customer, asOf: string): Record<string, Cell> {
  const age = ageOf(customer.birth_date, asOf);
  return {
    customer_key: customer.customer_id,
    customer_id: customer.customer_id,
    gender: customer.gender,
    birth_year: age === null ? null : String(Number(customer.birth_date?.slice(0, 4))),
    age: age === null ? null : String(age),
    age_band: ageBand(age),
    customer_type: customer.customer_type,
    city: customer.city,
    state: customer.state,
    country: customer.country,
    email_domain: customer.email?.split('@')[1] ?? null,
    registration_date: customer.registration_date,
    tenure_days: customer.registration_date === null ? null : String(days(customer.registration_date, asOf)),
  };
}

const unknownCustomer: Record<string, Cell> = {
  customer_key: 'UNKNOWN',
  customer_id: null,
  gender: 'Unknown',
  birth_year: null,
  age: null,
  age_band: 'Unknown',
  customer_type: 'Unknown',
  city: null,
  state: 'Unknown',
  country: 'Unknown',
  email_domain: null,
  registration_date: null,
  tenure_days: null,
};

function ageOf(birth: string | null, asOf: string): number | null {
  if (birth === null || birth > asOf) return null;
  const years =
    Number(asOf.slice(0, 4)) - Number(birth.slice(0, 4)) - (asOf.slice(5) < birth.slice(5) ? 1 : 0);
  return years <= 120 ? years : null;
}

function ageBand(age: number | null): string {
  if (age === null) return 'Unknown';
  if (age < 18) return 'Under 18';
  if (age < 25) return '18-24';
  if (age < 35) return '25-34';
  if (age < 45) return '35-44';
  if (age < 55) return '45-54';
  return age < 65 ? '55-64' : '65+';
}

function productRow(product: Product): Record<string, Cell> {
  const { list_price: price, unit_cost: cost } = product;
  return {
    product_key: product.product_id,
    product_id: product.product_id,
    product_name: product.product_name,
    category: product.category,
    sub_category: product.sub_category,
    brand: product.brand,
    list_price: decimal(price, 2),
    unit_cost: money(cost),
    list_margin_pct: cost === null ? null : divide(100n * (price - cost), 2, price, 2, 4),
    is_active: String(product.is_active),
    price_band:
      price < 1000n ? 'Under 10' : price < 5000n ? '10-49.99' : price < 20000n ? '50-199.99' : '200+',
  };
}

const unknownProduct: Record<string, Cell> = {
  product_key: 'UNKNOWN',
  product_id: null,
  product_name: 'Unknown',
  category: 'Unknown',
  sub_category: null,
  brand: null,
  list_price: null,
  unit_cost: null,
  list_margin_pct: null,
  is_active: 'false',
  price_band: 'Unknown',
};

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function dimDate(lines: readonly Line[], asOf: string): TableRows {
  const first = least(lines.map(({ order }) => order.date));
  if (first === null) return [];
  return datesBetween(`${first.slice(0, 4)}-01-01`, `${asOf.slice(0, 4)}-12-31`).map((date) => {
    const month = Number(date.slice(5, 7));
    // ISO 8601: a week belongs to the year of its Thursday.
    const thursday = addDays(date, 4 - dayOfWeek(date));
    const isoYear = thursday.slice(0, 4);
    return {
      date_key: date.replaceAll('-', ''),
      date,
      year: String(Number(date.slice(0, 4))),
      quarter: String(Math.ceil(month / 3)),
      month: String(month),
      month_name: monthNames[month - 1] ?? null,
      day: String(Number(date.slice(8))),
      day_of_week: String(dayOfWeek(date)),
      day_name: dayName(date),
      iso_year: isoYear,
      iso_week: String(days(`${isoYear}-01-01`, thursday) / 7n + 1n),
      is_weekend: String(dayOfWeek(date) >= 6),
      month_start: `${date.slice(0, 7)}-01`,
    };
  });
}

function factRow(line: Line): TableRows[number] {
  return {
    order_id: line.order_id,
    line_number: String(line.line_number),
    date_key: line.order.date.replaceAll('-', ''),
    order_date: line.order.date,
    customer_key: line.customer?.customer_id ?? 'UNKNOWN',
    product_key: line.product?.product_id ?? 'UNKNOWN',
    status_group: line.order.group,
    is_revenue: String(line.is_revenue),
    quantity: String(line.quantity),
    unit_price: decimal(line.unit_price, 2),
    discount_pct: decimal(line.discount_pct, 4),
    gross_amount: decimal(line.gross, 2),
    discount_amount: decimal(line.discount, 2),
    net_amount: decimal(line.net, 2),
    cost_amount: money(line.cost),
    profit_amount: money(line.profit),
  };
}

type Segment = {
  readonly id: string;
  readonly sold: readonly Line[];
  readonly orders: bigint;
  readonly revenue: bigint;
  readonly first: string | null;
  readonly last: string | null;
  readonly row: Record<string, Cell>;
};

function customerSegments(
  customers: readonly Customer[],
  sold: readonly Line[],
  asOf: string,
): readonly Segment[] {
  const bought = groupBy(sold, ({ order }) => order.customer_id);
  const measured = customers.map(({ customer_id: id }) => {
    const mine = bought.get(id) ?? [];
    const dates = mine.map(({ order }) => order.date);
    return {
      id,
      sold: mine,
      orders: countOrders(mine),
      revenue: netOf(mine),
      first: least(dates),
      last: greatest(dates),
    };
  });
  const ranked = measured
    .filter(({ revenue }) => revenue > 0n)
    .toSorted(
      (a, b) =>
        compareBig(b.revenue, a.revenue) ||
        compareBig(b.orders, a.orders) ||
        compareBytes(b.last ?? '', a.last ?? '') ||
        compareBytes(a.id, b.id),
    );
  const n = ranked.length;
  const rankOf = new Map(ranked.map(({ id }, index) => [id, index + 1]));
  return measured.map((customer) => {
    const rank = rankOf.get(customer.id) ?? null;
    const share = rank === null ? Number.POSITIVE_INFINITY : 100 * rank;
    return {
      ...customer,
      row: {
        customer_id: customer.id,
        total_orders: String(customer.orders),
        total_units: String(sum(customer.sold.map(({ quantity }) => quantity))),
        total_revenue: decimal(customer.revenue, 2),
        avg_order_value: divide(customer.revenue, 2, customer.orders, 0, 2),
        first_order_date: customer.first,
        last_order_date: customer.last,
        recency_days: customer.last === null ? null : String(days(customer.last, asOf)),
        revenue_rank: rank === null ? null : String(rank),
        customer_segment:
          share <= 10 * n ? 'VIP' : share <= 30 * n ? 'Premium' : share <= 70 * n ? 'Standard' : 'Basic',
      },
    };
  });
}

function monthlyRevenue(sold: readonly Line[], asOf: string): TableRows {
  const first = least(sold.map(({ order }) => order.month));
  if (first === null) return [];
  const byMonth = groupBy(sold, ({ order }) => order.month);
  const firstMonthOf = new Map<string, string>();
  for (const { customer, order } of sold) {
    if (customer === undefined) continue;
    const month = firstMonthOf.get(customer.customer_id);
    if (month === undefined || order.month < month) firstMonthOf.set(customer.customer_id, order.month);
  }
  const months: string[] = [];
  for (let month = first; month <= asOf; month = addMonths(month, 1)) months.push(month);
  const revenueOf = new Map(months.map((month) => [month, netOf(byMonth.get(month) ?? [])]));
  return months.map((month) => {
    const mine = byMonth.get(month) ?? [];
    const revenue = revenueOf.get(month) ?? 0n;
    const orders = countOrders(mine);
    const previous = revenueOf.get(addMonths(month, -1));
    const lastYear = revenueOf.get(addMonths(month, -12));
    const growth = (before: bigint | undefined) =>
      before === undefined ? null : divide(100n * (revenue - before), 2, before, 2, 4);
    return {
      month,
      revenue: decimal(revenue, 2),
      ...grossAndDiscount(mine),
      profit: decimal(profitOf(mine), 2),
      total_orders: String(orders),
      units_sold: String(sum(mine.map(({ quantity }) => quantity))),
      active_customers: String(knownCustomers(mine).length),
      new_customers: String([...firstMonthOf.values()].filter((each) => each === month).length),
      avg_order_value: divide(revenue, 2, orders, 0, 2),
      previous_revenue: previous === undefined ? null : decimal(previous, 2),
      mom_growth_pct: growth(previous),
      yoy_growth_pct: growth(lastYear),
      ytd_revenue: decimal(
        sum(
          months
            .filter((each) => each.slice(0, 4) === month.slice(0, 4) && each <= month)
            .map((each) => revenueOf.get(each) ?? 0n),
        ),
        2,
      ),
    };
  });
}

function categoryPerformance(sold: readonly Line[]): TableRows {
  const total = netOf(sold);
  const measured = [...groupBy(sold, ({ category }) => category)].map(([category, mine]) => {
    const units = sum(mine.map(({ quantity }) => quantity));
    const gross = sum(mine.map((line) => line.gross));
    const discount = sum(mine.map((line) => line.discount));
    const products = [...groupBy(mine, ({ product_id }) => product_id)].toSorted(
      (a, b) => compareBig(netOf(b[1]), netOf(a[1])) || compareBytes(a[0], b[0]),
    );
    return {
      category,
      revenue: netOf(mine),
      row: {
        category,
        revenue: decimal(netOf(mine), 2),
        ...grossAndDiscount(mine),
        profit: decimal(profitOf(mine), 2),
        units_sold: String(units),
        total_orders: String(countOrders(mine)),
        products_sold: String(products.length),
        active_customers: String(knownCustomers(mine).length),
        avg_selling_price: divide(netOf(mine), 2, units, 0, 2),
        discount_rate_pct: divide(100n * discount, 2, gross, 2, 4),
        margin_pct: marginPct(mine),
        revenue_share: divide(netOf(mine), 2, total, 2, 6),
        top_product_id: products[0]?.[0] ?? null,
      },
    };
  });
  return measured
    .toSorted((a, b) => compareBig(b.revenue, a.revenue) || compareBytes(a.category, b.category))
    .map(({ row }, index) => ({ ...row, revenue_rank: String(index + 1) }));
}

/** Unscaled, of 4 decimals; null where it has no value. */
type Kpis = Readonly<Record<string, bigint | null>>;

const kpiUnits: Readonly<Record<string, string>> = {
  total_revenue: 'currency',
  total_orders: 'count',
  units_sold: 'count',
  active_customers: 'count',
  average_order_value: 'currency',
  gross_margin_pct: 'percent',
  discount_rate_pct: 'percent',
  cancellation_rate_pct: 'percent',
  repeat_customer_rate_pct: 'percent',
};

function executiveKpis(silver: StoreSilver, sold: readonly Line[], asOf: string): TableRows {
  const first = least(silver.orders.map(({ date }) => date).filter((date) => date <= asOf));
  const kpisOf = (from: string, to: string): Kpis => {
    const within = (date: string) => date >= from && date <= to;
    const lines = sold.filter(({ order }) => within(order.date));
    const orders = silver.orders.filter(({ date }) => within(date));
    const cancelled = BigInt(orders.filter(({ group }) => group === 'cancelled').length);
    const active = knownCustomers(lines);
    const repeat = active.filter(
      (id) => countOrders(lines.filter(({ customer }) => customer?.customer_id === id)) >= 2n,
    );
    const costed = lines.filter(({ profit }) => profit !== null);
    const gross = sum(lines.map((line) => line.gross));
    const discount = sum(lines.map((line) => line.discount));
    return {
      total_revenue: netOf(lines) * 100n,
      total_orders: countOrders(lines) * 10_000n,
      units_sold: sum(lines.map(({ quantity }) => quantity)) * 10_000n,
      active_customers: BigInt(active.length) * 10_000n,
      average_order_value: unscaledQuotient(netOf(lines), 2, countOrders(lines), 0, 4),
      gross_margin_pct: unscaledQuotient(100n * profitOf(lines), 2, netOf(costed), 2, 4),
      discount_rate_pct: unscaledQuotient(100n * discount, 2, gross, 2, 4),
      cancellation_rate_pct: unscaledQuotient(100n * cancelled, 0, BigInt(orders.length), 0, 4),
      repeat_customer_rate_pct: unscaledQuotient(
        100n * BigInt(repeat.length),
        0,
        BigInt(active.length),
        0,
        4,
      ),
    };
  };
  const rows = (period: string, from: string | null, now: Kpis, before: Kpis) =>
    Object.entries(kpiUnits).map(([name, unit]) => {
      const value = now[name] ?? null;
      const previous = before[name] ?? null;
      return {
        period,
        kpi_name: name,
        period_start: from,
        period_end: asOf,
        kpi_value: value === null ? null : decimal(value, 4),
        previous_value: previous === null ? null : decimal(previous, 4),
        change_pct:
          value === null || previous === null || previous <= 0n
            ? null
            : divide(100n * (value - previous), 4, previous, 4, 4),
        unit,
      };
    });
  const recent = addDays(asOf, -29);
  return [
    ...rows('all_time', first, kpisOf('0001-01-01', asOf), {}),
    ...rows('last_30_days', recent, kpisOf(recent, asOf), kpisOf(addDays(asOf, -59), addDays(asOf, -30))),
  ];
}

function customerDemographics(
  customers: readonly Record<string, Cell>[],
  segments: readonly Segment[],
): TableRows {
  const segmentOf = new Map(segments.map((segment) => [segment.id, segment]));
  const total = sum(segments.map(({ revenue }) => revenue));
  return ['age_band', 'gender', 'country', 'customer_type'].flatMap((dimension) =>
    [...groupBy(customers, (row) => row[dimension] ?? '')].map(([bucket, rows]) => {
      const mine = rows.flatMap((row) => segmentOf.get(row.customer_id ?? '') ?? []);
      const count = BigInt(mine.length);
      const buyers = BigInt(mine.filter(({ orders }) => orders > 0n).length);
      const orders = sum(mine.map((segment) => segment.orders));
      const revenue = sum(mine.map((segment) => segment.revenue));
      return {
        dimension,
        bucket,
        customers: String(count),
        buyers: String(buyers),
        total_orders: String(orders),
        total_revenue: decimal(revenue, 2),
        customer_share: divide(count, 0, BigInt(customers.length), 0, 6),
        revenue_share: divide(revenue, 2, total, 2, 6),
        buyer_rate: divide(buyers, 0, count, 0, 6),
        avg_order_value: divide(revenue, 2, orders, 0, 2),
        revenue_per_customer: divide(revenue, 2, count, 0, 2),
      };
    }),
  );
}

function churnRisk(segments: readonly Segment[], asOf: string): TableRows {
  const buyers = segments.filter(({ orders }) => orders >= 1n);
  const several = buyers.filter(({ orders }) => orders >= 2n);
  const span = ({ first, last }: Segment) => days(first ?? '', last ?? '');
  const usual =
    unscaledQuotient(sum(several.map(span)), 0, sum(several.map(({ orders }) => orders - 1n)), 0, 4) ??
    900_000n;
  return buyers.map((segment) => {
    const { id, sold, orders, revenue, first, last } = segment;
    const recency = days(last ?? '', asOf);
    const own = orders >= 3n ? (unscaledQuotient(span(segment), 0, orders - 1n, 0, 4) ?? 0n) : usual;
    const gap = own > 70_000n ? own : 70_000n;
    const ratio = unscaledQuotient(recency, 0, gap, 4, 4) ?? 0n;
    const recencyPoints =
      ratio < 10_000n ? 0n : ratio < 15_000n ? 15n : ratio < 20_000n ? 30n : ratio < 30_000n ? 45n : 60n;
    const between = (from: number, to: number) =>
      sold.filter(({ order }) => order.date >= addDays(asOf, from) && order.date <= addDays(asOf, to));
    const [recent, before] = [between(-89, 0), between(-179, -90)];
    const frequencyPoints = recent.length === 0 ? 20n : countOrders(recent) < countOrders(before) ? 10n : 0n;
    const [value, valueBefore] = [netOf(recent), netOf(before)];
    const valuePoints = value === 0n ? 20n : 2n * value < valueBefore ? 15n : value < valueBefore ? 10n : 0n;
    const score = recencyPoints + frequencyPoints + valuePoints;
    const most = [recencyPoints, frequencyPoints, valuePoints].toSorted(compareBig).at(-1);
    return {
      customer_id: id,
      total_orders: String(orders),
      total_revenue: decimal(revenue, 2),
      first_order_date: first,
      last_order_date: last,
      recency_days: String(recency),
      expected_gap_days: decimal(gap, 4),
      recency_ratio: decimal(ratio, 4),
      recency_points: String(recencyPoints),
      orders_90d: String(countOrders(recent)),
      orders_prev_90d: String(countOrders(before)),
      frequency_points: String(frequencyPoints),
      revenue_90d: decimal(value, 2),
      revenue_prev_90d: decimal(valueBefore, 2),
      value_points: String(valuePoints),
      risk_score: String(score),
      risk_band: score >= 70n ? 'High' : score >= 40n ? 'Medium' : 'Low',
      main_reason:
        score === 0n
          ? 'none'
          : recencyPoints === most
            ? 'recency'
            : frequencyPoints === most
              ? 'frequency'
              : 'value',
      revenue_at_risk_90d: divide(revenue * 90n * score, 2, 100n * (days(first ?? '', asOf) + 1n), 0, 2),
    };
  });
}

function productRecommendations(sold: readonly Line[]): TableRows {
  const baskets = [...groupBy(sold, ({ order_id }) => order_id).values()].map((lines) =>
    distinct(lines.filter(({ product }) => product !== undefined).map(({ product_id }) => product_id)),
  );
  const n = BigInt(baskets.length);
  const holding = (...products: readonly string[]) =>
    BigInt(baskets.filter((basket) => products.every((product) => basket.includes(product))).length);
  const products = distinct(baskets.flat());
  return products.flatMap((product) => {
    const a = holding(product);
    const candidates = products
      .filter((other) => other !== product)
      .map((other) => ({ other, b: holding(other), p: holding(product, other) }))
      .filter(({ p, b }) => p >= 2n && p * n > a * b)
      .toSorted((x, y) => compareBig(y.p, x.p) || compareBig(x.b, y.b) || compareBytes(x.other, y.other));
    return candidates.slice(0, 5).map(({ other, p, b }, index) => ({
      product_id: product,
      recommended_product_id: other,
      rank: String(index + 1),
      pair_orders: String(p),
      product_orders: String(a),
      recommended_orders: String(b),
      total_orders: String(n),
      support: divide(p, 0, n, 0, 6),
      confidence: divide(p, 0, a, 0, 6),
      lift: divide(p * n, 0, a * b, 0, 6),
    }));
  });
}

function countOrders(lines: readonly Line[]): bigint {
  return BigInt(distinct(lines.map(({ order_id }) => order_id)).length);
}

function knownCustomers(lines: readonly Line[]): readonly string[] {
  return distinct(lines.flatMap(({ customer }) => customer?.customer_id ?? []));
}

function netOf(lines: readonly Line[]): bigint {
  return sum(lines.map(({ net }) => net));
}

function profitOf(lines: readonly Line[]): bigint {
  return sum(lines.map(({ profit }) => profit ?? 0n));
}

function marginPct(lines: readonly Line[]): Cell {
  const costed = lines.filter(({ profit }) => profit !== null);
  return divide(100n * profitOf(costed), 2, netOf(costed), 2, 4);
}

function grossAndDiscount(lines: readonly Line[]): Record<string, Cell> {
  return {
    gross_amount: decimal(sum(lines.map(({ gross }) => gross)), 2),
    discount_amount: decimal(sum(lines.map(({ discount }) => discount)), 2),
  };
}
