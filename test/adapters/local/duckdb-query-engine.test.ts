import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type DuckDbQueryEngine,
  openDuckDbQueryEngine,
} from '../../../adapters/local/duckdb-query-engine.ts';
import { createFolderStore, locationOf } from '../../../adapters/local/folder-store.ts';
import { openSqliteCatalog } from '../../../adapters/local/sqlite-catalog.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import { currentSpec, mainSnapshot } from '../../../core/iceberg/table-metadata.ts';
import { systemClock } from '../../../core/ports/clock.ts';
import { QueryFailedError, type QueryResult } from '../../../core/ports/query-engine.ts';
import type { TableCatalog } from '../../../core/ports/table-catalog.ts';

let folder: string;
let engine: DuckDbQueryEngine;
let catalog: ReturnType<typeof openSqliteCatalog>;
const store = createFolderStore();

const open = (tables: TableCatalog = catalog): Promise<DuckDbQueryEngine> =>
  openDuckDbQueryEngine({
    store,
    catalog: tables,
    clock: systemClock,
    resultsFolder: join(folder, 'results'),
    scratchFolder: join(folder, 'scratch'),
    threads: 1,
    memoryLimit: '500MB',
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'query-engine-'));
  catalog = openSqliteCatalog(join(folder, 'catalog.db'));
  engine = await open();
});
afterEach(async () => {
  engine.close();
  catalog.close();
  await rm(folder, { recursive: true });
});

const ask = async (sql: string): Promise<QueryResult> =>
  engine.results((await engine.run(sql)).queryExecutionId);
const at = (name: string): string => `${locationOf(join(folder, name))}/`;
const create = (name: string, select: string, more = ''): Promise<unknown> =>
  engine.run(
    `create table shop_staging.${name} with (table_type = 'ICEBERG', is_external = false, location = '${at(name)}'${more}) as ${select}`,
  );
const days = (count: number): string =>
  `select cast(n as bigint) as n, date_add('day', n, date '2020-01-01') as d from unnest(sequence(1, ${count})) as t (n)`;

test('hands out values as Athena prints them', async () => {
  const { columns, rows } =
    await ask(`select cast(1.5 as decimal(18, 4)) as a, timestamp '2019-10-01 00:00:00.000000' as b,
    date '0099-01-05' as c, true as d, 1e7 as e, cast(null as varchar) as f, timestamp '1969-12-31 23:59:59.5' as g, 'x' as "H h"`);

  expect(columns).toEqual([
    { name: 'a', type: 'decimal(18,4)' },
    { name: 'b', type: 'timestamp(6)' },
    { name: 'c', type: 'date' },
    { name: 'd', type: 'boolean' },
    { name: 'e', type: 'double' },
    { name: 'f', type: 'varchar' },
    { name: 'g', type: 'timestamp(1)' },
    { name: 'h h', type: 'varchar(1)' },
  ]);
  expect(rows).toEqual([
    [
      '1.5000',
      '2019-10-01 00:00:00.000000',
      '0099-01-05',
      'true',
      '1.0E7',
      null,
      '1969-12-31 23:59:59.5',
      'x',
    ],
  ]);
});

test('results outlive the engine that made them', async () => {
  const { queryExecutionId } = await engine.run("select 'line\nbreak' as a union all select 'b' order by 1");
  engine.close();

  engine = await open();

  expect((await engine.results(queryExecutionId)).rows).toEqual([['b'], ['line\nbreak']]);
  await expect(engine.results('../../etc/passwd')).rejects.toThrow(QueryFailedError);
  await expect(engine.results('00000000-0000-0000-0000-000000000000')).rejects.toThrow('no query execution');
});

test('a query that names a table twice sees one version of it, though a publish comes between', async () => {
  await create('a', days(3));
  let isFirst = true;
  const moving: TableCatalog = {
    ...catalog,
    load: async (table) => {
      const pointer = await catalog.load(table);
      if (isFirst) await engine.run("insert into shop_staging.a select cast(9 as bigint), date '2021-01-01'");
      isFirst = false;
      return pointer;
    },
  };
  const reader = await open(moving);

  const { queryExecutionId } = await reader.run(
    'select one.c, other.c as d from (select count(*) as c from shop_staging.a) as one cross join (select count(*) as c from shop_staging.a where n > 0) as other',
  );
  const { rows } = await reader.results(queryExecutionId);
  reader.close();

  expect(rows).toEqual([['3', '3']]);
});

test('a CTAS and an insert make one Iceberg table, read at any of its snapshots', async () => {
  await create('a', days(3), ", format = 'PARQUET', partitioning = array['month(d)', 'truncate(n, 10)']");
  const first = await loadTable(
    { store, catalog, clock: systemClock },
    { database: 'shop_staging', table: 'a' },
  );
  await engine.run("insert into shop_staging.a select cast(9 as bigint), date '2021-01-01'");

  const snapshot = mainSnapshot(first!.metadata)!['snapshot-id'];
  const all = await ask('select count(*) as c, max(d) as d from shop_staging.a');
  const before = await ask(
    `select count(*) as c from "shop_staging"."a" for version as of ${snapshot} as x where x.n > 1`,
  );

  expect(currentSpec(first!.metadata).fields.map((field) => field.transform)).toEqual([
    'month',
    'truncate[10]',
  ]);
  expect(all.rows).toEqual([['4', '2021-01-01']]);
  expect(before.rows).toEqual([['2']]);
  expect((await engine.run('select n from shop_staging.a')).dataScannedInBytes).toBeGreaterThan(0);
});

