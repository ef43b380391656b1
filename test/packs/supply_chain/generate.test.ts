import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { writeGeneratedFiles } from '../../../core/generate/write-files.ts';
import { generate } from '../../../sql/supply_chain/generate.ts';
import { formatFloat, formatTime } from '../../../sql/supply_chain/generated-numbers.ts';
import {
  hashFolder,
  listFiles,
  listPlantedKinds,
  listRejections,
  type Row,
  readPlanted,
  readRows,
  readWithoutPlanted,
} from '../generated-files.ts';

const sqlFolder = resolve(import.meta.dirname, '..', '..', '..', 'sql', 'supply_chain');
const scale = 0.05;
type Fields = Readonly<Record<string, string>>;

let folder: string;
let rows: readonly Row[];
/** The last delivery of each item. */
let items: readonly Fields[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lake-generate-'));
  await writeGeneratedFiles(generate({ seed: 7, scale, dirtyShare: 0 }), join(folder, 'clean'));
  rows = await readRows(join(folder, 'clean'), 'latin1');
  items = [...new Map(rows.map(({ fields }) => [fields['Order Item Id'], fields])).values()];
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('numbers', () => {
  test.each([
    [0, '0.0'],
    [15, '15.0'],
    [1500, '1500.0'],
    [0.03, '0.029999999'],
    [0.48, '0.479999989'],
    [9.83, '9.829999924'],
    [9.99, '9.989999771'],
    [-9.05, '-9.050000191'],
    [50.5, '50.5'],
    [119.99, '119.9899979'],
    [299.98, '299.980011'],
    [314.64, '314.6400146'],
    [-266.8, '-266.7999878'],
  ])('print %d as the data set does: %s', (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });

  test('print times with the month first and without leading zeros but for minutes', () => {
    expect(formatTime(Date.UTC(2018, 0, 13, 0, 33))).toBe('1/13/2018 0:33');
    expect(formatTime(Date.UTC(2016, 11, 5, 14, 7))).toBe('12/5/2016 14:07');
  });
});

describe('files', () => {
  test('are the same for the same seed, and others for another', async () => {
    await writeGeneratedFiles(generate({ seed: 7, scale, dirtyShare: 0 }), join(folder, 'again'));
    await writeGeneratedFiles(generate({ seed: 8, scale, dirtyShare: 0 }), join(folder, 'other'));

    const hash = await hashFolder(join(folder, 'clean'));

    expect(await hashFolder(join(folder, 'again'))).toBe(hash);
    expect(await hashFolder(join(folder, 'other'))).not.toBe(hash);
  });

  test('have the 53 header cells of the data set, in its order', async () => {
    const { pack } = await loadPack(sqlFolder);
    const fold = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

    expect(Object.keys(rows[0]!.fields).map(fold)).toEqual(
      pack.bronze[0]!.columns.map((column) => fold(column.name)),
    );
    expect(Object.keys(rows[0]!.fields)).toContain('order date (DateOrders)');
    expect(Object.keys(rows[0]!.fields)).toContain('Days for shipping (real)');
  });

  test('are in ISO-8859-1, and not in UTF-8', async () => {
    const bytes = await readFile(join(folder, 'clean', rows[0]!.file));

    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)).toThrow();
    expect(rows.some(({ fields }) => fields['Order Country'] === 'México')).toBe(true);
    // What ISO-8859-1 cannot hold is cut to a control character.
    expect(rows.filter(({ fields }) => /\p{Cc}/u.test(Object.values(fields).join('')))).toEqual([]);
  });

  test('come one a month, with what was late or wrong of the month before', async () => {
    const names = await listFiles(join(folder, 'clean'));

    expect(names.filter((name) => name.endsWith('part-0001.csv'))).toHaveLength(37);
    expect(names.filter((name) => name.endsWith('changes-0001.csv')).length).toBeGreaterThan(28);
    expect(
      names.filter((name) => !/^orders\/dt=\d{4}-\d\d-\d\d\/(part|changes)-0001\.csv$/.test(name)),
    ).toEqual([]);
  });

  test('are cut into parts where a month is long, with item numbers that go on', () => {
    const files = generate({ seed: 1, scale: 12, dirtyShare: 0 })[Symbol.iterator]();
    const paths: string[] = [];
    const ids: number[][] = [];

    for (let count = 0; count < 2; count += 1) {
      const file = files.next().value!;
      paths.push(file.path);
      let [first, last, records] = ['', '', 0];
      for (const { text } of file.records) {
        records += 1;
        first = records === 2 ? text : first;
        last = text;
        if (count === 1 && records === 2) {
          break;
        }
      }
      ids.push([first, last].map(itemIdOf));
    }

    expect(paths).toEqual(['orders/dt=2015-01-31/part-0001.csv', 'orders/dt=2015-01-31/part-0002.csv']);
    expect(ids[0]![0]).toBe(1);
    expect(ids[0]![1]).toBeGreaterThan(50_000);
    // The first order of the part may be a late one, of up to five items.
    expect(ids[1]![0]! - ids[0]![1]!).toBeGreaterThanOrEqual(1);
    expect(ids[1]![0]! - ids[0]![1]!).toBeLessThanOrEqual(11);
  });
});

