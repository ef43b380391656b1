import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { locateLanded, planLoad } from '../../bin/load-plan.ts';
import type { BronzeContract, Pack } from '../../core/contract/contract.ts';
import { makeFolder, removeFolder } from './lake-process.ts';

let folder: string;

beforeEach(async () => {
  folder = await makeFolder();
});

afterEach(async () => {
  await removeFolder(folder);
});

function packWith(...datasets: readonly string[]): Pack {
  const bronze = datasets.map((dataset) => ({ dataset, name: dataset }) as BronzeContract);
  return { name: 'shop', description: '', parameters: {}, bronze, models: [], queries: [] };
}

async function put(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), 'id\n1\n');
  }
}

async function planned(pack: Pack, paths: readonly string[], dataset?: string) {
  const plan = await planLoad(
    pack,
    paths.map((path) => join(folder, path)),
    dataset,
  );
  return Object.fromEntries(
    plan.datasets.map(({ contract, files }) => [contract.dataset, files.map(({ sourceFile }) => sourceFile)]),
  );
}

describe('the dataset of a file', () => {
  test('is the first folder below a given folder, and the source file is what follows', async () => {
    await put('in/orders/dt=2026-01-01/a.csv', 'in/items/b.csv.gz');

    expect(await planned(packWith('orders', 'items'), ['in'])).toEqual({
      items: ['b.csv.gz'],
      orders: ['dt=2026-01-01/a.csv'],
    });
  });

  test('is the folder after the name of the pack, wherever in the path that is', async () => {
    await put('landing/shop/orders/dt=2026-01-01/a.csv');

    expect(await planned(packWith('orders', 'items'), ['landing/shop/orders/dt=2026-01-01'])).toEqual({
      orders: ['dt=2026-01-01/a.csv'],
    });
    expect(await planned(packWith('orders', 'items'), ['landing/shop/orders/dt=2026-01-01/a.csv'])).toEqual({
      orders: ['dt=2026-01-01/a.csv'],
    });
  });

  test('is the given folder, or the folder that the given file lies in', async () => {
    await put('any/orders/a.csv');

    expect(await planned(packWith('orders', 'items'), ['any/orders'])).toEqual({ orders: ['a.csv'] });
    expect(await planned(packWith('orders', 'items'), ['any/orders/a.csv'])).toEqual({ orders: ['a.csv'] });
  });

  test("is the pack's only one where the path says nothing", async () => {
    await put('a.csv', 'sub/b.csv');

    expect(await planned(packWith('orders'), ['.'])).toEqual({ orders: ['a.csv', 'sub/b.csv'] });
  });

  test('is the one asked for', async () => {
    await put('in/a.csv', 'in/items/b.csv');

    expect(await planned(packWith('orders', 'items'), ['in'], 'orders')).toEqual({
      orders: ['a.csv', 'items/b.csv'],
    });
  });

  test('is not guessed: a folder far up the path that is named like a dataset says nothing', async () => {
    await put('orders/exports/a.csv');

    await expect(planned(packWith('orders', 'items'), ['orders/exports/a.csv'])).rejects.toThrow(
      /does not say which dataset it is of, expected --dataset with one of: orders, items/,
    );
  });
});

describe('a plan', () => {
  test('takes CSV files only, each once, in byte order of their source files', async () => {
    await put('in/b.csv', 'in/a.CSV', 'in/read.me', 'in/.hidden.csv', 'in/é.csv');

    const plan = await planLoad(packWith('orders'), [join(folder, 'in'), join(folder, 'in', 'b.csv')]);

    expect(plan.datasets[0]!.files.map(({ sourceFile }) => sourceFile)).toEqual(['a.CSV', 'b.csv', 'é.csv']);
    expect(plan.ignored).toHaveLength(2);
  });

  test('keeps blanks, plus signs, percent signs and unicode of a name', async () => {
    await put('in/orders/März 2026/a+b %41.csv');

    expect(await planned(packWith('orders'), ['in'])).toEqual({ orders: ['März 2026/a+b %41.csv'] });
  });
});

describe('a landed file', () => {
  test('is known by pack and dataset folder, and belongs nowhere without them', () => {
    const pack = packWith('orders');

    const found = locateLanded([pack], '/landing', '/landing/shop/orders/x/a.csv');

    expect(found?.file).toEqual({ path: '/landing/shop/orders/x/a.csv', sourceFile: 'x/a.csv' });
    expect(locateLanded([pack], '/landing', '/landing/shop/a.csv')).toBeUndefined();
    expect(locateLanded([pack], '/landing', '/landing/shop/items/a.csv')).toBeUndefined();
    expect(locateLanded([pack], '/landing', '/landing/toys/orders/a.csv')).toBeUndefined();
  });
});
