/**
 * The seven tables of the retail specification, computed row by row from bronze rows: written from its text and not from
 * the SQL, with BigInt instead of decimals. Slow and plain on purpose.
 */

import { addDays, addMonths, dayName, dayOfWeek, days, timestamp } from '../../support/oracle/calendar.ts';
import { decimal, divide, held, sum, text } from '../../support/oracle/decimals.ts';
import {
  asciiUpper,
  compareBig,
  compareBytes,
  distinct,
  favourite,
  greatest,
  groupBy,
  inRowOrder,
} from '../../support/oracle/rows.ts';
import type { Cell, TableRows } from '../../support/sql-harness.ts';

/** A row of bronze invoices. Money in ten-thousandths; the timestamp as `YYYY-MM-DD HH:MM:SS.ffffff`. */
export type InvoiceRow = {
  readonly invoice_no: string | null;
  readonly stock_code: string;
  readonly description: string | null;
  readonly quantity: bigint;
  readonly invoice_ts: string;
  readonly unit_price: bigint;
  readonly customer_id: bigint | null;
  readonly country: string | null;
  readonly source_file: string;
  readonly source_modified_at: string;
  readonly source_line: bigint;
  readonly load_id: string;
};

/** What the tables are, by name. */
export type RetailTables = {
  readonly sales: TableRows;
  readonly returns: TableRows;
  readonly excluded_lines: TableRows;
  readonly customer_insights: TableRows;
  readonly product_analytics: TableRows;
  readonly daily_sales: TableRows;
  readonly cohort_retention: TableRows;
};

type Line = InvoiceRow & {
  readonly country: string;
  readonly date: string;
  readonly month: string;
  readonly is_merchandise: boolean;
  readonly total: bigint;
};
type RoutedLine = Line & { readonly route: string };

/** The tables as a full build for `asOf` (default: the greatest invoice date of sales and returns) would make them. */
export function computeRetail(
  rows: readonly InvoiceRow[],
  asOf?: string,
): { readonly tables: RetailTables; readonly asOf: string | null } {
  const routed = routeLines(rows);
  const sales = routed.filter((line) => line.route === 'sale');
  const returns = routed.filter((line) => returnKinds.includes(line.route));
  const excluded = routed.filter((line) => line.route !== 'sale' && !returnKinds.includes(line.route));
  const silver = {
    sales: sales.map(factRow),
    returns: returns.map((line) => ({
      ...factRow(line),
      return_kind: line.route,
      return_value: decimal(-line.total, 4),
    })),
    excluded_lines: excluded.map((line) => ({
      invoice_no: line.invoice_no,
      stock_code: line.stock_code,
      description: line.description,
      quantity: String(line.quantity),
      invoice_ts: timestamp(line.invoice_ts),
      unit_price: decimal(line.unit_price, 4),
      customer_id: text(line.customer_id),
      country: line.country,
      source_file: line.source_file,
      source_line: String(line.source_line),
      load_id: line.load_id,
      reason: line.route,
    })),
  };
  const facts = [...sales, ...returns];
  const until = asOf ?? greatest(facts.map((line) => line.date));
  if (until === null) {
    return {
      tables: {
        ...silver,
        customer_insights: [],
        product_analytics: [],
        daily_sales: [],
        cohort_retention: [],
      },
      asOf: null,
    };
  }
  const past = (line: RoutedLine) => line.date <= until;
  const s = sales.filter(past);
  const r = returns.filter((line) => past(line) && line.route === 'customer_return');
  const v = returns.filter((line) => past(line) && line.route === 'charge_reversal');
  return {
    tables: {
      ...silver,
      customer_insights: customerInsights(s, r, v, until),
      product_analytics: productAnalytics(s, r),
      daily_sales: dailySales(s, r, v),
      cohort_retention: cohortRetention(s, until),
    },
    asOf: until,
  };
}

const returnKinds: readonly string[] = ['customer_return', 'charge_reversal', 'stock_adjustment'];
const chargeCodes: readonly string[] = [
  'POST',
  'DOT',
  'M',
  'D',
  'S',
  'B',
  'C2',
  'CRUK',
  'PADS',
  'AMAZONFEE',
  'BANK CHARGES',
];

