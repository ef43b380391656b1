import { createDirt } from '../../core/generate/broken-records.ts';
import { type Calendar, formatDate, spreadOverDays } from '../../core/generate/calendar.ts';
import { type PackGenerator, partPath } from '../../core/generate/generator.ts';
import { attributeOf, createRandom } from '../../core/generate/random.ts';
import { makeInvoice, openShop, type Shop } from './generated-invoices.ts';
import { DEFECTS, formatLine, HEADER } from './generated-line.ts';

/**
 * Invoices like those of the Online Retail data set (UCI 352), in its columns and formats: a year of a gift wholesaler,
 * about 540,000 lines at scale 1. A few customers and products make most of the revenue; the weeks have a shape and
 * autumn is high season; a quarter of the lines are guests'; there are returns, credits, charges, stock adjustments,
 * lines without a price, and exact duplicates. The scale multiplies customers and invoices a day.
 */
export const generate: PackGenerator = function* (options) {
  const shop = openShop(options.seed, options.scale);
  // Broken records have their own chance, so that the good ones do not change with their share.
  const dirt = createDirt(options.dirtyShare, createRandom(options.seed, 0xffffff01), DEFECTS);
  const invoices = Math.max(1, Math.round(INVOICES * options.scale));
  const calendar = spreadOverDays(invoices, FIRST_DAY, DAYS, (date) => weightOf(options.seed, date));
  for (let day = 0; day < calendar.days; day += 1) {
    const date = formatDate(calendar.startOf(day));
    const end = calendar.firstOn(day + 1);
    for (let from = calendar.firstOn(day), part = 1; from < end; from += INVOICES_A_FILE, part += 1) {
      const to = Math.min(end, from + INVOICES_A_FILE);
      yield {
        path: partPath('invoices', date, part),
        records: dirt.addTo(HEADER, makeRows(shop, calendar, { day, from, to })),
      };
    }
  }
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIRST_DAY = Date.UTC(2010, 11, 1);
const DAYS = 374;
/** Of 21 lines each. */
const INVOICES = 25_700;
const INVOICES_A_FILE = 20_000;

/** Sunday to Saturday: the shop is closed on Saturdays. */
const WEEK = [0.62, 0.95, 1.1, 1.15, 1.25, 0.9, 0] as const;
/** January to December. */
const SEASON = [0.75, 0.75, 0.9, 0.85, 0.95, 0.95, 0.9, 0.9, 1.25, 1.4, 1.75, 1.3] as const;
const KIND = { weather: 7 } as const;

function weightOf(seed: number, date: Date): number {
  const month = date.getUTCMonth();
  const isChristmas = (month === 11 && date.getUTCDate() >= 24) || (month === 0 && date.getUTCDate() <= 3);
  if (isChristmas) {
    return 0;
  }
  const weather = 0.8 + 0.4 * attributeOf(seed, KIND.weather, date.getTime() / DAY);
  return weather * WEEK[date.getUTCDay()]! * SEASON[month]!;
}

/** Invoices `from` to `to` (exclusive) of a day. */
type Batch = { readonly day: number; readonly from: number; readonly to: number };

/** Invoices come from 8:00 to 18:00, in their order. */
function* makeRows(shop: Shop, calendar: Calendar, batch: Batch): Iterable<readonly string[]> {
  const opening = calendar.startOf(batch.day) + 8 * HOUR;
  const first = calendar.firstOn(batch.day);
  const count = calendar.firstOn(batch.day + 1) - first;
  for (let invoice = batch.from; invoice < batch.to; invoice += 1) {
    const time = opening + ((invoice - first) / count) * 10 * HOUR;
    for (const line of makeInvoice(shop, time)) {
      yield formatLine(line);
    }
  }
}
