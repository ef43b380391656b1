import { formatCents } from '../../core/generate/csv-text.ts';
import { attributeOf, type Random } from '../../core/generate/random.ts';

/** What a store sells: products stand in categories, and have a brand, a price that changes, and text of all that. */
export type Catalogue = {
  /** A category, for a chance from 0 to 1: as likely as people look at it. */
  categoryAt(chance: number): number;
  /** A product of the category; few of them get most of the views. The number is the product's id. */
  pickProduct(random: Random, category: number): number;
  /** `product_id,category_id,category_code,brand,price,` as the events of the day have it. */
  describe(product: number, day: number): string;
  /** The same fields one by one, for events that leave one out. */
  readFields(product: number, day: number): readonly [string, string, string, string, string];
};

/** From 14 to 17 and from 28 to 30 November the store has sales: days since the first of October. */
export function isPromotion(day: number): boolean {
  return (day >= 44 && day <= 47) || (day >= 58 && day <= 60);
}

/** The same for the same seed. Its memory does not grow with `products`. */
export function openCatalogue(seed: number, products: number): Catalogue {
  const sizes = countProducts(products);
  const picks = spreadPicks();
  const described: (string | undefined)[] = new Array(CACHE_SIZE);
  const cached = new Int32Array(CACHE_SIZE);
  const validUntil = new Int32Array(CACHE_SIZE);
  return {
    categoryAt: (chance) => picks[Math.floor(chance * picks.length)]!,
    pickProduct(random, category) {
      const chance = random.uniform();
      // Multiplied, because what `**` answers for broken numbers is up to the platform.
      return (category + FIRST_NUMBER) * IDS + Math.floor(sizes[category]! * chance * chance * chance);
    },
    describe(product, day) {
      // The upper 16 bits: as many as the cache has slots.
      const slot = Math.imul(product, 0x9e3779b1) >>> 16;
      if (cached[slot] !== product || validUntil[slot]! < day) {
        cached[slot] = product;
        validUntil[slot] = lastDayOfPrice(product, day);
        described[slot] = `${readFields(seed, product, day).join(',')},`;
      }
      return described[slot]!;
    },
    readFields: (product, day) => readFields(seed, product, day),
  };
}

/** Products whose text is kept; with their popularity so uneven, most events find it. */
const CACHE_SIZE = 65_536;
/** Ids of a category: as in the real data, their first digits tell it. */
const IDS = 100_000;
const FIRST_NUMBER = 10;
const KIND = {
  category: 11,
  brand: 12,
  base: 13,
  change: 14,
  sale: 15,
  recategorised: 16,
  isBranded: 17,
} as const;

type Category = {
  /** Empty for those that the store has no code for. */
  readonly code: string;
  /** Of a thousand views. */
  readonly weight: number;
  /** A usual price. */
  readonly price: number;
  readonly brands: readonly string[];
};

const PHONES = ['samsung', 'apple', 'xiaomi', 'huawei', 'oppo', 'meizu', 'honor', 'nokia'];
const SCREENS = ['samsung', 'lg', 'sony', 'artel', 'haier', 'philips', 'tcl'];
const COMPUTERS = ['lenovo', 'acer', 'asus', 'hp', 'dell', 'apple', 'msi'];
const HOUSEHOLD = ['bosch', 'indesit', 'beko', 'lg', 'samsung', 'midea', 'gorenje', 'elenberg', 'redmond'];
const SOUND = ['jbl', 'sony', 'apple', 'samsung', 'sennheiser', 'harper', 'marshall'];
const CLOTHES = ['nike', 'adidas', 'respect', 'salamander', 'rieker', 'puma', 'crocs', 'baden'];
const TOOLS = ['makita', 'bosch', 'stihl', 'huter', 'interskol', 'karcher', 'denzel'];
const OTHERS = [
  'cordiant',
  'lucente',
  'sokolov',
  'brw',
  'casio',
  'nokian',
  'tefal',
  'lego',
  'chicco',
  'gipfel',
];

