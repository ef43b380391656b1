import { beforeAll, expect, test } from '@jest/globals';
import { parseStatement, prepareParser } from '../../../core/sql/parse.ts';
import { findScanTerms } from '../../../core/sql/scan-terms.ts';
import { expandSource } from '../../../core/sql/source.ts';

beforeAll(prepareParser);

/** What is found of each table of the query. */
function termsOf(sql: string): readonly unknown[] {
  const { source } = expandSource(sql, {}, { file: 'q', line: 1, column: 1 }, { placeholders: false });
  const tree = parseStatement(source);
  if ('message' in tree) throw new Error(String(tree.message));
  return [...findScanTerms(tree).values()];
}

const term = (column: string, op: string, literal: string, value: string) => ({ column, op, literal, value });

test('ranges of partitions are lists of which a row meets one', () => {
  const where = `(("d" >= date '2024-01-01' and "d" < date '2024-02-01') or "d" is null)`;

  expect(termsOf(`select * from shop.orders where ${where}`)).toEqual([
    [
      [term('d', '>=', 'date', '2024-01-01'), term('d', '<', 'date', '2024-02-01')],
      [{ column: 'd', op: 'is null' }],
    ],
  ]);
});

test('a literal on the left turns the comparison around', () => {
  expect(termsOf('select a from shop.orders as o where 5 < o.n')).toEqual([
    [[term('n', '>', 'number', '5')]],
  ]);
});

test('what is not understood beside `and` rules nothing out, and beside `or` leaves nothing known', () => {
  expect(termsOf("select a from shop.orders where lower(c) = 'x' and n = 5")).toEqual([
    [[term('n', '=', 'number', '5')]],
  ]);
  expect(termsOf("select a from shop.orders where lower(c) = 'x' or n = 5")).toEqual([]);
  expect(termsOf('select a from shop.orders where not (n = 5)')).toEqual([]);
  expect(termsOf('select a from shop.orders where n <> 5')).toEqual([]);
});

test('is null and is not null are told apart', () => {
  expect(termsOf('select a from shop.orders where n is not null')).toEqual([
    [[{ column: 'n', op: 'is not null' }]],
  ]);
});

test('a condition on joined tables says nothing of the rows of either', () => {
  expect(termsOf('select 1 from shop.a left join shop.b on a.n = b.n where b.n = 5')).toEqual([]);
  expect(termsOf('select 1 from shop.a, shop.b where b.n = 5')).toEqual([]);
});

test('a column of another table in a subquery is not taken for its own', () => {
  const sql = 'select 1 from shop.a where exists (select 1 from shop.b as inner_table where a.n = 5)';

  expect(termsOf(sql)).toEqual([]);
});

test('mentions of one table are told apart', () => {
  const sql = 'select n from shop.a where n = 1 union all select n from shop.a where n = 2';

  expect(termsOf(sql)).toEqual([[[term('n', '=', 'number', '1')]], [[term('n', '=', 'number', '2')]]]);
});

test('columns that are renamed in the from are left alone', () => {
  expect(termsOf('select x from shop.a as t (x, y) where x = 5')).toEqual([]);
});