function routeLines(rows: readonly InvoiceRow[]): readonly RoutedLine[] {
  const normalised = rows.map((row): Line => {
    const stockCode = asciiUpper(row.stock_code);
    return {
      ...row,
      invoice_no: row.invoice_no === null ? null : asciiUpper(row.invoice_no),
      stock_code: stockCode,
      country: row.country ?? 'Unspecified',
      date: row.invoice_ts.slice(0, 10),
      month: `${row.invoice_ts.slice(0, 7)}-01`,
      is_merchandise: !chargeCodes.includes(stockCode) && !stockCode.startsWith('GIFT_'),
      total: row.quantity * row.unit_price,
    };
  });
  const seen = new Set<string>();
  return normalised.toSorted(inRowOrder).map((line) => {
    const cells = [line.invoice_no, line.stock_code, line.description, line.invoice_ts, line.country];
    const identity = JSON.stringify([
      ...cells,
      String(line.quantity),
      String(line.unit_price),
      text(line.customer_id),
    ]);
    const copy = seen.has(identity);
    seen.add(identity);
    return { ...line, route: routeOf(line, copy) };
  });
}

function routeOf(line: Line, copy: boolean): string {
  if (copy) return 'duplicate_line';
  if (line.invoice_no === null) return 'missing_invoice_no';
  if (line.invoice_no.startsWith('A')) return 'bad_debt_adjustment';
  if (line.quantity === 0n) return 'zero_quantity';
  const cancels = line.invoice_no.startsWith('C');
  if (line.quantity < 0n && cancels) return line.is_merchandise ? 'customer_return' : 'charge_reversal';
  if (line.quantity < 0n) return 'stock_adjustment';
  if (cancels) return 'cancellation_positive_quantity';
  if (line.unit_price < 0n) return 'negative_price';
  return line.unit_price === 0n ? 'zero_price' : 'sale';
}

function factRow(line: Line): Record<string, Cell> {
  return {
    invoice_no: line.invoice_no,
    stock_code: line.stock_code,
    description: line.description,
    country: line.country,
    quantity: String(line.quantity),
    invoice_ts: timestamp(line.invoice_ts),
    invoice_date: line.date,
    invoice_month: line.month,
    hour_of_day: String(Number(line.invoice_ts.slice(11, 13))),
    day_of_week: String(dayOfWeek(line.date)),
    day_name: dayName(line.date),
    unit_price: decimal(line.unit_price, 4),
    total_price: decimal(line.total, 4),
    customer_id: text(line.customer_id),
    is_guest: String(line.customer_id === null),
    is_merchandise: String(line.is_merchandise),
    source_file: line.source_file,
    source_line: String(line.source_line),
    load_id: line.load_id,
  };
}

function customerInsights(
  s: readonly RoutedLine[],
  r: readonly RoutedLine[],
  v: readonly RoutedLine[],
  asOf: string,
): TableRows {
  const customers = distinct([...s, ...r, ...v].map((line) => line.customer_id)).filter((id) => id !== null);
  const linesOf = (lines: readonly RoutedLine[]) => groupBy(lines, (line) => text(line.customer_id) ?? '');
  const [sold, returned, credited] = [linesOf(s), linesOf(r), linesOf(v)];
  const measured = customers.map((id) => {
    const mine = sold.get(String(id)) ?? [];
    const back = returned.get(String(id)) ?? [];
    const credits = credited.get(String(id)) ?? [];
    const last = [...mine, ...back, ...credits].toSorted(byTimeThenPlace).at(-1);
    const dates = mine.map((line) => line.date).toSorted();
    const first = dates[0] ?? null;
    const latest = dates.at(-1) ?? null;
    const orders = BigInt(distinct(mine.map((line) => line.invoice_no)).length);
    const units = sum(mine.map((line) => line.quantity));
    const spend = sum(mine.map((line) => line.total));
    const returnsValue = sum(back.map((line) => -line.total));
    const creditsValue = sum(credits.map((line) => -line.total));
    const tenure = first === null ? null : days(first, asOf) + 1n;
    return {
      id,
      spend,
      net: spend - returnsValue - creditsValue,
      row: {
        customer_id: String(id),
        country: last?.country ?? null,
        first_purchase_date: first,
        last_purchase_date: latest,
        total_orders: String(orders),
        total_lines: String(mine.length),
        total_units: String(units),
        distinct_products: String(
          distinct(mine.filter((line) => line.is_merchandise).map((line) => line.stock_code)).length,
        ),
        total_spend: decimal(spend, 4),
        return_count: String(distinct(back.map((line) => line.invoice_no)).length),
        returns_value: decimal(returnsValue, 4),
        credits_value: decimal(creditsValue, 4),
        net_spend: decimal(spend - returnsValue - creditsValue, 4),
        avg_order_value: divide(spend, 4, orders, 0, 4),
        avg_basket_units: divide(units, 0, orders, 0, 4),
        tenure_days: text(tenure),
        recency_days: latest === null ? null : String(days(latest, asOf)),
        purchase_frequency: tenure === null ? null : divide(30n * orders, 0, tenure, 0, 4),
        avg_days_between_orders:
          orders < 2n || first === null || latest === null
            ? null
            : divide(days(first, latest), 0, orders - 1n, 0, 4),
        active_months: String(distinct(mine.map((line) => line.month)).length),
        return_rate: held(divide(returnsValue, 4, spend, 4, 6), 12),
        is_repeat: String(orders >= 2n),
      },
    };
  });
  const ranked = measured.toSorted(
    (a, b) => compareBig(b.net, a.net) || compareBig(b.spend, a.spend) || compareBig(a.id, b.id),
  );
  return ranked.map(({ row }, index) => ({ ...row, spend_rank: String(index + 1) }));
}

