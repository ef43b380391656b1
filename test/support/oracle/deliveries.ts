import * as fc from 'fast-check';
import type { SourcePlace } from './rows.ts';

/** One of the values; few of them make rows meet each other. */
export function some<Value>(...values: readonly Value[]): fc.Arbitrary<Value> {
  return fc.constantFrom(...values);
}

/** One of the times of day on one of the days. */
export function someTime(days: fc.Arbitrary<string>, ...times: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(days, some(...times)).map(([day, time]) => `${day} ${time}`);
}

/** Deliveries: `a.csv` is overwritten, `ä.csv` sorts behind every ASCII name. */
const loads: readonly Omit<SourcePlace, 'source_line'>[] = [
  { source_file: 'a.csv', source_modified_at: '2026-01-01 00:00:00.000000', load_id: 'cc' },
  { source_file: 'a.csv', source_modified_at: '2026-01-02 00:00:00.000000', load_id: 'bb' },
  { source_file: 'B.csv', source_modified_at: '2026-01-01 00:00:00.000000', load_id: 'aa' },
  { source_file: 'ä.csv', source_modified_at: '2026-01-01 00:00:00.000000', load_id: 'dd' },
];

/** So many rows at most, each on a line of its own in one of four deliveries. */
export function delivered<Row>(
  row: fc.Arbitrary<Row>,
  maximum: number,
): fc.Arbitrary<readonly (Row & SourcePlace)[]> {
  return fc
    .array(fc.tuple(row, some(...loads)), { maxLength: maximum })
    .map((rows) =>
      rows.map(([cells, load], index) => ({ ...cells, ...load, source_line: BigInt(index + 2) })),
    );
}
