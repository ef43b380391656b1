import type { GeneratedFile, GeneratedRecord, PackGenerator } from '../../core/generate/generator.ts';
import { attributeOf, createRandom, type Random } from '../../core/generate/random.ts';
import { breakLine, formatLine, type Line } from './generated-line.ts';

/**
 * Invoices like those of the Online Retail data set (UCI 352), in its columns and formats: a year of a gift wholesaler,
 * about 540,000 lines at scale 1. A few customers and products make most of the revenue; the weeks have a shape and
 * autumn is high season; a quarter of the lines are guests'; there are returns, credits, charges, stock adjustments,
 * lines without a price, and exact duplicates. The scale multiplies customers and invoices a day.
 */
export const generate: PackGenerator = function* (options) {
  const shop = openShop(options.seed, options.scale);
  for (let day = 0; day < TRADING_DAYS; day += 1) {
    const date = new Date(FIRST_DAY + day * DAY);
    const orders = countOrders(shop, date);
    const parts = Math.ceil(orders / ORDERS_A_FILE);
    for (let part = 0; part < parts; part += 1) {
      const from = Math.floor((orders * part) / parts);
      const to = Math.floor((orders * (part + 1)) / parts);
      yield openFile(shop, date, part, { from, to, orders }, options.dirtyShare);
    }
  }
};

const DAY = 86_400_000;
const FIRST_DAY = Date.UTC(2010, 11, 1);
const TRADING_DAYS = 374;
const ORDERS_A_FILE = 20_000;
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';

/** Invoices of a usual working day at scale 1; 21 lines an invoice make 540,000 lines a year. */
const ORDERS_A_DAY = 78;
/** Sunday to Saturday: the shop is closed on Saturdays. */
const WEEK = [0.62, 0.95, 1.1, 1.15, 1.25, 0.9, 0] as const;
/** January to December. */
const SEASON = [0.75, 0.75, 0.9, 0.85, 0.95, 0.95, 0.9, 0.9, 1.25, 1.4, 1.75, 1.3] as const;

/** What generation remembers: its size does not grow with the scale. */
type Shop = {
  readonly seed: number;
  readonly scale: number;
  readonly random: Random;
  /** Apart from the other, so that the good records do not change with the share of broken ones. */
  readonly dirt: Random;
  readonly customers: number;
  readonly products: number;
  /** The latest merchandise lines of known customers, which may come back. */
  readonly recent: Line[];
  nextInvoice: number;
};

function openShop(seed: number, scale: number): Shop {
  return {
    seed,
    scale,
    random: createRandom(seed),
    dirt: createRandom(seed, 1),
    customers: Math.max(20, Math.round(4_400 * scale)),
    // An assortment grows more slowly than its customers.
    products: Math.max(50, Math.round(3_600 * Math.sqrt(scale))),
    recent: [],
    nextInvoice: 536_365,
  };
}

function countOrders(shop: Shop, date: Date): number {
  const month = date.getUTCMonth();
  const isChristmas = (month === 11 && date.getUTCDate() >= 24) || (month === 0 && date.getUTCDate() <= 3);
  if (isChristmas) {
    return 0;
  }
  const usual = ORDERS_A_DAY * shop.scale * WEEK[date.getUTCDay()]! * SEASON[month]!;
  const orders = usual * (0.8 + 0.4 * shop.random.uniform());
  // A fraction of an order is an order on some days: small scales keep their share.
  return Math.floor(orders) + (shop.random.chance(orders % 1) ? 1 : 0);
}

type FileSpan = {
  /** Orders `from` to `to` (exclusive) of the day's `orders`. */
  readonly from: number;
  readonly to: number;
  readonly orders: number;
};

function openFile(shop: Shop, date: Date, part: number, span: FileSpan, dirtyShare: number): GeneratedFile {
  const day = date.toISOString().slice(0, 10);
  return {
    path: `invoices/dt=${day}/part-${String(part + 1).padStart(4, '0')}.csv`,
    records: makeRecords(shop, date, day, span, dirtyShare),
  };
}

function* makeRecords(
  shop: Shop,
  date: Date,
  day: string,
  span: FileSpan,
  dirtyShare: number,
): Iterable<GeneratedRecord> {
  yield { text: HEADER };
  for (let order = span.from; order < span.to; order += 1) {
    for (const line of makeInvoice(shop, date, day, order / span.orders)) {
      yield { text: formatLine(line) };
      // This many broken records for each good one make the share that was asked for.
      if (dirtyShare > 0 && shop.dirt.chance(dirtyShare / (1 - dirtyShare))) {
        yield breakLine(shop.dirt, line);
      }
    }
  }
}

