import { attributeOf, createRandom } from '../../core/generate/random.ts';
import { type Catalogue, isPromotion, openCatalogue } from './generated-catalogue.ts';
import { openVisitors, type Visit } from './generated-visits.ts';

/**
 * The events of a shop's visitors in the order of time, one day after the other. What it remembers grows with the
 * visits that go on at one time and with nothing else.
 */
export type Traffic = {
  /** Goes to the first event of the day, which is the one after the day before; days count from 0. */
  openDay(day: number): void;
  hasEvent(): boolean;
  /** The event at hand as a CSV record with its line break. */
  record(): string;
  /** Appends the same record in pieces, which are cheaper to join with thousands of others than one by one. */
  appendTo(pieces: string[]): void;
  /** To the next event; after the day's last one there is none at hand. */
  advance(): void;
};

/** The first of October 2019, where the real data begins. */
export const FIRST_DAY = Date.UTC(2019, 9, 1);
/** October and November, as the real data. */
export const USUAL_DAYS = 61;

const DAY = 86_400;
/** Visits at scale 1 on a day of average traffic; with 4.8 events each, 61 days have a million. */
const VISITS_A_DAY = 3_085;

/** Sunday to Saturday. */
const WEEK = [1.06, 0.97, 0.96, 0.96, 0.97, 1.02, 1.06] as const;
/** Visits by hour of UTC: the shop's customers live some hours east. */
const HOURS = [
  0.18, 0.24, 0.52, 0.85, 1.1, 1.22, 1.27, 1.3, 1.32, 1.3, 1.27, 1.25, 1.25, 1.32, 1.5, 1.68, 1.72, 1.6, 1.3,
  0.9, 0.52, 0.3, 0.2, 0.16,
] as const;
const HOURS_TOTAL = HOURS.reduce((sum, hour) => sum + hour, 0);

const WEATHER = 31;
/** Seconds ahead that a visit's next event may be: a minute for those that begin, and a pause. */
const RING = 32_768;

export function openTraffic(seed: number, scale: number): Traffic {
  const random = createRandom(seed);
  const catalogue = openCatalogue(seed, Math.max(200, Math.round(20_000 * Math.sqrt(scale))));
  const visitors = openVisitors(seed, random, catalogue, Math.max(20, Math.round(48_000 * scale)));
  const queue = openQueue();
  const clock = openClock();
  let day = 0;
  let endOfDay = 0;
  let second = 0;
  let hasEvent = false;
  let isSentAgain = false;
  // The event at hand: `type`, a comma, what it is about, who made it.
  let type = '';
  let subject = '';
  let owner = '';

  const beginMinute = (): void => {
    const visits = visitsInMinute(seed, scale, day, second % DAY);
    // A fraction of a visit is a visit in some minutes: small scales keep their share.
    const count = Math.floor(visits) + (random.chance(visits % 1) ? 1 : 0);
    for (let visit = 0; visit < count; visit += 1) {
      queue.add(visitors.open(isPromotion(day) ? 1.3 : 1), second + random.integer(0, 59));
    }
  };
  const advance = (): void => {
    if (isSentAgain) {
      isSentAgain = false;
      return;
    }
    let visit = queue.take(second);
    while (visit === undefined) {
      second += 1;
      if (second === endOfDay) {
        hasEvent = false;
        return;
      }
      if (second % 60 === 0) {
        beginMinute();
      }
      visit = queue.take(second);
    }
    const quirk = random.uniform();
    type = visit.upcoming;
    if (quirk < 0.011) {
      [subject, owner] = describeOddly(catalogue, visit, day, quirk);
    } else {
      subject = catalogue.describe(visit.product, day);
      owner = visit.owner;
    }
    isSentAgain = quirk > 0.998;
    const pause = visitors.goOn(visit);
    if (pause !== undefined) {
      queue.add(visit, second + pause);
    }
  };
  return {
    openDay(next) {
      day = next;
      second = day * DAY;
      endOfDay = second + DAY;
      clock.openDay(day);
      hasEvent = true;
      beginMinute();
      advance();
    },
    hasEvent: () => hasEvent,
    record: () => `${clock.minute(second)}${SECONDS[second % 60]!}${type},${subject}${owner}`,
    appendTo(pieces) {
      pieces.push(clock.minute(second), SECONDS[second % 60]!, type, ',', subject, owner);
    },
    advance,
  };
}

