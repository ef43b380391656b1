import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { GeneratedFile } from '../../../core/generate/generator.ts';
import { writeGeneratedFiles } from '../../../core/generate/write-files.ts';
import { generate } from '../../../sql/supply_chain/generate.ts';
import { type GeneratedLake, makeGeneratedLake } from '../generated-lake.ts';

let generated: GeneratedLake;

beforeAll(async () => {
  generated = await makeGeneratedLake();
});

afterAll(() => generated.remove());

test('eight months with broken records refresh without a failed check, and the quarantine holds exactly what was broken', async () => {
  const { data, lake, query } = generated;
  await writeGeneratedFiles(latestOf(generate({ seed: 11, scale: 0.12, dirtyShare: 0.1 })), data);

  const loaded = await lake('load', 'supply_chain', data);
  const refreshed = await lake('refresh', 'supply_chain');

  expect({ load: loaded.code, refresh: refreshed.code }).toEqual({ load: 0, refresh: 0 });
  const planted = await generated.listPlanted();
  expect(await generated.listQuarantined('supply_chain')).toEqual(planted);
  expect(planted.length).toBeGreaterThan(100);
  const failed = await query(
    "select check_id, table_name from supply_chain_gold.quality_results where status = 'fail' and (severity = 'error' or check_id like 'SUP-%')",
  );
  expect(failed).toEqual([]);
  const [rows] = await query(`
    select
        (select count(*) from supply_chain_bronze.bronze_complete)
        - (select count(*) from supply_chain_silver.silver_orders) as corrections,
        (select count(distinct order_id) from supply_chain_gold.orders_enriched) as orders,
        (select count(*) from supply_chain_silver.dim_customers where version_no > 1) as moves,
        (select count(*) from supply_chain_silver.dim_products where version_no > 1) as prices,
        (select count(distinct rfm_segment) from supply_chain_gold.customers360) as segments,
        (select count(distinct performance_tier) from supply_chain_gold.products360) as tiers`);
  for (const [name, least] of [
    ['orders', 500],
    ['corrections', 5],
    ['moves', 10],
    ['prices', 10],
    ['segments', 8],
    ['tiers', 4],
  ] as const) {
    expect([name, Number(rows![name]) >= least]).toEqual([name, true]);
  }
}, 120_000);

/** A file takes longer than a thousand rows: a part of the years is enough. */
function* latestOf(files: Iterable<GeneratedFile>): Iterable<GeneratedFile> {
  for (const file of files) {
    if (file.path >= 'orders/dt=2017-07') {
      yield file;
    }
  }
}
