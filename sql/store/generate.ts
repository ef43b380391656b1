import { createDirt, type Dirt } from '../../core/generate/broken-records.ts';
import { formatDate, listPeriods, spreadOverDays } from '../../core/generate/calendar.ts';
import { type GeneratedFile, type PackGenerator, partPath } from '../../core/generate/generator.ts';
import { createRandom } from '../../core/generate/random.ts';
import { CUSTOMER_HEADER, createCustomers } from './generated-customers.ts';
import { DEFECTS } from './generated-defects.ts';
import { ITEM_HEADER, listSlots, makeItems, makeOrder, ORDER_HEADER, type Shop } from './generated-orders.ts';
import { createAssortment, formatProduct, PRODUCT_HEADER } from './generated-products.ts';

/**
 * A shop's export of the years 2024 and 2025: at scale 1, 500 customers, 100 products (20 in each of five categories),
 * 1,000 orders and about 2,570 items. The scale multiplies all of these but the categories. Orders grow from month to
 * month and peak before Christmas; a few customers place most orders, some never one, some stop; products that go
 * together are bought together. Every reference resolves and no key comes twice. Delivered are the assortment and the
 * first customers, then at the end of each quarter its new customers, orders and items.
 */
export const generate: PackGenerator = function* (options) {
  const shop = openShop(options.seed, options.scale);
  const dirt = openDirt(options.seed, options.dirtyShare);
  const opening = formatDate(FIRST_DAY);
  let customers = shop.customers.registeredBy(FIRST_DAY - 1);
  yield* openFiles('products', opening, { from: 0, to: shop.assortment.count }, (span) =>
    dirt.products.addTo(
      PRODUCT_HEADER,
      mapSpan(span, (at) => formatProduct(shop.assortment.productAt(at))),
    ),
  );
  yield* openFiles('customers', opening, { from: 0, to: customers }, (span) =>
    dirt.customers.addTo(CUSTOMER_HEADER, mapSpan(span, shop.customers.fieldsOf)),
  );
  for (const quarter of listPeriods(shop.calendar, 3)) {
    const known = shop.customers.registeredBy(shop.calendar.startOf(quarter.to) - 1);
    yield* openFiles('customers', quarter.lastDate, { from: customers, to: known }, (span) =>
      dirt.customers.addTo(CUSTOMER_HEADER, mapSpan(span, shop.customers.fieldsOf)),
    );
    customers = known;
    const orders = { from: shop.calendar.firstOn(quarter.from), to: shop.calendar.firstOn(quarter.to) };
    yield* openFiles('orders', quarter.lastDate, orders, (span) =>
      dirt.orders.addTo(ORDER_HEADER, makeOrders(shop, quarter.from, span)),
    );
    yield* openFiles('order_items', quarter.lastDate, orders, (span) =>
      dirt.order_items.addTo(ITEM_HEADER, makeAllItems(shop, quarter.from, span)),
    );
  }
};

const FIRST_DAY = Date.UTC(2024, 0, 1);
const LAST_DAY = Date.UTC(2025, 11, 31);
const DAYS = 731;
const THINGS_A_FILE = 50_000;

/** January to December. */
const SEASON = [0.78, 0.78, 0.9, 0.95, 1, 0.95, 0.88, 0.9, 1, 1.05, 1.5, 1.6] as const;
/** Sunday to Saturday. */
const WEEK = [1.2, 0.95, 0.9, 0.9, 0.95, 1, 1.1] as const;

function openShop(seed: number, scale: number): Shop {
  const assortment = createAssortment(seed, Math.max(1, Math.round(20 * scale)));
  const orders = Math.max(1, Math.round(1_000 * scale));
  return {
    seed,
    calendar: spreadOverDays(orders, FIRST_DAY, DAYS, weightOf),
    customers: createCustomers(seed, Math.max(1, Math.round(500 * scale)), FIRST_DAY, LAST_DAY),
    assortment,
    stride: findStride(assortment.count),
  };
}

/** Half as many orders again after a year, and double after two. */
function weightOf(date: Date): number {
  const growth = 1 + (date.getTime() - FIRST_DAY) / (LAST_DAY - FIRST_DAY);
  return growth * SEASON[date.getUTCMonth()]! * WEEK[date.getUTCDay()]!;
}

/** The golden section scatters numbers most evenly. */
function findStride(count: number): number {
  const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
  let stride = Math.max(1, Math.round(count * 0.618));
  while (greatestDivisor(stride, count) !== 1) {
    stride += 1;
  }
  return stride;
}

/** Broken records have their own chance, so that the good ones do not change with their share. */
function openDirt(seed: number, share: number): Readonly<Record<keyof typeof DEFECTS, Dirt>> {
  return {
    customers: createDirt(share, createRandom(seed, 0xffffff01), DEFECTS.customers),
    products: createDirt(share, createRandom(seed, 0xffffff02), DEFECTS.products),
    orders: createDirt(share, createRandom(seed, 0xffffff03), DEFECTS.orders),
    order_items: createDirt(share, createRandom(seed, 0xffffff04), DEFECTS.order_items),
  };
}

/** Things `from` to `to` (exclusive). */
type Span = { readonly from: number; readonly to: number };

/** One file for a delivery, or more where it is long; none where there is nothing to deliver. */
function* openFiles(
  dataset: string,
  date: string,
  span: Span,
  read: (span: Span) => GeneratedFile['records'],
): Iterable<GeneratedFile> {
  for (let from = span.from, part = 1; from < span.to; from += THINGS_A_FILE, part += 1) {
    yield {
      path: partPath(dataset, date, part),
      records: read({ from, to: Math.min(span.to, from + THINGS_A_FILE) }),
    };
  }
}

function* mapSpan(span: Span, fieldsOf: (index: number) => readonly string[]): Iterable<readonly string[]> {
  for (let index = span.from; index < span.to; index += 1) {
    yield fieldsOf(index);
  }
}

function* makeOrders(shop: Shop, firstDay: number, span: Span): Iterable<readonly string[]> {
  for (const slot of listSlots(shop.calendar, firstDay, span)) {
    yield makeOrder(shop, slot);
  }
}

function* makeAllItems(shop: Shop, firstDay: number, span: Span): Iterable<readonly string[]> {
  for (const slot of listSlots(shop.calendar, firstDay, span)) {
    yield* makeItems(shop, slot);
  }
}
