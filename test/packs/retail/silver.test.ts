import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allFailedChecks, openPackHarness } from '../../support/pack-tables.ts';
import type { SqlHarness, TableRows } from '../../support/sql-harness.ts';
import { invoiceFile, invoiceRow, toCells } from './invoice-rows.ts';
import type { InvoiceRow } from './oracle.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('retail');
});
afterAll(() => harness.close());

async function build(rows: readonly InvoiceRow[]): Promise<void> {
  await harness.putBronze('invoices', rows.map(toCells));
  await harness.build();
}

const read = (name: string): Promise<TableRows> => harness.read({ layer: 'silver', name });

/** Where each line went: `sales`, or the reason. */
async function routes(): Promise<Readonly<Record<string, string>>> {
  const lines = await read('invoice_lines');
  return Object.fromEntries(
    lines.map((line) => [`${line.load_id}:${line.source_line}`, String(line.route_reason)]),
  );
}

describe('routing', () => {
  const cases: readonly (readonly [string, Partial<InvoiceRow>, string, string])[] = [
    ['a missing invoice number', { invoice_no: null, quantity: 0n }, 'excluded_lines', 'missing_invoice_no'],
    [
      'an invoice that starts with A',
      { invoice_no: 'A563185', quantity: -1n },
      'excluded_lines',
      'bad_debt_adjustment',
    ],
    ['an invoice that starts with a', { invoice_no: 'a563185' }, 'excluded_lines', 'bad_debt_adjustment'],
    [
      'a quantity of 0 before a cancellation',
      { invoice_no: 'C1', quantity: 0n },
      'excluded_lines',
      'zero_quantity',
    ],
    ['a cancelled product', { invoice_no: 'c536379', quantity: -1n }, 'returns', 'customer_return'],
    [
      'a cancelled charge',
      { invoice_no: 'C1', quantity: -1n, stock_code: 'post' },
      'returns',
      'charge_reversal',
    ],
    [
      'a cancelled voucher',
      { invoice_no: 'C1', quantity: -1n, stock_code: 'gift_0001_40' },
      'returns',
      'charge_reversal',
    ],
    [
      'a code that only looks like a voucher',
      { invoice_no: 'C1', quantity: -1n, stock_code: 'GIFTS' },
      'returns',
      'customer_return',
    ],
    ['a negative quantity elsewhere', { quantity: -1n, unit_price: 0n }, 'returns', 'stock_adjustment'],
    [
      'a cancellation of something positive',
      { invoice_no: 'C1' },
      'excluded_lines',
      'cancellation_positive_quantity',
    ],
    ['a negative price', { unit_price: -1n }, 'excluded_lines', 'negative_price'],
    ['a price of 0', { unit_price: 0n }, 'excluded_lines', 'zero_price'],
    ['the smallest sale', { quantity: 1n, unit_price: 1n }, 'sales', 'sale'],
    [
      'an invoice number that only Unicode folds to C',
      { invoice_no: 'ç1', quantity: -1n },
      'returns',
      'stock_adjustment',
    ],
  ];
  test.each(cases)('sends %s where it belongs', async (_name, cells, table, reason) => {
    await build([invoiceRow(cells)]);

    expect(await routes()).toEqual({ 'aa:2': reason });
    for (const name of ['sales', 'returns', 'excluded_lines']) {
      expect({ [name]: (await read(name)).length }).toEqual({ [name]: name === table ? 1 : 0 });
    }
  });
});

