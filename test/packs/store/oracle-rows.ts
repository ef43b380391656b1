import * as fc from 'fast-check';
import { decimal, money, text } from '../../support/oracle/decimals.ts';
import { delivered, some, someTime } from '../../support/oracle/deliveries.ts';
import type { SourcePlace } from '../../support/oracle/rows.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import type { CustomerRow, ItemRow, OrderRow, ProductRow, StoreRows } from './oracle.ts';

/** Replaces bronze by the rows, written as text, the form that the harness takes. */
export async function putStore(harness: SqlHarness, rows: StoreRows): Promise<void> {
  const tables: Readonly<Record<keyof StoreRows, TableRows>> = {
    customers: rows.customers.map(withLine),
    products: rows.products.map((row) => ({
      ...withLine(row),
      list_price: decimal(row.list_price, 2),
      unit_cost: money(row.unit_cost),
      is_active: row.is_active === null ? null : String(row.is_active),
    })),
    orders: rows.orders.map(withLine),
    order_items: rows.order_items.map((row) => ({
      ...withLine(row),
      line_number: String(row.line_number),
      quantity: String(row.quantity),
      unit_price: decimal(row.unit_price, 2),
      discount_pct: row.discount_pct === null ? null : decimal(row.discount_pct, 4),
    })),
  };
  for (const [name, cells] of Object.entries(tables)) await harness.putBronze(name, cells);
}

function withLine<Row extends SourcePlace>(row: Row): Omit<Row, 'source_line'> & { source_line: string } {
  return { ...row, source_line: text(row.source_line) ?? '' };
}

/** Days that are the edges of windows of 30, 60, 90 and 180 days before the last ones, and of months and leap years. */
export const days = some(
  '2022-12-31',
  '2023-01-01',
  '2023-03-01',
  '2023-07-05',
  '2023-09-02',
  '2023-10-03',
  '2023-12-02',
  '2024-01-31',
  '2024-02-28',
  '2024-02-29',
  '2024-03-01',
);

const customerIds = ['1', '2', '10', 'b', 'ä', '～', '😀', 'unseen'];
const productIds = ['p1', 'p2', 'p10', 'P1', 'ä', 'unseen'];
const orderIds = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6', 'o7', 'o8', 'o9', 'o10'];

/** Rows that meet each other: few values, so that corrections, ties, orphans and unknown parents are common. */
export function storeRows(size: number): fc.Arbitrary<StoreRows> {
  const customer: fc.Arbitrary<Omit<CustomerRow, keyof SourcePlace>> = fc.record({
    customer_id: some(...customerIds.slice(0, -1)),
    first_name: some(null, 'Ann'),
    last_name: some(null, 'Öz'),
    email: some(null, 'Ann@Shop.example', 'a@b', 'two@@shop.example', 'a b@shop.example', 'ÄNN@SHOP.Example'),
    phone: some(null, '+44 (0)20 7946-0018', '(+1) 555 01', '020 7946 0018', '555+01', 'none'),
    gender: some(null, 'F', 'female', 'Woman', 'w', 'm', 'MALE', 'man', 'nonbinary', 'ſ'),
    birth_date: some(
      null,
      '2004-02-29',
      '2006-03-01',
      '1999-12-31',
      '1959-01-31',
      '1904-02-29',
      '1901-01-01',
      '2024-02-29',
      '2030-01-01',
    ),
    customer_type: some(null, 'Consumer', 'Corporate'),
    city: some(null, 'Ghent'),
    state: some(null, 'East'),
    country: some(null, 'Belgium', 'Åland'),
    postal_code: some(null, '9000'),
    registration_date: some(null, '2022-01-01', '2025-01-01'),
  });
  const product: fc.Arbitrary<Omit<ProductRow, keyof SourcePlace>> = fc.record({
    product_id: some(...productIds.slice(0, -1)),
    product_name: some('Lamp', 'Chair'),
    category: some(null, 'Unknown', 'Home', 'ähnlich', 'Ähnlich'),
    sub_category: some(null, 'Light'),
    brand: some(null, 'Lux'),
    list_price: some(0n, 999n, 1000n, 4999n, 5000n, 19999n, 20000n, 100000000n),
    unit_cost: some(null, 0n, 333n, 1000n, 100000000n),
    is_active: some(null, true, false),
  });
  const order: fc.Arbitrary<Omit<OrderRow, keyof SourcePlace>> = fc.record({
    order_id: some(...orderIds.slice(0, -1)),
    customer_id: some(null, ...customerIds, ...customerIds),
    order_ts: someTime(days, '00:00:00.000000', '12:30:15.250000', '23:59:59.999999'),
    status: some(
      'completed',
      'COMPLETE',
      'Delivered',
      'shipped',
      'paid',
      'closed',
      'On Hold',
      'on-hold',
      'invoiced',
      'cancelled',
      'CANCELED',
      'unavailable',
      'Returned',
      'refunded',
      'lost in space',
    ),
    payment_method: some(null, 'card'),
    channel: some(null, 'web'),
  });
  const item: fc.Arbitrary<Omit<ItemRow, keyof SourcePlace>> = fc.record({
    order_id: some(...orderIds),
    line_number: some(1n, 2n, 3n),
    product_id: some(...productIds),
    quantity: some(1n, 1n, 2n, 3n, 100000n),
    unit_price: some(0n, 1n, 999n, 999n, 333n, 5000n),
    discount_pct: some(null, 0n, 1n, 1250n, 3333n, 10000n),
  });
  return fc.record({
    customers: delivered(customer, size),
    products: delivered(product, size),
    orders: delivered(order, size * 2),
    order_items: delivered(item, size * 4),
  });
}
