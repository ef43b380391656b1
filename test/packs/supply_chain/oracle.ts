/**
 * The tables of the supply_chain specification, computed row by row from bronze rows: written from its text and not from
 * the SQL, with BigInt instead of decimals. Slow and plain on purpose. Silver is here, gold in oracle-gold.ts.
 */

import { createHash } from 'node:crypto';
import { timestamp } from '../../support/oracle/calendar.ts';
import { decimal, money, roundedQuotient, text } from '../../support/oracle/decimals.ts';
import type { ExpectedTables } from '../../support/oracle/expect-tables.ts';
import {
  asciiUpper,
  compareBig,
  compareBytes,
  greatest,
  groupBy,
  latestOf,
  least,
  type SourcePlace,
} from '../../support/oracle/rows.ts';
import type { Cell } from '../../support/sql-harness.ts';
import { computeSupplyChainGold } from './oracle-gold.ts';

/** A row of bronze_complete, as far as silver reads it. Decimals in billionths; times as `YYYY-MM-DD HH:MM:SS.ffffff`. */
export type OrderItemRow = SourcePlace & {
  readonly type: string | null;
  readonly days_for_shipping_real: bigint;
  readonly days_for_shipment_scheduled: bigint;
  readonly delivery_status: string | null;
  readonly category_id: bigint | null;
  readonly category_name: string | null;
  readonly customer_city: string | null;
  readonly customer_country: string | null;
  readonly customer_fname: string | null;
  readonly customer_id: bigint;
  readonly customer_lname: string | null;
  readonly customer_segment: string | null;
  readonly customer_state: string | null;
  readonly customer_street: string | null;
  readonly customer_zipcode: string | null;
  readonly department_id: bigint | null;
  readonly department_name: string | null;
  readonly market: string | null;
  readonly order_city: string | null;
  readonly order_country: string | null;
  readonly order_date_dateorders: string;
  readonly order_id: bigint;
  readonly order_item_discount: bigint;
  readonly order_item_discount_rate: bigint | null;
  readonly order_item_id: bigint;
  readonly order_item_product_price: bigint;
  readonly order_item_profit_ratio: bigint | null;
  readonly order_item_quantity: bigint;
  readonly sales: bigint;
  readonly order_item_total: bigint;
  readonly order_profit_per_order: bigint;
  readonly order_region: string | null;
  readonly order_state: string | null;
  readonly order_status: string;
  readonly order_zipcode: string | null;
  readonly product_card_id: bigint;
  readonly product_image: string | null;
  readonly product_name: string | null;
  readonly product_price: bigint | null;
  readonly product_status: bigint | null;
  readonly shipping_date_dateorders: string | null;
  readonly shipping_mode: string | null;
};

/** An order item that counts, with what silver_orders says of it; money in cents. */
export type Item = OrderItemRow & {
  readonly date: string;
  readonly status: string;
  readonly group: 'Completed' | 'Canceled' | 'Open' | 'Unknown';
  readonly is_late: boolean;
  readonly gross: bigint;
  readonly lineDiscount: bigint;
  readonly revenue: bigint;
  readonly profit: bigint;
  /** Its row of silver_orders. */
  readonly row: Readonly<Record<string, Cell>>;
};

/** A version of a customer or product. */
export type Version = {
  readonly id: bigint;
  readonly attributes: Readonly<Record<string, Cell>>;
  readonly hash: string;
  readonly number: number;
  readonly from: string;
  readonly to: string;
};

/** Silver, from which gold is computed. */
export type SupplyChainSilver = {
  readonly items: readonly Item[];
  readonly customerVersions: readonly Version[];
  readonly productVersions: readonly Version[];
  /** Rows of silver_products by product_id. */
  readonly products: ReadonlyMap<bigint, Readonly<Record<string, Cell>>>;
};

