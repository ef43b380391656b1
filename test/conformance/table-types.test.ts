import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createAthenaQueryEngine } from '../../adapters/aws/athena-query-engine.ts';
import { createGlueCatalog } from '../../adapters/aws/glue-catalog.ts';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store.ts';
import { createFolderStore, locationOf } from '../../adapters/local/folder-store.ts';
import { openSqliteCatalog } from '../../adapters/local/sqlite-catalog.ts';
import type { PartitionTerm, ScalarType } from '../../core/contract/contract.ts';
import { commitSnapshot } from '../../core/iceberg/commit.ts';
import { partitionSpecOf } from '../../core/iceberg/partition-spec.ts';
import { schemaOf } from '../../core/iceberg/schema.ts';
import { createTable, type IcebergIo } from '../../core/iceberg/table.ts';
import { writeDataFiles } from '../../core/iceberg/write-data-files.ts';
import { systemClock } from '../../core/ports/clock.ts';
import { type CloudResources, createCloudResources } from './support/cloud-resources.ts';
import { glueCatalog, localCatalog, readTables } from './support/foreign-readers.ts';
import { comparable, describeDifference, queryTable, type TableRows } from './support/table-rows.ts';

/** A column of every type, and three rows of each: an ordinary value, an extreme one, none. */
const columns: readonly (readonly [string, ScalarType, readonly (string | null)[]])[] = [
  ['id', { kind: 'bigint' }, ['1', '9223372036854775807', '3']],
  ['flag', { kind: 'boolean' }, ['true', 'false', null]],
  ['small', { kind: 'integer' }, ['-7', '2147483647', null]],
  ['ratio', { kind: 'real' }, ['1.5', '-0.25', null]],
  ['weight', { kind: 'double' }, ['2.5', '-1024.125', null]],
  ['price', { kind: 'decimal', precision: 18, scale: 4 }, ['12.3400', '-99999999999999.9999', null]],
  [
    'total',
    { kind: 'decimal', precision: 38, scale: 2 },
    ['0.01', '999999999999999999999999999999999999.99', null],
  ],
  ['sold_on', { kind: 'date' }, ['2010-12-01', '1900-01-01', null]],
  ['sold_at', { kind: 'timestamp' }, ['2010-12-01 08:26:00.000000', '1969-12-31 23:59:59.999999', null]],
  [
    'seen_at',
    { kind: 'timestamptz' },
    ['2026-01-31 23:59:59.123456 UTC', '1969-12-31 22:00:00.000001 UTC', null],
  ],
  ['name', { kind: 'varchar' }, ['Größe / 50% + "x"', '', null]],
];

/** A partitioning for each transform, and for the values that make partition paths hard. */
const partitionings: Readonly<Record<string, readonly PartitionTerm[]>> = {
  none: [],
  by_name: [{ transform: 'identity', column: 'name' }],
  by_flag_and_date: [
    { transform: 'identity', column: 'flag' },
    { transform: 'identity', column: 'sold_on' },
  ],
  by_price: [{ transform: 'identity', column: 'price' }],
  by_year: [{ transform: 'year', column: 'sold_on' }],
  by_month: [{ transform: 'month', column: 'sold_at' }],
  by_day: [{ transform: 'day', column: 'seen_at' }],
  by_hour: [{ transform: 'hour', column: 'sold_at' }],
  by_initials: [{ transform: 'truncate', column: 'name', argument: 2 }],
  by_ten: [{ transform: 'truncate', column: 'small', argument: 10 }],
};

const schema = schemaOf(columns.map(([name, type]) => ({ name, type })));
const expected: TableRows = {
  columns: columns.map(([name]) => name),
  rows: [0, 1, 2].map((row) => columns.map(([, , values]) => values[row] ?? null)),
};

let cloud: CloudResources;
let folder: string;
let connection: DuckDBConnection;
let local: IcebergIo & { readonly database: string; readonly root: string };
let glue: IcebergIo & { readonly database: string; readonly root: string };

