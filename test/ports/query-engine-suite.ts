import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { type QueryEngine, QueryFailedError, type QueryResult } from '../../core/ports/query-engine.ts';

/** An engine under test. */
export type QueryEngineSubject = { readonly engine: QueryEngine; cleanUp(): Promise<void> };

/** What every query engine must do. The same tests run on DuckDB and on Athena. */
export function describeQueryEngine(name: string, open: () => Promise<QueryEngineSubject>): void {
  describe(`${name} as a query engine`, () => {
    let subject: QueryEngineSubject;
    const query = async (sql: string): Promise<QueryResult> => {
      const { queryExecutionId } = await subject.engine.run(sql);
      return await subject.engine.results(queryExecutionId);
    };

    beforeAll(async () => {
      subject = await open();
    });
    afterAll(async () => {
      await subject.cleanUp();
    });

    test('hands out values as text and types by their Athena names', async () => {
      const { columns, rows } = await query(
        `select cast(7 as bigint) as units, cast(1.5 as decimal(18, 4)) as price, cast('a' as varchar) as name,
          true as is_guest, date '2010-12-01' as sold_on`,
      );

      expect(columns).toEqual([
        { name: 'units', type: 'bigint' },
        { name: 'price', type: 'decimal(18,4)' },
        { name: 'name', type: 'varchar' },
        { name: 'is_guest', type: 'boolean' },
        { name: 'sold_on', type: 'date' },
      ]);
      expect(rows).toEqual([['7', '1.5000', 'a', 'true', '2010-12-01']]);
    });

    test('tells null from the empty text', async () => {
      const { rows } = await query(`select cast(null as varchar) as nothing, '' as empty`);

      expect(rows).toEqual([[null, '']]);
    });

    test('keeps a row that looks like the header', async () => {
      const { rows } = await query(`select 'name' as name`);

      expect(rows).toEqual([['name']]);
    });

    test('hands out no row of an empty result, and its columns', async () => {
      const { columns, rows } = await query(`select cast(1 as bigint) as units where 1 = 0`);

      expect(columns).toEqual([{ name: 'units', type: 'bigint' }]);
      expect(rows).toEqual([]);
    });

    test('hands out more rows than fit in one page, in order', async () => {
      const { rows } = await query(`select n from unnest(sequence(1, 2500)) as t (n) order by n`);

      expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
    });

    test('hands out the same rows each time', async () => {
      const { queryExecutionId } = await subject.engine.run(`select 1 as one`);

      const first = await subject.engine.results(queryExecutionId);

      expect(await subject.engine.results(queryExecutionId)).toEqual(first);
    });

    test('refuses a statement that it cannot parse', async () => {
      await expect(subject.engine.run('selec 1')).rejects.toThrow(QueryFailedError);
    });

    test('fails on a table that is not there, and names it', async () => {
      const run = subject.engine.run('select * from no_such_database.no_such_table');

      await expect(run).rejects.toThrow(QueryFailedError);
      await expect(run).rejects.toThrow(/no_such_/);
    });

    test('knows no rows of a query that it did not run', async () => {
      const unknown = subject.engine.results('00000000-0000-4000-8000-000000000000');

      await expect(unknown).rejects.toThrow(QueryFailedError);
    });
  });
}
