import { expect, test } from '@jest/globals';
import { columnsOfTable } from '../../../core/contract/columns-of-table.ts';
import { formatProblem } from '../../../core/contract/problem.ts';
import { lintPack } from '../../../core/sql/lint.ts';
import { renderSelect } from '../../../core/sql/render.ts';
import { makePack, type SmallModel } from './small-pack.ts';

const everything: SmallModel = {
  name: 'everything',
  layer: 'gold',
  asOf: 'none',
  sql: 'select order_id from ${bronze}.orders',
};
const later: SmallModel = {
  name: 'later',
  layer: 'gold',
  sql: 'select order_id from ${gold}.everything',
};

test('gold of no day has no as_of and needs none, a day or not', async () => {
  const pack = makePack([everything, later]);
  const [model, dated] = pack.models as [(typeof pack.models)[0], (typeof pack.models)[0]];
  const run = {
    pack,
    resolve: () => ({ database: 'shop_bronze', table: 'orders' }),
    runId: 'run-1',
    builtAt: 0,
  };

  const without = await renderSelect(model, run);
  const withDay = await renderSelect(model, { ...run, asOf: '2026-01-31' });

  expect(without).toMatch(/as run_id,\n.* as built_at\n/);
  expect(without).not.toContain('as_of');
  expect(withDay).toBe(without);
  expect(columnsOfTable(model).map(({ name }) => name)).toEqual(['order_id', 'run_id', 'built_at']);
  expect(columnsOfTable(dated).map(({ name }) => name)).toContain('as_of');
});

test.each([
  ['its select', { sql: `${everything.sql} where date '\${as_of}' is not null` }],
  [
    'its main input',
    {
      mainInput: { layer: 'bronze', name: 'orders' },
      mainInputWhere: "ordered_at < date '${as_of}'",
    } as const,
  ],
  [
    'a check',
    {
      checks: [
        {
          id: 'X-1',
          sql: "select count(*) as failed_rows from ${gold}.everything where date '${as_of}' is null",
        },
      ],
    },
  ],
  ['the column of another', { sql: 'select order_id, as_of from ${gold}.everything', name: 'later' }],
])('what has no day is told where %s asks for it', async (_where, change) => {
  const models = 'name' in change ? [everything, { ...later, ...change }] : [{ ...everything, ...change }];

  const problems = (await lintPack(makePack(models))).map(formatProblem);

  expect(problems).not.toEqual([]);
  expect(problems.join('\n')).toContain('as_of');
});
