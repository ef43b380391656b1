import { formatDate } from '../../core/generate/calendar.ts';
import { attributeOf, createChooser } from '../../core/generate/random.ts';

const DAY = 86_400_000;

/** The customers of a generated shop, each made from its number alone. */
export type Customers = {
  readonly count: number;
  /** Customers are numbered as they register: these many have registered by the end of this day. */
  registeredBy(time: number): number;
  fieldsOf(customer: number): readonly string[];
  /** A customer who orders at this time; `share` says which. Few order most, and some never do. */
  buyerAt(time: number, share: () => number): number;
};

export const CUSTOMER_HEADER =
  'customer_id,first_name,last_name,email,phone,gender,birth_date,customer_type,city,state,country,postal_code,registration_date\n';

/** Of each ten customers, this many ever order. */
const BUYERS_OF_TEN = 8;

/** Three in five have registered in the years before `firstDay`; the rest come evenly until `lastDay`. */
export function createCustomers(seed: number, count: number, firstDay: number, lastDay: number): Customers {
  const before = Math.ceil(count * 0.6);
  const opened = firstDay - 3 * 365 * DAY;
  const registrationOf = (customer: number): number => {
    const [from, to, share] =
      customer < before
        ? [opened, firstDay, customer / before]
        : [firstDay, lastDay + DAY, (customer - before) / (count - before)];
    return from + Math.floor(((to - from) * share) / DAY) * DAY;
  };
  const registeredBy = (time: number): number => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (registrationOf(middle) <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  return {
    count,
    registeredBy,
    fieldsOf: (customer) => makeFields(seed, customer, registrationOf(customer)),
    buyerAt(time, share) {
      const known = registeredBy(time);
      // Who stays away or has left is passed over, about three of four; with few customers nobody else may be there.
      for (let tries = 0; tries < 100; tries += 1) {
        const customer = Math.floor(known * share());
        const isBuyer = Math.floor(attributeOf(seed, KIND.buyer, customer) * 10) < BUYERS_OF_TEN;
        if (
          isBuyer &&
          share() < eagernessOf(seed, customer) &&
          time < leavesAt(seed, customer, registrationOf(customer))
        ) {
          return customer;
        }
      }
      return 0;
    },
  };
}

export function customerIdOf(customer: number): string {
  return `C${String(customer + 1).padStart(6, '0')}`;
}

/** From a few that order at every occasion down to many that seldom do. */
function eagernessOf(seed: number, customer: number): number {
  return 0.05 + 0.95 * attributeOf(seed, KIND.eagerness, customer) ** 3;
}

/** A third lose interest within two years. */
function leavesAt(seed: number, customer: number, registered: number): number {
  const share = attributeOf(seed, KIND.leaves, customer);
  return share < 0.35 ? registered + (60 + share * 1_900) * DAY : Number.POSITIVE_INFINITY;
}

const KIND = {
  buyer: 1,
  eagerness: 2,
  leaves: 3,
  gender: 4,
  firstName: 5,
  lastName: 6,
  mail: 7,
  phone: 8,
  birth: 9,
  type: 10,
  city: 11,
  postcode: 12,
  gap: 13,
} as const;

function makeFields(seed: number, customer: number, registered: number): readonly string[] {
  const attribute = (kind: keyof typeof KIND): number => attributeOf(seed, KIND[kind], customer);
  const gender = attribute('gender');
  const names = gender < 0.5 ? FEMALE_NAMES : MALE_NAMES;
  const firstName = pick(names, attribute('firstName'));
  const lastName = pick(LAST_NAMES, attribute('lastName'));
  const place = chooseCity(attribute('city'));
  // People leave fields of a form empty.
  const gap = attribute('gap');
  return [
    customerIdOf(customer),
    firstName,
    lastName,
    gap < 0.01 ? '' : emailOf(firstName, lastName, customer, attribute('mail')),
    gap > 0.94 ? '' : phoneOf(place, attribute('phone')),
    gap > 0.4 && gap < 0.43 ? '' : gender < 0.49 ? 'F' : gender < 0.5 ? 'other' : 'M',
    gap > 0.2 && gap < 0.24 ? '' : birthDateOf(attribute('birth'), registered),
    chooseType(attribute('type')),
    place.city,
    place.state,
    place.country,
    postalCodeOf(place, attribute('postcode')),
    formatDate(registered),
  ];
}

function pick<T>(items: readonly T[], share: number): T {
  return items[Math.floor(share * items.length)]!;
}

/** The number keeps addresses of people of one name apart. */
function emailOf(firstName: string, lastName: string, customer: number, share: number): string {
  const provider = pick(PROVIDERS, share);
  const [first, last] = [firstName.toLowerCase(), lastName.toLowerCase().replaceAll(/[^a-z]/g, '')];
  const name =
    (share * PROVIDERS.length) % 1 < 0.6
      ? `${first}.${last}${customer + 1}`
      : `${first[0]}${last}${customer + 1}`;
  return `${name}@${provider}`;
}

function phoneOf(place: Place, share: number): string {
  const digits = String(Math.floor(share * 1e7)).padStart(7, '0');
  return place.country === 'United States'
    ? `+1 ${place.dial}-${digits.slice(0, 3)}-${digits.slice(3)}`
    : `+${place.dial} ${digits.slice(0, 3)} ${digits.slice(3)}`;
}

/** 18 to 78 years before the registration, most of them around 40. */
function birthDateOf(share: number, registered: number): string {
  const age = 18 + 60 * (share < 0.5 ? (2 * share) ** 1.2 * 0.38 : 0.38 + 0.62 * (2 * share - 1) ** 1.6);
  return formatDate(registered - Math.floor(age * 365.25 + 1) * DAY);
}

type Place = {
  readonly city: string;
  readonly state: string;
  readonly country: string;
  /** With `#` for any digit. */
  readonly postcode: string;
  readonly dial: string;
};

function postalCodeOf(place: Place, share: number): string {
  let rest = share;
  return place.postcode.replaceAll('#', () => {
    rest *= 10;
    const digit = Math.floor(rest);
    rest -= digit;
    return String(digit);
  });
}

const chooseType = createChooser([
  ['Consumer', 68],
  ['Corporate', 20],
  ['Home Office', 12],
]);

function place(city: string, state: string, country: string, postcode: string, dial: string): Place {
  return { city, state, country, postcode, dial };
}

const chooseCity = createChooser<Place>([
  [place('New York', 'NY', 'United States', '100##', '212'), 12],
  [place('Los Angeles', 'CA', 'United States', '900##', '213'), 9],
  [place('Chicago', 'IL', 'United States', '606##', '312'), 7],
  [place('Houston', 'TX', 'United States', '770##', '713'), 6],
  [place('Phoenix', 'AZ', 'United States', '850##', '602'), 4],
  [place('Philadelphia', 'PA', 'United States', '191##', '215'), 4],
  [place('Seattle', 'WA', 'United States', '981##', '206'), 4],
  [place('Denver', 'CO', 'United States', '802##', '303'), 3],
  [place('Boston', 'MA', 'United States', '021##', '617'), 3],
  [place('Atlanta', 'GA', 'United States', '303##', '404'), 3],
  [place('Miami', 'FL', 'United States', '331##', '305'), 3],
  [place('Toronto', 'ON', 'Canada', 'M5V #A#', '1 416'), 5],
  [place('Montréal', 'QC', 'Canada', 'H2X #B#', '1 514'), 3],
  [place('Vancouver', 'BC', 'Canada', 'V6B #C#', '1 604'), 3],
  [place('London', 'England', 'United Kingdom', 'SW1A #AA', '44 20'), 7],
  [place('Manchester', 'England', 'United Kingdom', 'M1 #AB', '44 161'), 3],
  [place('Edinburgh', 'Scotland', 'United Kingdom', 'EH1 #YZ', '44 131'), 2],
  [place('Berlin', 'Berlin', 'Germany', '101##', '49 30'), 4],
  [place('München', 'Bayern', 'Germany', '803##', '49 89'), 3],
  [place('Hamburg', 'Hamburg', 'Germany', '203##', '49 40'), 2],
  [place('Paris', 'Île-de-France', 'France', '750##', '33 1'), 4],
  [place('Lyon', 'Auvergne-Rhône-Alpes', 'France', '690##', '33 4'), 2],
  [place('Madrid', 'Comunidad de Madrid', 'Spain', '280##', '34 91'), 2],
  [place('Sydney', 'NSW', 'Australia', '20##', '61 2'), 3],
  [place('Melbourne', 'VIC', 'Australia', '30##', '61 3'), 2],
]);

const PROVIDERS = ['example.com', 'mail.example.com', 'example.org', 'post.example.org', 'example.net'];

const FEMALE_NAMES = (
  'Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Sandra Ashley Emily Donna ' +
  'Michelle Carol Amanda Melissa Laura Rebecca Sharon Cynthia Amy Anna Emma Olivia Sophie Chloe Hannah Julia Camille ' +
  'Lucia Ines Mia Lena Grace Alice Zoe'
).split(' ');
const MALE_NAMES = (
  'James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony Mark ' +
  'Steven Andrew Paul Joshua Kevin Brian George Timothy Edward Jason Ryan Jacob Eric Oliver Harry Lucas Felix Louis ' +
  'Hugo Diego Pablo Jonas Leon Adam Noah'
).split(' ');
const LAST_NAMES = (
  'Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Wilson Anderson Thomas ' +
  'Taylor Moore Jackson Martin Lee Perez Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright ' +
  "Scott Hill Green Adams Nelson Baker Campbell Mitchell Roberts Turner Phillips Evans Murphy O'Brien Schmidt Müller " +
  'Weber Fischer Dubois Moreau Laurent Novak Kowalski Rossi Nguyen Tran Patel Singh'
).split(' ');
