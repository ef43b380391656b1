import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hashFile, openUtf8 } from '../../../core/csv/csv-source.ts';
import { openCsvStage, stageTable } from '../../../core/csv/stage-csv.ts';
import { bronzeContract, column } from './bronze-contract.ts';

const contract = bronzeContract([column('id', 'bigint', { required: true }), column('name', 'varchar')]);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoplake-csv-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('staging', () => {
  test('throws if a line of the file is not staged, or one too many', async () => {
    using stage = await openCsvStage(contract, { scratch: folder });
    await stage.connection.run(`insert into ${stageTable} (_file, _outcome) values (0, 0)`);
    const file = await openUtf8(write('three.csv', 'id\n1\n2\n'), false, 'utf-8');

    await expect(stage.stageFile(file, 0)).rejects.toThrow(/3 lines were staged of 2 .* do not reconcile/);
  });

  test('fails a file with a record beyond the limit, and stages the next', async () => {
    using stage = await openCsvStage(contract, { scratch: folder, blockSize: 64, maxRecordSize: 1000 });
    const endless = await openUtf8(
      write('endless.csv', `id,name\n1,a\n2,"${'x'.repeat(5000)}`),
      false,
      'utf-8',
    );
    const good = await openUtf8(write('good.csv', `id,name\n1,${'x'.repeat(900)}\n`), false, 'utf-8');

    await expect(stage.stageFile(endless, 0)).rejects.toMatchObject({ reason: 'record_too_large' });
    expect(await stage.stageFile(good, 1)).toMatchObject({ loaded: 1, rejected: 0, lines: 1 });
    const reader = await stage.connection.runAndReadAll(`select distinct _file from ${stageTable}`);
    expect(reader.getRowsJS()).toEqual([[1]]);
  });

  test.each([
    [29, 'loaded'],
    [30, 'too_many_rejects'],
  ])('with a share of rejects of 0.29 allowed, %i of 100 are %s', async (rejects, outcome) => {
    using stage = await openCsvStage({ ...contract, maxRejectShare: 0.29 }, { scratch: folder });
    const lines = Array.from({ length: 100 }, (_, index) => (index < rejects ? 'x' : index));
    const file = await openUtf8(write('share.csv', `id\n${lines.join('\n')}\n`), false, 'utf-8');

    const result = await stage.stageFile(file, 0).then(
      () => 'loaded',
      (error: { readonly reason: string }) => error.reason,
    );

    expect(result).toBe(outcome);
  });

  test('goes beyond its memory into its scratch folder', async () => {
    using stage = await openCsvStage(contract, {
      scratch: folder,
      memoryLimit: '80MB',
      threads: 1,
      blockSize: 1 << 18,
    });
    const line = (index: number) => `${index},${String(index).repeat(40)}`;
    const lines = Array.from({ length: 300_000 }, (_, index) => line(index));
    const file = await openUtf8(write('large.csv', `id,name\n${lines.join('\n')}\n`), false, 'utf-8');

    expect(await stage.stageFile(file, 0)).toMatchObject({ loaded: 300_000, lines: 300_000 });

    const reader = await stage.connection.runAndReadAll(
      `select sum(id)::double, max(_line)::int, bool_and(name = repeat(id::varchar, 40)) from ${stageTable}`,
    );
    expect(reader.getRowsJS()).toEqual([[44_999_850_000, 300_001, true]]);
  });
});

describe('a file is made UTF-8', () => {
  test('with characters cut by the blocks that it is read in', async () => {
    for (const text of ['é', '名', '😀']) {
      for (let shift = 1; shift <= 4; shift += 1) {
        const bytes = Buffer.from('x'.repeat((1 << 20) - shift) + text);
        const path = write('cut.csv', bytes);

        expect(await openUtf8(path, false, 'utf-8')).toEqual({ path, start: 0 });
        await expect(openUtf8(write('cut.csv', bytes.subarray(0, -1)), false, 'utf-8')).rejects.toMatchObject(
          {
            reason: 'bad_encoding',
          },
        );
      }
    }
  });

  test('from a gzip file of any number of members', async () => {
    const parts = ['id\n', '', '1\n', '2\n'].map((text) => gzipSync(text));
    const path = write('parts.csv.gz', Buffer.concat([...parts, Buffer.alloc(100_000)]));
    using stage = await openCsvStage(contract, { scratch: folder });

    expect(await stage.stageFile(await openUtf8(path, true, 'utf-8'), 0)).toMatchObject({ loaded: 2 });
  });

  test.each([
    ['a cut tail', (whole: Buffer) => whole.subarray(0, -1)],
    ['a cut head', (whole: Buffer) => whole.subarray(0, 12)],
    ['bytes behind zeros', (whole: Buffer) => Buffer.concat([whole, Buffer.alloc(70_000), Buffer.from('x')])],
    ['a half member behind a whole one', (whole: Buffer) => Buffer.concat([whole, whole.subarray(0, 15)])],
    ['one byte of another member', (whole: Buffer) => Buffer.concat([whole, whole.subarray(0, 1)])],
    ['a wrong checksum', (whole: Buffer) => Buffer.from(whole).fill(0, whole.length - 8, whole.length - 4)],
    ['nothing but zeros', () => Buffer.alloc(20)],
  ])('and not from a gzip file with %s', async (_, damage) => {
    const path = write('damaged.csv.gz', damage(gzipSync('id\n1\n')));

    await expect(openUtf8(path, true, 'utf-8')).rejects.toMatchObject({ reason: 'bad_gzip' });
  });

  test('under the SHA-256 of its stored bytes', async () => {
    expect(await hashFile(write('abc', 'abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
