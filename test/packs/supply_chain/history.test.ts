import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { Pack } from '../../../core/contract/contract.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { writeGeneratedFiles } from '../../../core/generate/write-files.ts';
import { generate } from '../../../sql/supply_chain/generate.ts';
import { type LakeHistory, openLakeHistory } from '../../support/lake-history.ts';

let pack: Pack;
let root: string;
/** What is delivered together, the oldest first. */
let batches: readonly (readonly string[])[];
let once: LakeHistory;
let expected: Readonly<Record<string, readonly string[]>>;

const orderDate = 28;

beforeAll(async () => {
  ({ pack } = await loadPack(resolve(import.meta.dirname, '../../../sql/supply_chain')));
  root = await mkdtemp(join(tmpdir(), 'supply-chain-history-'));
  const folder = join(root, pack.name);
  const paths: string[] = [];
  for (const file of generate({ seed: 5, scale: 0.03, dirtyShare: 0 })) {
    // A third of a year is enough: each month makes partitions of several tables.
    if (file.path > 'orders/dt=2015-05') break;
    await writeGeneratedFiles([file], folder);
    paths.push(join(folder, file.path));
  }
  paths.sort();
  const moved = join(folder, 'orders/dt=2016-01-01.csv');
  await writeFile(moved, await moveOrders(paths[0]!), 'latin1');
  const middle = Math.ceil(paths.length / 2);
  batches = [paths.slice(0, middle), paths.slice(middle), [moved]];
  once = await openLakeHistory(pack);
  await once.arrive(batches.flat());
  expected = await once.contents();
}, 120_000);
afterAll(async () => {
  await once[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** A correction of the first orders of a file: they were made in other months than was said, each line of its own. */
async function moveOrders(path: string): Promise<string> {
  const [header, ...lines] = (await readFile(path, 'latin1')).trimEnd().split('\n');
  const dates = ['11/30/2015 23:59', '12/1/2015 0:00', '2/28/2015 12:00', '6/30/2015 8:05'];
  const moved = lines.slice(0, dates.length).map((line, index) => {
    const cells = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)!.map((cell) => cell.replace(/,$/, ''));
    return cells.slice(0, 53).with(orderDate, dates[index]!).join(',');
  });
  return `${[header, ...moved].join('\n')}\n`;
}

test('changes loaded in order give what one load gives', async () => {
  await using lake = await openLakeHistory(pack);
  for (const batch of batches) await lake.arrive(batch);

  expect(await lake.contents()).toEqual(expected);
}, 120_000);

test('changes loaded in the reverse order, and then twice under other names, give the same', async () => {
  await using lake = await openLakeHistory(pack);
  for (const batch of batches.toReversed()) await lake.arrive(batch);
  const reversed = await lake.contents();
  const [folder, again] = [join(root, pack.name), join(root, 'again', pack.name)];
  await cp(join(folder, 'orders'), join(again, 'orders/again'), { recursive: true });
  const copies = batches
    .flat()
    .map((path) => join(again, 'orders/again', relative(join(folder, 'orders'), path)));
  const second = await lake.arrive(copies);

  expect(reversed).toEqual(expected);
  expect(await lake.contents()).toEqual(expected);
  expect(new Set(Object.values(second.tables))).toEqual(new Set(['current']));
}, 120_000);

describe.each([
  ['dim_customers', 'customer_id'],
  ['dim_products', 'product_id'],
])('versions in %s', (table, entity) => {
  test('have no gap, no overlap, and one current row a key', async () => {
    const rows = await once.query(
      `select ${entity}, valid_from, valid_to, is_current, version_no from supply_chain_silver.${table}`,
    );

    const entities = Map.groupBy(rows, ([id]) => id);
    for (const versions of entities.values()) {
      versions.sort((one, other) => Number(one[4]) - Number(other[4]));
      versions.forEach(([, from, to, isCurrent, number], index) => {
        const next = versions[index + 1];
        expect(number).toBe(String(index + 1));
        expect(from! < to!).toBe(true);
        expect(to).toBe(next === undefined ? '9999-12-31' : next[1]);
        expect(isCurrent).toBe(String(next === undefined));
      });
    }
    // Otherwise nothing was shown: there are entities with several versions.
    expect(rows.length).toBeGreaterThan(entities.size);
  });
});

test('the corrected order items are in the months that the correction tells', async () => {
  const months = await once.query(
    `select order_date from supply_chain_silver.silver_orders where source_file = 'dt=2016-01-01.csv' order by 1`,
  );

  expect(months).toEqual([['2015-02-28'], ['2015-06-30'], ['2015-11-30'], ['2015-12-01']]);
});
