import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BronzeContract } from '../../../core/contract/contract.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { openUtf8 } from '../../../core/csv/csv-source.ts';
import { openCsvStage, stageTable } from '../../../core/csv/stage-csv.ts';

const header = 'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session';
const good = '2026-03-10 12:00:00 UTC,view,100,2053013555631882655,garden.spade,digwell,10.00,1,s1';

let contract: BronzeContract;
let folder: string;
beforeAll(async () => {
  const { pack } = await loadPack(join(import.meta.dirname, '../../../sql/clickstream'));
  contract = { ...pack.bronze.find(({ name }) => name === 'events_raw')!, maxRejectShare: 1 };
  folder = mkdtempSync(join(tmpdir(), 'shoplake-clickstream-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(content: string, columns = 'event_type') {
  const path = join(folder, 'events.csv');
  writeFileSync(path, content);
  using stage = await openCsvStage(contract, { scratch: folder });
  const { loaded, rejects, warnings } = await stage.stageFile(await openUtf8(path, false, 'utf-8'), 0);
  const cells = columns.split(', ').map((column) => `cast(${column} as varchar)`);
  const reader = await stage.connection.runAndReadAll(
    `select ${cells.join(', ')} from ${stageTable} order by _line`,
  );
  const broken = Object.entries(warnings).filter(([, count]) => count > 0);
  return { loaded, rejects, warnings: Object.fromEntries(broken), rows: reader.getRows() };
}

const line = (...cells: readonly (readonly [number, string])[]): string => {
  const fields = good.split(',');
  for (const [index, text] of cells) fields[index] = text;
  return `${header}\n${fields.join(',')}\n`;
};

test('takes times with UTC, with an offset and as plain ISO, and ids of 19 digits to the last', async () => {
  const lines = ['2026-03-10 12:00:00 UTC', '2026-03-10 14:00:00+02:00', '2026-03-10T12:00:00.000001'].map(
    (time) => [time, ...good.split(',').slice(1)].join(','),
  );

  expect(await load([header, ...lines, ''].join('\n'), 'event_time, category_id, price')).toEqual({
    loaded: 3,
    rejects: {},
    warnings: {},
    rows: [
      ['2026-03-10 12:00:00', '2053013555631882655', '10.00'],
      ['2026-03-10 12:00:00', '2053013555631882655', '10.00'],
      ['2026-03-10 12:00:00.000001', '2053013555631882655', '10.00'],
    ],
  });
});

test('stores the type of an event in lower case', async () => {
  expect(await load(line([1, 'Remove_From_Cart']))).toMatchObject({
    loaded: 1,
    rows: [['remove_from_cart']],
  });
});

test.each([
  ['another type', [1, 'wishlist'], 'rule:CLK-B1'],
  ['no type', [1, ''], 'missing_required'],
  ['no time', [0, ''], 'missing_required'],
  ['a day that is none', [0, '2026-02-29 00:00:00 UTC'], 'not_timestamp'],
  ['product 0', [2, '0'], 'out_of_range'],
  ['a category of 20 digits', [3, '20530135556318826550'], 'out_of_range'],
  ['a negative price', [6, '-0.01'], 'out_of_range'],
  ['a price beyond a million', [6, '1000000.01'], 'out_of_range'],
  ['user 0', [7, '0'], 'out_of_range'],
] as const)('rejects a row with %s', async (_name, cell, reason) => {
  expect(await load(line([cell[0], cell[1]]))).toMatchObject({ loaded: 0, rejects: { [reason]: 1 } });
});

test('tests the type behind all columns', async () => {
  expect(await load(line([1, 'wishlist'], [7, '0']))).toMatchObject({ rejects: { out_of_range: 1 } });
});

test('loads and counts what is missing or free', async () => {
  expect(await load(line([4, ''], [5, ''], [6, '0'], [8, '']))).toMatchObject({
    loaded: 1,
    warnings: { 'CLK-B2': 1, 'CLK-B3': 1, 'CLK-B4': 1, 'CLK-B5': 1 },
  });
});

test('rejects a last record that is cut off, and keeps the rest of the file', async () => {
  expect(await load(`${header}\n${good}\n2026-03-10 12:00:01 UTC,vi`)).toMatchObject({
    loaded: 1,
    rejects: { ragged_row: 1 },
  });
});

test.each(header.split(','))('fails a file without the column %s', async (name) => {
  await expect(load(`${header.replace(name, 'x')}\n${good}\n`)).rejects.toMatchObject({
    reason: 'missing_column',
  });
});