/** The fields after the type, where one is missing or odd, as happens in the real data. */
function describeOddly(
  catalogue: Catalogue,
  visit: Visit,
  day: number,
  quirk: number,
): readonly [subject: string, owner: string] {
  const { product, upcoming, owner } = visit;
  if (quirk < 0.0005) {
    return [catalogue.describe(product, day), `${owner.slice(0, owner.indexOf(','))},\n`];
  }
  const [id, categoryId, code, brand, price] = catalogue.readFields(product, day);
  if (quirk < 0.001) {
    return [`${id},${categoryId},${code},${brand},${upcoming === 'view' ? '0.00' : price},`, owner];
  }
  return [
    quirk < 0.006 ? `${id},${categoryId},${code},,${price},` : `${id},${categoryId},,${brand},${price},`,
    owner,
  ];
}

function visitsInMinute(seed: number, scale: number, day: number, secondOfDay: number): number {
  const date = new Date(FIRST_DAY + day * DAY * 1000);
  const growth = 0.85 + (0.3 * day) / USUAL_DAYS;
  const usual = VISITS_A_DAY * scale * WEEK[date.getUTCDay()]! * growth * (isPromotion(day) ? 1.9 : 1);
  const hour = Math.floor(secondOfDay / 3600);
  const through = (secondOfDay % 3600) / 3600;
  const curve = HOURS[hour]! * (1 - through) + HOURS[(hour + 1) % 24]! * through;
  const chance = 0.85 + 0.3 * attributeOf(seed, WEATHER, day * 24 + hour);
  return (usual * chance * curve) / HOURS_TOTAL / 60;
}

/** `2019-10-01 00:00:`, made once a minute. */
function openClock(): { openDay(day: number): void; minute(second: number): string } {
  let date = '';
  let told = -1;
  let text = '';
  return {
    openDay(day) {
      date = new Date(FIRST_DAY + day * DAY * 1000).toISOString().slice(0, 10);
    },
    minute(second) {
      const minute = Math.floor(second / 60);
      if (minute !== told) {
        const [hourOfDay, minuteOfHour] = [Math.floor(minute / 60) % 24, minute % 60];
        // Joined and not concatenated: a flat string, which is copied often.
        text = [date, ' ', twoDigits(hourOfDay), ':', twoDigits(minuteOfHour), ':'].join('');
        told = minute;
      }
      return text;
    },
  };
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** The rest of a time, and the comma after it. */
const SECONDS = Array.from({ length: 60 }, (_, second) => `${twoDigits(second)} UTC,`);

type Queue = {
  add(visit: Visit, second: number): void;
  /** The visit that has been waiting longest for its event in this second. */
  take(second: number): Visit | undefined;
};

/** A ring of seconds, each with the visits whose next event is then. */
function openQueue(): Queue {
  const first: (Visit | undefined)[] = new Array(RING).fill(undefined);
  const last: (Visit | undefined)[] = new Array(RING).fill(undefined);
  return {
    add(visit, second) {
      const slot = second % RING;
      const before = last[slot];
      if (before === undefined) {
        first[slot] = visit;
      } else {
        before.behind = visit;
      }
      last[slot] = visit;
    },
    take(second) {
      const slot = second % RING;
      const visit = first[slot];
      if (visit !== undefined) {
        first[slot] = visit.behind;
        if (visit.behind === undefined) {
          last[slot] = undefined;
        }
        visit.behind = undefined;
      }
      return visit;
    },
  };
}
