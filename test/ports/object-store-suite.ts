import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import {
  ObjectExistsError,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
} from '../../core/ports/object-store.ts';

/** A store under test, and a root under which the suite may write what it likes. */
export type ObjectStoreSubject = {
  readonly store: ObjectStore;
  /** Location without a trailing slash. */
  readonly root: string;
  cleanUp(): Promise<void>;
};

/** What every object store must do. The same tests run on folders and on S3. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStoreSubject>): void {
  describe(`${name} as an object store`, () => {
    let subject: ObjectStoreSubject;
    let folder: string;
    const at = (key: string) => `${subject.root}/${key}`;
    const text = (value: string) => new TextEncoder().encode(value);
    const read = async (key: string) => new TextDecoder().decode(await subject.store.read(at(key)));

    beforeAll(async () => {
      subject = await open();
      folder = await mkdtemp(join(tmpdir(), 'object-store-'));
    });
    afterAll(async () => {
      await rm(folder, { recursive: true });
      await subject.cleanUp();
    });

    test('reads what was written last', async () => {
      await subject.store.write(at('replaced/one'), text('first'));
      await subject.store.write(at('replaced/one'), text('second'));

      expect(await read('replaced/one')).toBe('second');
    });

    test('holds bytes that are no text, and no bytes at all', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      await subject.store.write(at('bytes/all'), bytes);
      await subject.store.write(at('bytes/none'), new Uint8Array());

      expect([...(await subject.store.read(at('bytes/all')))]).toEqual([...bytes]);
      expect(await subject.store.read(at('bytes/none'))).toHaveLength(0);
    });

    test('names the location of an object that is not there', async () => {
      const missing = at('missing/one');

      await expect(subject.store.read(missing)).rejects.toThrow(ObjectNotFoundError);
      await expect(subject.store.read(missing)).rejects.toThrow(missing);
      await expect(subject.store.readRange(missing, 0, 1)).rejects.toThrow(ObjectNotFoundError);
      await expect(subject.store.download(missing, join(folder, 'missing'))).rejects.toThrow(
        ObjectNotFoundError,
      );
      expect(await subject.store.head(missing)).toBeUndefined();
    });

    test('reads a range without its end, and what there is of one that goes past the end', async () => {
      await subject.store.write(at('range/one'), text('0123456789'));
      const range = async (start: number, end: number) =>
        new TextDecoder().decode(await subject.store.readRange(at('range/one'), start, end));

      expect(await range(2, 5)).toBe('234');
      expect(await range(0, 10)).toBe('0123456789');
      expect(await range(8, 20)).toBe('89');
      expect(await range(4, 4)).toBe('');
      expect(await range(10, 20)).toBe('');
    });

    test('keeps the first object of a conditional write', async () => {
      await subject.store.writeIfAbsent(at('absent/one'), text('first'));

      const second = subject.store.writeIfAbsent(at('absent/one'), text('second'));

      await expect(second).rejects.toThrow(ObjectExistsError);
      expect(await read('absent/one')).toBe('first');
    });

    test('lets one of twenty racing conditional writes win', async () => {
      const writers = Array.from({ length: 20 }, (_, index) => `writer ${index}`);

      const outcomes = await Promise.allSettled(
        writers.map((writer) => subject.store.writeIfAbsent(at('race/one'), text(writer))),
      );

      const winners = writers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toEqual([await read('race/one')]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toBeInstanceOf(ObjectExistsError);
        }
      }
    });

    test('tells size and time of the last change', async () => {
      const before = Date.now();
      await subject.store.write(at('head/one'), text('12345'));

      const info = await subject.store.head(at('head/one'));

      expect(info).toMatchObject({ location: at('head/one'), size: 5 });
      // S3 tells whole seconds, and its clock is not ours.
      expect(Math.abs((info?.modifiedAt ?? 0) - before)).toBeLessThan(120_000);
    });

    test.each(rawKeys)('takes the key %j as it is', async (key) => {
      const location = at(`raw/${key}`);
      await subject.store.write(location, text(key));

      expect(await read(`raw/${key}`)).toBe(key);
      expect(await subject.store.head(location)).toMatchObject({ location, size: text(key).length });
      expect(await locations(subject.store.list(at('raw/')))).toContain(location);

      await subject.store.remove([location]);

      expect(await subject.store.head(location)).toBeUndefined();
    });

    test('lists by prefix, not by folder, in byte order', async () => {
      const keys = ['b', 'a/2', 'a/10', 'a-1', 'a.1', 'a/Z', 'aé', 'a\u{10ffff}', 'a\uffee', 'ab/c/d'];
      for (const key of keys) {
        await subject.store.write(at(`order/${key}`), text(key));
      }

      const found = await locations(subject.store.list(at('order/a')));

      const expected = keys.filter((key) => key.startsWith('a')).map((key) => at(`order/${key}`));
      expect(found).toEqual(expected.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    });

    test('lists nothing under a prefix that nothing has', async () => {
      expect(await locations(subject.store.list(at('nothing/here/')))).toEqual([]);
    });

    test('lists and removes more objects than fit in one page', async () => {
      const keys = Array.from({ length: 1003 }, (_, index) => at(`many/${String(index).padStart(5, '0')}`));
      for (let start = 0; start < keys.length; start += 50) {
        await Promise.all(keys.slice(start, start + 50).map((key) => subject.store.write(key, text('x'))));
      }

      expect(await locations(subject.store.list(at('many/')))).toEqual(keys);

      await subject.store.remove([...keys, at('many/never-written')]);

      expect(await locations(subject.store.list(at('many/')))).toEqual([]);
    });

    test('removes nothing when nothing is named', async () => {
      await expect(subject.store.remove([])).resolves.toBeUndefined();
    });

    test('moves a local file in and streams it out again', async () => {
      // 9 MiB: two parts of a multipart upload.
      const bytes = Buffer.alloc(9 * 1024 * 1024, 'shoplake ');
      const source = join(folder, 'source');
      const copy = join(folder, 'copy');
      await writeFile(source, bytes);

      await subject.store.upload(source, at('large/file one.parquet'));
      const info = await subject.store.download(at('large/file one.parquet'), copy);

      await expect(stat(source)).rejects.toThrow('ENOENT');
      expect(info).toMatchObject({ location: at('large/file one.parquet'), size: bytes.length });
      expect((await readFile(copy)).equals(bytes)).toBe(true);
    });

    test('moves an empty file in and out', async () => {
      const source = join(folder, 'empty');
      await writeFile(source, '');

      await subject.store.upload(source, at('large/empty'));
      await subject.store.download(at('large/empty'), join(folder, 'empty copy'));

      expect(await readFile(join(folder, 'empty copy'))).toHaveLength(0);
    });
  });
}

/** Keys that come out wrong wherever something encodes or decodes them. */
const rawKeys = [
  'orders 2026.csv',
  'a+b.csv',
  '100%.csv',
  'a%20b.csv',
  'a%2Fb.csv',
  'Größe/Ü.csv',
  '名称.csv',
  '😀.csv',
  'dt=2026-01-31/part-0001.csv',
  "it's (1) & <2>; [3] {4} #5?.csv",
  'trailing ',
  '.hidden',
] as const;

async function locations(objects: AsyncIterable<ObjectInfo>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { location } of objects) {
    found.push(location);
  }
  return found;
}
