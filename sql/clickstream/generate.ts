import { formatDate } from '../../core/generate/calendar.ts';
import { type GeneratedRecord, type PackGenerator, partPath } from '../../core/generate/generator.ts';
import { createRandom, type Random } from '../../core/generate/random.ts';
import { type Breaker, openBreaker } from './generated-line.ts';
import { FIRST_DAY, openTraffic, type Traffic, USUAL_DAYS } from './generated-traffic.ts';

/**
 * Events like those of the data set "eCommerce behavior data from multi category store", in its columns and formats: a
 * million of them at scale 1, over October and November 2019. Few users and products make most of the traffic; days
 * and weeks have a shape, traffic grows, and November has sales; visits go from views to a cart and a purchase, some
 * over midnight; prices change; a third of the events has no category code, a seventh no brand; a few are sent twice.
 * The scale multiplies visits and users, and its root the products.
 */
export const generate: PackGenerator = function* (options) {
  const traffic = openTraffic(options.seed, options.scale);
  // Apart from the traffic's chance, so that the good records do not change with the share of broken ones.
  const random = createRandom(options.seed, 1);
  const dirt: Dirt = {
    random,
    breaker: openBreaker(random),
    // This many broken records for each good one make the share that was asked for.
    odds: options.dirtyShare / (1 - options.dirtyShare),
  };
  for (let day = 0; day < (options.days ?? USUAL_DAYS); day += 1) {
    const date = formatDate(FIRST_DAY + day * 86_400_000);
    traffic.openDay(day);
    for (let part = 1; traffic.hasEvent(); part += 1) {
      yield { path: partPath('events', date, part), records: makeRecords(traffic, dirt) };
    }
  }
};

/** The generator can make any number of days. */
export const takesDays = true;

const HEADER =
  'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n';
/** About 65 MB. */
const EVENTS_A_FILE = 500_000;
/** Records are handed over in blocks: one by one, the handing over would take longer than the making. */
const EVENTS_A_BLOCK = 1_000;

type Dirt = { readonly random: Random; readonly breaker: Breaker; readonly odds: number };

function* makeRecords(traffic: Traffic, { random, breaker, odds }: Dirt): Iterable<GeneratedRecord> {
  yield { text: HEADER };
  let pieces: string[] = [];
  let inBlock = 0;
  const takeBlock = (): GeneratedRecord => {
    const block = { text: pieces.join(''), count: inBlock };
    pieces = [];
    inBlock = 0;
    return block;
  };
  // The latest good record: what comes after it may be a broken copy.
  let latest = '';
  let count = 0;
  for (; traffic.hasEvent() && count < EVENTS_A_FILE; count += 1) {
    if (count > 0 && odds > 0 && random.chance(odds)) {
      yield takeBlock();
      yield breaker.breakRecord(latest);
    } else if (inBlock === EVENTS_A_BLOCK) {
      yield takeBlock();
    }
    traffic.appendTo(pieces);
    inBlock += 1;
    if (odds > 0) {
      latest = traffic.record();
    }
    traffic.advance();
  }
  yield takeBlock();
  // Some files are cut off, as often as a file of this size would have a broken record. It is the only one after the
  // last good record, so that no file has more broken records than good ones: that would fail it as a whole.
  if (odds > 0 && random.chance(Math.min(0.5, odds * count))) {
    yield breaker.cutRecord(latest);
  }
}
