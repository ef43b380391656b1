import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pack } from '../../../core/contract/contract.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { parseReference } from '../../../core/contract/names.ts';
import { openSqlHarness, type SqlHarness } from '../../support/sql-harness.ts';
import { putShop, type Shop, toOrders, withIds } from './store-rows.ts';

const asOf = '2026-02-28';

/** Two buyers, a customer who never bought, two products bought together twice, and one that is not known. */
const shop: Shop = {
  customers: withIds('customer_id', 'C1', 'C2', 'C3'),
  products: withIds('product_id', 'P1', 'P2', 'P3'),
  ...toOrders(
    { order: 'O1', on: '2026-01-01' },
    { order: 'O1', on: '2026-01-01', product: 'P2' },
    { order: 'O2', on: '2026-01-02', customer: 'C2' },
    { order: 'O2', on: '2026-01-02', product: 'P2' },
    { order: 'O3', on: '2026-01-03', product: 'P3' },
    { order: 'O4', on: '2026-01-04', product: 'P9', status: 'open' },
  ),
};

let pack: Pack;
beforeAll(async () => {
  ({ pack } = await loadPack(join(import.meta.dirname, '../../../sql/store')));
});

type Mistake = {
  readonly id: string;
  readonly of: string;
  readonly table: string;
  readonly search: string;
  readonly instead: string;
  readonly failed: number;
};

/** The pack with other text in the SQL of one table. */
function withMistake(pack: Pack, { table, search, instead }: Mistake): Pack {
  const { layer, name } = parseReference(table);
  const models = pack.models.map((model) =>
    model.layer === layer && model.name === name
      ? { ...model, sql: model.sql.replaceAll(search, instead) }
      : model,
  );
  if (models.every((model, index) => model.sql === pack.models[index]!.sql))
    throw new Error(`${table} has no "${search}"`);
  return { ...pack, models };
}

// Mistakes of one group are in tables that do not disturb each other: a group is one build.
const groups: readonly (readonly Mistake[])[] = [
  [
    {
      id: 'STO-S1',
      of: 'silver.order_lines',
      table: 'silver.orphan_items',
      search: 'where orders.order_id is null',
      instead: "where order_items.product_id = 'P1'",
      failed: 2,
    },
    {
      id: 'STO-G1',
      of: 'gold.fact_sales',
      table: 'gold.dim_customer',
      search: 'customer_id as customer_key',
      instead: "concat(customer_id, '-') as customer_key",
      failed: 6,
    },
    {
      id: 'STO-G2',
      of: 'gold.executive_kpis',
      table: 'gold.monthly_revenue',
      search: 'where is_revenue and',
      instead: "where product_id = 'P1' and",
      failed: 1,
    },
    {
      id: 'STO-G3',
      of: 'gold.customer_segments',
      table: 'gold.customer_segments',
      search: 'then place end',
      instead: 'then place + 1 end',
      failed: 1,
    },
    {
      id: 'STO-G4',
      of: 'gold.customer_demographics',
      table: 'gold.customer_demographics',
      search: 'customer_id is not null',
      instead: "customer_id = 'C1'",
      failed: 4,
    },
    {
      id: 'STO-G5',
      of: 'gold.product_recommendations',
      table: 'gold.product_recommendations',
      search: 'place as rank',
      instead: 'place + 1 as rank',
      failed: 2,
    },
    {
      id: 'STO-G6',
      of: 'gold.churn_risk',
      table: 'gold.churn_risk',
      search: 'total_orders >= 1',
      instead: "customer_id = 'C1'",
      failed: 1,
    },
  ],
  [
    {
      id: 'STO-G1',
      of: 'gold.fact_sales',
      table: 'gold.dim_product',
      search: "'UNKNOWN'",
      instead: "'NONE'",
      failed: 1,
    },
    {
      id: 'STO-G2',
      of: 'gold.executive_kpis',
      table: 'gold.category_performance',
      search: 'where is_revenue and',
      instead: 'where',
      failed: 1,
    },
    {
      id: 'STO-G3',
      of: 'gold.customer_segments',
      table: 'gold.customer_segments',
      search: 'left join sales_by_customer',
      instead: 'inner join sales_by_customer',
      failed: 1,
    },
    {
      id: 'STO-G5',
      of: 'gold.product_recommendations',
      table: 'gold.product_recommendations',
      search: 'products.product_orders,',
      instead: 'products.product_orders + 1 as product_orders,',
      failed: 2,
    },
    {
      id: 'STO-G6',
      of: 'gold.churn_risk',
      table: 'gold.churn_risk',
      search: 'value_points as risk_score',
      instead: 'value_points + 101 as risk_score',
      failed: 2,
    },
  ],
  [
    {
      id: 'STO-S5',
      of: 'silver.order_lines',
      table: 'silver.order_lines',
      search: 'cast(gross_amount - discount_amount as',
      instead: 'cast(gross_amount + 1 as',
      failed: 6,
    },
    {
      id: 'STO-G1',
      of: 'gold.fact_sales',
      table: 'gold.dim_date',
      search: 'sequence(0, 365)',
      instead: 'sequence(0, 2)',
      failed: 1,
    },
    {
      id: 'STO-G2',
      of: 'gold.executive_kpis',
      table: 'gold.executive_kpis',
      search: 'sum(sold.net_amount)',
      instead: 'sum(sold.net_amount) + 1',
      failed: 1,
    },
  ],
];

describe.each(groups.map((mistakes) => ({ mistakes })))('with mistakes in the SQL', ({ mistakes }) => {
  let harness: SqlHarness;
  beforeAll(async () => {
    harness = await openSqlHarness(mistakes.reduce(withMistake, pack));
    await putShop(harness, shop);
    await harness.build(asOf);
  });
  afterAll(() => harness.close());

  test.each(mistakes)('$id fails when $table has "$instead"', async ({ id, of, failed }) => {
    const results = await harness.audit(parseReference(of), asOf);

    expect(results.get(id)?.failed_rows).toBe(failed);
  });
});

test('no error is told of the shop as the pack builds it', async () => {
  const harness = await openSqlHarness(pack);
  try {
    await putShop(harness, shop);
    await harness.build(asOf);

    const failed = [];
    for (const model of pack.models) {
      const results = await harness.audit(model, asOf);
      const severities = new Map(model.checks.map((check) => [check.id, check.severity]));
      for (const { check_id, failed_rows } of results.values())
        if (failed_rows > 0 && (severities.get(check_id) ?? 'error') === 'error') failed.push(check_id);
    }
    expect(failed).toEqual([]);
  } finally {
    harness.close();
  }
});
