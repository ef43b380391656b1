import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PartitionTerm } from '../../../core/contract/contract.ts';
import { commitSnapshot } from '../../../core/iceberg/commit.ts';
import type { ColumnDefinition } from '../../../core/iceberg/schema.ts';
import { decodeValue } from '../../../core/iceberg/single-value.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import { openTestLake, type TestLake } from './local-tables.ts';

const id = { database: 'shop_bronze', table: 'sales' };

describe('data files', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openTestLake();
  });
  afterEach(() => lake.close());

  const write = async (
    columns: readonly ColumnDefinition[],
    select: string,
    terms: readonly PartitionTerm[] = [],
  ) => {
    const table = await lake.create(id, columns, terms);
    return lake.write(table, select);
  };
  const varchar = { name: 's', type: { kind: 'varchar' } } as const;
  const text = (bytes: Uint8Array | undefined) => bytes && decodeValue({ kind: 'string' }, bytes);

  test('carry counts, sizes and bounds of every type', async () => {
    const columns: readonly ColumnDefinition[] = [
      { name: 'id', type: { kind: 'bigint' } },
      { name: 'price', type: { kind: 'decimal', precision: 38, scale: 4 } },
      { name: 'day', type: { kind: 'date' } },
      { name: 'at', type: { kind: 'timestamp' } },
      { name: 'quoted "name"', type: { kind: 'boolean' } },
    ];

    const [file] = await write(
      columns,
      `select 9223372036854775807 as id, 1234567890123456789012345678901234.5678::decimal(38, 4) as price,
         date '1969-12-31' as day, timestamp '1969-12-31 23:59:59.999999' as at, true as "quoted ""name"""
       union all select null, null, null, null, null`,
    );

    expect(file!.recordCount).toBe(2n);
    expect(file!.nullValueCounts).toEqual(new Map([1, 2, 3, 4, 5].map((field) => [field, 1n])));
    const bound = (field: number, type: Parameters<typeof decodeValue>[0]) =>
      decodeValue(type, file!.upperBounds!.get(field)!);
    expect(bound(1, { kind: 'long' })).toBe(9223372036854775807n);
    expect(bound(2, { kind: 'decimal', precision: 38, scale: 4 })).toBe(
      12345678901234567890123456789012345678n,
    );
    expect(bound(3, { kind: 'date' })).toBe(-1);
    expect(bound(4, { kind: 'timestamp' })).toBe(-1n);
    expect(bound(5, { kind: 'boolean' })).toBe(true);
  });

  test('have partitions of any text, however long', async () => {
    const texts = [
      'short',
      'x'.repeat(64),
      'x'.repeat(65),
      `${'x'.repeat(3000)}/é`,
      '\u{6771}\u{1f600}'.repeat(200),
      'it\'s / a "name"%20='.repeat(20),
    ];
    const rows = [...texts, null].map((value) =>
      value === null ? '(null)' : `('${value.replaceAll("'", "''")}')`,
    );
    const select = `select * from (values ${rows.join(', ')}, ${rows.join(', ')}) as t (s)`;

    const whole = await write([varchar], select, [{ transform: 'identity', column: 's' }]);

    expect(new Set(whole.map(({ partition }) => partition[0]))).toEqual(new Set([...texts, null]));
    expect(whole.map(({ recordCount }) => recordCount)).toEqual([...texts, null].map(() => 2n));
  });

  test('have partitions of the first so many characters of a text, however many', async () => {
    const long = '\u{6771}'.repeat(150);

    const files = await write(
      [varchar],
      `select unnest(['${long}a', '${long}b', '${long.slice(1)}', null]) as s`,
      [{ transform: 'truncate', argument: 150, column: 's' }],
    );

    expect(new Set(files.map(({ partition }) => partition[0]))).toEqual(new Set([long, long.slice(1), null]));
    expect(files).toHaveLength(3);
  });

  test('have text bounds that enclose long text of wide characters', async () => {
    const [file] = await write([varchar], `select repeat('é€𝄞', 20) as s union all select repeat('a', 100)`);

    const lower = text(file!.lowerBounds!.get(1)) as string;
    const upper = text(file!.upperBounds!.get(1)) as string;
    expect(lower).toBe('a'.repeat(16));
    expect(upper.slice(0, 2)).toBe('é€');
    expect(Buffer.compare(Buffer.from(upper), Buffer.from('é€𝄞'.repeat(20)))).toBe(1);
  });

  test('have no bounds for a column that may hold NaN, and both signs of zero in the others', async () => {
    const columns: readonly ColumnDefinition[] = [
      { name: 'x', type: { kind: 'double' } },
      { name: 'y', type: { kind: 'double' } },
    ];

    const [file] = await write(
      columns,
      `select unnest(['nan'::double, 1]) as x, unnest([0.0::double, -0.0::double]) as y`,
    );

    expect([file!.lowerBounds!.has(1), file!.upperBounds!.has(1), file!.nanValueCounts!.has(1)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(decodeValue({ kind: 'double' }, file!.lowerBounds!.get(2)!)).toBe(-0);
    expect(decodeValue({ kind: 'double' }, file!.upperBounds!.get(2)!)).toBe(0);
  });

  test('are split by partition values, whatever characters they hold', async () => {
    const values = ['a/b', 'a=b', '%2F', '__HIVE_DEFAULT_PARTITION__', '', ' ', 'é\n"\'', null];
    const list = values
      .map((value) => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`))
      .join(', ');

    const files = await write([varchar], `select unnest([${list}]) as s`, [
      { transform: 'identity', column: 's' },
    ]);

    expect(new Set(files.map((file) => file.partition[0]))).toEqual(new Set(values));
    await commitSnapshot(lake.io, id, async () => ({ operation: 'append', add: files }));
    expect(new Set((await lake.rows(id)).map((row) => (row as { s: string | null }).s))).toEqual(
      new Set(values),
    );
  });

  test('have the partition values of Iceberg, also before 1970 and below zero', async () => {
    const columns: readonly ColumnDefinition[] = [
      { name: 'at', type: { kind: 'timestamp' } },
      { name: 'zoned', type: { kind: 'timestamptz' } },
      { name: 'day', type: { kind: 'date' } },
      { name: 'n', type: { kind: 'integer' } },
      { name: 'price', type: { kind: 'decimal', precision: 9, scale: 2 } },
    ];
    await lake.query(`set timezone = 'America/New_York'`);

    const [file] = await write(
      columns,
      `select timestamp '1969-12-31 23:30:00' as at, timestamptz '1970-01-01 00:30:00+00' as zoned,
         date '1969-12-31' as day, -1 as n, -0.05 as price`,
      [
        { transform: 'hour', column: 'at' },
        { transform: 'day', column: 'zoned' },
        { transform: 'month', column: 'day' },
        { transform: 'year', column: 'at' },
        { transform: 'truncate', column: 'n', argument: 10 },
        { transform: 'truncate', column: 'price', argument: 50 },
        { transform: 'identity', column: 'at' },
        { transform: 'identity', column: 'zoned' },
        { transform: 'identity', column: 'price' },
      ],
    );

    expect(file!.partition).toEqual([-1, 0, -1, -1, -10, -50n, -1_800_000_000n, 1_800_000_000n, -5n]);
    expect(decodeValue({ kind: 'timestamptz' }, file!.lowerBounds!.get(2)!)).toBe(1_800_000_000n);
  });

  test('are as many as there are partitions, and leave no scratch behind', async () => {
    const files = await write(
      [{ name: 'n', type: { kind: 'integer' } }],
      'select (x % 250)::int as n from range(20000) t(x)',
      [{ transform: 'identity', column: 'n' }],
    );

    expect(new Set(files.map((file) => file.partition[0])).size).toBe(250);
    expect(files.reduce((sum, file) => sum + file.recordCount, 0n)).toBe(20_000n);
    expect(readdirSync(join(lake.folder, 'scratch'))).toEqual([]);
  });

  test('are none for no rows', async () => {
    expect(await write([varchar], `select 'x' as s where false`)).toEqual([]);
    expect(await lake.write((await loadTable(lake.io, id))!, `select 'x' as s where false`)).toEqual([]);
  });

  test('are not written into buckets, whose hash DuckDB does not have', async () => {
    const bucket = [{ transform: 'bucket', column: 's', argument: 4 }] as const;

    await expect(write([varchar], `select 'x' as s`, bucket)).rejects.toThrow(
      'writing bucket[4] is not supported',
    );
  });
});
