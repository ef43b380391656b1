import * as fc from 'fast-check';
import { decimal, text } from '../../support/oracle/decimals.ts';
import { delivered, some, someTime } from '../../support/oracle/deliveries.ts';
import type { SourcePlace } from '../../support/oracle/rows.ts';
import type { Cell } from '../../support/sql-harness.ts';
import type { OrderItemRow } from './oracle.ts';

const billionths = [
  'order_item_discount',
  'order_item_discount_rate',
  'order_item_product_price',
  'order_item_profit_ratio',
  'sales',
  'order_item_total',
  'order_profit_per_order',
  'product_price',
] as const;

/** The row as text, the form that the harness takes, with bronze's derived dates. */
export function toCells(row: OrderItemRow): Readonly<Record<string, Cell>> {
  const cells: Record<string, Cell> = {};
  for (const [name, value] of Object.entries(row)) {
    cells[name] = typeof value === 'bigint' ? text(value) : value;
  }
  for (const name of billionths) {
    const value = row[name];
    cells[name] = value === null ? null : decimal(value, 9);
  }
  return {
    ...cells,
    row_hash: 'ab',
    order_date: row.order_date_dateorders.slice(0, 10),
    shipping_date: row.shipping_date_dateorders?.slice(0, 10) ?? null,
  };
}

/** Days that are the edges of windows of 90 and 180 days before the last ones, and of months and leap years. */
export const days = some(
  '2015-12-31',
  '2016-09-02',
  '2017-07-05',
  '2017-08-03',
  '2017-08-04',
  '2017-11-01',
  '2017-11-02',
  '2018-01-30',
  '2018-01-31',
);

/** Rows that meet each other: few values, so that corrections, versions that return, ties and same-day changes are common. */
export function orderItemRows(maximum: number): fc.Arbitrary<readonly OrderItemRow[]> {
  const time = someTime(days, '00:00:00.000000', '09:30:00.000000', '23:59:59.999999');
  const row: fc.Arbitrary<Omit<OrderItemRow, keyof SourcePlace>> = fc.record({
    type: some(null, 'DEBIT'),
    days_for_shipping_real: some(-1n, 0n, 4n, 5n, 10000n),
    days_for_shipment_scheduled: some(0n, 4n),
    delivery_status: some(null, 'Late delivery', 'Shipping canceled', 'shipping canceled'),
    category_id: some(null, 73n, 74n),
    category_name: some(null, 'Sporting Goods'),
    customer_city: some(null, 'Caguas'),
    customer_country: some('EE. UU.', 'Puerto Rico'),
    customer_fname: some('Irene', 'Ｉrene'),
    customer_id: fc.bigInt(1n, 9n),
    customer_lname: some(null, 'Luna'),
    customer_segment: some(null, 'Consumer', ''),
    customer_state: some('PR'),
    customer_street: some(null, '83 Calm Walk'),
    customer_zipcode: some(null, '725.0', '725', '00725', '123456', '7x', '.0', '12345.00'),
    department_id: some(null, 2n, 3n),
    department_name: some(null, 'Fitness', 'Ärzte', 'Golf'),
    market: some(null, 'LATAM'),
    order_city: some(null, 'Bikaner'),
    order_country: some('India'),
    order_date_dateorders: time,
    order_id: fc.bigInt(1n, 12n),
    order_item_discount: some(0n, 13_110_000_610n, 5_000_000n),
    order_item_discount_rate: some(null, 40_000_001n, 50_000n, 1000_000_000_000n, -1000_000_000_000n),
    order_item_id: fc.bigInt(1n, 30n),
    order_item_product_price: some(327_750_000_000n, 5_000_000n, 0n),
    order_item_profit_ratio: some(null, -2_750_000_000n, 49_999n),
    order_item_quantity: some(1n, 2n, 5n),
    sales: some(327_750_000_000n, 49_980_000_000n, 4_999_999n),
    order_item_total: some(314_640_014_600n, 314_640_014_600n, 100_000_000_000n, 0n, 5_000_000n),
    order_profit_per_order: some(
      91_250_000_000n,
      -249_089_996_300n,
      10_000_000_000n,
      15_000_000_000n,
      47_196_002_190n,
      5_000_000n,
    ),
    order_region: some(null, 'South Asia'),
    order_state: some(null, 'Rajastán'),
    order_status: some(
      'COMPLETE',
      'complete',
      'COMPLETE',
      'CLOSED',
      'CLOSED',
      'CANCELED',
      'SUSPECTED_FRAUD',
      'PENDING_PAYMENT',
      'ON_HOLD',
      'PAYMENT_REVIEW',
      'LOST',
    ),
    order_zipcode: some(null, '1.00', '94109'),
    product_card_id: some(1n, 2n, 3n, 4n, 5n, 6n, 1360n),
    product_image: some(null, 'http://images.example/1'),
    product_name: some(null, 'Smart watch', '～', '😀'),
    product_price: some(null, 327_750_000_000n, 327_750_001_000n, 5_000_000n),
    product_status: some(null, 0n, 1n),
    shipping_date_dateorders: fc.option(time, { nil: null }),
    shipping_mode: some(null, 'Standard Class'),
  });
  return delivered(row, maximum);
}