/** The tables as a full build for `asOf` (default: the greatest order date) would make them. */
export function computeSupplyChain(
  rows: readonly OrderItemRow[],
  asOf?: string,
): { readonly tables: ExpectedTables; readonly asOf: string | null } {
  const items = latestOf(rows, (row) => String(row.order_item_id)).map(itemOf);
  const customers = historyOf(items, (item) => item.customer_id, customerAttributes);
  const products = historyOf(items, (item) => item.product_card_id, productAttributes);
  const currentProducts = currentRows('product_id', products, (mine) => {
    const last = mine.toSorted(byTime).at(-1);
    return {
      department_id: text(last?.department_id ?? null),
      department_name: last?.department_name ?? null,
    };
  });
  const silver = {
    silver_orders: items.map(({ row }) => row),
    dim_customers: customers.flatMap(({ versions }) => versions.map(versionRow('customer'))),
    dim_products: products.flatMap(({ versions }) => versions.map(versionRow('product'))),
    silver_customers: [...currentRows('customer_id', customers, () => ({})).values()],
    silver_products: [...currentProducts.values()],
  };
  const until = asOf ?? greatest(items.map(({ date }) => date));
  const gold = computeSupplyChainGold(
    {
      items,
      customerVersions: customers.flatMap(({ versions }) => versions),
      productVersions: products.flatMap(({ versions }) => versions),
      products: currentProducts,
    },
    until,
  );
  return { tables: { ...silver, ...gold }, asOf: until };
}

const groups: Readonly<Record<string, Item['group']>> = {
  COMPLETE: 'Completed',
  CLOSED: 'Completed',
  CANCELED: 'Canceled',
  SUSPECTED_FRAUD: 'Canceled',
  PENDING: 'Open',
  PENDING_PAYMENT: 'Open',
  PROCESSING: 'Open',
  ON_HOLD: 'Open',
  PAYMENT_REVIEW: 'Open',
};

function itemOf(source: OrderItemRow): Item {
  const status = asciiUpper(source.order_status);
  const delay = source.days_for_shipping_real - source.days_for_shipment_scheduled;
  const date = source.order_date_dateorders.slice(0, 10);
  const group = groups[status] ?? 'Unknown';
  const isLate = delay > 0n && source.delivery_status !== 'Shipping canceled';
  const [price, gross, discount, revenue, profit] = [
    cents(source.order_item_product_price),
    cents(source.sales),
    cents(source.order_item_discount),
    cents(source.order_item_total),
    cents(source.order_profit_per_order),
  ];
  const rate = (value: bigint | null) =>
    value === null ? null : decimal(roundedQuotient(value, 100_000n), 4);
  return {
    ...source,
    date,
    status,
    group,
    is_late: isLate,
    gross,
    lineDiscount: discount,
    revenue,
    profit,
    row: {
      order_item_id: String(source.order_item_id),
      order_id: String(source.order_id),
      customer_id: String(source.customer_id),
      product_id: String(source.product_card_id),
      order_ts: timestamp(source.order_date_dateorders),
      order_date: date,
      ship_ts: source.shipping_date_dateorders === null ? null : timestamp(source.shipping_date_dateorders),
      ship_date: source.shipping_date_dateorders?.slice(0, 10) ?? null,
      order_status: status,
      order_status_group: group,
      payment_type: source.type,
      shipping_mode: source.shipping_mode,
      delivery_status: source.delivery_status,
      market: source.market,
      order_region: source.order_region,
      order_country: source.order_country,
      order_state: source.order_state,
      order_city: source.order_city,
      order_zipcode: zip(source.order_zipcode),
      department_id: text(source.department_id),
      department_name: source.department_name,
      shipping_days_real: String(source.days_for_shipping_real),
      shipping_days_scheduled: String(source.days_for_shipment_scheduled),
      delivery_delay_days: String(delay),
      is_late: String(isLate),
      quantity: String(source.order_item_quantity),
      unit_price: decimal(price, 2),
      gross_sales: decimal(gross, 2),
      discount: decimal(discount, 2),
      revenue: decimal(revenue, 2),
      profit: decimal(profit, 2),
      discount_rate: rate(source.order_item_discount_rate),
      profit_ratio: rate(source.order_item_profit_ratio),
      source_file: source.source_file,
      source_line: String(source.source_line),
      load_id: source.load_id,
    },
  };
}

