import { type Defect, recordDefects, replaceField } from '../../core/generate/broken-records.ts';
import { quoteField } from '../../core/generate/csv-text.ts';
import type { CustomerState } from './generated-customers.ts';
import { formatFloat, formatTime, formatZipcode } from './generated-numbers.ts';
import type { Destination } from './generated-places.ts';
import type { ProductState } from './generated-products.ts';

/** What the lines of an order share. */
export type Order = {
  readonly id: number;
  readonly time: number;
  readonly customer: CustomerState;
  readonly type: string;
  readonly status: string;
  readonly shippingMode: string;
  readonly scheduledDays: number;
  readonly realDays: number;
  readonly shippedAt: number;
  readonly destination: Destination;
};

export type Line = {
  readonly itemId: number;
  readonly product: ProductState;
  readonly quantity: number;
  /** Per cent. */
  readonly discountRate: number;
  /** Per cent of what is paid; below zero for a loss. */
  readonly profitRatio: number;
};

export const HEADER =
  'Type,Days for shipping (real),Days for shipment (scheduled),Benefit per order,Sales per customer,Delivery Status,' +
  'Late_delivery_risk,Category Id,Category Name,Customer City,Customer Country,Customer Email,Customer Fname,' +
  'Customer Id,Customer Lname,Customer Password,Customer Segment,Customer State,Customer Street,Customer Zipcode,' +
  'Department Id,Department Name,Latitude,Longitude,Market,Order City,Order Country,Order Customer Id,' +
  'order date (DateOrders),Order Id,Order Item Cardprod Id,Order Item Discount,Order Item Discount Rate,Order Item Id,' +
  'Order Item Product Price,Order Item Profit Ratio,Order Item Quantity,Sales,Order Item Total,Order Profit Per Order,' +
  'Order Region,Order State,Order Status,Order Zipcode,Product Card Id,Product Category Id,Product Description,' +
  'Product Image,Product Name,Product Price,Product Status,shipping date (DateOrders),Shipping Mode\n';

/** The 53 fields of a line, in the formats of the data set. */
export function formatLine(order: Order, line: Line): readonly string[] {
  const { customer, destination } = order;
  const { product } = line;
  const { home } = customer;
  // All amounts are whole cents before they are printed as floats, as the source once had them.
  const sales = product.price * line.quantity;
  const discount = Math.round((sales * line.discountRate) / 100);
  const total = sales - discount;
  const profit = formatFloat(Math.round((total * line.profitRatio) / 100) / 100);
  const price = formatFloat(product.price / 100);
  const paid = formatFloat(total / 100);
  const categoryId = String(product.category.id);
  const productId = String(product.id);
  const delivery = deliveryOf(order);
  const hasNumericZipcodes = order.time < ZIPCODES_FROM;
  return [
    order.type,
    String(order.realDays),
    String(order.scheduledDays),
    profit,
    paid,
    delivery,
    delivery === 'Late delivery' ? '1' : '0',
    categoryId,
    product.category.name,
    home.city,
    home.country,
    'XXXXXXXXX',
    customer.firstName,
    String(customer.id),
    customer.lastName,
    'XXXXXXXXX',
    customer.segment,
    home.state,
    customer.street,
    formatZipcode(home.zipcode, hasNumericZipcodes),
    String(product.category.departmentId),
    product.category.department,
    formatFloat(home.latitude + scatter(customer.id)),
    formatFloat(home.longitude + scatter(customer.id + 7)),
    destination.market,
    destination.city,
    destination.country,
    String(customer.id),
    formatTime(order.time),
    String(order.id),
    productId,
    formatFloat(discount / 100),
    formatFloat(line.discountRate / 100),
    String(line.itemId),
    price,
    formatFloat(line.profitRatio / 100),
    String(line.quantity),
    formatFloat(sales / 100),
    paid,
    profit,
    destination.region,
    destination.state,
    order.status,
    destination.zipcode === null ? '' : formatZipcode(destination.zipcode, hasNumericZipcodes),
    productId,
    categoryId,
    '',
    product.image,
    quoteField(product.name),
    price,
    String(product.status),
    formatTime(order.shippedAt),
    order.shippingMode,
  ];
}

