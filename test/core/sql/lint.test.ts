import { describe, expect, test } from '@jest/globals';
import type { DerivedColumn } from '../../../core/contract/contract.ts';
import { formatProblem } from '../../../core/contract/problem.ts';
import { parseScalarType } from '../../../core/contract/scalar-type.ts';
import { lintPack } from '../../../core/sql/lint.ts';
import { makePack, type SmallModel } from './small-pack.ts';

const lint = async (...models: readonly SmallModel[]): Promise<readonly string[]> =>
  (await lintPack(makePack(models))).map(formatProblem);

const silver = (sql: string, rest: Partial<SmallModel> = {}): SmallModel => ({
  name: 'sales',
  layer: 'silver',
  sql,
  ...rest,
});

test('takes a file that is in the portable SQL', async () => {
  const sql = `-- one row per order
with orders as (
    select order_id, amount, country from \${bronze}.orders
),

final as (
    select
        order_id,
        count(*) as line_count, -- all of them
        cast(cast(sum(amount) as decimal(38, 4)) / nullif(cast(count(*) as decimal(38, 0)), 0) as decimal(18, 4)) as mean
    from orders
    where upper(country) <> 'X' and not regexp_like(country, '^[a-z]{2}$')
    group by order_id
)

select * from final
`;
  const columns = [
    { name: 'order_id', type: { kind: 'bigint' } },
    { name: 'line_count', type: { kind: 'bigint' } },
    { name: 'mean', type: { kind: 'decimal', precision: 18, scale: 4 } },
  ] as const;

  const problems = await lint(
    silver(sql, {
      columns: columns.map((column) => ({ ...column, notNull: false, description: '', pii: 'none' })),
    }),
  );

  expect(problems).toEqual([]);
});

describe('says where a file leaves the portable SQL', () => {
  const ofExpression: readonly (readonly [string, string, string])[] = [
    [
      'a division',
      'amount / 2',
      '3:18: division outside the exact DIV shape, expected cast(n as decimal(38, s)) / nullif(cast(d as decimal(38, t)), 0)',
    ],
    ['an average', 'avg(amount)', '3:11: avg may feed no table'],
    ['a double', 'cast(amount as double)', '3:16: double may feed no table, expected decimal'],
    ['an approximate count', 'approx_distinct(amount)', '3:11: approx_distinct is approximate'],
    ['an unordered pick', 'max_by(amount, order_id)', '3:11: max_by is an unordered pick'],
    ['a pick without order', 'any_value(amount)', '3:11: any_value is an unordered pick'],
    [
      'a row number without order',
      'row_number() over (partition by order_id)',
      '3:11: row_number over a window without order by',
    ],
    ['the time of day', 'current_date', '3:11: current_date is not the same on every run'],
    ['chance', 'random()', '3:11: random is not the same on every run'],
    [
      'months between',
      "date_diff('month', ordered_at, ordered_at)",
      "3:11: date_diff('month', …) is counted differently",
    ],
    ['a lookahead', "regexp_like(country, 'a(?=b)')", '3:11: regexp_like: not a portable pattern'],
    ['an unknown function', 'frobnicate(amount)', '3:11: function frobnicate is not in the portable SQL'],
    ['an unknown column', 'amont', '3:11: unknown column "amont", expected one of order_id, amount'],
    ['an unknown table before a column', 'o.amount', '3:11: unknown table "o" before column "amount"'],
    ['types that do not go together', "order_id = '1'", '3:20: bigint and varchar(1) do not go together'],
    ['an unordered array', 'array_agg(amount)', '3:11: array_agg without order by'],
  ];

  test.each(ofExpression)('%s', async (_, expression, expected) => {
    const sql = `-- one row\nselect\n          ${expression} as x\nfrom \${bronze}.orders`;

    const [problem] = await lint(silver(sql));

    expect(problem).toContain(`sql/shop/silver/sales.sql:${expected}`);
  });

  const ofStatement: readonly (readonly [string, string, string])[] = [
    ['what is not SQL', 'select from where', '1:'],
    ['text that is never closed', "select 'a", "1:8: 'a is never closed"],
    ['a second statement', 'select 1 as order_id; select 2', '1:21: a second statement'],
    ['what is no select', 'delete from ${bronze}.orders', '1:'],
    ['a limit', 'select order_id from ${bronze}.orders limit 5', '1:39: limit, whose rows are not the same'],
    [
      'an unknown parameter',
      'select order_id from ${bronze}.orders where order_id > ${most}',
      '1:56: unknown parameter ${most}, expected one of bronze, gold, silver',
    ],
    [
      'a day in silver',
      "select order_id from ${bronze}.orders where date '${as_of}' > ordered_at",
      '1:51: unknown parameter ${as_of}',
    ],
    [
      'an unknown table',
      'select order_id from ${bronze}.order',
      '1:22: unknown table "order" in bronze, expected one of orders',
    ],
    ['a table without layer', 'select order_id from orders', '1:22: unknown table "orders", expected a CTE'],
    ['a foreign database', 'select order_id from other.orders', '1:22: unknown database "other"'],
    [
      'a pinned snapshot',
      'select order_id from ${bronze}.orders for version as of 1',
      '1:22: for version as of in a file',
    ],
    ['silver that reads gold', 'select order_id from ${gold}.top', '1:22: silver.sales reads gold.top'],
    [
      'columns that differ',
      'select order_id as id from ${bronze}.orders',
      "1:1: the select's columns are not those of silver.sales in YAML: missing order_id not in the YAML id",
    ],
    [
      'a type that loses digits',
      'select amount as order_id from ${bronze}.orders',
      '1:8: column "order_id" is decimal(18,4) in the select and bigint in the YAML',
    ],
    ['a star over a table', 'select * from ${bronze}.orders', '1:8: select *, expected the columns by name'],
    ['a recursive CTE', 'with recursive a as (select 1 as order_id) select * from a', '1:6: with recursive'],
    ['a sample', 'select order_id from ${bronze}.orders tablesample bernoulli (10)', '1:'],
  ];

  test.each(ofStatement)('%s', async (_, sql, expected) => {
    const top: SmallModel = { name: 'top', layer: 'gold', sql: 'select order_id from ${bronze}.orders' };
    const [problem] = await lint(silver(sql), top);

    expect(problem).toContain(`sql/shop/silver/sales.sql:${expected}`);
  });

  test('several problems of one file at once', async () => {
    const problems = await lint(
      silver('select\n  now() as order_id,\n  random() as b\nfrom ${bronze}.orders\nwhere foo = 1'),
    );

    expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
      'sql/shop/silver/sales.sql:2:3',
      'sql/shop/silver/sales.sql:3:3',
      'sql/shop/silver/sales.sql:5:7',
    ]);
  });
});

