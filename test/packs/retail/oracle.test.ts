import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { expectTables } from '../../support/oracle/expect-tables.ts';
import { openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { SqlHarness } from '../../support/sql-harness.ts';
import { days, invoiceRows, toCells } from './invoice-rows.ts';
import { computeRetail, type InvoiceRow } from './oracle.ts';

const packFolder = join(import.meta.dirname, '../../../sql/retail');
let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('retail');
});
afterAll(() => harness.close());

describe('every cell of the seven tables is what the specification says', () => {
  test('for rows full of duplicates, ties, nulls and month ends, at any as_of', async () => {
    await fc.assert(
      fc.asyncProperty(invoiceRows(40), days, async (rows, asOf) => {
        await harness.putBronze('invoices', rows.map(toCells));

        await harness.build(asOf);

        await expectTables(harness, computeRetail(rows, asOf).tables);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  test('for the sample of real invoices', async () => {
    const rows = await readSample();
    await harness.putBronze('invoices', rows.map(toCells));
    const { tables, asOf } = computeRetail(rows);

    await harness.build(asOf ?? undefined);

    expect(tables.sales.length).toBeGreaterThan(1000);
    expect(tables.returns.length).toBeGreaterThan(10);
    await expectTables(harness, tables);
  });

  test('for no row at all', async () => {
    await harness.putBronze('invoices', []);

    await harness.build('2010-12-31');

    await expectTables(harness, computeRetail([], '2010-12-31').tables);
  });
});

test('rows of other months leave a month of invoice_lines as it was, so that it may be rebuilt by month', async () => {
  await fc.assert(
    fc.asyncProperty(invoiceRows(30), invoiceRows(8), async (earlier, later) => {
      const changed = new Set(later.map((row) => row.invoice_ts.slice(0, 7)));
      const added = later.map((row) => ({ ...row, source_line: row.source_line + 1000n }));
      const unchanged = async () => {
        const rows = await harness.read({ layer: 'silver', name: 'invoice_lines' });
        return sortRows(
          rows.filter((row) => !changed.has(String(row.invoice_date).slice(0, 7))),
          ['load_id', 'source_line'],
        );
      };

      await harness.putBronze('invoices', earlier.map(toCells));
      await harness.build();
      const before = await unchanged();
      await harness.putBronze('invoices', [...earlier, ...added].map(toCells));
      await harness.build();

      expect(await unchanged()).toEqual(before);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

/** The sample's well-formed records, read by DuckDB alone: one line each, ISO dates, `17850.0`. */
async function readSample(): Promise<readonly InvoiceRow[]> {
  const folder = join(packFolder, 'sample/invoices');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows: InvoiceRow[] = [];
  for (const file of (await readdir(folder)).filter((name) => /^\d{4}-\d\d-\d\d\.csv$/.test(name))) {
    const path = join(folder, file);
    const loadId = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const reader = await connection.runAndReadAll(
      `select *, row_number() over () + 1 from read_csv('${path}', header = true, all_varchar = true, parallel = false)`,
    );
    for (const [
      invoice,
      code,
      description,
      quantity,
      time,
      price,
      customer,
      country,
      line,
    ] of reader.getRows()) {
      rows.push({
        invoice_no: textOf(invoice),
        stock_code: String(code),
        description: textOf(description),
        quantity: BigInt(String(quantity)),
        invoice_ts: `${time}.000000`,
        unit_price: BigInt(Math.round(Number(price) * 10_000)),
        customer_id: customer === null ? null : BigInt(String(customer).replace('.0', '')),
        country: textOf(country),
        source_file: file,
        source_modified_at: '2026-01-01 00:00:00.000000',
        source_line: BigInt(String(line)),
        load_id: loadId,
      });
    }
  }
  connection.closeSync();
  instance.closeSync();
  return rows;
}

function textOf(value: unknown): string | null {
  return value === null ? null : String(value).trim() || null;
}
