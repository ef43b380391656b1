import { attributeOf, createChooser, createRandom, type Random } from '../../core/generate/random.ts';
import type { Line } from './generated-line.ts';
import { descriptionOf, priceOf, stockCodeOf } from './generated-products.ts';

/** What invoices are made of, and what making them remembers: its size does not grow with the scale. */
export type Shop = {
  readonly seed: number;
  readonly random: Random;
  readonly customers: number;
  readonly products: number;
  /** The latest merchandise lines of known customers, which may come back. */
  readonly recent: Line[];
  nextInvoice: number;
};

export function openShop(seed: number, scale: number): Shop {
  return {
    seed,
    random: createRandom(seed),
    customers: Math.max(20, Math.round(4_400 * scale)),
    // An assortment grows more slowly than its customers.
    products: Math.max(50, Math.round(3_600 * Math.sqrt(scale))),
    recent: [],
    nextInvoice: 536_365,
  };
}

/** The lines of the next invoice, of this time to the minute. */
export function* makeInvoice(shop: Shop, time: number): Iterable<Line> {
  const { random } = shop;
  const at = `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')}:00`;
  const kind = random.uniform();
  if (kind < 0.13 && shop.recent.length > 0) {
    yield* makeReturn(shop, at);
  } else if (kind < 0.155) {
    yield makeAdjustment(shop, at);
  } else if (kind < 0.156) {
    yield makeBadDebt(shop, at);
  } else {
    yield* makeOrder(shop, time, at);
  }
}

function* makeOrder(shop: Shop, time: number, at: string): Iterable<Line> {
  const { random } = shop;
  const isGuest = random.chance(0.08);
  const customer = isGuest ? null : FIRST_CUSTOMER + random.rank(shop.customers, 2.2);
  const country = customer === null ? HOME : chooseCountry(attributeOf(shop.seed, KIND.country, customer));
  const invoiceNo = takeInvoiceNo(shop);
  const isWholesale = customer !== null && attributeOf(shop.seed, KIND.wholesale, customer) < 0.12;
  // Guests' invoices are the web shop's collective ones: few, and long.
  const lines = isGuest ? random.integer(20, 110) : 1 + Math.floor(55 * random.uniform() ** 1.7);
  for (let count = 0; count < lines; count += 1) {
    const product = random.rank(shop.products, 2.6);
    const line: Line = {
      invoiceNo,
      stockCode: stockCodeOf(shop.seed, product),
      description: random.chance(0.001) ? '' : descriptionOf(shop.seed, product),
      quantity: isGuest ? random.integer(1, 4) : orderQuantity(random, isWholesale),
      at,
      price: random.chance(0.004) ? 0 : priceOf(shop.seed, product, time, isGuest),
      customer,
      country,
    };
    yield line;
    if (random.chance(0.002)) {
      yield line;
    }
    if (customer !== null && line.price > 0 && random.chance(0.05)) {
      remember(shop, line);
    }
  }
  yield* makeCharges(shop, { invoiceNo, at, customer, country });
}

/** Postage abroad, carriage at home, the web shop's postage, and what people key in by hand. */
function* makeCharges(
  shop: Shop,
  order: Pick<Line, 'invoiceNo' | 'at' | 'customer' | 'country'>,
): Iterable<Line> {
  const { random } = shop;
  const charge = (stockCode: string, description: string, quantity: number, price: number): Line => ({
    ...order,
    stockCode,
    description,
    quantity,
    price,
  });
  if (order.customer === null) {
    yield charge('DOT', 'DOTCOM POSTAGE', 1, random.integer(5_000, 900_000));
  } else if (order.country !== HOME && random.chance(0.7)) {
    yield charge('POST', 'POSTAGE', random.integer(1, 6), random.pick([15_000, 18_000, 28_000, 40_000]));
  } else if (random.chance(0.007)) {
    yield charge('C2', 'CARRIAGE', 1, 50_000);
  }
  if (random.chance(0.02)) {
    yield charge('M', 'Manual', random.integer(1, 12), random.integer(200, 60_000));
  }
  if (order.customer === null && random.chance(0.03)) {
    const amount = random.pick([10, 20, 30, 40, 50]);
    yield charge(`gift_0001_${amount}`, `Dotcomgiftshop Gift Voucher £${amount}.00`, 1, amount * 850);
  }
}

