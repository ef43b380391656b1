import type { Calendar } from '../../core/generate/calendar.ts';
import { attributeOf, createChooser, createRandom, type Random } from '../../core/generate/random.ts';
import { customerAt, type TimeSpan } from './generated-customers.ts';
import { formatLine, type Line, type Order } from './generated-line.ts';
import { chooseDestination } from './generated-places.ts';
import { type Product, productAt } from './generated-products.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What orders are made of: an order comes from its number alone, so that it can be made again to correct it. */
export type Company = {
  readonly seed: number;
  readonly calendar: Calendar;
  readonly span: TimeSpan;
  readonly customers: number;
  readonly products: readonly Product[];
};

/** An order that is to be made: its number, its day, and the first number of its items. */
export type OrderSlot = { readonly order: number; readonly day: number; readonly firstItem: number };

/** All lines of an order as first delivered. */
export function makeOrder(company: Company, slot: OrderSlot): readonly (readonly string[])[] {
  const { order, lines } = drawOrder(company, slot);
  return lines.map((line) => formatLine(order, line));
}

/** The lines of an order that are delivered again because something about them was wrong or has changed. */
export function correctOrder(company: Company, slot: OrderSlot): readonly (readonly string[])[] {
  const { order, lines } = drawOrder(company, slot);
  const kind = attributeOf(company.seed, KIND.correction, slot.order);
  if (kind < 0.6) {
    const settled = { ...order, status: settle(order.status) };
    return lines.map((line) => formatLine(settled, line));
  }
  if (kind < 0.85) {
    const line = lines[0]!;
    return [formatLine(order, { ...line, quantity: line.quantity + 1, discountRate: 0 })];
  }
  // The goods had gone to another address than the one that was delivered.
  const customer = customerAt(company.seed, order.customer.id - 1, order.time, company.span, true);
  return lines.map((line) => formatLine({ ...order, customer }, line));
}

export function countLines(company: Company, order: number): number {
  return chooseLines(attributeOf(company.seed, KIND.lines, order));
}

/** One in 150 comes a month late. */
export function isLate(company: Company, order: number): boolean {
  return attributeOf(company.seed, KIND.late, order) < 1 / 150;
}

/** One in 60 is corrected a month later. */
export function isCorrected(company: Company, order: number): boolean {
  return attributeOf(company.seed, KIND.corrected, order) < 1 / 60 && !isLate(company, order);
}

function drawOrder(
  company: Company,
  slot: OrderSlot,
): { readonly order: Order; readonly lines: readonly Line[] } {
  const { seed, span } = company;
  const random = createRandom(seed, slot.order);
  const time = timeOf(company, slot);
  const { customer, isElsewhere } = buyerOf(company, slot);
  const [type, status] = choosePayment(random.uniform());
  const shipping = drawShipping(random, time);
  const destination = chooseDestination(random.uniform());
  const lines: Line[] = [];
  for (let line = countLines(company, slot.order); line > 0; line -= 1) {
    lines.push(drawLine(company, random, time, slot.firstItem + lines.length));
  }
  return {
    order: {
      id: slot.order + 1,
      time,
      customer: customerAt(seed, customer, time, span, isElsewhere),
      type,
      status,
      ...shipping,
      destination,
    },
    lines,
  };
}

/** Orders come around the clock, in their order, to the minute. */
function timeOf(company: Company, slot: OrderSlot): number {
  const first = company.calendar.firstOn(slot.day);
  const share = (slot.order - first + 0.5) / (company.calendar.firstOn(slot.day + 1) - first);
  return company.calendar.startOf(slot.day) + Math.floor(share * 24 * 60) * 60_000;
}

/**
 * One order in forty is the second one of its customer on the day, and mostly one of the two goes by another address: then
 * the customer changes on a day, or there and back.
 */
