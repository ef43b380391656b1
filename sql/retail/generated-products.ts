import { attributeOf } from '../../core/generate/random.ts';

const KIND = { price: 3, change: 4, name: 5, code: 6 } as const;

/** Five digits, some with a letter for the colour, in part lower case, as the real ones. */
export function stockCodeOf(seed: number, product: number): string {
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

export function descriptionOf(seed: number, product: number): string {
  const at = Math.floor(
    attributeOf(seed, KIND.name, product) * COLOURS.length * STYLES.length * THINGS.length,
  );
  const colour = COLOURS[at % COLOURS.length]!;
  const style = STYLES[Math.floor(at / COLOURS.length) % STYLES.length]!;
  return `${colour} ${style} ${THINGS[Math.floor(at / COLOURS.length / STYLES.length)]!}`;
}

/** A product's price of the quarter, in thousandths; the web shop's guests pay more. */
export function priceOf(seed: number, product: number, time: number, isGuest: boolean): number {
  const date = new Date(time);
  const base = 0.29 + 14 * attributeOf(seed, KIND.price, product) ** 3;
  const quarter = date.getUTCFullYear() * 4 + Math.floor(date.getUTCMonth() / 3);
  const change = attributeOf(seed, KIND.change, product * 16_384 + quarter);
  const rise = change < 0.15 ? 1 + change : 1;
  const cents = Math.max(4, Math.round(base * rise * (isGuest ? 1.9 : 1) * 100));
  return cents * 10 + (change > 0.995 ? 1 : 0);
}