/** A customer sends goods of an earlier invoice back, all or some of them, or gets a credit for postage or as a discount. */
function* makeReturn(shop: Shop, at: string): Iterable<Line> {
  const { random } = shop;
  const invoiceNo = `C${takeInvoiceNo(shop)}`;
  const bought = random.pick(shop.recent);
  const credit = random.uniform();
  if (credit < 0.06) {
    const isPostage = credit < 0.03;
    yield {
      ...bought,
      invoiceNo,
      at,
      stockCode: isPostage ? 'POST' : 'D',
      description: isPostage ? 'POSTAGE' : 'Discount',
      quantity: -1,
      price: random.integer(1_000, 120_000),
    };
    return;
  }
  yield { ...bought, invoiceNo, at, quantity: -random.integer(1, bought.quantity) };
  for (const other of shop.recent) {
    if (other !== bought && other.customer === bought.customer && random.chance(0.5)) {
      yield { ...other, invoiceNo, at, quantity: -random.integer(1, other.quantity) };
    }
  }
}

/** Stock written off: no customer, no price, often no description. */
function makeAdjustment(shop: Shop, at: string): Line {
  const { random } = shop;
  return {
    invoiceNo: takeInvoiceNo(shop),
    stockCode: stockCodeOf(shop.seed, random.rank(shop.products, 1)),
    description: random.pick(['', '', '', '?', 'check', 'damages', 'faulty', 'lost']),
    quantity: -random.integer(1, 240),
    at,
    price: 0,
    customer: null,
    country: HOME,
  };
}

function makeBadDebt(shop: Shop, at: string): Line {
  const price = shop.random.integer(-11_000_000, 11_000_000);
  const invoiceNo = `A${takeInvoiceNo(shop)}`;
  return {
    invoiceNo,
    stockCode: 'B',
    description: 'Adjust bad debt',
    quantity: 1,
    at,
    price,
    customer: null,
    country: HOME,
  };
}

/** Past scale 17 the numbers outgrow the six digits of RET-B3, which then warns. */
function takeInvoiceNo(shop: Shop): string {
  const invoiceNo = String(shop.nextInvoice);
  shop.nextInvoice += 1;
  return invoiceNo;
}

function remember(shop: Shop, line: Line): void {
  shop.recent.push(line);
  if (shop.recent.length > 400) {
    shop.recent.shift();
  }
}

const FIRST_CUSTOMER = 12_346;
const HOME = 'United Kingdom';
const KIND = { country: 1, wholesale: 2 } as const;

const chooseCountry = createChooser([
  [HOME, 903],
  ['Germany', 22],
  ['France', 20],
  ['Spain', 7],
  ['Belgium', 6],
  ['Switzerland', 5],
  ['Portugal', 5],
  ['EIRE', 5],
  ['Italy', 4],
  ['Finland', 4],
  ['Norway', 3],
  ['Austria', 3],
  ['Netherlands', 3],
  ['Channel Islands', 2],
  ['Australia', 2],
  ['Denmark', 2],
  ['Japan', 2],
  ['Sweden', 1],
  ['Unspecified', 1],
]);

function orderQuantity(random: Random, isWholesale: boolean): number {
  const pack = choosePack(random.uniform());
  return isWholesale ? pack * random.pick([4, 6, 12, 24]) : pack;
}

const choosePack = createChooser([
  [1, 30],
  [2, 16],
  [3, 6],
  [4, 8],
  [6, 14],
  [10, 5],
  [12, 16],
  [24, 5],
]);
