import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tableScanSql } from '../../../adapters/local/duckdb-table-scan.ts';
import { createFolderStore, locationOf } from '../../../adapters/local/folder-store.ts';
import { formatExactJson, type JsonValue, parseExactJson } from '../../../core/iceberg/exact-json.ts';
import { readMetadata } from '../../../core/iceberg/metadata-file.ts';
import { planScan, type ScanCondition } from '../../../core/iceberg/scan.ts';
import type { ObjectStore } from '../../../core/ports/object-store.ts';
import { openTestLake, type TestLake } from './local-tables.ts';

// Tables that Trino and PyIceberg wrote to S3, with the rows that Trino read from them.
const fixtures = join(import.meta.dirname, '../../fixtures/iceberg');
const bucket = 's3://foreign-fixtures/';
const localOf = (location: string) => {
  const [folder, ...rest] = location.slice(bucket.length).split('/');
  return join(fixtures, folder!.replaceAll('_', '-'), ...rest);
};
const folderStore = createFolderStore();
const store: ObjectStore = {
  ...folderStore,
  read: (location) => folderStore.read(locationOf(localOf(location))),
};

type Expected = {
  readonly metadata: string;
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
};

describe('tables of other writers', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openTestLake();
  });
  afterAll(() => lake.close());

  const expectedOf = (name: string) =>
    parseExactJson(readFileSync(join(fixtures, name, 'expected.json'), 'utf8')) as Expected;

  const plan = async (name: string, filter: readonly ScanCondition[] = []) => {
    const metadata = await readMetadata(store, expectedOf(name).metadata);
    return planScan({ store }, { metadata }, { filter });
  };

  const read = async (name: string) => {
    const table = await tableScanSql(lake.duckdb, await plan(name), localOf);
    const rows = (await lake.query(`select columns(*)::varchar from ${table}`)) as Record<
      string,
      string | null
    >[];
    return rows.map((row) => Object.values(row));
  };

  // Trino's text of a value in DuckDB's.
  const asText = (value: unknown, type: string): string | null => {
    if (value === null) return null;
    if (/^(real|double)$/.test(type)) {
      if (value === 'NaN') return 'nan';
      const number = Number(formatExactJson(value as JsonValue));
      return Number.isInteger(number) ? `${number}.0` : String(number);
    }
    if (type.startsWith('timestamp'))
      return String(value)
        .replace(/\.0+( UTC)?$/, '$1')
        .replace(' UTC', '+00');
    return String(value);
  };
  const byText = (rows: readonly (readonly (string | null)[])[]) =>
    rows.map((row) => JSON.stringify(row)).sort();

  test.each([
    ['renamed, dropped, added and widened columns of Trino', 'trino-evolved'],
    ['position deletes and updates of Trino', 'trino-deletes'],
    ['bucket, truncate and hour partitions of Trino', 'trino-bucket'],
    ['a changed partition spec, a rename and gzipped metadata of PyIceberg', 'pyiceberg-evolved'],
    ['files without field ids under a name mapping', 'pyiceberg-added'],
  ])('are read as Trino reads them: %s', async (_, name) => {
    const { rows, types, columns } = expectedOf(name);
    await lake.query(`set timezone = 'UTC'`);

    const found = await read(name);

    expect((await plan(name)).schema.fields.map((field) => field.name)).toEqual(columns);
    expect(byText(found)).toEqual(
      byText(rows.map((row) => row.map((value, index) => asText(value, types[index]!)))),
    );
  });

  test.each([
    ['trino-deletes', { column: 'day', op: '=', value: '2012-01-05' }, 1],
    ['trino-deletes', { column: 'country', op: 'is null' }, 1],
    ['trino-bucket', { column: 's', op: '=', value: 'k1x' }, 1],
    ['trino-bucket', { column: 'at', op: '<', value: '2020-01-01 01:00:00' }, 1],
    ['pyiceberg-evolved', { column: 'id', op: '>', value: '99' }, 1],
  ] as const)('are pruned: %s by %o', async (name, condition, least) => {
    const all = (await plan(name)).tasks.length;

    const pruned = (await plan(name, [condition])).tasks.length;

    expect(pruned).toBeGreaterThanOrEqual(least);
    expect(pruned).toBeLessThan(all);
  });

  test('are never pruned of a file that holds a matching row', async () => {
    const conditions: readonly [string, ScanCondition, string][] = [
      ['trino-deletes', { column: 'day', op: '<', value: '1970-01-01' }, `day < date '1970-01-01'`],
      [
        'trino-deletes',
        { column: 'sold_at', op: '>=', value: '2012-01-01 00:00:00' },
        `sold_at >= timestamp '2012-01-01'`,
      ],
      ['trino-deletes', { column: 'country', op: '<>', value: 'DE' }, `country <> 'DE'`],
      [
        'trino-evolved',
        { column: 'id', op: 'in', values: ['1', '9007199254740993'] },
        'id in (1, 9007199254740993)',
      ],
      ['trino-evolved', { column: 'amount', op: '>', value: '1.49' }, 'amount > 1.49'],
      ['trino-evolved', { column: 'r', op: '<=', value: '1.5' }, 'r <= 1.5'],
      ['trino-evolved', { column: 'note', op: 'is null' }, 'note is null'],
      ['pyiceberg-evolved', { column: 'x', op: '<', value: '1' }, 'x < 1'],
      ['pyiceberg-evolved', { column: 'extra', op: '=', value: '5' }, 'extra = 5'],
      ['pyiceberg-evolved', { column: 'day', op: 'is null' }, 'day is null'],
      ['pyiceberg-evolved', { column: 'note', op: 'is null' }, 'note is null'],
    ];
    for (const [name, condition, where] of conditions) {
      const whole = await tableScanSql(lake.duckdb, await plan(name), localOf);
      const pruned = await tableScanSql(lake.duckdb, await plan(name, [condition]), localOf);

      const rows = await lake.query(`select count(*) as n from ${pruned} where ${where}`);

      expect({ name, where, rows }).toEqual({
        name,
        where,
        rows: await lake.query(`select count(*) as n from ${whole} where ${where}`),
      });
    }
  });
});
