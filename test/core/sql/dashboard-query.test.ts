import { describe, expect, test } from '@jest/globals';
import { formatProblem } from '../../../core/contract/problem.ts';
import { renderDashboardQuery } from '../../../core/sql/dashboard-query.ts';
import { lintPack } from '../../../core/sql/lint.ts';
import { prepareParser } from '../../../core/sql/parse.ts';
import { makePack, type SmallModel } from './small-pack.ts';

const columns = (...names: readonly string[]) =>
  names.map(
    (name) => ({ name, type: { kind: 'varchar' }, notNull: false, description: '', pii: 'none' }) as const,
  );
const sales: SmallModel = {
  name: 'sales',
  layer: 'silver',
  sql: 'select country from ${bronze}.orders',
  columns: columns('country'),
};
const countries: SmallModel = {
  name: 'countries',
  layer: 'gold',
  sql: 'select country from ${silver}.sales',
  columns: columns('country'),
};
const packWith = (sql: string) =>
  makePack([sales, countries], { queries: { which: sql }, parameters: { least: '2' } });
const lint = async (sql: string): Promise<readonly string[]> =>
  (await lintPack(packWith(sql))).map(formatProblem);

describe('a dashboard query', () => {
  test('may cut an ordered select, end in `select * from final`, and use parameters', async () => {
    const sql = `-- Which?
with final as (
    select country, count(*) as orders
    from \${gold}.countries
    group by country
    having count(*) >= \${least}
)

select * from final
order by country
limit 3
`;

    expect(await lint(sql)).toEqual([]);
  });

  test.each([
    ['without an order', 'select country from ${gold}.countries', '1:1: the rows come in any order'],
    [
      'ordered only within',
      'with a as (select country from ${gold}.countries order by country limit 1) select country from a',
      '1:1: the rows come in any order',
    ],
    ['cut without an order', 'select country from ${gold}.countries limit 3', '1:39: limit without order by'],
    [
      'that skips rows',
      'select country from ${gold}.countries order by country limit 3 offset 3',
      'limit without order by, or offset',
    ],
    [
      'over silver',
      'select country from ${silver}.sales order by country',
      '1:21: query which reads silver.sales, expected tables of gold',
    ],
    [
      'that reads bronze in a subquery',
      'select country from ${gold}.countries where country in (select country from ${bronze}.orders) order by 1',
      'query which reads bronze.orders',
    ],
    [
      'over an unknown table',
      'select a from ${gold}.towns order by a',
      '1:15: unknown table "towns" in gold',
    ],
    ['over an unknown column', 'select town from ${gold}.countries order by town', '1:8: '],
    [
      'of the day of a build',
      "select country from ${gold}.countries where date '${as_of}' > as_of order by country",
      'unknown parameter ${as_of}',
    ],
    ['that divides otherwise', 'select country, 1 / 2 as half from ${gold}.countries order by country', '1:'],
    ['with a star', 'select * from ${gold}.countries order by country', 'select *, expected the columns'],
    [
      'with a column without name',
      'select upper(country) from ${gold}.countries order by 1',
      '1:1: column 1 has no name',
    ],
    [
      'with one name twice',
      'select country, as_of as country from ${gold}.countries order by as_of',
      '"country" is there twice',
    ],
  ])('%s is refused', async (_, sql, expected) => {
    const problems = await lint(sql);

    expect(problems).toEqual([expect.stringContaining('sql/shop/queries/which.sql:')]);
    expect(problems[0]).toContain(expected);
  });

  test('is rendered for Athena: databases by name, upper of ASCII letters, no semicolon', async () => {
    await prepareParser();
    const pack = packWith(
      '-- Which?\nselect upper(country) as country from ${gold}.countries order by country;\n',
    );

    expect(renderDashboardQuery(pack, pack.queries[0]!)).toBe(
      '-- Which?\n' +
        "select translate(country, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') as country" +
        ' from "shop_gold"."countries" as "countries" order by country\n',
    );
  });

  test('that reads more than gold is not rendered either', async () => {
    await prepareParser();
    const pack = packWith('select country from ${silver}.sales order by country');

    expect(() => renderDashboardQuery(pack, pack.queries[0]!)).toThrow('which reads silver.sales');
  });
});