function productAnalytics(s: readonly RoutedLine[], r: readonly RoutedLine[]): TableRows {
  const returned = groupBy(r, (line) => line.stock_code);
  const products = [
    ...groupBy(
      s.filter((line) => line.is_merchandise),
      (line) => line.stock_code,
    ),
  ].map(([code, lines]) => {
    const back = returned.get(code) ?? [];
    const dates = lines.map((line) => line.date).toSorted();
    return {
      code,
      description: favourite(lines.map((line) => line.description)),
      units: sum(lines.map((line) => line.quantity)),
      revenue: sum(lines.map((line) => line.total)),
      orders: distinct(lines.map((line) => line.invoice_no)).length,
      customers: distinct(lines.map((line) => line.customer_id).filter((id) => id !== null)).length,
      countries: distinct(lines.map((line) => line.country)).length,
      returnedUnits: -sum(back.map((line) => line.quantity)),
      returnedValue: sum(back.map((line) => -line.total)),
      first: dates[0] ?? null,
      last: dates.at(-1) ?? null,
    };
  });
  const n = products.length;
  const total = sum(products.map((product) => product.revenue));
  const ordered = products.toSorted(
    (a, b) => compareBig(b.revenue, a.revenue) || compareBytes(a.code, b.code),
  );
  let running = 0n;
  return ordered.map((product) => {
    const before = running;
    running += product.revenue;
    const revenueRank = 1 + products.filter((other) => other.revenue > product.revenue).length;
    const volumeRank = 1 + products.filter((other) => other.units > product.units).length;
    return {
      stock_code: product.code,
      description: product.description,
      units_sold: String(product.units),
      revenue: decimal(product.revenue, 4),
      order_count: String(product.orders),
      customer_count: String(product.customers),
      country_count: String(product.countries),
      avg_unit_price: divide(product.revenue, 4, product.units, 0, 4),
      returned_units: String(product.returnedUnits),
      returned_value: decimal(product.returnedValue, 4),
      return_rate: divide(product.returnedUnits, 0, product.units, 0, 6),
      net_revenue: decimal(product.revenue - product.returnedValue, 4),
      first_sold_date: product.first,
      last_sold_date: product.last,
      revenue_rank: String(revenueRank),
      volume_rank: String(volumeRank),
      revenue_share: divide(product.revenue, 4, total, 4, 6),
      cumulative_revenue_share: divide(running, 4, total, 4, 6),
      abc_class: 100n * before < 80n * total ? 'A' : 100n * before < 95n * total ? 'B' : 'C',
      is_high_performer: String(5 * revenueRank <= n && 5 * volumeRank <= n),
    };
  });
}

