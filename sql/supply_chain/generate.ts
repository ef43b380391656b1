import { createDirt, type Dirt } from '../../core/generate/broken-records.ts';
import { formatDate, listPeriods, spreadOverDays } from '../../core/generate/calendar.ts';
import { type GeneratedFile, type PackGenerator, partPath } from '../../core/generate/generator.ts';
import { createRandom } from '../../core/generate/random.ts';
import { DEFECTS, HEADER } from './generated-line.ts';
import {
  type Company,
  correctOrder,
  countLines,
  isCorrected,
  isLate,
  makeOrder,
  type OrderSlot,
} from './generated-orders.ts';
import { listProducts } from './generated-products.ts';

/**
 * Order items like those of the DataCo supply chain set, in its 53 columns, formats and quirks, in ISO-8859-1: from
 * January 2015 to January 2018, about 180,000 items of 65,752 orders at scale 1, as many as the set has. The scale
 * multiplies orders and customers. Customers move, some of them back, and change segment or name; prices rise, fall for
 * some weeks and come back; products run out. Each month is delivered at its end; with the next one come, in a file of
 * their own, its orders that were late and those that had to be corrected.
 */
export const generate: PackGenerator = function* (options) {
  const company = openCompany(options.seed, options.scale);
  // Broken records have their own chance, so that the good ones do not change with their share.
  const dirt = createDirt(options.dirtyShare, createRandom(options.seed, 0xffffff01), DEFECTS);
  let previous: Batch | undefined;
  let firstItem = 1;
  for (const period of listPeriods(company.calendar, 1)) {
    const month: Batch = {
      firstDay: period.from,
      from: company.calendar.firstOn(period.from),
      to: company.calendar.firstOn(period.to),
      firstItem,
    };
    yield* openChanges(company, dirt, previous, period.lastDate);
    yield* openMonth(company, dirt, month, period.lastDate);
    firstItem += countItems(company, month);
    previous = month;
  }
  yield* openChanges(company, dirt, previous, formatDate(END + 14 * DAY));
};

const DAY = 86_400_000;
const START = Date.UTC(2015, 0, 1);
const DAYS = 1_127;
const END = START + DAYS * DAY;
const ORDERS = 65_752;
const CUSTOMERS = 20_652;
const PRODUCTS = 118;
const ORDERS_A_FILE = 20_000;

/** January to December: flat, as the data set is, but for the months before Christmas. */
const SEASON = [1, 0.95, 0.98, 0.98, 1, 0.98, 1, 1, 1, 1.02, 1.1, 1.15] as const;

/** Orders `from` to `to` (exclusive), from a day on, and the first number of their items. */
type Batch = {
  readonly firstDay: number;
  readonly from: number;
  readonly to: number;
  readonly firstItem: number;
};

function openCompany(seed: number, scale: number): Company {
  const span = { from: START, to: END };
  const orders = Math.max(1, Math.round(ORDERS * scale));
  return {
    seed,
    span,
    calendar: spreadOverDays(orders, START, DAYS, (date) => SEASON[date.getUTCMonth()]!),
    customers: Math.max(1, Math.round(CUSTOMERS * scale)),
    // An assortment grows more slowly than its customers.
    products: listProducts(seed, Math.max(40, Math.round(PRODUCTS * Math.sqrt(scale))), span),
  };
}

/** A month's orders without the late ones, in as many files as it takes. */
function* openMonth(company: Company, dirt: Dirt, month: Batch, date: string): Iterable<GeneratedFile> {
  let rest = month;
  for (let part = 1; rest.from < rest.to; part += 1) {
    const batch = { ...rest, to: Math.min(rest.to, rest.from + ORDERS_A_FILE) };
    yield openFile(dirt, partPath('orders', date, part), makeOrders(company, batch));
    rest = { ...rest, from: batch.to, firstItem: batch.firstItem + countItems(company, batch) };
  }
}

/** What was late or wrong of a month, delivered with the next one; no file where there is nothing. */
function* openChanges(
  company: Company,
  dirt: Dirt,
  month: Batch | undefined,
  date: string,
): Iterable<GeneratedFile> {
  if (month === undefined) {
    return;
  }
  for (let order = month.from; order < month.to; order += 1) {
    if (isLate(company, order) || isCorrected(company, order)) {
      yield openFile(dirt, `orders/dt=${date}/changes-0001.csv`, makeChanges(company, month));
      return;
    }
  }
}

function openFile(dirt: Dirt, path: string, rows: Iterable<readonly string[]>): GeneratedFile {
  return { path, encoding: 'latin1', records: dirt.addTo(HEADER, rows) };
}

function* makeOrders(company: Company, batch: Batch): Iterable<readonly string[]> {
  for (const slot of listSlots(company, batch)) {
    if (!isLate(company, slot.order)) {
      yield* makeOrder(company, slot);
    }
  }
}

function* makeChanges(company: Company, month: Batch): Iterable<readonly string[]> {
  for (const slot of listSlots(company, month)) {
    if (isLate(company, slot.order)) {
      yield* makeOrder(company, slot);
    } else if (isCorrected(company, slot.order)) {
      yield* correctOrder(company, slot);
    }
  }
}

function* listSlots(company: Company, batch: Batch): Iterable<OrderSlot> {
  let day = batch.firstDay;
  let firstItem = batch.firstItem;
  for (let order = batch.from; order < batch.to; order += 1) {
    while (company.calendar.firstOn(day + 1) <= order) {
      day += 1;
    }
    yield { order, day, firstItem };
    firstItem += countLines(company, order);
  }
}

function countItems(company: Company, batch: Batch): number {
  let count = 0;
  for (let order = batch.from; order < batch.to; order += 1) {
    count += countLines(company, order);
  }
  return count;
}