function buyerOf(
  company: Company,
  slot: OrderSlot,
): { readonly customer: number; readonly isElsewhere: boolean } {
  const { seed } = company;
  const { order } = slot;
  const follows = (each: number): boolean =>
    each > company.calendar.firstOn(slot.day) &&
    each < company.calendar.firstOn(slot.day + 1) &&
    attributeOf(seed, KIND.follows, each) < 1 / 40 &&
    attributeOf(seed, KIND.follows, each - 1) >= 1 / 40;
  const elsewhere = (each: number): number => attributeOf(seed, KIND.elsewhere, each);
  if (follows(order)) {
    return { customer: drawCustomer(company, slot, order - 1), isElsewhere: elsewhere(order) < 0.5 };
  }
  const isElsewhere = follows(order + 1) && elsewhere(order + 1) >= 0.75;
  return { customer: drawCustomer(company, slot, order), isElsewhere };
}

/** Customers are numbered as they come, 40 in 100 from the start; early ones and some more than others buy often. */
function drawCustomer(company: Company, slot: OrderSlot, order: number): number {
  const known = Math.ceil(company.customers * (0.4 + (0.6 * slot.day) / company.calendar.days));
  return Math.floor(known * attributeOf(company.seed, KIND.customer, order) ** 1.3);
}

function drawLine(company: Company, random: Random, time: number, itemId: number): Line {
  const product = productAt(company.products[random.rank(company.products.length, 2.6)]!, time);
  const isDear = product.price >= 10_000;
  return {
    itemId,
    product,
    quantity: isDear && random.chance(0.93) ? 1 : random.integer(1, 5),
    discountRate: random.pick(DISCOUNT_RATES),
    profitRatio: random.chance(0.8)
      ? Math.round(50 - 50 * random.uniform() ** 1.5)
      : -Math.round(275 * random.uniform() ** 3),
  };
}

type Shipping = Pick<Order, 'shippingMode' | 'scheduledDays' | 'realDays' | 'shippedAt'>;

/** First class is planned for one day and takes two; standard and second class take two to six. */
function drawShipping(random: Random, time: number): Shipping {
  const [shippingMode, scheduledDays] = chooseMode(random.uniform());
  if (shippingMode === 'Same Day') {
    const shippedAt = time + 12 * HOUR;
    return {
      shippingMode,
      scheduledDays,
      realDays: Math.floor(shippedAt / DAY) - Math.floor(time / DAY),
      shippedAt,
    };
  }
  const realDays = shippingMode === 'First Class' ? 2 : random.integer(2, 6);
  return { shippingMode, scheduledDays, realDays, shippedAt: time + realDays * DAY };
}

/** What becomes of an order that was open; a settled one is cancelled after all. */
function settle(status: string): string {
  if (status === 'COMPLETE' || status === 'CLOSED') {
    return 'CANCELED';
  }
  return status === 'CANCELED' || status === 'SUSPECTED_FRAUD' ? 'PENDING' : 'COMPLETE';
}

const KIND = {
  lines: 41,
  late: 42,
  corrected: 43,
  correction: 44,
  follows: 45,
  elsewhere: 46,
  customer: 47,
} as const;

/** Per cent. */
const DISCOUNT_RATES = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 13, 15, 16, 17, 18, 20, 25];

/** 2.75 lines an order. */
const chooseLines = createChooser([
  [1, 26],
  [2, 20],
  [3, 20],
  [4, 21],
  [5, 13],
]);

const chooseMode = createChooser<readonly [string, number]>([
  [['Standard Class', 4], 60],
  [['Second Class', 2], 19.5],
  [['First Class', 1], 15.5],
  [['Same Day', 0], 5],
]);

/** Type of payment and status: shares of the data set. */
const choosePayment = createChooser<readonly [string, string]>([
  [['DEBIT', 'COMPLETE'], 33],
  [['DEBIT', 'ON_HOLD'], 5.4],
  [['PAYMENT', 'PENDING_PAYMENT'], 22],
  [['PAYMENT', 'PAYMENT_REVIEW'], 1],
  [['TRANSFER', 'PENDING'], 11.2],
  [['TRANSFER', 'PROCESSING'], 12.1],
  [['TRANSFER', 'SUSPECTED_FRAUD'], 2.3],
  [['TRANSFER', 'CANCELED'], 2],
  [['CASH', 'CLOSED'], 11],
]);
