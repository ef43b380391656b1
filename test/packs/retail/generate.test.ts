import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { writeGeneratedFiles } from '../../../core/generate/write-files.ts';
import { generate } from '../../../sql/retail/generate.ts';
import {
  hashFolder,
  listFiles,
  listPlantedKinds,
  listRejections,
  readPlanted,
  readRows,
  readWithoutPlanted,
} from '../generated-files.ts';

const sqlFolder = resolve(import.meta.dirname, '..', '..', '..', 'sql', 'retail');
const scale = 0.05;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lake-generate-'));
  await writeGeneratedFiles(generate({ seed: 7, scale, dirtyShare: 0 }), join(folder, 'clean'));
  await writeGeneratedFiles(generate({ seed: 7, scale, dirtyShare: 0.03 }), join(folder, 'dirty'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('files', () => {
  test('are the same for the same seed, and others for another', async () => {
    await writeGeneratedFiles(generate({ seed: 7, scale, dirtyShare: 0 }), join(folder, 'again'));
    await writeGeneratedFiles(generate({ seed: 8, scale, dirtyShare: 0 }), join(folder, 'other'));

    const hash = await hashFolder(join(folder, 'clean'));

    expect(await hashFolder(join(folder, 'again'))).toBe(hash);
    expect(await hashFolder(join(folder, 'other'))).not.toBe(hash);
  });

  test('are one a trading day: none on Saturdays and over Christmas', async () => {
    const days = (await readdir(join(folder, 'clean', 'invoices'))).map((name) => name.replace('dt=', ''));

    expect(days.length).toBeGreaterThan(290);
    expect(days.filter((day) => new Date(day).getUTCDay() === 6)).toEqual([]);
    expect(days.filter((day) => day > '2010-12-23' && day < '2011-01-04')).toEqual([]);
  });

  test('have the header of the real data', async () => {
    const text = await readFile(join(folder, 'clean', 'invoices', 'dt=2010-12-01', 'part-0001.csv'), 'utf8');

    expect(text.split('\n')[0]).toBe(
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
    );
  });

  test('are cut into parts where a day has many invoices', () => {
    const first = generate({ seed: 1, scale: 500, dirtyShare: 0 })[Symbol.iterator]().next();

    const lines = first.done ? [] : [...take(first.value.records, 3)];

    expect(first.value?.path).toBe('invoices/dt=2010-12-01/part-0001.csv');
    expect(lines).toHaveLength(3);
  });
});

describe('rows', () => {
  let rows: readonly Readonly<Record<string, string>>[];

  beforeAll(async () => {
    rows = (await readRows(join(folder, 'clean'))).map(({ fields }) => fields);
  });

  const share = (isCounted: (row: Readonly<Record<string, string>>) => boolean) =>
    rows.filter(isCounted).length / rows.length;
  const isReturn = (row: Readonly<Record<string, string>>) => row.InvoiceNo!.startsWith('C');

  test('are about as many as the scale says', () => {
    expect(rows.length).toBeGreaterThan(0.9 * scale * 541_909);
    expect(rows.length).toBeLessThan(1.1 * scale * 541_909);
  });

  test('hold guests, returns, charges, stock adjustments, lines without a price, and exact duplicates', () => {
    const texts = rows.map((row) => Object.values(row).join('|'));

    expect(share((row) => row.CustomerID === '')).toBeGreaterThan(0.15);
    expect(share((row) => row.CustomerID === '')).toBeLessThan(0.4);
    expect(share((row) => isReturn(row) && Number(row.Quantity) < 0)).toBeGreaterThan(0.005);
    expect(share((row) => ['POST', 'DOT', 'M', 'C2', 'D'].includes(row.StockCode!))).toBeGreaterThan(0.005);
    expect(share((row) => !isReturn(row) && Number(row.Quantity) < 0)).toBeGreaterThan(0);
    expect(share((row) => Number(row.UnitPrice) === 0)).toBeGreaterThan(0.001);
    expect(new Set(texts).size).toBeLessThan(texts.length);
  });

  test('give one customer and one time to an invoice, and times within the opening hours in order', () => {
    const first = new Map(rows.toReversed().map((row) => [row.InvoiceNo, row]));
    const times = rows.map((row) => row.InvoiceDate!);

    expect(rows.every((row) => first.get(row.InvoiceNo)!.CustomerID === row.CustomerID)).toBe(true);
    expect(rows.every((row) => first.get(row.InvoiceNo)!.InvoiceDate === row.InvoiceDate)).toBe(true);
    expect(times).toEqual(times.toSorted());
    expect(times.filter((time) => !/^201[01]-\d\d-\d\d (0[89]|1[0-7]):[0-5]\d:00$/.test(time))).toEqual([]);
  });

  test('are the most in autumn, and on Thursdays more than on Sundays', () => {
    const linesIn = (isCounted: (date: Date) => boolean) =>
      rows.filter((row) => isCounted(new Date(row.InvoiceDate!.slice(0, 10)))).length;

    expect(linesIn((date) => date.getUTCMonth() === 10)).toBeGreaterThan(
      1.5 * linesIn((date) => date.getUTCMonth() === 1),
    );
    expect(linesIn((date) => date.getUTCDay() === 4)).toBeGreaterThan(
      1.5 * linesIn((date) => date.getUTCDay() === 0),
    );
  });

  test('come mostly from few products, whose prices change', () => {
    const revenue = new Map<string, number>();
    const prices = new Map<string, Set<string>>();
    for (const row of rows.filter((each) => each.CustomerID !== '' && Number(each.UnitPrice) > 0)) {
      const code = row.StockCode!;
      revenue.set(code, (revenue.get(code) ?? 0) + Number(row.Quantity) * Number(row.UnitPrice));
      prices.set(code, (prices.get(code) ?? new Set()).add(row.UnitPrice!));
    }
    const sorted = [...revenue.values()].sort((a, b) => b - a);
    const total = sorted.reduce((sum, value) => sum + value, 0);
    const top = sorted.slice(0, Math.ceil(sorted.length / 5)).reduce((sum, value) => sum + value, 0);

    expect(top / total).toBeGreaterThan(0.6);
    expect([...prices.values()].some((each) => each.size > 1)).toBe(true);
  });
});

describe('broken records', () => {
  test('stand in the manifest with file and line, and without them the files are the clean ones', async () => {
    const contents = await readWithoutPlanted(join(folder, 'dirty'));

    expect([...contents.keys()]).toEqual(await listFiles(join(folder, 'clean')));
    for (const [path, text] of contents) {
      expect(text).toBe(await readFile(join(folder, 'clean', path), 'utf8'));
    }
  });

  test('make the share that was asked for', async () => {
    const good = (await readRows(join(folder, 'clean'))).length;
    const broken = (await readPlanted(join(folder, 'dirty'))).length;

    const share = broken / (broken + good);

    expect(share).toBeGreaterThan(0.025);
    expect(share).toBeLessThan(0.035);
  });

  test('are of every kind that the contract rejects', async () => {
    const kinds = listPlantedKinds(await readPlanted(join(folder, 'dirty')));

    const { pack } = await loadPack(sqlFolder);
    const rejections = pack.bronze.flatMap((contract) => [...listRejections(contract)]);

    expect(rejections).toHaveLength(14);
    expect(rejections.filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  test('leave no manifest of an earlier run behind', async () => {
    const out = join(folder, 'twice');
    await writeGeneratedFiles(generate({ seed: 1, scale: 0.002, dirtyShare: 0.3 }), out);
    await writeGeneratedFiles(generate({ seed: 1, scale: 0.002, dirtyShare: 0 }), out);

    expect(await readdir(out)).toEqual(['invoices']);
  });
});

function* take<T>(items: Iterable<T>, count: number): Iterable<T> {
  let left = count;
  for (const item of items) {
    if (left === 0) {
      return;
    }
    left -= 1;
    yield item;
  }
}