beforeAll(async () => {
  cloud = await createCloudResources();
  folder = await mkdtemp(join(tmpdir(), 'table types-'));
  await mkdir(join(folder, 'scratch'));
  connection = await (await DuckDBInstance.create(':memory:')).connect();
  local = {
    store: createFolderStore(),
    catalog: openSqliteCatalog(join(folder, 'catalog.db')),
    clock: systemClock,
    database: 'types',
    root: locationOf(folder).replace(/\/$/, ''),
  };
  glue = {
    store: createS3ObjectStore(cloud.clients.s3),
    catalog: createGlueCatalog({ clients: cloud.clients }),
    clock: systemClock,
    database: `${cloud.prefix}_types`,
    root: `s3://${cloud.bucket}/types`,
  };
  for (const io of [local, glue]) {
    for (const [table, partitioning] of Object.entries(partitionings)) {
      await writeTable(io, table, partitioning);
    }
  }
});
afterAll(async () => {
  connection.closeSync();
  await rm(folder, { recursive: true });
  await cloud.remove();
});

/** A table of two commits: the second replaces all that the first appended. */
async function writeTable(
  io: IcebergIo & { readonly database: string; readonly root: string },
  table: string,
  partitioning: readonly PartitionTerm[],
): Promise<void> {
  const id = { database: io.database, table };
  const partitionSpec = partitionSpecOf(schema, partitioning);
  const location = `${io.root}/${table}`;
  await createTable(io, id, { location, schema, partitionSpec });
  const write = (rows: readonly (readonly (string | null)[])[]) =>
    writeDataFiles(connection, {
      select: selectOf(rows),
      schema,
      partitionSpec,
      tableLocation: location,
      folder: '',
      scratch: join(folder, 'scratch'),
      store: io.store,
    });
  const first = await write([...expected.rows, ...expected.rows]);
  await commitSnapshot(io, id, async () => ({ operation: 'append', add: first }));
  const second = await write(expected.rows);
  await commitSnapshot(io, id, async () => ({ operation: 'overwrite', add: second, remove: 'all' }));
}

function selectOf(rows: readonly (readonly (string | null)[])[]): string {
  const literal = (value: string | null) =>
    value === null ? 'null' : `'${value.replaceAll("'", "''").replace(/ UTC$/, '+00')}'`;
  const values = rows.map((row) => `(${row.map(literal).join(', ')})`);
  return `select * from (values ${values.join(', ')}) as t (${expected.columns.join(', ')})`;
}

const tables = Object.keys(partitionings);

describe.each<'pyiceberg' | 'duckdb'>(['pyiceberg', 'duckdb'])('%s', (reader) => {
  let found: Readonly<Record<string, TableRows>>;

  beforeAll(async () => {
    const catalog = localCatalog(join(folder, 'catalog.db'));
    found = await readTables(
      reader,
      catalog,
      tables.map((table) => `types.${table}`),
    );
  });

  test.each(tables)('reads every type in the local table partitioned %s', (table) => {
    expect(differenceOf(found[`types.${table}`])).toBeUndefined();
  });
});

describe('pyiceberg on AWS', () => {
  let found: Readonly<Record<string, TableRows>>;

  beforeAll(async () => {
    found = await readTables(
      'pyiceberg',
      await glueCatalog(cloud.clients),
      tables.map((table) => `${glue.database}.${table}`),
    );
  });

  test.each(tables)('reads every type in the table partitioned %s', (table) => {
    expect(differenceOf(found[`${glue.database}.${table}`])).toBeUndefined();
  });
});

test.each(tables)('Athena reads every type in the table partitioned %s', async (table) => {
  const engine = createAthenaQueryEngine({ athena: cloud.clients.athena, workGroup: cloud.workGroup });

  const found = await queryTable(engine, `${glue.database}.${table}`);

  expect(differenceOf(found)).toBeUndefined();
});

function differenceOf(found: TableRows | undefined): string | undefined {
  return found === undefined
    ? 'it was not read'
    : describeDifference(comparable(expected), comparable(found));
}
