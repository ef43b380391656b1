import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeFolder, removeFolder } from '../../bin/lake-process.ts';
import { runHere } from '../../bin/run-here.ts';

let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(async () => {
  await removeFolder(folder);
});

test('a year with broken records refreshes, and the quarantine holds exactly what was broken', async () => {
  const data = join(folder, 'data');
  const lake = (...words: readonly string[]) => runHere('--lake', join(folder, 'lake'), ...words);
  await lake('generate', 'retail', '--out', data, '--scale', '0.01', '--seed', '11', '--dirty', '0.03');

  const loaded = await lake('load', 'retail', data);
  const refreshed = await lake('refresh', 'retail');
  const quarantine = await lake(
    'query',
    'select source_file, source_line, reason, column_name from retail_bronze.quarantine',
    '--format',
    'json',
  );
  const months = await lake(
    'query',
    'select count(*) as n from retail_gold.cohort_retention',
    '--format',
    'json',
  );

  const planted = (await readFile(join(data, 'planted.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ sourceFile, sourceLine, reason, columnName }) =>
      [sourceFile, sourceLine, reason, columnName].join(' '),
    );
  const found = (JSON.parse(quarantine.stdout) as Record<string, unknown>[]).map((row) =>
    [row.source_file, row.source_line, row.reason, row.column_name].join(' '),
  );
  expect({ load: loaded.code, refresh: refreshed.code }).toEqual({ load: 0, refresh: 0 });
  expect(found.sort()).toEqual(planted.sort());
  expect(JSON.parse(months.stdout)[0].n).toBeGreaterThan(80);
}, 120_000);
