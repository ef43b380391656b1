import * as fc from 'fast-check';
import { decimal } from '../../support/oracle/decimals.ts';
import { delivered, some, someTime } from '../../support/oracle/deliveries.ts';
import type { Cell } from '../../support/sql-harness.ts';
import type { EventRow } from './oracle.ts';

/** The row as text, the form that the harness takes. */
export function toCells(row: EventRow): Readonly<Record<string, Cell>> {
  return {
    ...row,
    product_id: String(row.product_id),
    category_id: row.category_id === null ? null : String(row.category_id),
    price: decimal(row.price, 2),
    user_id: String(row.user_id),
    source_line: String(row.source_line),
  };
}

/** Days at the ends of months and leap years, and far enough apart for every churn status. */
export const days = some(
  '2019-10-31',
  '2019-11-01',
  '2019-11-02',
  '2019-11-14',
  '2019-11-15',
  '2019-12-01',
  '2019-12-31',
  '2020-02-29',
  '2020-03-01',
);

/** Rows that meet each other: few values, so that copies, ties, shared sessions and sessions over midnight are common. */
export function eventRows(maximum: number): fc.Arbitrary<readonly EventRow[]> {
  const row = fc.record({
    event_time: someTime(
      days,
      '00:00:00.000000',
      '00:00:00.000001',
      '09:15:00.000000',
      '09:59:59.999999',
      '10:00:00.500000',
      '23:59:59.999999',
    ),
    event_type: some<EventRow['event_type']>(
      'view',
      'view',
      'cart',
      'remove_from_cart',
      'purchase',
      'purchase',
    ),
    product_id: some(1n, 2n, 10n, 9223372036854775807n),
    category_id: some(null, 2053013555631882655n, 2053013555631882656n),
    category_code: some(
      null,
      'electronics.smartphone',
      'Electronics.Audio.Headphone',
      'apparel',
      'unknown',
      '.odd',
    ),
    brand: some(null, 'samsung', 'Samsung', 'ähnlich', 'Ähnlich', 'unknown', '～', '😀'),
    price: some(0n, 1n, 999n, 999n, 12345n, 100000000n),
    user_id: some(1n, 2n, 10n, 513903572n),
    user_session: some(null, 's1', 's1', 's2', 'S2'),
  });
  return delivered(row, maximum);
}
