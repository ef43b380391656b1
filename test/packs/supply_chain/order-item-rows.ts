import type { Cell, TableRows } from '../../support/sql-harness.ts';

/** Cells of a record of `bronze_complete`, by column. */
export type OrderItemCells = Readonly<Record<string, Cell>>;

/** Cells that a test sets, and the time of the order, or its day alone. */
export type DeliveredItem = OrderItemCells & { readonly at?: string };

/** A completed order item of one customer and product. */
const line: OrderItemCells = {
  type: 'DEBIT',
  days_for_shipping_real: '3',
  days_for_shipment_scheduled: '4',
  delivery_status: 'Advance shipping',
  category_id: '73',
  category_name: 'Sporting Goods',
  customer_city: 'Caguas',
  customer_country: 'Puerto Rico',
  customer_email: 'XXXXXXXXX',
  customer_fname: 'Cally',
  customer_id: '20755',
  customer_lname: 'Holloway',
  customer_password: 'REDACTED',
  customer_segment: 'Consumer',
  customer_state: 'PR',
  customer_street: '5365 Noble Nectar Island',
  customer_zipcode: '725.0',
  department_id: '2',
  department_name: 'Fitness',
  market: 'Pacific Asia',
  order_city: 'Bekasi',
  order_country: 'Indonesia',
  order_id: '77202',
  order_item_discount: '13.109999660',
  order_item_discount_rate: '0.039999999',
  order_item_id: '180517',
  order_item_product_price: '327.750000000',
  order_item_profit_ratio: '0.289999992',
  order_item_quantity: '1',
  sales: '327.750000000',
  order_item_total: '314.640014600',
  order_profit_per_order: '91.250000000',
  order_region: 'Southeast Asia',
  order_state: 'Java Occidental',
  order_status: 'COMPLETE',
  order_zipcode: null,
  product_card_id: '1360',
  product_image: 'http://images.acmesports.sports/Smart+watch',
  product_name: 'Smart watch',
  product_price: '327.750000000',
  product_status: '0',
  shipping_date_dateorders: '2018-02-03 22:56:00',
  shipping_mode: 'Standard Class',
  source_file: 'a.csv',
  source_modified_at: '2026-01-01 00:00:00',
  load_id: 'aa',
};

/**
 * Records of one file, each on its own line and with its own order item and order unless the cells say otherwise.
 */
export function orderItems(...records: readonly DeliveredItem[]): TableRows {
  return records.map(({ at = '2018-01-31 22:56:00', ...cells }, index) => {
    const time = at.length === 10 ? `${at} 12:00:00` : at;
    const row: OrderItemCells = {
      ...line,
      order_item_id: String(index + 1),
      order_id: String(index + 1),
      source_line: String(index + 2),
      order_date_dateorders: time,
      ...cells,
    };
    const shipped: Cell = row.shipping_date_dateorders ?? null;
    return {
      ...row,
      row_hash: `${row.load_id}-${row.source_line}`,
      order_date: time.slice(0, 10),
      shipping_date: shipped === null ? null : shipped.slice(0, 10),
    };
  });
}