test('says where a check is wrong in its YAML', async () => {
  const check = {
    id: 'SHOP-1',
    sql: 'select\n  count(*) as failed_rows\nfrom ${silver}.sales\nwhere amont > 0',
  };
  const problems = await lint(silver('select order_id from ${bronze}.orders', { checks: [check] }));

  expect(problems).toEqual([
    'sql/shop/silver/sales.yaml:13:13: unknown column "amont", expected one of order_id',
  ]);
});

test('refuses a check without failed_rows', async () => {
  const check = { id: 'SHOP-1', sql: 'select count(*) as n from ${silver}.sales' };
  const problems = await lint(silver('select order_id from ${bronze}.orders', { checks: [check] }));

  expect(problems).toEqual([
    'sql/shop/silver/sales.yaml:10:7: check SHOP-1 has no column failed_rows that is a number of rows',
  ]);
});

test('refuses a row rule that is no condition over the columns', async () => {
  const rule = { action: 'warn', columns: [], description: '' } as const;
  const pack = makePack([], {
    rules: [
      { ...rule, id: 'B1', brokenWhen: 'country is null' },
      { ...rule, id: 'B2', brokenWhen: 'amount + 1' },
      {
        ...rule,
        id: 'B3',
        brokenWhen: "amount > 'x'",
        position: { file: 'sql/shop/bronze/orders.yaml', line: 9, column: 18 },
      },
    ],
  });

  const problems = (await lintPack(pack)).map(formatProblem);

  expect(problems).toEqual([
    'sql/shop/bronze/orders.yaml:1:1: rule B2: decimal(19,4), expected a condition',
    'sql/shop/bronze/orders.yaml:9:18: rule B3: decimal(18,4) and varchar(1) do not go together',
  ]);
});

test('reads a rule over several columns with each of them, and lets rules use derived columns', async () => {
  const rule = { action: 'warn', description: '' } as const;
  const pack = makePack([], {
    rules: [
      { ...rule, id: 'B1', columns: ['amount', 'country'], brokenWhen: '${column} < 0' },
      { ...rule, id: 'B2', columns: [], brokenWhen: 'doubled < 0' },
    ],
    derivedColumns: [derived('doubled', 'decimal(20, 4)', 'amount * 2')],
  });

  const problems = (await lintPack(pack)).map(formatProblem);

  expect(problems).toEqual([
    'sql/shop/bronze/orders.yaml:1:1: rule B1: varchar and integer do not go together',
  ]);
});

test('refuses a derived column that is not of its type, or that uses others than the file has', async () => {
  const pack = makePack([], {
    derivedColumns: [
      derived('narrow', 'bigint', 'amount'),
      derived('right', 'date', 'cast(ordered_at as date)'),
      derived('twice', 'date', 'right'),
      derived('file', 'varchar', 'source_file'),
    ],
  });

  const problems = (await lintPack(pack)).map(formatProblem);

  const known = 'expected one of order_id, amount, country, ordered_at';
  expect(problems).toEqual([
    'sql/shop/bronze/orders.yaml:5:7: column narrow: decimal(18,4), expected bigint as declared, or a cast to it',
    `sql/shop/bronze/orders.yaml:5:7: column twice: unknown column "right", ${known}`,
    `sql/shop/bronze/orders.yaml:5:7: column file: unknown column "source_file", ${known}`,
  ]);
});

function derived(name: string, type: string, sql: string): DerivedColumn {
  const position = { file: 'sql/shop/bronze/orders.yaml', line: 5, column: 7 };
  const from = { kind: 'expression', sql, position } as const;
  return { name, type: parseScalarType(type)!, required: false, pii: 'none', description: '', from };
}

test('takes a number as a parameter outside of quotes and nothing else', async () => {
  const model = silver('select order_id from ${bronze}.orders where order_id > ${most}');

  const number = await lintPack(makePack([model], { parameters: { most: '10' } }));
  const sql = await lintPack(makePack([model], { parameters: { most: '1 or true' } }));

  expect(number).toEqual([]);
  expect(sql.map(formatProblem)).toEqual([
    'sql/shop/silver/sales.sql:1:56: parameter most is "1 or true", expected a name or a number, or \'${most}\' in quotes',
  ]);
});
