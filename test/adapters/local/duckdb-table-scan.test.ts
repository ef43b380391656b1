import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tableScanSql } from '../../../adapters/local/duckdb-table-scan.ts';
import { localPathOf, locationOf } from '../../../adapters/local/folder-store.ts';
import { commitSnapshot } from '../../../core/iceberg/commit.ts';
import type { DataFile } from '../../../core/iceberg/data-file.ts';
import { planScan } from '../../../core/iceberg/scan.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import { openTestLake, type TestLake } from '../../core/iceberg/local-tables.ts';

const id = { database: 'shop_silver', table: 'sales' };

describe('scans on DuckDB', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openTestLake();
  });
  afterEach(() => lake.close());

  const append = async (add: readonly DataFile[]) =>
    commitSnapshot(lake.io, id, async () => ({ operation: 'append', add }));

  test("read columns that are named as DuckDB's own, in folders named as patterns", async () => {
    const columns = ['filename', 'file_row_number', 'Order "no"', 'part=1'].map((name) => ({
      name,
      type: { kind: 'bigint' } as const,
    }));
    const location = locationOf(`${lake.folder}/[ab]*?/key=1/sales`);
    const table = await lake.create(id, columns, [], location);
    await append(
      await lake.write(
        table,
        'select 1 as filename, 2 as file_row_number, 3 as "Order ""no""", 4 as "part=1"',
      ),
    );

    expect(await lake.rows(id)).toEqual([
      { filename: '1', file_row_number: '2', 'Order "no"': '3', 'part=1': '4' },
    ]);
  });

  test('read an empty table with its columns', async () => {
    const table = await lake.create(id, [
      { name: 'price', type: { kind: 'decimal', precision: 18, scale: 2 } },
    ]);
    const sql = await tableScanSql(lake.duckdb, await planScan(lake.io, table), localPathOf);

    expect(await lake.query(`select column_name, column_type from (describe select * from ${sql})`)).toEqual([
      { column_name: 'price', column_type: 'DECIMAL(18,2)' },
    ]);
    expect(await lake.query(`select * from ${sql}`)).toEqual([]);
  });

  test('refuse a file without field ids where no name mapping says what its columns are', async () => {
    await lake.create(id, [{ name: 'n', type: { kind: 'bigint' } }]);
    const path = `${lake.folder}/plain.parquet`;
    await lake.query(`copy (select 1::bigint as n) to '${path}'`);
    await append([
      {
        content: 'data',
        path: locationOf(path),
        format: 'PARQUET',
        specId: 0,
        partition: [],
        recordCount: 1n,
        fileSizeInBytes: 1n,
      },
    ]);

    await expect(lake.rows(id)).rejects.toThrow(
      'the file has no field ids and the table no schema.name-mapping.default',
    );
  });

  test('refuse equality deletes and formats other than Parquet', async () => {
    const table = await lake.create(id, [{ name: 'n', type: { kind: 'bigint' } }]);
    const [file] = await lake.write(table, 'select 1 as n');
    await append([{ ...file!, format: 'ORC' }]);

    await expect(planScan(lake.io, (await loadTable(lake.io, id))!)).rejects.toThrow(
      'format ORC is not supported',
    );
  });

  test('refuse a snapshot that is not known', async () => {
    const table = await lake.create(id, [{ name: 'n', type: { kind: 'bigint' } }]);

    await expect(planScan(lake.io, table, { snapshotId: 7n })).rejects.toThrow('no snapshot 7');
  });

  test('leave out files by condition and refuse a value of another type', async () => {
    const table = await lake.create(id, [{ name: 'n', type: { kind: 'bigint' } }]);
    for (const n of [1, 2, 3]) await append(await lake.write(table, `select ${n} as n`));
    const now = (await loadTable(lake.io, id))!;
    const tasks = async (value: string) =>
      (await planScan(lake.io, now, { filter: [{ column: 'n', op: '>=', value }] })).tasks.length;

    expect([await tasks('1'), await tasks('3'), await tasks('4')]).toEqual([3, 1, 0]);
    await expect(tasks('x')).rejects.toThrow('column n: "x" is no value of type long');
  });
});