test('an empty select makes a table without rows', async () => {
  await create('a', `${days(3)} where n > 5`);

  expect((await ask('select * from shop_staging.a')).rows).toEqual([]);
});

describe('refuses', () => {
  test('a location that is not empty', async () => {
    await writeFile(join(folder, 'placeholder'), '');
    await create('a', days(1));

    await expect(
      engine.run(
        `create table shop_staging.b with (table_type = 'ICEBERG', is_external = false, location = '${at('a')}') as ${days(1)}`,
      ),
    ).rejects.toThrow('is not empty');
  });

  test('more than 100 partitions in one statement, and leaves no file behind', async () => {
    await create('a', days(100), ", partitioning = array['day(d)']");
    await expect(create('b', days(101), ", partitioning = array['day(d)']")).rejects.toThrow(
      '101 partitions in one statement',
    );

    const left: string[] = [];
    for await (const { location } of store.list(at('b'))) left.push(location);
    expect(left).toEqual([]);
    expect(await catalog.load({ database: 'shop_staging', table: 'b' })).toBeUndefined();
  });

  test('a table that exists already', async () => {
    await create('a', days(1));

    await expect(create('a', days(1))).rejects.toThrow('exists already');
  });

  test.each([
    [
      "create table shop_gold.a with (table_type = 'ICEBERG', is_external = false, location = 'file:///x/') as select 1 as n",
      'is no staging table',
    ],
    ['insert into shop_gold.a select 1 as n', 'is no staging table'],
    [
      "create table shop_staging.a with (table_type = 'HIVE', is_external = false, location = 'file:///x/') as select 1 as n",
      "expected table_type = 'ICEBERG'",
    ],
    [
      "create table shop_staging.a with (table_type = 'ICEBERG', location = 'file:///x/') as select 1 as n",
      'expected is_external = false',
    ],
    [
      "create table shop_staging.a with (table_type = 'ICEBERG', is_external = false, write_target = '1', location = 'file:///x/') as select 1 as n",
      'table property "write_target"',
    ],
    [
      "create table shop_staging.a with (table_type = 'ICEBERG', is_external = false, location = 'file:///x/') as select timestamp '2020-01-01 00:00:00' as t",
      'expected timestamp(6)',
    ],
    [
      "create table shop_staging.a with (table_type = 'ICEBERG', is_external = false, location = 'file:///x/') as select 1 as n, 2 as n",
      'is given twice',
    ],
    ['insert into shop_staging.nope select 1 as n', 'unknown table shop_staging.nope'],
    ['drop table shop_staging.a', 'expected select, create table'],
    ['delete from shop_staging.a', 'expected select, create table'],
    ["copy (select 1) to '/tmp/x'", 'expected select, create table'],
    ["select * from read_csv('/etc/passwd')", ''],
    ['select 1 as a; select 2 as b', 'a second statement'],
    ['select * from nope.t', 'query:1:15: unknown table "nope.t"'],
    ['select approx_distinct(1) as a', 'approx_distinct is approximate'],
  ])('%s', async (sql, message) => {
    const answer = engine.run(sql);

    await expect(answer).rejects.toThrow(QueryFailedError);
    await expect(answer).rejects.toThrow(message);
  });

  test('rows of other types than the table has', async () => {
    await create('a', days(1));

    await expect(
      engine.run("insert into shop_staging.a select 'x' as n, date '2020-01-01' as d"),
    ).rejects.toThrow('insert of (string, date) into shop_staging.a, expected (long, date)');
  });

  test('a snapshot that the table does not have', async () => {
    await create('a', days(1));

    await expect(engine.run('select n from shop_staging.a for version as of 1')).rejects.toThrow(
      QueryFailedError,
    );
  });
});

test('statements run side by side', async () => {
  await create('a', days(50));

  const answers = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) => ask(`select count(*) as c from shop_staging.a where n > ${n}`)),
  );

  expect(answers.map(({ rows }) => rows[0]?.[0])).toEqual(['49', '48', '47', '46', '45', '44']);
});

test('copyTo writes typed files and reports rows', async () => {
  await create('a', 'select cast(1.50 as decimal(18, 4)) as m, cast(null as varchar) as t, true as b');
  const file = (format: string): string => join(folder, `it's.${format}`);
  for (const format of ['csv', 'json', 'parquet'] as const)
    expect(await engine.copyTo('select * from shop_staging.a', { file: file(format), format })).toEqual({
      rows: 1,
    });

  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `select typeof(m), m from '${file('parquet').replaceAll("'", "''")}'`,
  );

  expect(await readFile(file('csv'), 'utf8')).toBe('m,t,b\n1.5000,,true\n');
  expect(JSON.parse(await readFile(file('json'), 'utf8'))).toEqual([{ m: 1.5, t: null, b: true }]);
  expect(reader.getRowsJson()).toEqual([['DECIMAL(18,4)', '1.5000']]);
  connection.closeSync();
  instance.closeSync();
});

test('copyTo leaves an earlier file as it was when the query fails', async () => {
  const file = join(folder, 'out.csv');
  await writeFile(file, 'before');

  await expect(engine.copyTo('select 1 / 0 as x', { file, format: 'csv' })).rejects.toThrow(QueryFailedError);

  expect(await readFile(file, 'utf8')).toBe('before');
});
