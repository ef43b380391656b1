import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MANIFEST_NAME, writeGeneratedFiles } from '../../../core/generate/write-files.ts';
import { generate } from '../../../sql/retail/generate.ts';

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
  let rows: readonly (readonly string[])[];

  beforeAll(async () => {
    rows = (await readLines(join(folder, 'clean'))).map(splitCsv);
  });

  const share = (isCounted: (row: readonly string[]) => boolean) =>
    rows.filter(isCounted).length / rows.length;

  test('are about as many as the scale says', () => {
    expect(rows.length).toBeGreaterThan(0.8 * scale * 541_909);
    expect(rows.length).toBeLessThan(1.2 * scale * 541_909);
  });

  test('hold guests, returns, charges, stock adjustments, lines without a price, and exact duplicates', () => {
    const texts = rows.map((row) => row.join('|'));

    expect(share((row) => row[6] === '')).toBeGreaterThan(0.15);
    expect(share((row) => row[6] === '')).toBeLessThan(0.4);
    expect(share((row) => row[0]!.startsWith('C') && Number(row[3]) < 0)).toBeGreaterThan(0.005);
    expect(share((row) => ['POST', 'DOT', 'M', 'C2', 'D'].includes(row[1]!))).toBeGreaterThan(0.005);
    expect(share((row) => !row[0]!.startsWith('C') && Number(row[3]) < 0)).toBeGreaterThan(0);
    expect(share((row) => Number(row[5]) === 0)).toBeGreaterThan(0.001);
    expect(new Set(texts).size).toBeLessThan(texts.length);
  });

  test('give one customer to an invoice', () => {
    const customers = new Map(rows.map((row) => [row[0], row[6]]));

    expect(rows.every((row) => customers.get(row[0]) === row[6])).toBe(true);
  });

  test('come mostly from few products, whose prices change', () => {
    const revenue = new Map<string, number>();
    const prices = new Map<string, Set<string>>();
    for (const row of rows.filter((each) => each[6] !== '' && Number(each[5]) > 0)) {
      revenue.set(row[1]!, (revenue.get(row[1]!) ?? 0) + Number(row[3]) * Number(row[5]));
      prices.set(row[1]!, (prices.get(row[1]!) ?? new Set()).add(row[5]!));
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
    const planted = (await readFile(join(folder, 'dirty', MANIFEST_NAME), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { dataset: string; sourceFile: string; sourceLine: number });
    const lines = new Map<string, Set<number>>();
    for (const { dataset, sourceFile, sourceLine } of planted) {
      const path = `${dataset}/${sourceFile}`;
      lines.set(path, (lines.get(path) ?? new Set()).add(sourceLine));
    }

    for (const path of await listFiles(join(folder, 'clean'))) {
      const clean = await readFile(join(folder, 'clean', path), 'utf8');
      const dirty = await readFile(join(folder, 'dirty', path), 'utf8');
      const kept = dirty.split('\n').filter((_, index) => lines.get(path)?.has(index + 1) !== true);
      expect(kept.join('\n')).toBe(clean);
    }
    expect(planted.length).toBeGreaterThan(100);
  });

  test('make the share that was asked for', async () => {
    const clean = await readLines(join(folder, 'clean'));
    const dirty = await readLines(join(folder, 'dirty'));

    const share = (dirty.length - clean.length) / dirty.length;

    expect(share).toBeGreaterThan(0.025);
    expect(share).toBeLessThan(0.035);
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

async function listFiles(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true });
  return names.filter((name) => name.endsWith('.csv')).sort();
}

async function readLines(root: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const path of await listFiles(root)) {
    lines.push(...(await readFile(join(root, path), 'utf8')).trimEnd().split('\n').slice(1));
  }
  return lines;
}

/** Enough for these files: quotes only around descriptions, no line breaks within. */
function splitCsv(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
}

async function hashFolder(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await listFiles(root)) {
    hash.update(path).update(await readFile(join(root, path)));
  }
  return hash.digest('hex');
}
