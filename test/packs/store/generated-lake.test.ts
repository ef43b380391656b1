import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GeneratedLake, makeGeneratedLake } from '../generated-lake.ts';

let generated: GeneratedLake;

beforeAll(async () => {
  generated = await makeGeneratedLake();
});

afterAll(() => generated.remove());

test('two years with broken records refresh without a failed check, and the quarantine holds exactly what was broken', async () => {
  const { data, lake, query } = generated;
  await lake('generate', 'store', '--out', data, '--seed', '11', '--dirty', '0.08');

  const loaded = await lake('load', 'store', data);
  const refreshed = await lake('refresh', 'store');

  expect({ load: loaded.code, refresh: refreshed.code }).toEqual({ load: 0, refresh: 0 });
  const planted = await generated.listPlanted();
  expect(await generated.listQuarantined('store')).toEqual(planted);
  expect(planted.length).toBeGreaterThan(200);
  const failed = await query(
    "select check_id, table_name from store_gold.quality_results where status = 'fail' and (severity = 'error' or check_id like 'STO-%')",
  );
  expect(failed).toEqual([]);
  const [rows] = await query(`
    select
        (select count(*) from store_gold.customer_segments) as customers,
        (select count(*) from store_gold.fact_sales) as sales,
        (select count(*) from store_silver.order_items) as items,
        (select count(*) from store_gold.monthly_revenue) as months,
        (select count(*) from store_gold.product_recommendations) as recommendations,
        (select count(distinct risk_band) from store_gold.churn_risk) as bands`);
  expect(rows).toMatchObject({ customers: 500, sales: rows!.items, months: 24, bands: 3 });
  expect(Number(rows!.recommendations)).toBeGreaterThan(200);
}, 120_000);
