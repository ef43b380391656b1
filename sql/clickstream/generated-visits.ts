import { attributeOf, type Random } from '../../core/generate/random.ts';
import type { Catalogue } from './generated-catalogue.ts';

export type EventType = 'view' | 'cart' | 'remove_from_cart' | 'purchase';

/** What a visitor has come for. */
type Intent = 'look' | 'fill a cart' | 'buy from the cart' | 'buy at once';

/** A session that goes on. */
export type Visit = {
  /** `user_id,user_session` and the line break: the end of its events' records. */
  readonly owner: string;
  readonly intent: Intent;
  readonly cart: number[];
  category: number;
  product: number;
  /** The event that comes next. */
  upcoming: EventType;
  /** The visit that has its next event after this one's, in the same second. */
  behind: Visit | undefined;
};

/** Makes visits, of users who come back. */
export type Visitors = {
  /** `eagerness` is 1 on a usual day, and more while prices are low. */
  open(eagerness: number): Visit;
  /** Seconds until the visit's next event, which `upcoming` tells; undefined at its end. */
  goOn(visit: Visit): number | undefined;
};

const KIND = { favourite: 21, buys: 22 } as const;
const FIRST_USER = 500_000_000;
const MOST_IN_CART = 8;

export function openVisitors(seed: number, random: Random, catalogue: Catalogue, users: number): Visitors {
  let latestSession = makeSessionId(random);
  return {
    open(eagerness) {
      const user = pickUser(random, users);
      // Two users may share a session id: the real data has such.
      latestSession = random.chance(0.0005) ? latestSession : makeSessionId(random);
      const category = random.chance(0.45)
        ? catalogue.categoryAt(attributeOf(seed, KIND.favourite, user))
        : catalogue.categoryAt(random.uniform());
      return {
        // Joined and not concatenated: a flat string, which is written often.
        owner: [idOf(user), ',', latestSession, '\n'].join(''),
        intent: pickIntent(random, eagerness * (attributeOf(seed, KIND.buys, user) < 0.25 ? 2.2 : 0.6)),
        cart: [],
        category,
        product: catalogue.pickProduct(random, category),
        upcoming: 'view',
        behind: undefined,
      };
    },
    goOn: (visit) => goOn(visit, random, catalogue),
  };
}

/** Few users make much of the traffic: the most frequent ones come a hundred times as often as the average. */
function pickUser(random: Random, users: number): number {
  const chance = random.uniform();
  return Math.floor((users * chance * (chance + 0.01)) / 1.01);
}

/** Ids in an order that does not tell who comes often; a product with an odd number loses none modulo a power of two. */
function idOf(user: number): string {
  return String(FIRST_USER + (Math.imul(user, 0x2c1b3c6d) & 0x3ffffff));
}

function pickIntent(random: Random, eagerness: number): Intent {
  const chance = random.uniform();
  if (chance < 0.02 * eagerness) {
    return 'buy at once';
  }
  if (chance < 0.062 * eagerness) {
    return 'buy from the cart';
  }
  return chance < 0.11 * eagerness ? 'fill a cart' : 'look';
}

function goOn(visit: Visit, random: Random, catalogue: Catalogue): number | undefined {
  switch (visit.upcoming) {
    case 'view':
      return afterView(visit, random, catalogue);
    case 'cart':
      visit.cart.push(visit.product);
      return afterCart(visit, random, catalogue);
    case 'remove_from_cart':
      visit.cart.pop();
      return afterRemoval(visit, random, catalogue);
    case 'purchase':
      visit.cart.pop();
      return afterPurchase(visit, random, catalogue);
  }
}

function afterView(visit: Visit, random: Random, catalogue: Catalogue): number | undefined {
  const { intent, cart } = visit;
  if (intent !== 'look' && intent !== 'buy at once' && cart.length < MOST_IN_CART && random.chance(0.3)) {
    visit.upcoming = 'cart';
    return random.integer(3, 90);
  }
  if (random.chance(0.78)) {
    return viewNext(visit, random, catalogue);
  }
  if (intent === 'buy at once') {
    return buy(visit, random);
  }
  if (intent !== 'look' && cart.length === 0) {
    visit.upcoming = 'cart';
    return random.integer(3, 90);
  }
  return decide(visit, random);
}

function afterCart(visit: Visit, random: Random, catalogue: Catalogue): number | undefined {
  const chance = random.uniform();
  if (chance < 0.1) {
    return takeOut(visit, random);
  }
  return chance < 0.5 ? viewNext(visit, random, catalogue) : decide(visit, random);
}

function afterRemoval(visit: Visit, random: Random, catalogue: Catalogue): number | undefined {
  if (visit.cart.length === 0) {
    return random.chance(0.5) ? viewNext(visit, random, catalogue) : undefined;
  }
  return decide(visit, random);
}

/** The cart's items are bought in one go; some look on afterwards. */
function afterPurchase(visit: Visit, random: Random, catalogue: Catalogue): number | undefined {
  if (visit.cart.length > 0) {
    visit.product = visit.cart.at(-1)!;
    return random.integer(0, 2);
  }
  return random.chance(0.1) ? viewNext(visit, random, catalogue) : undefined;
}

/** At the end of looking around: who wanted to buy does, others leave the cart as it is or clear it. */
function decide(visit: Visit, random: Random): number | undefined {
  if (visit.cart.length === 0) {
    return undefined;
  }
  if (visit.intent === 'buy from the cart') {
    visit.product = visit.cart.at(-1)!;
    return buy(visit, random);
  }
  return random.chance(0.15) ? takeOut(visit, random) : undefined;
}

function buy(visit: Visit, random: Random): number {
  visit.upcoming = 'purchase';
  return random.integer(5, 240);
}

function takeOut(visit: Visit, random: Random): number {
  visit.upcoming = 'remove_from_cart';
  visit.product = visit.cart.at(-1)!;
  return random.integer(2, 60);
}

/** Another product, mostly of the same category, or the same once more; some come back after hours. */
function viewNext(visit: Visit, random: Random, catalogue: Catalogue): number {
  visit.upcoming = 'view';
  const chance = random.uniform();
  if (chance < 0.15) {
    visit.category = catalogue.categoryAt(random.uniform());
  }
  if (chance < 0.85) {
    visit.product = catalogue.pickProduct(random, visit.category);
  }
  return random.chance(0.01) ? random.integer(1_800, LONGEST_PAUSE) : random.integer(1, 110);
}

/** Seconds that a visit may rest: less than the ring of seconds in which it waits. */
const LONGEST_PAUSE = 28_000;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A UUID of version 4. */
function makeSessionId(random: Random): string {
  const [a, b, c, d] = [word(random), word(random), word(random), word(random)];
  return [
    HEX[a >>> 24],
    HEX[(a >>> 16) & 255],
    HEX[(a >>> 8) & 255],
    HEX[a & 255],
    '-',
    HEX[b >>> 24],
    HEX[(b >>> 16) & 255],
    '-',
    HEX[0x40 | ((b >>> 8) & 15)],
    HEX[b & 255],
    '-',
    HEX[0x80 | ((c >>> 24) & 63)],
    HEX[(c >>> 16) & 255],
    '-',
    HEX[(c >>> 8) & 255],
    HEX[c & 255],
    HEX[d >>> 24],
    HEX[(d >>> 16) & 255],
    HEX[(d >>> 8) & 255],
    HEX[d & 255],
  ].join('');
}

/** 32 bits. */
function word(random: Random): number {
  return random.uniform() * 2 ** 32;
}
