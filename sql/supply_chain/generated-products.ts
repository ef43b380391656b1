import { attributeOf } from '../../core/generate/random.ts';
import type { TimeSpan } from './generated-customers.ts';

const DAY = 86_400_000;

/** A product as an order shows it; texts as they stand in a CSV file. */
export type ProductState = {
  readonly id: number;
  readonly category: Category;
  readonly name: string;
  readonly image: string;
  /** Cents. */
  readonly price: number;
  /** 1 while it cannot be had. */
  readonly status: number;
};

type Category = {
  readonly departmentId: number;
  readonly department: string;
  readonly id: number;
  readonly name: string;
  /** Cents. */
  readonly cheapest: number;
  readonly dearest: number;
  readonly things: readonly string[];
};

/** A product with all that will become of it. */
export type Product = {
  readonly index: number;
  readonly states: readonly { readonly from: number; readonly state: ProductState }[];
};

/** A fixed number of products: their histories are kept, so a line need not make them anew. */
export function listProducts(seed: number, count: number, span: TimeSpan): readonly Product[] {
  return Array.from({ length: count }, (_, index) => makeProduct(seed, index, span));
}

export function productAt(product: Product, time: number): ProductState {
  let at = product.states.length - 1;
  while (at > 0 && product.states[at]!.from > time) {
    at -= 1;
  }
  return product.states[at]!.state;
}

/** What holds from a time on, until something else does. */
type Change = {
  readonly from: number;
  readonly change: Partial<Pick<ProductState, 'price' | 'status' | 'image'>>;
};

/**
 * Prices rise once for half of the products and fall for some weeks, after which the former price is back; a few products
 * run out, for a while or for good; a few get a new picture.
 */
function makeProduct(seed: number, index: number, span: TimeSpan): Product {
  const attribute = (kind: keyof typeof KIND, round = 0): number =>
    attributeOf(seed, KIND[kind], index * 8 + round);
  // To the minute, as orders: a change amid a day shows on both sides of it.
  const timeOf = (share: number): number =>
    span.from + Math.floor((share * (span.to - span.from)) / 60_000) * 60_000;
  const category = CATEGORIES[Math.floor(attribute('category') ** 1.3 * CATEGORIES.length)]!;
  const fullName = nameOf(category, attribute('name'), index);
  const image = imageOf(fullName);
  const basePrice = priceOf(category, attribute('price'));
  const isDearer = attribute('rise') < 0.5;
  const riseAt = timeOf(0.2 + 0.6 * attribute('riseAt'));
  const newPrice = isDearer ? roundPrice(basePrice * (1.05 + 0.1 * attribute('rise'))) : basePrice;
  const changes: Change[] = isDearer ? [{ from: riseAt, change: { price: newPrice } }] : [];
  for (let round = 0; round < 2; round += 1) {
    const from = timeOf(attribute('sale', round));
    const to = from + Math.floor(8 + 25 * attribute('saleDays', round)) * DAY;
    const usual = from >= riseAt ? newPrice : basePrice;
    // A price that rises during a sale does so at once, and the sale is over.
    if (attribute('hasSale', round) < 0.6 && (from >= riseAt || to < riseAt)) {
      changes.push(
        { from, change: { price: roundPrice(usual * (0.75 + 0.15 * attribute('saleDays', round))) } },
        { from: to, change: { price: usual } },
      );
    }
  }
  const supply = attribute('supply');
  if (supply < 0.2) {
    const from = timeOf(0.3 + 0.6 * attribute('gone'));
    changes.push({ from, change: { status: 1 } });
    if (supply < 0.12) {
      changes.push({ from: from + 30 * DAY, change: { status: 0 } });
    }
  }
  if (attribute('picture') < 0.08) {
    changes.push({ from: timeOf(attribute('pictureAt')), change: { image: `${image}+v2` } });
  }
  changes.sort((a, b) => a.from - b.from);
  let state: ProductState = {
    id: 19 + 11 * index,
    category,
    // The data set's column holds 45 characters.
    name: fullName.slice(0, 45),
    image,
    price: basePrice,
    status: 0,
  };
  const states = [{ from: Number.NEGATIVE_INFINITY, state }];
  for (const { from, change } of changes) {
    state = { ...state, ...change };
    states.push({ from, state });
  }
  return { index, states };
}

const KIND = {
  category: 21,
  name: 22,
  price: 23,
  rise: 24,
  riseAt: 25,
  sale: 26,
  saleDays: 27,
  hasSale: 28,
  supply: 29,
  gone: 30,
  picture: 31,
  pictureAt: 32,
} as const;

function priceOf(category: Category, share: number): number {
  return roundPrice(category.cheapest * (category.dearest / category.cheapest) ** share);
}

/** To 99.98, 49.99 or 250.00, as the data set's prices are. */
function roundPrice(cents: number): number {
  const whole = Math.max(100, Math.round(cents / 100) * 100);
  return whole % 500 === 0 ? whole : whole - (whole % 300 === 0 ? 2 : 1);
}

function nameOf(category: Category, share: number, index: number): string {
  const thing = category.things[index % category.things.length]!;
  const at = Math.floor(share * BRANDS.length * AUDIENCES.length * SERIES.length);
  const brand = BRANDS[at % BRANDS.length]!;
  const isWorn = WORN_DEPARTMENTS.has(category.department);
  const audience = isWorn ? AUDIENCES[Math.floor(at / BRANDS.length) % AUDIENCES.length]! : '';
  const series = SERIES[Math.floor(at / BRANDS.length / AUDIENCES.length)]!;
  // Some names end in a blank, and some stand for the thing alone.
  return share % 0.04 < 0.006 ? `${thing} ` : `${brand} ${audience}${series} ${thing}`;
}

