/**
 * The tables of the store specification, computed row by row from bronze rows: written from its text and not from the
 * SQL, with BigInt instead of decimals. Slow and plain on purpose. Silver is here, gold in oracle-gold.ts.
 */

import { timestamp } from '../../support/oracle/calendar.ts';
import { decimal, money, roundedQuotient } from '../../support/oracle/decimals.ts';
import type { ExpectedTables } from '../../support/oracle/expect-tables.ts';
import { asciiLower, greatest, latestOf, type SourcePlace } from '../../support/oracle/rows.ts';
import type { Cell, TableRows } from '../../support/sql-harness.ts';
import { computeStoreGold } from './oracle-gold.ts';

/** A row of bronze customers. */
export type CustomerRow = SourcePlace & {
  readonly customer_id: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly gender: string | null;
  readonly birth_date: string | null;
  readonly customer_type: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly postal_code: string | null;
  readonly registration_date: string | null;
};

/** A row of bronze products. Money in cents. */
export type ProductRow = SourcePlace & {
  readonly product_id: string;
  readonly product_name: string;
  readonly category: string | null;
  readonly sub_category: string | null;
  readonly brand: string | null;
  readonly list_price: bigint;
  readonly unit_cost: bigint | null;
  readonly is_active: boolean | null;
};

/** A row of bronze orders; the time as `YYYY-MM-DD HH:MM:SS.ffffff`. */
export type OrderRow = SourcePlace & {
  readonly order_id: string;
  readonly customer_id: string | null;
  readonly order_ts: string;
  readonly status: string;
  readonly payment_method: string | null;
  readonly channel: string | null;
};

/** A row of bronze order_items. The price in cents, the discount in ten-thousandths. */
export type ItemRow = SourcePlace & {
  readonly order_id: string;
  readonly line_number: bigint;
  readonly product_id: string;
  readonly quantity: bigint;
  readonly unit_price: bigint;
  readonly discount_pct: bigint | null;
};

/** Bronze of the pack. */
export type StoreRows = {
  readonly customers: readonly CustomerRow[];
  readonly products: readonly ProductRow[];
  readonly orders: readonly OrderRow[];
  readonly order_items: readonly ItemRow[];
};

/** A customer as silver has it. */
export type Customer = CustomerRow & {
  readonly gender: string;
  readonly customer_type: string;
  readonly state: string;
  readonly country: string;
};
/** A product as silver has it. */
export type Product = ProductRow & { readonly category: string; readonly is_active: boolean };
/** An order as silver has it. */
export type Order = OrderRow & {
  readonly date: string;
  readonly month: string;
  readonly group: 'completed' | 'open' | 'cancelled' | 'returned' | 'unknown';
};
/** A line as silver's order_lines has it. */
export type Line = ItemRow & {
  readonly discount_pct: bigint;
  readonly order: Order;
  readonly product: Product | undefined;
  readonly customer: Customer | undefined;
  readonly category: string;
  readonly is_revenue: boolean;
  readonly gross: bigint;
  readonly discount: bigint;
  readonly net: bigint;
  readonly cost: bigint | null;
  readonly profit: bigint | null;
};
/** Silver, from which gold is computed. */
export type StoreSilver = {
  readonly customers: readonly Customer[];
  readonly products: readonly Product[];
  readonly orders: readonly Order[];
  readonly lines: readonly Line[];
};

/** The tables as a full build for `asOf` (default: the greatest order date) would make them. */
export function computeStore(
  rows: StoreRows,
  asOf?: string,
): { readonly tables: ExpectedTables; readonly asOf: string | null } {
  const customers = latestOf(rows.customers, (row) => row.customer_id).map(cleanCustomer);
  const products = latestOf(rows.products, (row) => row.product_id).map(
    (row): Product => ({ ...row, category: row.category ?? 'Unknown', is_active: row.is_active ?? true }),
  );
  const orders = latestOf(rows.orders, (row) => row.order_id).map(cleanOrder);
  const items = latestOf(rows.order_items, (row) => JSON.stringify([row.order_id, String(row.line_number)]));
  const known = {
    orders: new Map(orders.map((order) => [order.order_id, order])),
    products: new Map(products.map((product) => [product.product_id, product])),
    customers: new Map(customers.map((customer) => [customer.customer_id, customer])),
  };
  const lines = items.flatMap((item) => {
    const order = known.orders.get(item.order_id);
    if (order === undefined) return [];
    const customer = order.customer_id === null ? undefined : known.customers.get(order.customer_id);
    return [lineOf(item, order, known.products.get(item.product_id), customer)];
  });
  const silver = {
    customers: customers.map((row) => ({ ...withoutModified(row) })),
    products: products.map(productRow),
    orders: orders.map(orderRow),
    order_items: items.map(itemRow),
    orphan_items: items.filter((item) => !known.orders.has(item.order_id)).map(itemRow),
    order_lines: lines.map(lineRow),
  };
  const until = asOf ?? greatest(orders.map(({ date }) => date));
  if (until === null) return { tables: silver, asOf: null };
  return {
    tables: { ...silver, ...computeStoreGold({ customers, products, orders, lines }, until) },
    asOf: until,
  };
}

