import * as fc from 'fast-check';
import { decimal } from '../../support/oracle/decimals.ts';
import { delivered, some, someTime } from '../../support/oracle/deliveries.ts';
import type { Cell } from '../../support/sql-harness.ts';
import type { InvoiceRow } from './oracle.ts';

/** A sold line, with the given cells in place of its own. */
export function invoiceRow(cells: Partial<InvoiceRow> = {}): InvoiceRow {
  return {
    invoice_no: '536365',
    stock_code: '85123A',
    description: 'WHITE HANGING HEART',
    quantity: 6n,
    invoice_ts: '2010-12-01 08:26:00.000000',
    unit_price: 25500n,
    customer_id: 17850n,
    country: 'United Kingdom',
    source_file: 'a.csv',
    source_modified_at: '2026-01-01 00:00:00.000000',
    source_line: 2n,
    load_id: 'aa',
    ...cells,
  };
}

/** Rows of one file: each gets the next line. */
export function invoiceFile(...rows: readonly Partial<InvoiceRow>[]): readonly InvoiceRow[] {
  return rows.map((cells, index) => invoiceRow({ source_line: BigInt(index + 2), ...cells }));
}

/** The row as text, the form that the harness takes. */
export function toCells(row: InvoiceRow): Readonly<Record<string, Cell>> {
  return {
    ...row,
    quantity: String(row.quantity),
    unit_price: decimal(row.unit_price, 4),
    customer_id: row.customer_id === null ? null : String(row.customer_id),
    source_line: String(row.source_line),
  };
}

/** Days at the ends of months, weeks and leap years. */
export const days = some(
  '2010-11-30',
  '2010-12-01',
  '2010-12-06',
  '2010-12-07',
  '2010-12-08',
  '2010-12-31',
  '2011-01-01',
  '2011-02-28',
  '2012-02-29',
  '2012-03-01',
);

/** Rows that meet each other: few values, so that duplicates, ties and equal customers are common. */
export function invoiceRows(maximum: number, largeValues = true): fc.Arbitrary<readonly InvoiceRow[]> {
  const row = fc.record({
    invoice_no: some(
      null,
      '536365',
      '536366',
      '536367',
      'C536379',
      'c536379',
      'C2',
      'A563185',
      'a563186',
      'Ç1',
      'ſ1',
    ),
    stock_code: some(
      '85123a',
      '85123A',
      '71053',
      '71053',
      'z9',
      'Ü1',
      'ü1',
      'post',
      'POST',
      'M',
      'GIFT_0001',
      'gift_2',
      'GIFT1',
      'C2',
      'BANK CHARGES',
    ),
    description: some(null, 'HEART', 'heart', 'ÄRM', '～', '😀', 'LANTERN'),
    quantity: largeValues
      ? some(-1000000n, -3n, -1n, 0n, 1n, 2n, 2n, 7n, 7n, 1000000n)
      : some(-3n, -1n, 0n, 1n, 2n, 7n),
    invoice_ts: someTime(days, '00:00:00.000000', '08:26:00.000000', '23:59:59.999999'),
    unit_price: largeValues
      ? some(-110623500n, 0n, 1n, 25500n, 25500n, 33333n, 12345n, 10000000000n)
      : some(-110623500n, 0n, 1n, 25500n, 33333n, 12345n),
    customer_id: some(null, null, 1n, 2n, 3n, 17850n, 9223372036854775807n),
    country: some(null, 'Unspecified', 'United Kingdom', 'EIRE'),
  });
  return delivered(row, maximum);
}