/** Fields of a well-formed record by their folded header cell (`orderitemid`), as rows of the oracle. */
export function orderItemOf(fields: Readonly<Record<string, string>>, place: SourcePlace): OrderItemRow {
  const field = (name: string): string | null => (fields[name] ?? '').trim() || null;
  const given = (name: string): string => field(name) ?? '';
  const whole = (name: string) => (field(name) === null ? null : BigInt(given(name)));
  const fine = (name: string) => (field(name) === null ? null : toBillionths(given(name)));
  return {
    type: field('type'),
    days_for_shipping_real: BigInt(given('daysforshippingreal')),
    days_for_shipment_scheduled: BigInt(given('daysforshipmentscheduled')),
    delivery_status: field('deliverystatus'),
    category_id: whole('categoryid'),
    category_name: field('categoryname'),
    customer_city: field('customercity'),
    customer_country: field('customercountry'),
    customer_fname: field('customerfname'),
    customer_id: BigInt(given('customerid')),
    customer_lname: field('customerlname'),
    customer_segment: field('customersegment'),
    customer_state: field('customerstate'),
    customer_street: field('customerstreet'),
    customer_zipcode: field('customerzipcode'),
    department_id: whole('departmentid'),
    department_name: field('departmentname'),
    market: field('market'),
    order_city: field('ordercity'),
    order_country: field('ordercountry'),
    order_date_dateorders: toTimestamp(given('orderdatedateorders')),
    order_id: BigInt(given('orderid')),
    order_item_discount: toBillionths(given('orderitemdiscount')),
    order_item_discount_rate: fine('orderitemdiscountrate'),
    order_item_id: BigInt(given('orderitemid')),
    order_item_product_price: toBillionths(given('orderitemproductprice')),
    order_item_profit_ratio: fine('orderitemprofitratio'),
    order_item_quantity: BigInt(given('orderitemquantity')),
    sales: toBillionths(given('sales')),
    order_item_total: toBillionths(given('orderitemtotal')),
    order_profit_per_order: toBillionths(given('orderprofitperorder')),
    order_region: field('orderregion'),
    order_state: field('orderstate'),
    order_status: given('orderstatus'),
    order_zipcode: field('orderzipcode'),
    product_card_id: BigInt(given('productcardid')),
    product_image: field('productimage'),
    product_name: field('productname'),
    product_price: fine('productprice'),
    product_status: whole('productstatus'),
    shipping_date_dateorders:
      field('shippingdatedateorders') === null ? null : toTimestamp(given('shippingdatedateorders')),
    shipping_mode: field('shippingmode'),
    ...place,
  };
}

function toBillionths(value: string): bigint {
  const [whole = '', fraction = ''] = value.replace('-', '').split('.');
  const size = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return value.startsWith('-') ? -size : size;
}

/** `1/13/2018 0:33` */
function toTimestamp(value: string): string {
  const [month = '', day = '', year = '', hour = '', minute = ''] = value.split(/[/ :]/);
  const two = (part: string) => part.padStart(2, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:00.000000`;
}