/** The source once wrote zip codes as numbers; this is when it stopped. */
const ZIPCODES_FROM = Date.UTC(2017, 0, 1);

function deliveryOf(order: Order): string {
  if (order.status === 'CANCELED' || order.status === 'SUSPECTED_FRAUD') {
    return 'Shipping canceled';
  }
  if (order.realDays > order.scheduledDays) {
    return 'Late delivery';
  }
  return order.realDays < order.scheduledDays ? 'Advance shipping' : 'Shipping on time';
}

/** Degrees within a city. */
function scatter(customer: number): number {
  return ((customer * 7_919) % 1_000) / 20_000 - 0.025;
}

const PRODUCT_NAME = 48;

/** Each way in which the contract rejects a record. */
export const DEFECTS: readonly Defect[] = [
  replaceField('missing_required', 'days_for_shipping_real', 1, ''),
  replaceField('not_integer', 'days_for_shipping_real', 1, 'two'),
  replaceField('out_of_range', 'days_for_shipping_real', 1, '10001'),
  replaceField('missing_required', 'days_for_shipment_scheduled', 2, ' '),
  replaceField('out_of_range', 'days_for_shipment_scheduled', 2, '-10001'),
  replaceField('not_decimal', 'benefit_per_order', 3, '$152.60'),
  replaceField('out_of_range', 'sales_per_customer', 4, '1234567890.12'),
  replaceField('not_integer', 'late_delivery_risk', 6, '0.5'),
  replaceField('missing_required', 'customer_id', 13, 'NaN'),
  replaceField('not_decimal', 'latitude', 22, '18°14'),
  replaceField('out_of_range', 'longitude', 23, '66370.5'),
  replaceField('missing_required', 'order_date_dateorders', 28, ''),
  replaceField('not_timestamp', 'order_date_dateorders', 28, '13/1/2018 0:33'),
  replaceField('out_of_range', 'order_date_dateorders', 28, '1/13/1899 0:33'),
  replaceField('missing_required', 'order_id', 29, 'null'),
  replaceField('not_integer', 'order_id', 29, 'A-75905'),
  replaceField('missing_required', 'order_item_discount', 31, 'n/a'),
  replaceField('out_of_range', 'order_item_discount_rate', 32, '1000.5'),
  replaceField('missing_required', 'order_item_id', 33, ''),
  replaceField('out_of_range', 'order_item_id', 33, '9223372036854775808'),
  replaceField('missing_required', 'order_item_product_price', 34, 'NA'),
  replaceField('not_decimal', 'order_item_product_price', 34, '327_75'),
  replaceField('out_of_range', 'order_item_profit_ratio', 35, '-1000.01'),
  replaceField('missing_required', 'order_item_quantity', 36, ''),
  replaceField('not_integer', 'order_item_quantity', 36, '1.5'),
  replaceField('out_of_range', 'order_item_quantity', 36, '1000001'),
  replaceField('missing_required', 'sales', 37, ''),
  replaceField('missing_required', 'order_item_total', 38, ''),
  replaceField('missing_required', 'order_profit_per_order', 39, 'none'),
  replaceField('missing_required', 'order_status', 42, ''),
  replaceField('missing_required', 'product_card_id', 44, ''),
  replaceField('not_integer', 'product_status', 50, 'available'),
  replaceField('not_timestamp', 'shipping_date_dateorders', 51, '2/30/2018 4:03'),
  replaceField('rule:SUP-B1', 'order_item_quantity', 36, '0'),
  replaceField('rule:SUP-B2', 'sales', 37, '-327.75'),
  replaceField('rule:SUP-B2', 'order_item_total', 38, '-0.01'),
  replaceField('rule:SUP-B2', 'order_item_product_price', 34, '-1.0'),
  replaceField('rule:SUP-B2', 'order_item_discount', 31, '-9.829999924'),
  ...recordDefects(PRODUCT_NAME),
];
