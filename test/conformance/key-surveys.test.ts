import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createAthenaQueryEngine } from '../../adapters/aws/athena-query-engine.ts';
import { createGlueCatalog } from '../../adapters/aws/glue-catalog.ts';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store.ts';
import { type LocalLake, openLocalLake } from '../../adapters/local/local-lake.ts';
import { loadTable } from '../../core/iceberg/table.ts';
import { mainSnapshot } from '../../core/iceberg/table-metadata.ts';
import type { QueryEngine } from '../../core/ports/query-engine.ts';
import type { TableCatalog } from '../../core/ports/table-catalog.ts';
import { type KeySurvey, readKeyAnswer, renderKeySurvey } from '../../core/refresh/key-survey.ts';
import { type CloudResources, createCloudResources } from './support/cloud-resources.ts';

/** Orders by number and country, on a day: 1 moves on from month to month, null is an order's number too. */
const first = `select * from (values
    (cast(1 as bigint), cast('FR' as varchar), date '2024-01-05', 'a'), (cast(2 as bigint), 'FR', date '2024-01-31', 'a'),
    (cast(2 as bigint), 'DE', date '2024-02-01', 'b'), (cast(null as bigint), 'FR', date '2024-02-29', 'b'),
    (cast(3 as bigint), cast(null as varchar), date '2024-03-01', 'c'), (cast(4 as bigint), 'FR', cast(null as date), cast(null as varchar)),
    (cast(5 as bigint), 'FR', date '2024-06-01', '''d')
  ) as orders (order_id, country, day, shelf)`;
const second = `select * from (values
    (cast(1 as bigint), 'FR', date '2024-04-05', 'e'), (cast(null as bigint), 'FR', date '2024-04-30', 'e'),
    (cast(3 as bigint), cast(null as varchar), date '2024-05-01', 'f'), (cast(4 as bigint), 'FR', date '2024-12-31', 'g')
  ) as orders (order_id, country, day, shelf)`;

const month = { term: { transform: 'month', column: 'day' }, type: { kind: 'date' } } as const;
const day = { term: { transform: 'day', column: 'day' }, type: { kind: 'date' } } as const;
const shelf = { term: { transform: 'identity', column: 'shelf' }, type: { kind: 'varchar' } } as const;

type Case = Pick<KeySurvey, 'column' | 'key' | 'changed'> & {
  readonly targets: readonly (string | null)[];
  readonly sources: readonly (string | null)[];
  /** The other way round: the second version was built from, and the first has lost its rows. */
  readonly isLost?: true;
};
const cases: Readonly<Record<string, Case>> = {
  'a month leads to the others of its keys, null among them': {
    column: month,
    key: ['order_id', 'country'],
    changed: [['2024-04']],
    targets: ['2024-01', '2024-02', '2024-04'],
    sources: ['2024-01', '2024-02', '2024-04'],
  },
  'a shorter key leads further': {
    column: month,
    key: ['order_id'],
    changed: [['2024-02']],
    targets: ['2024-01', '2024-02', '2024-04'],
    sources: ['2024-01', '2024-02', '2024-04'],
  },
  'keys of the targets are read where they are': {
    column: month,
    key: ['order_id', 'country'],
    changed: [['2024-01']],
    targets: ['2024-01', '2024-04'],
    sources: ['2024-01', '2024-02', '2024-04'],
  },
  'a null partition is one like any other': {
    column: month,
    key: ['order_id'],
    changed: [[null]],
    targets: ['2024-12', null],
    sources: ['2024-12', null],
  },
  days: {
    column: day,
    key: ['order_id'],
    changed: [['2024-01-05'], ['2024-05-01']],
    targets: ['2024-01-05', '2024-03-01', '2024-04-05', '2024-05-01'],
    sources: ['2024-01-05', '2024-03-01', '2024-04-05', '2024-05-01'],
  },
  'texts with a quote, and a partition that has no row': {
    column: shelf,
    key: ['order_id'],
    changed: [["'d"], ['none']],
    targets: ["'d", 'none'],
    sources: ["'d", 'none'],
  },
  'keys that a partition has lost': {
    column: shelf,
    key: ['order_id'],
    changed: [['e']],
    isLost: true,
    targets: ['a', 'b', 'e'],
    sources: ['a', 'b', 'e'],
  },
};

describe('a survey of keys', () => {
  let cloud: CloudResources;
  let lake: LocalLake;
  let folder: string;
  const answers = new Map<string, (survey: Case) => Promise<ReturnType<typeof readKeyAnswer>>>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'key-surveys-'));
    [cloud, lake] = await Promise.all([createCloudResources(), openLocalLake(folder)]);
    const { clients, bucket, workGroup, prefix } = cloud;
    const catalog = createGlueCatalog({ clients });
    const athena = createAthenaQueryEngine({ athena: clients.athena, workGroup });
    const store = createS3ObjectStore(clients.s3);
    await catalog.ensureDatabase(`${prefix}_staging`);
    answers.set(
      'athena',
      await prepare(athena, { catalog, store }, `${prefix}_staging`, `s3://${bucket}/orders/`),
    );
    answers.set('local', await prepare(lake.engine, lake, 'shop_staging', `${lake.layout.silver}/orders/`));
  });
  afterAll(async () => {
    await lake[Symbol.asyncDispose]();
    await Promise.all([cloud.remove(), rm(folder, { recursive: true, force: true })]);
  });

  test.each(
    Object.keys(cases).flatMap((name) => ['athena', 'local'].map((engine) => [name, engine] as const)),
  )('%s (%s)', async (name, engine) => {
    const survey = cases[name]!;

    const found = await answers.get(engine)!(survey);

    expect(found).toEqual({
      targets: survey.targets.map((value) => [value]),
      sources: survey.sources.map((value) => [value]),
    });
  });
});

/** Writes the two versions and tells how to ask for a survey of them. */
async function prepare(
  engine: QueryEngine,
  io: { readonly catalog: TableCatalog; readonly store: LocalLake['store'] },
  database: string,
  location: string,
) {
  const table = { database, table: 'orders' };
  const snapshot = async () => {
    const loaded = await loadTable({ ...io, clock: { now: Date.now, sleep: async () => {} } }, table);
    return String(mainSnapshot(loaded!.metadata)!['snapshot-id']);
  };
  await engine.run(
    `create table ${database}.orders with (table_type = 'ICEBERG', is_external = false, location = '${location}') as ${first}`,
  );
  const old = { ...table, snapshotId: await snapshot() };
  await engine.run(`insert into ${database}.orders ${second}`);
  const all = { ...table, snapshotId: await snapshot() };
  return async ({ column, key, changed, isLost }: Case) => {
    const versions = isLost ? { after: old, before: all } : { after: all };
    const survey: KeySurvey = { column, key, changed, ...versions };
    const { queryExecutionId } = await engine.run(renderKeySurvey(survey)!);
    return readKeyAnswer(survey, await engine.results(queryExecutionId));
  };
}