describe('rows', () => {
  test('are as many orders as the scale says, with items numbered without gaps', () => {
    const ids = items.map((row) => Number(row['Order Item Id'])).sort((a, b) => a - b);

    expect(new Set(items.map((row) => row['Order Id'])).size).toBe(Math.round(65_752 * scale));
    expect(items.length).toBeGreaterThan(0.95 * 180_519 * scale);
    expect(items.length).toBeLessThan(1.05 * 180_519 * scale);
    expect([ids[0], ids.at(-1)]).toEqual([1, ids.length]);
  });

  test('add up: price times quantity, less the discount at its rate, is the total, of which the profit is its ratio', () => {
    const cents = (text: string | undefined) => Math.round(Number(text) * 100);

    const isNear = (amount: number, exact: number) => Math.abs(amount - exact) < 0.51;
    const wrong = rows.filter(({ fields }) => {
      const price = cents(fields['Order Item Product Price']);
      const sales = cents(fields.Sales);
      const discount = cents(fields['Order Item Discount']);
      const total = cents(fields['Order Item Total']);
      const profit = cents(fields['Order Profit Per Order']);
      return !(
        sales === price * Number(fields['Order Item Quantity']) &&
        price === cents(fields['Product Price']) &&
        isNear(discount, sales * Number(fields['Order Item Discount Rate'])) &&
        total === sales - discount &&
        isNear(profit, total * Number(fields['Order Item Profit Ratio'])) &&
        fields['Benefit per order'] === fields['Order Profit Per Order'] &&
        fields['Sales per customer'] === fields['Order Item Total']
      );
    });

    expect(wrong).toEqual([]);
  });

  test('say truly how long shipping took, and whether that was late', () => {
    const wrong = rows.filter(({ fields }) => {
      const real = Number(fields['Days for shipping (real)']);
      const scheduled = Number(fields['Days for shipment (scheduled)']);
      const isCanceled = ['CANCELED', 'SUSPECTED_FRAUD'].includes(fields['Order Status']!);
      const inTime = real < scheduled ? 'Advance shipping' : 'Shipping on time';
      const expected = isCanceled ? 'Shipping canceled' : real > scheduled ? 'Late delivery' : inTime;
      const shipped =
        dayOf(fields['shipping date (DateOrders)']!) - dayOf(fields['order date (DateOrders)']!);
      return !(
        shipped / 86_400_000 === real &&
        fields['Delivery Status'] === expected &&
        fields.Late_delivery_risk === (expected === 'Late delivery' ? '1' : '0')
      );
    });

    expect(wrong).toEqual([]);
  });

  test.each([
    ['Order Status', 'COMPLETE', 0.33],
    ['Order Status', 'PENDING_PAYMENT', 0.22],
    ['Order Status', 'CANCELED', 0.025],
    ['Type', 'DEBIT', 0.385],
    ['Delivery Status', 'Late delivery', 0.55],
    ['Market', 'Europe', 0.31],
    ['Market', 'LATAM', 0.28],
    ['Market', 'Africa', 0.06],
    ['Shipping Mode', 'Standard Class', 0.6],
    ['Customer Segment', 'Consumer', 0.52],
    ['Customer City', 'Caguas', 0.33],
  ])('have a share like the data set: %s %s %d', (column, value, share) => {
    const found = items.filter((row) => row[column] === value).length / items.length;

    expect(found).toBeGreaterThan(share * 0.75 - 0.005);
    expect(found).toBeLessThan(share * 1.25 + 0.005);
  });

  test('have the quirks of the data set', () => {
    const values = (column: string) => new Set(rows.map(({ fields }) => fields[column]!));

    expect([...values('Customer Password'), ...values('Customer Email')]).toEqual(['XXXXXXXXX', 'XXXXXXXXX']);
    expect([...values('Product Description')]).toEqual(['']);
    expect(values('Customer Zipcode')).toContain('725.0');
    expect(values('Customer Zipcode')).toContain('00725');
    expect(values('Order Region')).toContain('South of  USA ');
    expect([...values('Product Name')].some((name) => name.endsWith(' '))).toBe(true);
    expect(Math.max(...[...values('Product Name')].map((name) => name.length))).toBe(45);
    expect([...values('Order Zipcode')].filter((text) => !/^(\d{1,5}\.0|\d{5}|)$/.test(text))).toEqual([]);
  });

  test('have orders of one customer, one time and one status, also after corrections', () => {
    const heads = new Map<string, Set<string>>();
    for (const row of items) {
      const head = [row['Customer Id'], row['order date (DateOrders)'], row['Order Status']].join(' ');
      heads.set(row['Order Id']!, (heads.get(row['Order Id']!) ?? new Set()).add(head));
    }

    expect([...heads.values()].filter((each) => each.size > 1)).toEqual([]);
  });
});

