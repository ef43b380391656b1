import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { transpileExpression } from '../../../core/sql/transpile.ts';
import { type AthenaSession, openAthenaSession } from './duckdb-session.ts';

const ROWS = [
  { name: 'n', type: 'bigint' },
  { name: 'd', type: 'bigint' },
  { name: 'm', type: 'decimal(18,4)' },
  { name: 't', type: 'varchar' },
  { name: 'at', type: 'timestamp(6)' },
];

let session: AthenaSession;
beforeAll(async () => {
  session = await openAthenaSession({ 'shop_silver.rows': ROWS });
  await session.connection.run(`create table shop_silver_rows as
    select * from (values (1::bigint, 3::bigint, 1.2345::decimal(18,4), 'é', timestamp '2020-01-01 00:00:00'), (-1, 8, null, 'z', null), (null, 0, 2, 'A', null))
      as rows(n, d, m, t, "at")`);
});
afterAll(() => session.close());

test('a CTE hides no table that is named with its database', async () => {
  const { rows } = await session.ask(
    'with rows as (select 7 as n) select max(a.n) as a, max(b.n) as b from shop_silver.rows as a cross join rows as b',
  );

  expect(rows).toEqual([['1', '7']]);
});

test('in tables upper and lower touch ASCII letters only', async () => {
  const sql = "select upper(t || 'a') as u, lower('ÄB') as l from shop_silver.rows order by t";

  expect((await session.ask(sql, 'table')).rows).toEqual([
    ['AA', 'Äb'],
    ['ZA', 'Äb'],
    ['éA', 'Äb'],
  ]);
  expect((await session.ask(sql, 'query')).rows.at(-1)).toEqual(['ÉA', 'äb']);
});

test('a derived table does not see its neighbours unless it is lateral', async () => {
  await expect(
    session.ask('select x from shop_silver.rows as a cross join (select a.n as x) as b'),
  ).rejects.toThrow('unknown table "a"');
  expect(
    (
      await session.ask(
        'select x from shop_silver.rows as a cross join lateral (select a.n as x) as b where x = 1',
      )
    ).rows,
  ).toEqual([['1']]);
});

test('a name of the select is no name for its neighbours', async () => {
  await expect(
    session.ask('select n + 1 as more, more + 1 as yet_more from shop_silver.rows'),
  ).rejects.toThrow('unknown column "more"');
  await expect(session.ask('select n as more from shop_silver.rows where more > 0')).rejects.toThrow(
    'unknown column "more"',
  );
});

test('a sum of decimals beyond 38 digits fails though DuckDB could hold it', async () => {
  const sql = `select sum(x) from (values cast('90000000000000000000000000000000000000' as decimal(38, 0)), cast('50000000000000000000000000000000000000' as decimal(38, 0))) as t (x)`;

  await expect(session.ask(sql)).rejects.toThrow('Decimal overflow');
});

describe('an expression of a row rule', () => {
  const holds = async (sql: string): Promise<readonly string[]> => {
    const duckDb = await transpileExpression(sql, ROWS);
    const { rows } = {
      rows: (
        await session.connection.runAndReadAll(`select ${duckDb} from shop_silver_rows order by n nulls last`)
      ).getRows(),
    };
    return rows.map(([value]) => String(value));
  };

  test('is a condition over the columns by their bare names', async () => {
    expect(await holds('n < 0 or m is null')).toEqual(['true', 'false', 'null']);
    expect(await holds("not regexp_like(upper(t), '^[A-Z]$')")).toEqual(['false', 'true', 'false']);
  });

  test('is read strictly', async () => {
    await expect(transpileExpression('n / d > 1', ROWS)).rejects.toThrow(
      'query:1:3: division outside the exact DIV shape',
    );
    await expect(transpileExpression('n > 1 from x', ROWS)).rejects.toThrow('expected one expression');
    await expect(transpileExpression('n, d', ROWS)).rejects.toThrow('expected one expression');
    await expect(
      transpileExpression('nope > 1', ROWS, { file: 'a.yaml', line: 4, column: 9 }),
    ).rejects.toThrow('a.yaml:4:9: unknown column "nope"');
  });
});