function* makeInvoice(shop: Shop, date: Date, day: string, throughTheDay: number): Iterable<Line> {
  const { random } = shop;
  const at = `${day} ${timeOfDay(throughTheDay)}`;
  const kind = random.uniform();
  if (kind < 0.13 && shop.recent.length > 0) {
    yield* makeReturn(shop, at);
  } else if (kind < 0.155) {
    yield makeAdjustment(shop, at);
  } else if (kind < 0.156) {
    yield makeBadDebt(shop, at);
  } else {
    yield* makeOrder(shop, date, at);
  }
}

/** Orders come from 8:00 to 18:00, in their order. */
function timeOfDay(share: number): string {
  const minutes = 8 * 60 + Math.floor(share * 600);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:00`;
}

function* makeOrder(shop: Shop, date: Date, at: string): Iterable<Line> {
  const { random } = shop;
  const isGuest = random.chance(0.08);
  const customer = isGuest ? null : FIRST_CUSTOMER + random.rank(shop.customers, 2.2);
  const country = customer === null ? HOME : countryOf(shop.seed, customer);
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
      price: random.chance(0.004) ? 0 : priceOf(shop, product, date, isGuest),
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
const KIND = { country: 1, wholesale: 2, price: 3, change: 4, name: 5, code: 6 } as const;

const COUNTRIES: readonly (readonly [string, number])[] = [
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
];

function countryOf(seed: number, customer: number): string {
  let left = attributeOf(seed, KIND.country, customer) * 1000;
  for (const [country, weight] of COUNTRIES) {
    left -= weight;
    if (left < 0) {
      return country;
    }
  }
  return HOME;
}

function orderQuantity(random: Random, isWholesale: boolean): number {
  const pack = random.pickWeighted([
    [1, 30],
    [2, 16],
    [3, 6],
    [4, 8],
    [6, 14],
    [10, 5],
    [12, 16],
    [24, 5],
  ]);
  return isWholesale ? pack * random.pick([4, 6, 12, 24]) : pack;
}

/** Five digits, some with a letter for the colour, in part lower case, as the real ones. */
function stockCodeOf(seed: number, product: number): string {
  const letter = attributeOf(seed, KIND.code, product);
  const number = String(20_000 + product);
  if (letter < 0.8) {
    return number;
  }
  const suffix = 'ABCDE'[Math.floor(((letter - 0.8) / 0.2) * 5)]!;
  return letter > 0.985 ? number + suffix.toLowerCase() : number + suffix;
}

const COLOURS = [
  'RED',
  'BLUE',
  'PINK',
  'IVORY',
  'GREEN',
  'BLACK',
  'WHITE',
  'VINTAGE',
  'RETROSPOT',
  'ANTIQUE SILVER',
];
const STYLES = [
  'HEART',
  'UNION JACK',
  'POLKADOT',
  'WOODEN',
  'GLASS',
  'FELTCRAFT',
  'ZINC',
  'PAISLEY',
  'CHRISTMAS',
  'GINGHAM',
];
const THINGS = [
  'T-LIGHT HOLDER',
  'LUNCH BAG',
  'CAKE STAND',
  'PICTURE FRAME 7"',
  'MUG, LARGE',
  'TEA TOWEL',
  'HOT WATER BOTTLE',
  'DOORMAT',
  'SET OF 6 SPICE TINS',
  'PAPER CHAIN KIT',
  'SIGN, PLEASE KNOCK',
  'BUNTING ',
  'JAM MAKING SET',
  'ALARM CLOCK',
  'TRINKET BOX',
];

function descriptionOf(seed: number, product: number): string {
  const at = Math.floor(
    attributeOf(seed, KIND.name, product) * COLOURS.length * STYLES.length * THINGS.length,
  );
  const colour = COLOURS[at % COLOURS.length]!;
  const style = STYLES[Math.floor(at / COLOURS.length) % STYLES.length]!;
  return `${colour} ${style} ${THINGS[Math.floor(at / COLOURS.length / STYLES.length)]!}`;
}

/** A product's price of the quarter, in thousandths; the web shop's guests pay more. */
function priceOf(shop: Shop, product: number, date: Date, isGuest: boolean): number {
  const base = 0.29 + 14 * attributeOf(shop.seed, KIND.price, product) ** 3;
  const quarter = date.getUTCFullYear() * 4 + Math.floor(date.getUTCMonth() / 3);
  const change = attributeOf(shop.seed, KIND.change, product * 16_384 + quarter);
  const rise = change < 0.15 ? 1 + change : 1;
  const cents = Math.max(4, Math.round(base * rise * (isGuest ? 1.9 : 1) * 100));
  return cents * 10 + (change > 0.995 ? 1 : 0);
}
