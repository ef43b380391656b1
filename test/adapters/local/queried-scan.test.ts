import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type LocalLake, openLocalLake } from '../../../adapters/local/local-lake.ts';

let folder: string;
let lake: LocalLake;

/** A file a day of two rows; 0, 1 and 2 have no day and are in a file of their own, so the day of 3 has it alone. */
const rows = `select cast(n as bigint) as n,
    case when n > 2 then date_add('day', pair, date '2023-12-25') end as d,
    cast(case when n > 2 then date_add('day', pair, date '2023-12-25') end as timestamp(6)) as t,
    cast(case when n = 4 then null else n end as decimal(18, 2)) as amount,
    concat('c', cast(n as varchar)) as c
  from (select n, (n - mod(n, 2)) / 2 as pair from unnest(sequence(0, 39)) as s (n)) as pairs`;
const fileCount = 20;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queried-scan-'));
  lake = await openLocalLake(folder);
  await lake.engine.run(
    `create table shop_staging.a with (table_type = 'ICEBERG', is_external = false,
      location = '${lake.layout.silver}/a/', partitioning = array['day(d)']) as ${rows}`,
  );
});
afterAll(async () => {
  await lake[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const ask = async (sql: string) => {
  const { queryExecutionId, dataScannedInBytes } = await lake.engine.run(sql);
  const scanned = await lake.engine.scannedRows?.(queryExecutionId);
  return { rows: (await lake.engine.results(queryExecutionId)).rows, scanned, dataScannedInBytes };
};

const conditions: readonly (readonly [string, number])[] = [
  ["d = date '2024-01-01'", 2],
  ["d >= date '2024-01-01' and d < date '2024-01-03'", 4],
  ["(d >= date '2024-01-01' and d < date '2024-01-02') or d is null", 5],
  ["t >= timestamp '2024-01-01 00:00:00' and t < timestamp '2024-01-02 00:00:00'", 2],
  ["date '2023-12-31' > d", 9],
  ['n = 7', 2],
  ["c = 'c9'", 2],
  ['amount is null', 2],
  ['amount <= 3.00', 4],
  ['d is not null and n > 36', 4],
  // Conditions that files cannot be told by: everything is read.
  ["not (d = date '2024-01-01')", 40],
  ["coalesce(d, date '2024-01-01') = date '2024-01-01'", 40],
  ["d = date '2024-01-01' or mod(n, 7) = 0", 40],
  ["t = date '2024-01-01'", 40],
];

test.each(conditions)('where %s reads only files that may hold its rows', async (condition, expected) => {
  const found = await ask(`select n from shop_staging.a where ${condition} order by n`);
  const proof = await ask(
    `select n from (select n, case when ${condition} then 1 else 0 end as hit from shop_staging.a) as all_rows
     where hit = 1 order by n`,
  );

  expect(found.rows).toEqual(proof.rows);
  expect(proof.scanned).toBe(40);
  expect(found.scanned).toBe(expected);
});

test('each mention of a table is counted with its own files', async () => {
  const { rows: found, scanned } = await ask(
    `select n from shop_staging.a where n = 7 union all select n from shop_staging.a where n = 9 order by 1`,
  );

  expect(found).toEqual([['7'], ['9']]);
  expect(scanned).toBe(4);
});

test('fewer files are fewer bytes', async () => {
  const all = await ask('select count(*) as c from shop_staging.a');
  const one = await ask('select count(*) as c from shop_staging.a where n = 7');

  expect(all.dataScannedInBytes / fileCount).toBeLessThan(2 * one.dataScannedInBytes);
  expect(one.dataScannedInBytes * 5).toBeLessThan(all.dataScannedInBytes);
});