describe('history', () => {
  test('of customers has moves, returns to an earlier address, and changes within a day', () => {
    const changes = listChanges(items, 'Customer Id', (row) =>
      [
        'Customer Fname',
        'Customer Lname',
        'Customer Segment',
        'Customer Street',
        'Customer City',
        'Customer State',
      ]
        .map((column) => row[column])
        .join('|'),
    );

    expect(changes.changed / changes.entities).toBeGreaterThan(0.1);
    expect(changes.changed / changes.entities).toBeLessThan(0.5);
    expect(changes.returned).toBeGreaterThan(10);
    expect(changes.withinADay).toBeGreaterThan(10);
  });

  test('of products has prices that rise or fall and come back, and some that cannot be had for a while', () => {
    const prices = listChanges(items, 'Product Card Id', (row) => row['Product Price']!);
    const statuses = listChanges(items, 'Product Card Id', (row) => row['Product Status']!);

    expect(prices.changed / prices.entities).toBeGreaterThan(0.5);
    expect(prices.returned).toBeGreaterThan(5);
    expect(statuses.changed).toBeGreaterThan(1);
    expect(new Set(items.map((row) => row['Product Status']))).toEqual(new Set(['0', '1']));
  });

  test('has late orders, and corrections that come in a later file and differ', () => {
    const first = new Map<string, Row>();
    const corrections: Row[] = [];
    for (const row of rows) {
      const before = first.get(row.fields['Order Item Id']!);
      if (before === undefined) {
        first.set(row.fields['Order Item Id']!, row);
      } else {
        expect(row.file > before.file).toBe(true);
        corrections.push(row);
      }
    }
    const late = [...first.values()].filter(({ file }) => file.includes('changes'));
    const differing = corrections.filter(
      ({ fields }) => JSON.stringify(fields) !== JSON.stringify(first.get(fields['Order Item Id']!)!.fields),
    );

    expect(late.length / items.length).toBeGreaterThan(0.003);
    expect(late.length / items.length).toBeLessThan(0.012);
    expect(corrections.length / items.length).toBeGreaterThan(0.008);
    expect(corrections.length / items.length).toBeLessThan(0.025);
    expect(differing.length / corrections.length).toBeGreaterThan(0.95);
  });
});

describe('broken records', () => {
  test('stand in the manifest, make the share asked for, and without them the files are the clean ones', async () => {
    await writeGeneratedFiles(generate({ seed: 7, scale, dirtyShare: 0.1 }), join(folder, 'dirty'));

    const contents = await readWithoutPlanted(join(folder, 'dirty'), 'latin1');

    expect([...contents.keys()]).toEqual(await listFiles(join(folder, 'clean')));
    for (const [path, text] of contents) {
      expect(text === (await readFile(join(folder, 'clean', path), 'latin1'))).toBe(true);
    }
    const planted = (await readPlanted(join(folder, 'dirty'))).length;
    expect(planted / (planted + rows.length)).toBeGreaterThan(0.09);
    expect(planted / (planted + rows.length)).toBeLessThan(0.11);
  });

  test('are of every kind that the contract rejects', async () => {
    const kinds = listPlantedKinds(await readPlanted(join(folder, 'dirty')));

    const { pack } = await loadPack(sqlFolder);
    const rejections = pack.bronze.flatMap((contract) => [...listRejections(contract)]);

    expect(rejections.length).toBeGreaterThan(20);
    expect(rejections.filter((kind) => !kinds.has(kind))).toEqual([]);
  });
});

/** The only two fields before it that may be quoted hold no comma. */
function itemIdOf(record: string): number {
  return Number(record.split(',')[33]);
}

/** Milliseconds at the start of the day. */
function dayOf(text: string): number {
  const [month, day, year] = text.split(' ')[0]!.split('/').map(Number);
  return Date.UTC(year!, month! - 1, day!);
}

/** How states of things follow each other, by time of order and then number of item. */
function listChanges(
  all: readonly Fields[],
  key: string,
  stateOf: (row: Fields) => string,
): { entities: number; changed: number; returned: number; withinADay: number } {
  const observed = new Map<string, { at: number; item: number; day: number; state: string }[]>();
  for (const row of all) {
    const text = row['order date (DateOrders)']!;
    const [hours, minutes] = text.split(' ')[1]!.split(':').map(Number);
    const day = dayOf(text);
    const list = observed.get(row[key]!) ?? [];
    list.push({
      at: day + (hours! * 60 + minutes!) * 60_000,
      item: Number(row['Order Item Id']),
      day,
      state: stateOf(row),
    });
    observed.set(row[key]!, list);
  }
  const found = { entities: observed.size, changed: 0, returned: 0, withinADay: 0 };
  for (const list of observed.values()) {
    list.sort((a, b) => a.at - b.at || a.item - b.item);
    const states = list.filter((each, index) => index === 0 || list[index - 1]!.state !== each.state);
    found.changed += states.length > 1 ? 1 : 0;
    found.returned += new Set(states.map((each) => each.state)).size < states.length ? 1 : 0;
    found.withinADay += states.some(
      (each, index) => index > 0 && list[list.indexOf(each) - 1]!.day === each.day,
    )
      ? 1
      : 0;
  }
  return found;
}