function cleanCustomer(row: CustomerRow): Customer {
  const email = row.email === null ? null : asciiLower(row.email);
  const gender = row.gender === null ? null : asciiLower(row.gender);
  return {
    ...row,
    email: email !== null && /^[^@ \t\n]+@[^@ \t\n]+\.[^@ \t\n]+$/.test(email) ? email : null,
    phone:
      row.phone === null
        ? null
        : `${/^[^0-9]*\+/.test(row.phone) ? '+' : ''}${row.phone.replace(/[^0-9]/g, '')}`,
    gender:
      gender === null
        ? 'Unknown'
        : ['f', 'female', 'w', 'woman'].includes(gender)
          ? 'F'
          : ['m', 'male', 'man'].includes(gender)
            ? 'M'
            : 'X',
    customer_type: row.customer_type ?? 'Unknown',
    state: row.state ?? 'Unknown',
    country: row.country ?? 'Unknown',
  };
}

const statusGroups: Readonly<Record<string, Order['group']>> = {
  completed: 'completed',
  complete: 'completed',
  delivered: 'completed',
  shipped: 'completed',
  closed: 'completed',
  paid: 'completed',
  pending: 'open',
  processing: 'open',
  on_hold: 'open',
  created: 'open',
  approved: 'open',
  invoiced: 'open',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  failed: 'cancelled',
  unavailable: 'cancelled',
  returned: 'returned',
  refunded: 'returned',
};

function cleanOrder(row: OrderRow): Order {
  const status = asciiLower(row.status).replace(/[ -]/g, '_');
  return {
    ...row,
    status,
    group: statusGroups[status] ?? 'unknown',
    date: row.order_ts.slice(0, 10),
    month: `${row.order_ts.slice(0, 7)}-01`,
  };
}

function lineOf(
  item: ItemRow,
  order: Order,
  product: Product | undefined,
  customer: Customer | undefined,
): Line {
  const pct = item.discount_pct ?? 0n;
  const gross = item.quantity * item.unit_price;
  const discount = roundedQuotient(gross * pct, 10_000n);
  const unitCost = product?.unit_cost ?? null;
  const cost = unitCost === null ? null : item.quantity * unitCost;
  return {
    ...item,
    discount_pct: pct,
    order,
    product,
    customer,
    category: product?.category ?? 'Unknown',
    is_revenue: order.group === 'completed',
    gross,
    discount,
    net: gross - discount,
    cost,
    profit: cost === null ? null : gross - discount - cost,
  };
}

function withoutModified<Row extends SourcePlace>(row: Row) {
  const { source_modified_at: _, source_line, ...cells } = row;
  return { ...cells, source_line: String(source_line) };
}

function productRow(row: Product): Record<string, Cell> {
  return {
    ...withoutModified(row),
    list_price: decimal(row.list_price, 2),
    unit_cost: money(row.unit_cost),
    is_active: String(row.is_active),
  };
}

function orderRow(row: Order): Record<string, Cell> {
  const { date, month, group, ...cells } = withoutModified(row);
  return {
    ...cells,
    order_ts: timestamp(row.order_ts),
    status_group: group,
    order_date: date,
    order_month: month,
  };
}

function itemRow(row: ItemRow): Record<string, Cell> {
  return {
    ...withoutModified(row),
    line_number: String(row.line_number),
    quantity: String(row.quantity),
    unit_price: decimal(row.unit_price, 2),
    discount_pct: decimal(row.discount_pct ?? 0n, 4),
  };
}

function lineRow(line: Line): TableRows[number] {
  return {
    ...itemRow({
      order_id: line.order_id,
      line_number: line.line_number,
      product_id: line.product_id,
      quantity: line.quantity,
      unit_price: line.unit_price,
      discount_pct: line.discount_pct,
      source_file: line.source_file,
      source_modified_at: line.source_modified_at,
      source_line: line.source_line,
      load_id: line.load_id,
    }),
    customer_id: line.order.customer_id,
    customer_known: String(line.customer !== undefined),
    product_known: String(line.product !== undefined),
    category: line.category,
    order_ts: timestamp(line.order.order_ts),
    order_date: line.order.date,
    order_month: line.order.month,
    status: line.order.status,
    status_group: line.order.group,
    is_revenue: String(line.is_revenue),
    gross_amount: decimal(line.gross, 2),
    discount_amount: decimal(line.discount, 2),
    net_amount: decimal(line.net, 2),
    unit_cost: money(line.product?.unit_cost ?? null),
    cost_amount: money(line.cost),
    profit_amount: money(line.profit),
  };
}
