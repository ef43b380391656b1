import { attributeOf } from '../../core/generate/random.ts';
import { chooseHome, type Home } from './generated-places.ts';

const DAY = 86_400_000;

/** A customer as an order shows them. */
export type CustomerState = {
  readonly id: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly segment: string;
  readonly street: string;
  readonly home: Home;
};

/** When things may change: the time of the whole data. */
export type TimeSpan = { readonly from: number; readonly to: number };

/**
 * A customer at a time, made from their number alone. Three in ten move once, a third of these again, and of those half
 * back to where they came from; a few change their segment or their name. `isElsewhere` gives another street just now.
 */
export function customerAt(
  seed: number,
  customer: number,
  time: number,
  span: TimeSpan,
  isElsewhere: boolean,
): CustomerState {
  const attribute = (kind: keyof typeof KIND): number => attributeOf(seed, KIND[kind], customer);
  const isAfter = (when: number, from = span.from): boolean => time >= from + when * (span.to - from);
  const address = addressAt(attribute, time, span);
  const street = attributeOf(seed, KIND.street, customer * 4 + (isElsewhere ? 3 : address));
  const segment = attribute('segment');
  const married = attribute('married');
  const hasNewSegment = segment % 0.1 < 0.008 && isAfter(attribute('segmentChange'));
  const hasNewName = married < 0.03 && isAfter(married / 0.03);
  return {
    id: customer + 1,
    firstName: nameOf(FIRST_NAMES, 'Mary', attribute('firstName')),
    lastName: nameOf(LAST_NAMES, 'Smith', hasNewName ? attribute('newName') : attribute('lastName')),
    segment: segmentOf(hasNewSegment ? (segment + 0.4) % 1 : segment),
    street: streetOf(street),
    home: chooseHome(attributeOf(seed, KIND.home, customer * 4 + address)),
  };
}

/** 0 for the first address, 1 and 2 for later ones. */
function addressAt(
  attribute: (kind: 'moves' | 'firstMove' | 'secondMove') => number,
  time: number,
  span: TimeSpan,
): 0 | 1 | 2 {
  const moves = attribute('moves');
  const firstMove = span.from + attribute('firstMove') * (span.to - span.from);
  if (moves >= 0.3 || time < firstMove) {
    return 0;
  }
  const secondMove = firstMove + (20 + 380 * attribute('secondMove')) * DAY;
  if (moves >= 0.1 || time < secondMove) {
    return 1;
  }
  return moves < 0.05 ? 0 : 2;
}

const KIND = {
  moves: 1,
  firstMove: 2,
  secondMove: 3,
  street: 4,
  home: 5,
  segment: 6,
  segmentChange: 7,
  married: 8,
  firstName: 9,
  lastName: 10,
  newName: 11,
} as const;

function segmentOf(share: number): string {
  return share < 0.518 ? 'Consumer' : share < 0.822 ? 'Corporate' : 'Home Office';
}

/** In the data set every third customer bears the same name. */
function nameOf(names: readonly string[], common: string, share: number): string {
  return share < 0.33 ? common : names[Math.floor(((share - 0.33) / 0.67) * names.length)]!;
}

function streetOf(share: number): string {
  const numbers = 9_900;
  const total = numbers * ADJECTIVES.length * NOUNS.length * (ENDINGS.length + 1);
  let rest = Math.floor(share * total);
  const number = 100 + (rest % numbers);
  rest = Math.floor(rest / numbers);
  const adjective = ADJECTIVES[rest % ADJECTIVES.length]!;
  rest = Math.floor(rest / ADJECTIVES.length);
  const noun = NOUNS[rest % NOUNS.length]!;
  const ending = ENDINGS[Math.floor(rest / NOUNS.length)];
  return ending === undefined ? `${number} ${adjective} ${noun}` : `${number} ${adjective} ${noun} ${ending}`;
}

const FIRST_NAMES = (
  'Robert Amber Doris Michael Ethan Steven Brenda Elizabeth Jeffrey John Anna James David Patricia Linda Barbara Susan ' +
  'Karen Nancy Betty Helen Sandra Donna Carol Ruth Sharon Michelle Laura Sarah Kimberly Deborah Jessica Shirley Cynthia ' +
  'Angela Melissa Amy Rebecca Virginia Kathleen Pamela Martha Debra Amanda Stephanie Carolyn Christine Marie Janet ' +
  'Catherine Frances Ann Joyce Diane Alice Julie Heather Teresa Gloria Evelyn Jean Cheryl Joan Andrew Raymond Gregory'
).split(' ');
const LAST_NAMES = (
  'Anderson Martinez Taylor Camacho Adams Elliott Ferguson Williams Guzman Krueger Kent Johnson Brown Jones Davis Miller ' +
  'Wilson Moore Thomas Jackson White Harris Martin Thompson Garcia Robinson Clark Rodriguez Lewis Lee Walker Hall Allen ' +
  'Young Hernandez King Wright Lopez Hill Scott Green Baker Gonzalez Nelson Carter Mitchell Perez Roberts Turner Phillips ' +
  'Campbell Parker Evans Edwards Collins Stewart Sanchez Morris Rogers Reed Cook Morgan Bell Murphy Bailey Rivera'
).split(' ');
const ADJECTIVES = (
  'Broad Shady Colonial Tawny Quaking Hidden Rocky Stony Harvest Blue Red Amber Iron Silent Easy Old Misty Little Round ' +
  'Lost Jagged Velvet Gentle Wishing Clear Sleepy High Noble Foggy Cozy Golden Merry Umber Honey Crystal Thunder'
).split(' ');
const NOUNS = (
  'Beacon Arbor Butterfly Cove Embers Parkway Sky Zephyr Close Quail Anchor Barn Dell Willow View Gate Street Quay ' +
  'Goose Falls Log Hollow Dale Leaf Prairie Brook Abbey Pines Towers Passage Bear Autumn River Elk Rabbit Fawn'
).split(' ');
const ENDINGS = (
  'Maze Stead Link Vale Ledge Limits Avenue Harbour Trail Drive Vista Downs Green Subdivision Forest Line Acres Glen ' +
  'Corners Promenade Estates Gardens Private Common'
).split(' ');
