import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeFolder, removeFolder } from '../../bin/lake-process.ts';
import { runHere } from '../../bin/run-here.ts';

/** Reasons for which a record of this contract can end in quarantine, ten of them. */
const REASONS = 10;
let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(async () => {
  await removeFolder(folder);
});

test('two weeks with broken records refresh, and the quarantine holds exactly what was broken', async () => {
  const data = join(folder, 'data');
  const lake = (...words: readonly string[]) => runHere('--lake', join(folder, 'lake'), ...words);
  const size = ['--scale', '0.02', '--days', '14'] as const;
  await lake('generate', 'clickstream', '--out', data, ...size, '--seed', '11', '--dirty', '0.05');

  const loaded = await lake('load', 'clickstream', data);
  const refreshed = await lake('refresh', 'clickstream');
  const quarantine = await lake(
    'query',
    'select source_file, source_line, reason, column_name from clickstream_bronze.quarantine',
    '--format',
    'json',
  );
  const stages = await lake(
    'query',
    'select count(*) as n from clickstream_gold.conversion_funnel',
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
  expect(new Set(found.map((each) => each.split(' ')[2])).size).toBe(REASONS);
  expect(found.sort()).toEqual(planted.sort());
  expect(JSON.parse(stages.stdout)[0].n).toBe(14 * 3);
}, 120_000);
