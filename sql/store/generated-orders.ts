import type { Calendar } from '../../core/generate/calendar.ts';
import { formatCents } from '../../core/generate/csv-text.ts';
import { attributeOf, createChooser, createRandom, type Random } from '../../core/generate/random.ts';
import { type Customers, customerIdOf } from './generated-customers.ts';
import type { Assortment } from './generated-products.ts';

export const ORDER_HEADER = 'order_id,customer_id,order_ts,status,payment_method,channel\n';
export const ITEM_HEADER = 'order_id,line_number,product_id,quantity,unit_price,discount_pct\n';

/** What orders are made of. Every order comes from its number, so that it is the same one in both of its files. */
export type Shop = {
  readonly seed: number;
  readonly calendar: Calendar;
  readonly customers: Customers;
  readonly assortment: Assortment;
  /** Coprime with the number of products, to scatter the popular ones over the categories. */
  readonly stride: number;
};

/** When an order is placed: orders of a day are numbered as they come. */
export type OrderSlot = { readonly order: number; readonly time: number };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The orders of some days: day by day, from early morning to before midnight. */
export function* listSlots(
  calendar: Calendar,
  fromDay: number,
  span: { readonly from: number; readonly to: number },
): Iterable<OrderSlot> {
  let day = fromDay;
  for (let order = span.from; order < span.to; order += 1) {
    while (calendar.firstOn(day + 1) <= order) {
      day += 1;
    }
    const first = calendar.firstOn(day);
    const share = (order - first + 0.5) / (calendar.firstOn(day + 1) - first);
    yield {
      order,
      time: calendar.startOf(day) + 6 * HOUR + Math.floor((share * 17.5 * HOUR) / 1_000) * 1_000,
    };
  }
}

export function makeOrder(shop: Shop, slot: OrderSlot): readonly string[] {
  const random = createRandom(shop.seed, 2 * slot.order);
  const time = slot.time;
  const isRecent = time > shop.calendar.startOf(shop.calendar.days) - 10 * DAY;
  return [
    orderIdOf(slot.order),
    customerIdOf(shop.customers.buyerAt(time, random.uniform)),
    new Date(time).toISOString().slice(0, 19).replace('T', ' '),
    (isRecent ? chooseRecentStatus : chooseStatus)(random.uniform()),
    choosePayment(random.uniform()),
    chooseChannel(random.uniform()),
  ];
}

export function* makeItems(shop: Shop, slot: OrderSlot): Iterable<readonly string[]> {
  const random = createRandom(shop.seed, 2 * slot.order + 1);
  const isSale = random.chance(isBlackWeek(slot.time) ? 0.6 : 0.04);
  const ranks: number[] = [];
  const lines = Math.min(chooseLines(random.uniform()), shop.assortment.count);
  for (let line = 1; line <= lines; line += 1) {
    const rank = pickRank(shop, random, ranks);
    ranks.push(rank);
    const index = (rank * shop.stride) % shop.assortment.count;
    const product = shop.assortment.productAt(index);
    const isCheap = product.listPrice < 2_500;
    yield [
      orderIdOf(slot.order),
      String(line),
      product.id,
      String((isCheap ? chooseManyUnits : chooseUnits)(random.uniform())),
      formatCents(priceAt(shop, index, product.listPrice, slot.time)),
      formatCents((isSale ? chooseSaleDiscount : chooseDiscount)(random.uniform())),
    ];
  }
}

function orderIdOf(order: number): string {
  return `O${String(order + 1).padStart(7, '0')}`;
}

/** How many ranks next to each other are bought together. */
const BUNDLE = 3;

/** Popular products more often, and often what goes with the first product; none twice in an order. */
function pickRank(shop: Shop, random: Random, taken: readonly number[]): number {
  const { count } = shop.assortment;
  let rank = random.rank(count, 1.7);
  if (taken.length > 0 && random.chance(0.45)) {
    const bundle = taken[0]! - (taken[0]! % BUNDLE);
    rank = Math.min(bundle + random.integer(0, BUNDLE - 1), count - 1);
  }
  while (taken.includes(rank)) {
    rank = (rank + 1) % count;
  }
  return rank;
}

/** Most list prices rose with the second year. */
function priceAt(shop: Shop, index: number, listPrice: number, time: number): number {
  const isBefore = time < shop.calendar.startOf(0) + 366 * DAY;
  return isBefore && attributeOf(shop.seed, KIND.rise, index) < 0.6
    ? Math.round(listPrice * 0.96)
    : listPrice;
}

const KIND = { rise: 41 } as const;

function isBlackWeek(time: number): boolean {
  const date = new Date(time);
  return date.getUTCMonth() === 10 && date.getUTCDate() >= 22;
}

/** 2.57 lines an order. */
const chooseLines = createChooser([
  [1, 24],
  [2, 31],
  [3, 22],
  [4, 13],
  [5, 7],
  [6, 3],
]);

const chooseUnits = createChooser([
  [1, 84],
  [2, 12],
  [3, 4],
]);
const chooseManyUnits = createChooser([
  [1, 58],
  [2, 22],
  [3, 9],
  [4, 6],
  [6, 3],
  [10, 2],
]);

/** Per cent. */
const chooseDiscount = createChooser([
  [0, 70],
  [5, 10],
  [10, 12],
  [15, 5],
  [20, 3],
]);
const chooseSaleDiscount = createChooser([
  [10, 15],
  [15, 20],
  [20, 35],
  [25, 20],
  [30, 10],
]);

const chooseStatus = createChooser([
  ['completed', 81.5],
  ['delivered', 3.5],
  ['cancelled', 5.5],
  ['returned', 4.5],
  ['refunded', 2],
  ['failed', 1],
  ['on_hold', 1],
  ['pending', 1],
]);
/** Orders of the last days are still on their way. */
const chooseRecentStatus = createChooser([
  ['completed', 45],
  ['shipped', 20],
  ['processing', 20],
  ['pending', 11],
  ['cancelled', 4],
]);

const choosePayment = createChooser([
  ['credit_card', 46],
  ['paypal', 24],
  ['debit_card', 14],
  ['apple_pay', 9],
  ['bank_transfer', 5],
  ['gift_card', 2],
]);

const chooseChannel = createChooser([
  ['web', 52],
  ['mobile_app', 34],
  ['store', 8],
  ['marketplace', 4],
  ['phone', 2],
]);
