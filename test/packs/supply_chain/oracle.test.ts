import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { expectTables } from '../../support/oracle/expect-tables.ts';
import { openPackHarness } from '../../support/pack-tables.ts';
import type { SqlHarness } from '../../support/sql-harness.ts';
import { computeSupplyChain, type OrderItemRow } from './oracle.ts';
import { days, orderItemOf, orderItemRows, toCells } from './oracle-rows.ts';

const packFolder = join(import.meta.dirname, '../../../sql/supply_chain');
let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('supply_chain');
});
afterAll(() => harness.close());

describe('every cell of the eight tables is what the specification says', () => {
  test('for order items full of corrections, returning states, ties and nulls, at any as_of', async () => {
    await fc.assert(
      fc.asyncProperty(orderItemRows(40), days, async (rows, asOf) => {
        await harness.putBronze('bronze_complete', rows.map(toCells));

        await harness.build(asOf);

        await expectTables(harness, computeSupplyChain(rows, asOf).tables);
      }),
      { numRuns: 12, endOnFailure: true },
    );
  });

  test('for the sample of real order items', async () => {
    const rows = await readSample();
    await harness.putBronze('bronze_complete', rows.map(toCells));
    const { tables, asOf } = computeSupplyChain(rows);

    await harness.build(asOf ?? undefined);

    expect(tables.silver_orders).toHaveLength(600);
    expect(tables.dim_products?.length).toBeGreaterThan(50);
    await expectTables(harness, tables);
  });

  test('for no row at all', async () => {
    await harness.putBronze('bronze_complete', []);

    await harness.build('2018-01-31');

    await expectTables(harness, computeSupplyChain([], '2018-01-31').tables);
  });
});

/** The sample's real records, read by DuckDB alone. */
async function readSample(): Promise<readonly OrderItemRow[]> {
  const file = '2018-01-31.csv';
  const path = join(packFolder, 'sample/orders', file);
  const loadId = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `from read_csv('${path}', header = true, all_varchar = true, encoding = 'latin-1')`,
  );
  const names = reader.columnNames().map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const rows = reader.getRows().map((cells, index) =>
    orderItemOf(
      Object.fromEntries(names.map((name, at) => [name, cells[at] === null ? '' : String(cells[at])])),
      {
        source_file: file,
        source_modified_at: '2026-01-01 00:00:00.000000',
        source_line: BigInt(index + 2),
        load_id: loadId,
      },
    ),
  );
  connection.closeSync();
  instance.closeSync();
  return rows;
}