function imageOf(fullName: string): string {
  const name = fullName
    .replaceAll("'", '%27')
    .replaceAll('+', '%2B')
    .replaceAll('&', '%26')
    .replaceAll(',', '%2C');
  return `http://images.example.com/${name.trimEnd().replaceAll(' ', '+')}${name.endsWith(' ') ? ' ' : ''}`;
}

const BRANDS = [
  'Ridgeline',
  'Peakform',
  'Blue Heron',
  'Stride',
  'Tidewater',
  'Field & Fern',
  "O'Malley",
  'Kestrel',
];
const AUDIENCES = ["Men's ", "Women's ", "Kids' ", '', "Girls' Toddler ", ''];
const WORN_DEPARTMENTS: ReadonlySet<string> = new Set(['Apparel', 'Footwear', 'Golf']);
const SERIES = [
  'Elite 2',
  'Comfort',
  'Free 5.0+',
  'Micro G',
  'Victory',
  'Classic',
  'Legend',
  'Storm Waterproof',
  'Pro X',
];

function category(
  departmentId: number,
  department: string,
  id: number,
  name: string,
  cheapest: number,
  dearest: number,
  things: readonly string[],
): Category {
  return { departmentId, department, id, name, cheapest, dearest, things };
}

/** Departments and categories of the data set, the big ones first; some names end in a blank there. */
const CATEGORIES: readonly Category[] = [
  category(7, 'Fan Shop', 48, 'Water Sports', 4_000, 30_000, [
    'Sunstream Kayak',
    'Paddle Board',
    'Wakeboard',
  ]),
  category(4, 'Apparel', 17, 'Cleats', 3_000, 13_000, ['Turf Cleat', 'Rip Deck', 'Football Cleat']),
  category(4, 'Apparel', 18, "Men's Footwear", 5_000, 16_000, ['Football Cleat', 'Running Shoe', 'Slide']),
  category(5, 'Golf', 24, "Women's Apparel", 2_500, 8_000, ['Golf Polo', 'Eyelet Sleeveless Polo', 'Skort']),
  category(7, 'Fan Shop', 43, 'Camping & Hiking', 2_500, 40_000, ['Comfort Bike', 'Sleeping Bag', 'Tent']),
  category(3, 'Footwear', 9, 'Cardio Equipment', 3_000, 15_000, [
    'Running Shoe',
    'Tempo Shorts',
    'Skipping Rope',
  ]),
  category(7, 'Fan Shop', 46, 'Indoor/Outdoor Games', 1_500, 6_000, [
    'Neoprene Life Vest',
    'Dart Board',
    'Croquet Set',
  ]),
  category(5, 'Golf', 29, 'Shop By Sport', 2_000, 20_000, [
    'Spine Surge Running Shoe',
    'Anchor T-Shirt',
    'Low Basketball Shoe',
  ]),
  category(7, 'Fan Shop', 45, 'Fishing', 10_000, 40_000, ['16 Gun Fire Safe', 'Spinning Rod', 'Tackle Box']),
  category(6, 'Outdoors', 40, 'Accessories', 1_000, 3_000, ['Putter Grip', 'Headcover', 'Divot Tool']),
  category(6, 'Outdoors', 36, 'Golf Balls', 1_200, 5_000, [
    'Hybrid Golf Glove',
    'Golf Balls, 12 Pack',
    'Soft Flex Glove',
  ]),
  category(5, 'Golf', 26, "Girls' Apparel", 2_000, 7_000, [
    'Away Match Soccer Jersey',
    'Digi Jammer',
    'Crest Tee',
  ]),
  category(6, 'Outdoors', 35, 'Golf Gloves', 900, 30_000, [
    'Club Glove Travel Cover',
    'Cooler Bag',
    'Push Cart',
  ]),
  category(2, 'Fitness', 7, 'Hockey', 2_000, 7_000, [
    'Crew Sock 6 Pack',
    'V-Neck T-Shirt',
    'Composite Stick',
  ]),
  category(2, 'Fitness', 73, 'Sporting Goods', 20_000, 36_000, [
    'Smart watch',
    'Rowing Machine',
    'Weight Bench',
  ]),
  category(4, 'Apparel', 76, "Women's Clothing", 9_000, 24_000, [
    'Summer dresses',
    'Linen Blouse',
    'Wrap Skirt',
  ]),
  category(7, 'Fan Shop', 74, 'Toys', 900, 4_000, ['Toys', 'Foam Glider', 'Team Flag']),
  category(9, 'Discs Shop', 75, 'Video Games', 2_500, 6_000, ['Fighting video games', 'Racing video games']),
  category(10, 'Technology', 62, 'Cameras ', 20_000, 50_000, ['Web Camera', 'Compact Camera', 'Dash Camera']),
  category(11, 'Pet Shop', 72, 'Pet Supplies', 3_000, 9_000, [
    'Adult dog supplies',
    'Cat Tree',
    'Travel Crate',
  ]),
  category(12, 'Health and Beauty ', 69, 'Health and Beauty', 10_000, 30_000, [
    'First aid kit',
    'Massage Gun',
  ]),
];