describe('duplicates', () => {
  test('are equal after normalisation, a null being equal to a null', async () => {
    await build(
      invoiceFile(
        { stock_code: '85123a', country: null, customer_id: null, description: null },
        { stock_code: '85123A', country: 'Unspecified', customer_id: null, description: null },
        { stock_code: '85123A', country: 'Unspecified', customer_id: null, description: 'A' },
      ),
    );

    expect(await routes()).toEqual({ 'aa:2': 'sale', 'aa:3': 'duplicate_line', 'aa:4': 'sale' });
  });

  test('keep letters beyond ASCII apart', async () => {
    await build(invoiceFile({ stock_code: 'Ü1' }, { stock_code: 'ü1' }));

    expect(await routes()).toEqual({ 'aa:2': 'sale', 'aa:3': 'sale' });
  });

  test('are told before any other rule', async () => {
    await build(invoiceFile({ quantity: 0n }, { quantity: 0n }));

    expect(await routes()).toEqual({ 'aa:2': 'zero_quantity', 'aa:3': 'duplicate_line' });
  });

  test('across loads keep the row of the file that sorts first, whichever came first', async () => {
    await build([
      invoiceRow({ source_file: 'b.csv', load_id: 'aa' }),
      invoiceRow({ source_file: 'a.csv', load_id: 'bb' }),
      invoiceRow({ source_file: 'B.csv', load_id: 'cc' }),
    ]);

    expect(await routes()).toEqual({ 'aa:2': 'duplicate_line', 'bb:2': 'duplicate_line', 'cc:2': 'sale' });
  });

  test('in a file overwritten under its name keep the row of the older version', async () => {
    await build([
      invoiceRow({ source_modified_at: '2026-01-02 00:00:00.000000', load_id: 'aa', source_line: 2n }),
      invoiceRow({ source_modified_at: '2026-01-01 00:00:00.000000', load_id: 'bb', source_line: 9n }),
    ]);

    expect(await routes()).toEqual({ 'aa:2': 'duplicate_line', 'bb:9': 'sale' });
  });
});

describe('sales and returns', () => {
  test('know the day, month, hour and weekday of the invoice', async () => {
    await build([invoiceRow({ invoice_ts: '2012-02-29 23:59:59.999999' })]);

    expect(await read('sales')).toMatchObject([
      {
        invoice_date: '2012-02-29',
        invoice_month: '2012-02-01',
        hour_of_day: '23',
        day_of_week: '3',
        day_name: 'Wednesday',
      },
    ]);
  });

  test('count Sunday as day 7', async () => {
    await build([invoiceRow({ invoice_ts: '2010-12-05 00:00:00.000000' })]);

    expect(await read('sales')).toMatchObject([{ hour_of_day: '0', day_of_week: '7', day_name: 'Sunday' }]);
  });

  test('multiply the greatest quantity and price exactly', async () => {
    await build([invoiceRow({ quantity: 1_000_000n, unit_price: 9_999_999_999n })]);

    expect(await read('sales')).toMatchObject([{ total_price: '999999999900.0000' }]);
  });

  test('call a line without customer a guest sale and keep it', async () => {
    await build([invoiceRow({ customer_id: null, country: null })]);

    expect(await read('sales')).toMatchObject([
      { is_guest: 'true', customer_id: null, country: 'Unspecified' },
    ]);
  });

  test('give a return its value with the sign turned', async () => {
    await build([invoiceRow({ invoice_no: 'C1', quantity: -3n, unit_price: 33_333n })]);

    expect(await read('returns')).toMatchObject([{ total_price: '-9.9999', return_value: '9.9999' }]);
  });
});

describe('checks', () => {
  const audit = (name: string) => harness.audit({ layer: 'silver', name });

  test('pass on rows of every kind', async () => {
    await build(
      invoiceFile(
        {},
        {},
        { customer_id: 1n, stock_code: 'X' },
        { invoice_no: 'C1', quantity: -1n },
        { quantity: 0n },
      ),
    );

    expect(await allFailedChecks(harness)).toEqual(['silver.invoice_lines RET-S5']);
  });

  test('RET-S1 and RET-S3 fail when bronze has a line that silver has not', async () => {
    await build([invoiceRow()]);
    await harness.putBronze('invoices', invoiceFile({}, { stock_code: 'Y' }).map(toCells));

    const results = await audit('sales');

    expect(results.get('RET-S1')).toMatchObject({ failed_rows: 1, observed: '1', expected: '2' });
    expect(results.get('RET-S3')).toMatchObject({ failed_rows: 1, observed: '15.3000', expected: '30.6000' });
  });

  test.each([
    [2, 3, 0],
    [3, 4, 3],
  ])('RET-S4 with %d guest lines and %d others finds %d', async (guests, others, failed) => {
    const lines = (count: number, cells: Partial<InvoiceRow>) => Array.from({ length: count }, () => cells);
    const mixed = [...lines(guests, { customer_id: null }), ...lines(others, {})];
    await build(invoiceFile(...mixed.map((cells, index) => ({ ...cells, stock_code: `S${index}` }))));

    expect((await audit('sales')).get('RET-S4')?.failed_rows).toBe(failed);
  });

  test('a load of returns alone passes: sales may be empty where nothing was sold', async () => {
    await build([invoiceRow({ invoice_no: 'C1', quantity: -1n })]);

    expect((await audit('sales')).get('C3')?.failed_rows).toBe(0);
  });
});
