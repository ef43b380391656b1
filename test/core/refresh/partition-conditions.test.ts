import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { PartitionTerm, ScalarType } from '../../../core/contract/contract.ts';
import {
  anyPartition,
  divide,
  type PartitionedColumn,
  type PartitionTuple,
  partitionCondition,
  partitionTextOf,
  surveyExpression,
} from '../../../core/refresh/partition-conditions.ts';

const column = (
  transform: PartitionTerm['transform'],
  type: ScalarType,
  argument?: number,
): PartitionedColumn => ({
  term: { transform, column: 'value', ...(argument === undefined ? {} : { argument }) },
  type,
});

/** A column, its values as DuckDB literals, and the partitions that Iceberg would have, as text. */
const cases: readonly {
  readonly name: string;
  readonly column: PartitionedColumn;
  readonly type: string;
  readonly values: readonly string[];
  readonly partitions: readonly (string | null)[];
}[] = [
  {
    name: 'text, with quotes, empty and null',
    column: column('identity', { kind: 'varchar' }),
    type: 'varchar',
    values: ["'Réunion'", "'Cote d''Ivoire'", "''", "' a '", "'a/b=c%20'", 'null'],
    partitions: ['', ' a ', "Cote d'Ivoire", 'Réunion', 'a/b=c%20', null],
  },
  {
    name: 'months of dates over a year end, with null',
    column: column('month', { kind: 'date' }),
    type: 'date',
    values: ["'2010-12-31'", "'2010-12-01'", "'2011-01-01'", "'1969-12-31'", 'null'],
    partitions: ['1969-12', '2010-12', '2011-01', null],
  },
  {
    name: 'months of timestamps to the last microsecond',
    column: column('month', { kind: 'timestamp' }),
    type: 'timestamp',
    values: ["'2011-01-31 23:59:59.999999'", "'2011-02-01 00:00:00'"],
    partitions: ['2011-01', '2011-02'],
  },
  {
    name: 'years',
    column: column('year', { kind: 'date' }),
    type: 'date',
    values: ["'1999-12-31'", "'2000-01-01'"],
    partitions: ['1999', '2000'],
  },
  {
    name: 'days of timestamps',
    column: column('day', { kind: 'timestamp' }),
    type: 'timestamp',
    values: ["'2012-02-28 23:59:59.999999'", "'2012-02-29 12:00:00'", "'2012-03-01 00:00:00'"],
    partitions: ['2012-02-28', '2012-02-29', '2012-03-01'],
  },
  {
    name: 'hours',
    column: column('hour', { kind: 'timestamp' }),
    type: 'timestamp',
    values: ["'2011-12-31 23:59:59.999999'", "'2012-01-01 00:00:00'"],
    partitions: ['2011-12-31-23', '2012-01-01-00'],
  },
  {
    name: 'numbers and decimals',
    column: column('identity', { kind: 'decimal', precision: 18, scale: 2 }),
    type: 'decimal(18, 2)',
    values: ['-1.50', '0', '12345678901234.56'],
    partitions: ['-1.50', '0.00', '12345678901234.56'],
  },
  {
    name: 'the first characters of text',
    column: column('truncate', { kind: 'varchar' }, 2),
    type: 'varchar',
    values: ["'äöü'", "'äö'", "'b'", "''"],
    partitions: ['', 'b', 'äö'],
  },
];

describe('partitions in SQL', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(':memory:')).connect();
  });
  afterAll(() => connection.closeSync());

  const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();

  test.each(cases)('a survey finds the partitions of $name', async (given) => {
    const source = `(select unnest([${given.values.join(', ')}])::${given.type} as value)`;

    const rows = await rowsOf(
      `select distinct (${surveyExpression(given.column)})::varchar as p from ${source} order by p nulls last`,
    );

    const found = rows.map(([value]) => partitionTextOf(given.column, value as string | null));
    expect(found).toEqual(given.partitions);
  });

  test.each(cases)('each row is in exactly one partition of $name', async (given) => {
    const source = `(select unnest([${given.values.join(', ')}])::${given.type} as value)`;
    const hits = given.partitions
      .map((value) => `(case when ${partitionCondition(given.column, value)} then 1 else 0 end)`)
      .join(' + ');

    const rows = await rowsOf(`select distinct ${hits} from ${source}`);

    expect(rows).toEqual([[1]]);
  });

  test('has no condition for a bucket, whose hash SQL cannot compute', () => {
    const bucket = column('bucket', { kind: 'bigint' }, 16);

    expect(surveyExpression(bucket)).toBeUndefined();
    expect(anyPartition([bucket], [['3']])).toBeUndefined();
  });

  test('tells partitions of two columns apart', () => {
    const columns = [
      { term: { transform: 'month', column: 'day' }, type: { kind: 'date' } },
      { term: { transform: 'identity', column: 'country' }, type: { kind: 'varchar' } },
    ] as const;

    expect(anyPartition(columns, [['2011-12', null]])).toBe(
      '(("day" >= date \'2011-12-01\' and "day" < date \'2012-01-01\') and "country" is null)',
    );
  });

  test('divides 250 partitions into three statements of at most 100', () => {
    const tuples: PartitionTuple[] = Array.from({ length: 250 }, (_, index) => [String(index)]);

    const groups = divide(tuples);

    expect(groups.map((group) => group.length)).toEqual([100, 100, 50]);
    expect(groups.flat()).toEqual(tuples);
  });
});