function dailySales(s: readonly RoutedLine[], r: readonly RoutedLine[], v: readonly RoutedLine[]): TableRows {
  const key = (line: RoutedLine) => JSON.stringify([line.country, line.date]);
  const [sold, returned, credited] = [groupBy(s, key), groupBy(r, key), groupBy(v, key)];
  const revenueOf = new Map([...sold].map(([place, lines]) => [place, sum(lines.map((line) => line.total))]));
  const keys = distinct([...sold.keys(), ...returned.keys(), ...credited.keys()]);
  const rows = keys
    .map((place) => JSON.parse(place) as [string, string])
    .toSorted((a, b) => compareBytes(a[0], b[0]) || compareBytes(a[1], b[1]));
  return rows.map(([country, date], index) => {
    const place = JSON.stringify([country, date]);
    const lines = sold.get(place) ?? [];
    const revenue = revenueOf.get(place) ?? 0n;
    const orders = BigInt(distinct(lines.map((line) => line.invoice_no)).length);
    const returnsValue = sum((returned.get(place) ?? []).map((line) => -line.total));
    const creditsValue = sum((credited.get(place) ?? []).map((line) => -line.total));
    const before = rows[index - 1];
    const previous = before?.[0] === country ? (revenueOf.get(JSON.stringify(before)) ?? 0n) : null;
    const between = (from: string) =>
      sum(
        rows
          .filter(([otherCountry, day]) => otherCountry === country && day >= from && day <= date)
          .map((other) => revenueOf.get(JSON.stringify(other)) ?? 0n),
      );
    return {
      sale_date: date,
      country,
      revenue: decimal(revenue, 4),
      merchandise_revenue: decimal(
        sum(lines.filter((line) => line.is_merchandise).map((line) => line.total)),
        4,
      ),
      guest_revenue: decimal(
        sum(lines.filter((line) => line.customer_id === null).map((line) => line.total)),
        4,
      ),
      order_count: String(orders),
      line_count: String(lines.length),
      units_sold: String(sum(lines.map((line) => line.quantity))),
      customer_count: String(
        distinct(lines.map((line) => line.customer_id).filter((id) => id !== null)).length,
      ),
      returns_value: decimal(returnsValue, 4),
      credits_value: decimal(creditsValue, 4),
      net_revenue: decimal(revenue - returnsValue - creditsValue, 4),
      avg_order_value: divide(revenue, 4, orders, 0, 4),
      previous_revenue: previous === null ? null : decimal(previous, 4),
      revenue_change_pct:
        previous === null ? null : held(divide(100n * (revenue - previous), 4, previous, 4, 4), 14),
      revenue_7d: decimal(between(addDays(date, -6)), 4),
      month_to_date_revenue: decimal(between(`${date.slice(0, 7)}-01`), 4),
    };
  });
}

function cohortRetention(s: readonly RoutedLine[], asOf: string): TableRows {
  const known = s.filter((line) => line.customer_id !== null);
  const cohortOf = new Map<string, string>();
  for (const line of known) {
    const id = String(line.customer_id);
    const month = cohortOf.get(id);
    if (month === undefined || line.month < month) cohortOf.set(id, line.month);
  }
  return distinct([...cohortOf.values()])
    .toSorted()
    .flatMap((cohort) => {
      const size = BigInt([...cohortOf.values()].filter((month) => month === cohort).length);
      const lines = known.filter((line) => cohortOf.get(String(line.customer_id)) === cohort);
      const rows: Record<string, Cell>[] = [];
      let cumulative = 0n;
      for (let number = 0; addMonths(cohort, number) <= asOf; number++) {
        const activity = lines.filter((line) => line.month === addMonths(cohort, number));
        const active = BigInt(distinct(activity.map((line) => line.customer_id)).length);
        const revenue = sum(activity.map((line) => line.total));
        cumulative += revenue;
        rows.push({
          cohort_month: cohort,
          month_number: String(number),
          activity_month: addMonths(cohort, number),
          cohort_size: String(size),
          active_customers: String(active),
          retention_rate: divide(active, 0, size, 0, 6),
          order_count: String(distinct(activity.map((line) => line.invoice_no)).length),
          revenue: decimal(revenue, 4),
          cumulative_revenue_per_customer: divide(cumulative, 4, size, 0, 4),
        });
      }
      return rows;
    });
}

function byTimeThenPlace(left: InvoiceRow, right: InvoiceRow): number {
  return (
    compareBytes(left.invoice_ts, right.invoice_ts) ||
    compareBytes(left.source_file, right.source_file) ||
    compareBig(left.source_line, right.source_line) ||
    compareBytes(left.load_id, right.load_id)
  );
}
