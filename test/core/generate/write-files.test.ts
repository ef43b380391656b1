import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MANIFEST_NAME, writeGeneratedFiles } from '../../../core/generate/write-files.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lake-write-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const header = { text: 'id,city\n' };

test('writes a file in the encoding that it names, and in UTF-8 without one', async () => {
  const records = [header, { text: '1,São Paulo\n' }];

  await writeGeneratedFiles(
    [
      { path: 'a/latin.csv', encoding: 'latin1', records },
      { path: 'a/plain.csv', records },
    ],
    folder,
  );

  expect(await readFile(join(folder, 'a', 'latin.csv'))).toEqual(
    Buffer.from('id,city\n1,São Paulo\n', 'latin1'),
  );
  expect(await readFile(join(folder, 'a', 'plain.csv'))).toEqual(
    Buffer.from('id,city\n1,São Paulo\n', 'utf8'),
  );
});

test('lists a broken record at its physical line, behind records that span lines', async () => {
  const planted = { reason: 'ragged_row', columnName: null };

  const written = await writeGeneratedFiles(
    [{ path: 'a/dt=1/b.csv', records: [header, { text: '1,"two\nlines"\n' }, { text: '2\n', planted }] }],
    folder,
  );

  expect(written).toEqual({ files: 1, records: 1, planted: 1, bytes: 24 });
  expect(JSON.parse(await readFile(join(folder, MANIFEST_NAME), 'utf8'))).toEqual({
    dataset: 'a',
    sourceFile: 'dt=1/b.csv',
    sourceLine: 4,
    reason: 'ragged_row',
    columnName: null,
  });
});