function cents(billionths: bigint): bigint {
  return roundedQuotient(billionths, 10_000_000n);
}

function zip(value: string | null): string | null {
  if (value === null || !/^[0-9]{1,5}(\.0+)?$/.test(value)) return value;
  return (value.split('.')[0] ?? '').padStart(5, '0');
}

function customerAttributes(item: Item): Record<string, Cell> {
  return {
    customer_fname: item.customer_fname,
    customer_lname: item.customer_lname,
    customer_segment: item.customer_segment,
    customer_street: item.customer_street,
    customer_city: item.customer_city,
    customer_state: item.customer_state,
    customer_zipcode: zip(item.customer_zipcode),
    customer_country: item.customer_country,
  };
}

function productAttributes(item: Item): Record<string, Cell> {
  return {
    product_name: item.product_name,
    category_id: text(item.category_id),
    category_name: item.category_name,
    product_price: money(item.product_price === null ? null : cents(item.product_price)),
    product_status: text(item.product_status),
    product_image: item.product_image,
  };
}

type History = {
  readonly id: bigint;
  readonly items: readonly Item[];
  readonly versions: readonly Version[];
};

/** Versions of each entity: one state a day, a version where the state differs from the day before in the sequence. */
function historyOf(
  items: readonly Item[],
  idOf: (item: Item) => bigint,
  attributesOf: (item: Item) => Record<string, Cell>,
): readonly History[] {
  return [...groupBy(items, idOf)].map(([id, mine]) => {
    const dates = [...groupBy(mine, ({ date }) => date)].toSorted((a, b) => compareBytes(a[0], b[0]));
    const opened: { hash: string; attributes: Record<string, Cell>; from: string }[] = [];
    for (const [from, observed] of dates) {
      const last = observed.toSorted(byTime).at(-1);
      if (last === undefined) continue;
      const attributes = attributesOf(last);
      const hash = createHash('sha256')
        .update(
          Object.values(attributes)
            .map((value) => value ?? '\u001e')
            .join('\u001f'),
        )
        .digest('hex');
      if (opened.at(-1)?.hash !== hash) opened.push({ hash, attributes, from });
    }
    return {
      id,
      items: mine,
      versions: opened.map((version, index) => ({
        id,
        ...version,
        number: index + 1,
        to: opened[index + 1]?.from ?? '9999-12-31',
      })),
    };
  });
}

/** The surrogate key of a version. */
export function surrogateKey({ id, from }: Version): string {
  return `${id}-${from.replaceAll('-', '')}`;
}

function versionRow(entity: 'customer' | 'product') {
  return (version: Version): Record<string, Cell> => ({
    [`${entity}_sk`]: surrogateKey(version),
    [`${entity}_id`]: String(version.id),
    ...version.attributes,
    attr_hash: version.hash,
    version_no: String(version.number),
    valid_from: version.from,
    valid_to: version.to,
    is_current: String(version.to === '9999-12-31'),
  });
}

function currentRows(
  key: string,
  histories: readonly History[],
  more: (items: readonly Item[]) => Record<string, Cell>,
): ReadonlyMap<bigint, Record<string, Cell>> {
  return new Map(
    histories.map(({ id, items, versions }) => {
      const current = versions.at(-1);
      const dates = items.map(({ date }) => date);
      return [
        id,
        {
          [key]: String(id),
          ...current?.attributes,
          attr_hash: current?.hash ?? null,
          version_no: String(current?.number),
          current_since: current?.from ?? null,
          first_seen_date: least(dates),
          last_seen_date: greatest(dates),
          ...more(items),
        },
      ];
    }),
  );
}

function byTime(left: Item, right: Item): number {
  return (
    compareBytes(left.order_date_dateorders, right.order_date_dateorders) ||
    compareBig(left.order_item_id, right.order_item_id)
  );
}
