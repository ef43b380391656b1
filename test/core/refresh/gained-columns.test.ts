import { expect, test } from '@jest/globals';

import type { BronzeContract, DerivedColumn, ModelContract, Pack } from '../../../core/contract/contract.ts';
import { openShop } from './support/shop.ts';

const orderYear: DerivedColumn = {
  name: 'order_year',
  type: { kind: 'bigint' },
  required: false,
  pii: 'none',
  description: 'Year of the order.',
  from: {
    kind: 'expression',
    sql: 'year(ordered_at)',
    position: { file: 'orders.yaml', line: 1, column: 1 },
  },
};

const deliveries = (pack: Pack): Pack => ({
  ...pack,
  models: pack.models.filter(({ name }) => name === 'deliveries'),
});

/** The pack after its bronze contract has gained a column, which its silver table reads. */
function withGained(pack: Pack): Pack {
  const bronze = pack.bronze.map(
    (contract): BronzeContract => ({
      ...contract,
      hash: `${contract.hash}+`,
      derivedColumns: [orderYear],
    }),
  );
  const models = pack.models.map((model): ModelContract => {
    const column = { name: 'order_year', type: orderYear.type, notNull: false, pii: 'none' } as const;
    return {
      ...model,
      hash: `${model.hash}+`,
      columns: [...model.columns, { ...column, description: orderYear.description }],
      sql: model.sql.replaceAll('source_line,\n', 'source_line,\n        order_year,\n'),
    };
  });
  return { ...pack, bronze, models };
}

test('a column that bronze has gained is null to the SQL before the first load that brings it', async () => {
  await using shop = await openShop(deliveries);
  await shop.deliver('1.csv', [{ id: 1, country: 'FR', amount: 5, day: '2024-01-05' }]);
  await shop.refresh();
  const environment = shop.environment(withGained(shop.pack));

  const first = await shop.refresh({}, environment);
  const again = await shop.refresh({}, environment);

  expect(first).toMatchObject({ status: 'succeeded', message: 'tables: 1 published' });
  expect(again).toMatchObject({ status: 'succeeded', message: 'tables: 1 current' });
  expect(await shop.query('select order_id, order_year from shop_silver.deliveries')).toEqual([['1', null]]);
});
