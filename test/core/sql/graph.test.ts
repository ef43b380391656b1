import { expect, test } from '@jest/globals';
import { formatProblem } from '../../../core/contract/problem.ts';
import { readTableGraph, renderMermaid, tablesOf } from '../../../core/sql/graph.ts';
import { makePack, type SmallModel } from './small-pack.ts';

const model = (
  layer: 'silver' | 'gold',
  name: string,
  sql: string,
  rest: Partial<SmallModel> = {},
): SmallModel => ({
  layer,
  name,
  sql,
  ...rest,
});

test('orders tables after their inputs and puts independent ones side by side', async () => {
  const pack = makePack([
    model(
      'gold',
      'top',
      "select a.order_id from ${silver}.sales as a inner join ${silver}.returns as b on a.order_id = b.order_id where date '${as_of}' is not null",
    ),
    model('silver', 'sales', 'select order_id from ${silver}.lines'),
    model(
      'silver',
      'returns',
      'with sales as (select order_id from ${silver}.lines) select order_id from sales',
    ),
    model(
      'silver',
      'lines',
      'select order_id from ${bronze}.orders where order_id not in (select order_id from ${bronze}.orders)',
    ),
  ]);

  const { graph } = await readTableGraph(pack);

  expect(graph?.levels.map((level) => level.map((node) => node.model.name))).toEqual([
    ['lines'],
    ['sales', 'returns'],
    ['top'],
  ]);
  expect(graph?.nodes.map((node) => node.usesAsOf)).toEqual([false, false, false, true]);
  expect(graph?.nodes[0]?.inputs).toEqual([{ layer: 'bronze', name: 'orders' }]);
  expect(graph?.nodes[3]?.inputs).toEqual([
    { layer: 'silver', name: 'sales' },
    { layer: 'silver', name: 'returns' },
  ]);
});

test('tells of a circle at the place that closes it', async () => {
  const pack = makePack([
    model('silver', 'a', 'select order_id\nfrom ${silver}.b'),
    model('silver', 'b', 'select order_id from ${silver}.a'),
  ]);

  const { graph, problems } = await readTableGraph(pack);

  expect(graph).toBeUndefined();
  expect(problems.map(formatProblem)).toEqual([
    'sql/shop/silver/b.sql:1:22: a circle: silver.a reads silver.b reads silver.a',
  ]);
});

test('a check belongs to every silver and gold table that it reads', async () => {
  const pack = makePack([
    model('silver', 'sales', 'select order_id from ${bronze}.orders'),
    model('gold', 'top', 'select order_id from ${silver}.sales', {
      checks: [
        {
          id: 'ACROSS',
          sql: 'select (select count(*) from ${gold}.top) - (select count(*) from ${silver}.sales) as failed_rows',
        },
        { id: 'BRONZE', sql: 'select count(*) as failed_rows from ${bronze}.orders' },
      ],
    }),
  ]);

  const { graph } = await readTableGraph(pack);

  expect(graph?.checks.map((check) => tablesOf(check).map(({ name }) => name))).toEqual([
    ['top', 'sales'],
    ['top'],
  ]);
});

test('draws the graph', async () => {
  const pack = makePack([
    model('silver', 'sales', 'select order_id from ${bronze}.orders'),
    model('gold', 'top', 'select order_id from ${silver}.sales'),
  ]);

  const { graph } = await readTableGraph(pack);

  expect(
    renderMermaid(graph!)
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(
    expect.arrayContaining([
      'flowchart LR',
      'bronze_orders["orders"]',
      'bronze_orders --> silver_sales',
      'silver_sales --> gold_top',
    ]),
  );
});
