import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createAthenaQueryEngine } from '../../adapters/aws/athena-query-engine.ts';
import { createGlueCatalog } from '../../adapters/aws/glue-catalog.ts';
import { type LocalLake, openLocalLake } from '../../adapters/local/local-lake.ts';
import type { ModelContract, Pack } from '../../core/contract/contract.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import type { QueryEngine } from '../../core/ports/query-engine.ts';
import {
  anyPartition,
  type PartitionTuple,
  partitionedColumns,
} from '../../core/refresh/partition-conditions.ts';
import { renderAudit } from '../../core/sql/render.ts';
import { type CloudResources, createCloudResources } from './support/cloud-resources.ts';

/** Orders by day: 1 and 3 are there twice on one day, 2 on two, and some are without a number, a day or a place. */
const orders = `select * from (values
    (cast(1 as bigint), cast('FR' as varchar), date '2024-01-05'), (cast(1 as bigint), 'FR', date '2024-01-05'),
    (cast(2 as bigint), 'FR', date '2024-01-31'), (cast(2 as bigint), 'FR', date '2024-02-01'),
    (cast(3 as bigint), cast(null as varchar), date '2024-02-29'), (cast(3 as bigint), 'FR', date '2024-02-29'),
    (cast(null as bigint), 'FR', date '2024-03-01'), (cast(4 as bigint), 'FR', date '2024-12-31'),
    (cast(5 as bigint), 'FR', cast(null as date))
  ) as orders (order_id, country, order_date)`;

type Case = {
  readonly key: readonly string[];
  readonly days: readonly (string | null)[];
  readonly written: number;
  /** Failed rows of C1 and C2, and what C3 has observed. */
  readonly found: readonly [string, string, string];
};
const byDay = ['order_date', 'order_id'];
const cases: Readonly<Record<string, Case>> = {
  'a day with a key twice': { key: byDay, days: ['2024-01-05'], written: 2, found: ['1', '0', '2'] },
  'a day with nothing wrong': { key: byDay, days: ['2024-12-31'], written: 1, found: ['0', '0', '1'] },
  'a key of several days': { key: byDay, days: ['2024-02-01'], written: 1, found: ['0', '0', '1'] },
  'a key that days do not tell': {
    key: ['order_id'],
    days: ['2024-02-01'],
    written: 1,
    found: ['4', '0', '1'],
  },
  'a null in a column that has none': {
    key: byDay,
    days: ['2024-02-29'],
    written: 2,
    found: ['1', '1', '2'],
  },
  'a null in the key': { key: byDay, days: ['2024-03-01'], written: 1, found: ['1', '0', '1'] },
  'the day null': { key: byDay, days: [null, '2024-12-31'], written: 2, found: ['1', '0', '2'] },
  'a day that has no row any more': { key: byDay, days: ['2024-06-01'], written: 0, found: ['0', '0', '9'] },
  'no day': { key: byDay, days: [], written: 0, found: ['0', '0', '9'] },
};

describe('an audit of changed rows', () => {
  let cloud: CloudResources;
  let lake: LocalLake;
  let pack: Pack;
  let deliveries: ModelContract;
  let folder: string;
  const engines = new Map<string, { readonly engine: QueryEngine; readonly database: string }>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'changed-rows-'));
    [cloud, lake, { pack }] = await Promise.all([
      createCloudResources(),
      openLocalLake(folder),
      loadPack(resolve(import.meta.dirname, '../fixtures/packs/shop')),
    ]);
    deliveries = pack.models.find(({ name }) => name === 'deliveries')!;
    const { clients, bucket, workGroup, prefix } = cloud;
    const athena = createAthenaQueryEngine({ athena: clients.athena, workGroup });
    const database = `${prefix}_staging`;
    await createGlueCatalog({ clients }).ensureDatabase(database);
    const create = (name: string, location: string) =>
      `create table ${name}.orders with (table_type = 'ICEBERG', is_external = false, partitioning = array['day(order_date)'], location = '${location}') as ${orders}`;
    await athena.run(create(database, `s3://${bucket}/orders/`));
    await lake.engine.run(create('shop_staging', `${lake.layout.silver}/orders/`));
    engines.set('athena', { engine: athena, database });
    engines.set('local', { engine: lake.engine, database: 'shop_staging' });
  });
  afterAll(async () => {
    await lake[Symbol.asyncDispose]();
    await Promise.all([cloud.remove(), rm(folder, { recursive: true, force: true })]);
  });

  test.each(
    Object.keys(cases).flatMap((name) => ['athena', 'local'].map((engine) => [name, engine] as const)),
  )('%s (%s)', async (name, on) => {
    const { key, days, written, found } = cases[name]!;
    const { engine, database } = engines.get(on)!;
    const model: ModelContract = {
      ...deliveries,
      key,
      partitioning: [{ transform: 'day', column: 'order_date' }],
      columns: deliveries.columns.map((column) => ({ ...column, notNull: column.name === 'country' })),
    };
    const condition = anyPartition(
      partitionedColumns(model),
      days.map((day): PartitionTuple => [day]),
    )!;

    const sql = await renderAudit(
      model,
      [],
      { pack, resolve: () => ({ database, table: 'orders' }) },
      { column: 'order_date', condition, written },
    );
    const { queryExecutionId } = await engine.run(sql);
    const { rows } = await engine.results(queryExecutionId);

    expect(rows.toSorted().map(([, failed, observed]) => [failed, observed])).toEqual([
      [found[0], null],
      [found[1], found[1] === '0' ? null : 'country'],
      ['0', found[2]],
    ]);
  });
});