const CODED: readonly Category[] = [
  { code: 'electronics.smartphone', weight: 262, price: 320, brands: PHONES },
  { code: 'electronics.clocks', weight: 31, price: 210, brands: ['casio', 'orient', 'apple', 'xiaomi'] },
  { code: 'electronics.video.tv', weight: 34, price: 380, brands: SCREENS },
  { code: 'electronics.audio.headphone', weight: 30, price: 95, brands: SOUND },
  { code: 'electronics.audio.subwoofer', weight: 6, price: 120, brands: SOUND },
  { code: 'electronics.tablet', weight: 10, price: 260, brands: PHONES },
  { code: 'electronics.telephone', weight: 6, price: 35, brands: ['nokia', 'texet', 'prestigio'] },
  { code: 'computers.notebook', weight: 44, price: 610, brands: COMPUTERS },
  { code: 'computers.desktop', weight: 12, price: 520, brands: COMPUTERS },
  { code: 'computers.components.videocards', weight: 6, price: 340, brands: ['msi', 'gigabyte', 'palit'] },
  { code: 'computers.peripherals.mouse', weight: 4, price: 30, brands: ['logitech', 'a4tech', 'razer'] },
  { code: 'computers.peripherals.printer', weight: 5, price: 190, brands: ['canon', 'hp', 'epson'] },
  { code: 'appliances.kitchen.refrigerators', weight: 29, price: 460, brands: HOUSEHOLD },
  { code: 'appliances.kitchen.washer', weight: 31, price: 330, brands: HOUSEHOLD },
  { code: 'appliances.kitchen.hood', weight: 7, price: 110, brands: HOUSEHOLD },
  { code: 'appliances.kitchen.kettle', weight: 6, price: 35, brands: HOUSEHOLD },
  { code: 'appliances.environment.vacuum', weight: 23, price: 140, brands: HOUSEHOLD },
  { code: 'appliances.environment.water_heater', weight: 8, price: 130, brands: HOUSEHOLD },
  { code: 'appliances.iron', weight: 6, price: 45, brands: ['tefal', 'philips', 'braun'] },
  { code: 'appliances.sewing_machine', weight: 4, price: 170, brands: ['janome', 'brother', 'singer'] },
  { code: 'apparel.shoes', weight: 28, price: 75, brands: CLOTHES },
  { code: 'apparel.shoes.keds', weight: 11, price: 65, brands: CLOTHES },
  { code: 'apparel.costume', weight: 4, price: 60, brands: CLOTHES },
  { code: 'furniture.living_room.sofa', weight: 11, price: 430, brands: ['brw', 'dreamline', 'askona'] },
  { code: 'furniture.bedroom.bed', weight: 10, price: 290, brands: ['brw', 'dreamline', 'askona'] },
  { code: 'furniture.kitchen.table', weight: 7, price: 140, brands: ['brw', 'sv', 'stol'] },
  { code: 'kids.carriage', weight: 8, price: 230, brands: ['chicco', 'baby-zz', 'anex'] },
  { code: 'kids.toys', weight: 6, price: 30, brands: ['lego', 'hasbro', 'nerf'] },
  { code: 'construction.tools.drill', weight: 8, price: 110, brands: TOOLS },
  { code: 'construction.tools.saw', weight: 4, price: 160, brands: TOOLS },
  { code: 'auto.accessories.player', weight: 9, price: 130, brands: ['pioneer', 'alpine', 'kenwood'] },
  { code: 'sport.bicycle', weight: 7, price: 280, brands: ['stels', 'stark', 'author'] },
  { code: 'stationery.cartrige', weight: 3, price: 15, brands: ['canon', 'hp', 'epson'] },
];
const UNCODED_CATEGORIES = 32;
const CATEGORIES: readonly Category[] = [
  ...CODED,
  ...Array.from({ length: UNCODED_CATEGORIES }, (_, index) => ({
    code: '',
    weight: 10,
    price: 12 + 9 * index,
    brands: OTHERS,
  })),
];

/** How many products each category has: more where people look, but not in proportion. */
function countProducts(products: number): readonly number[] {
  const weights = CATEGORIES.map(({ weight }) => Math.sqrt(weight));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => Math.min(IDS, Math.max(3, Math.round((products * weight) / total))));
}

/** Each category as often as its weight says. */
function spreadPicks(): readonly number[] {
  return CATEGORIES.flatMap(({ weight }, category) => new Array<number>(weight).fill(category));
}

function readFields(
  seed: number,
  product: number,
  day: number,
): readonly [string, string, string, string, string] {
  const category = Math.floor(product / IDS) - FIRST_NUMBER;
  const { code, brands } = CATEGORIES[category]!;
  const named = isCategorised(seed, product, day) ? code : '';
  return [
    String(product),
    categoryIdOf(seed, category),
    named,
    brandOf(seed, product, code === '', brands),
    formatCents(priceOf(seed, product, day)),
  ];
}

/** Some products get their category's code only while they are on sale already. */
function isCategorised(seed: number, product: number, day: number): boolean {
  const fate = attributeOf(seed, KIND.recategorised, product);
  return fate >= 0.02 || priceWeek(product, day) >= fate * 400;
}

/** 19 digits, which a double cannot hold. */
function categoryIdOf(seed: number, category: number): string {
  const rest = Math.floor(attributeOf(seed, KIND.category, category) * 1e9) * 100 + category;
  return `20530135${String(rest).padStart(11, '0')}`;
}

function brandOf(seed: number, product: number, isUncoded: boolean, brands: readonly string[]): string {
  if (attributeOf(seed, KIND.isBranded, product) < (isUncoded ? 0.31 : 0.05)) {
    return '';
  }
  const chance = attributeOf(seed, KIND.brand, product);
  return brands[Math.floor(chance * chance * brands.length)]!;
}

/** Prices change on a day of the week that is the product's own. */
function priceWeek(product: number, day: number): number {
  return Math.floor((day + (product % 7)) / 7);
}

function lastDayOfPrice(product: number, day: number): number {
  const lastOfWeek = (priceWeek(product, day) + 1) * 7 - (product % 7) - 1;
  let last = day;
  while (last < lastOfWeek && isPromotion(last + 1) === isPromotion(day)) {
    last += 1;
  }
  return last;
}

function priceOf(seed: number, product: number, day: number): number {
  const { price } = CATEGORIES[Math.floor(product / IDS) - FIRST_NUMBER]!;
  const spread = attributeOf(seed, KIND.base, product);
  const base = price * (0.3 + 2.2 * spread * spread);
  const change = attributeOf(seed, KIND.change, Math.imul(product, 1_024) + priceWeek(product, day));
  const drift = change < 0.25 ? 0.9 + change * 0.7 : 1;
  const sale = attributeOf(seed, KIND.sale, product);
  const discount = isPromotion(day) && sale < 0.4 ? 0.7 + sale / 2 : 1;
  return Math.max(1, Math.round(base * drift * discount * 100));
}
