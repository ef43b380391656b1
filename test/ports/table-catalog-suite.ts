import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import {
  CommitConflictError,
  type TableCatalog,
  type TableDescription,
  type TableIdentifier,
} from '../../core/ports/table-catalog.ts';

/** A catalog under test. */
export type TableCatalogSubject = {
  readonly catalog: TableCatalog;
  /** A database that no other test uses; not made yet. */
  readonly database: string;
  /** Root of the tables' locations, without a trailing slash. */
  readonly root: string;
  cleanUp(): Promise<void>;
};

/** What every catalog must do. The same tests run on SQLite and on Glue. */
export function describeTableCatalog(name: string, open: () => Promise<TableCatalogSubject>): void {
  describe(`${name} as a table catalog`, () => {
    let subject: TableCatalogSubject;
    const identify = (table: string): TableIdentifier => ({ database: subject.database, table });
    const metadata = (table: string, number: number) =>
      `${subject.root}/${subject.database}/${table}/metadata/0000${number}-it's a+b%20.metadata.json`;
    const describeTable = (table: string): TableDescription => ({
      columns: [
        { name: 'id', type: 'long', doc: 'what tells rows apart' },
        { name: 'price', type: 'decimal(18, 2)' },
        { name: 'sold_at', type: 'timestamp' },
      ],
      location: `${subject.root}/${subject.database}/${table}`,
      description: 'one row per sale',
    });
    const create = (table: string) =>
      subject.catalog.create(identify(table), metadata(table, 0), describeTable(table));
    const load = async (table: string) => {
      const pointer = await subject.catalog.load(identify(table));
      if (pointer === undefined) {
        throw new Error(`no table ${table}`);
      }
      return pointer;
    };

    beforeAll(async () => {
      subject = await open();
      await subject.catalog.ensureDatabase(subject.database);
    });
    afterAll(async () => {
      await subject.cleanUp();
    });

    test('makes a database once', async () => {
      await subject.catalog.ensureDatabase(subject.database);

      const databases = await subject.catalog.listDatabases();

      expect(databases.filter((database) => database === subject.database)).toHaveLength(1);
      expect(databases).toEqual([...databases].sort());
    });

    test('has nothing of a table that was never made', async () => {
      expect(await subject.catalog.load(identify('never_made'))).toBeUndefined();
      expect(
        await subject.catalog.load({ database: `${subject.database}_none`, table: 'sales' }),
      ).toBeUndefined();
      expect(await subject.catalog.listTables(`${subject.database}_none`)).toEqual([]);
    });

    test('points at the metadata that a table was made with', async () => {
      await create('made');

      expect((await load('made')).metadataLocation).toBe(metadata('made', 0));
    });

    test('makes a table once', async () => {
      await create('made_once');

      const again = subject.catalog.create(
        identify('made_once'),
        metadata('made_once', 1),
        describeTable('made_once'),
      );

      await expect(again).rejects.toThrow(CommitConflictError);
      expect((await load('made_once')).metadataLocation).toBe(metadata('made_once', 0));
    });

    test('moves the pointer from what was read', async () => {
      await create('moved');
      const first = await load('moved');

      await subject.catalog.swap(identify('moved'), first, metadata('moved', 1), describeTable('moved'));
      const second = await load('moved');
      await subject.catalog.swap(identify('moved'), second, metadata('moved', 2), describeTable('moved'));

      expect(second.metadataLocation).toBe(metadata('moved', 1));
      expect((await load('moved')).metadataLocation).toBe(metadata('moved', 2));
      expect(second.version).not.toBe(first.version);
    });

    test('refuses to move a pointer that is elsewhere by now', async () => {
      await create('stale');
      const read = await load('stale');
      await subject.catalog.swap(identify('stale'), read, metadata('stale', 1), describeTable('stale'));

      const late = subject.catalog.swap(
        identify('stale'),
        read,
        metadata('stale', 2),
        describeTable('stale'),
      );

      await expect(late).rejects.toThrow(CommitConflictError);
      expect((await load('stale')).metadataLocation).toBe(metadata('stale', 1));
    });

    test('refuses to move the pointer of a table that is gone', async () => {
      await create('gone');
      const read = await load('gone');
      await subject.catalog.forget(identify('gone'));

      const late = subject.catalog.swap(identify('gone'), read, metadata('gone', 1), describeTable('gone'));

      await expect(late).rejects.toThrow(CommitConflictError);
      expect(await subject.catalog.load(identify('gone'))).toBeUndefined();
    });

    test('lets one of ten racing swaps win', async () => {
      await create('raced');
      const read = await load('raced');
      const numbers = Array.from({ length: 10 }, (_, index) => index + 1);

      const outcomes = await Promise.allSettled(
        numbers.map((number) =>
          subject.catalog.swap(identify('raced'), read, metadata('raced', number), describeTable('raced')),
        ),
      );

      const winners = numbers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect((await load('raced')).metadataLocation).toBe(metadata('raced', winners[0] ?? 0));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toBeInstanceOf(CommitConflictError);
        }
      }
    });

    test('lets one of ten racing creations win', async () => {
      const numbers = Array.from({ length: 10 }, (_, index) => index);

      const outcomes = await Promise.allSettled(
        numbers.map((number) =>
          subject.catalog.create(
            identify('made_in_a_race'),
            metadata('made_in_a_race', number),
            describeTable('made_in_a_race'),
          ),
        ),
      );

      const winners = numbers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect((await load('made_in_a_race')).metadataLocation).toBe(
        metadata('made_in_a_race', winners[0] ?? 0),
      );
    });

    test('forgets a table once, and lets its name be used again', async () => {
      await create('forgotten');
      await subject.catalog.forget(identify('forgotten'));
      await subject.catalog.forget(identify('forgotten'));

      expect(await subject.catalog.load(identify('forgotten'))).toBeUndefined();

      await create('forgotten');

      expect((await load('forgotten')).metadataLocation).toBe(metadata('forgotten', 0));
    });

    test('lists the tables of a database in order', async () => {
      const database = `${subject.database}_list`;
      await subject.catalog.ensureDatabase(database);
      for (const table of ['sales', 'customers', 'returns']) {
        await subject.catalog.create({ database, table }, metadata(table, 0), describeTable(table));
      }

      expect(await subject.catalog.listTables(database)).toEqual(['customers', 'returns', 'sales']);
    });
  });
}
