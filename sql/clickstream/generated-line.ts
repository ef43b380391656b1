import { type Defect, plant, recordDefects, replaceField } from '../../core/generate/broken-records.ts';
import type { GeneratedRecord } from '../../core/generate/generator.ts';
import type { Random } from '../../core/generate/random.ts';

const COLUMNS = [
  'event_time',
  'event_type',
  'product_id',
  'category_id',
  'category_code',
  'brand',
  'price',
  'user_id',
  'user_session',
] as const;

function replaceColumn(
  reason: string,
  column: (typeof COLUMNS)[number],
  ...values: readonly string[]
): readonly Defect[] {
  return values.map((value) => replaceField(reason, column, COLUMNS.indexOf(column), value));
}

const DEFECTS: readonly Defect[] = [
  ...replaceColumn('missing_required', 'event_time', '', 'null'),
  ...replaceColumn('not_timestamp', 'event_time', '2019-10-32 00:00:00 UTC', '1.10.2019 00:00', '1569888000'),
  ...replaceColumn('out_of_range', 'event_time', '1899-12-31 23:59:59 UTC', '2100-01-01 00:00:00 UTC'),
  ...replaceColumn('missing_required', 'event_type', ''),
  ...replaceColumn('rule:CLK-B1', 'event_type', 'wishlist', 'viewed'),
  ...replaceColumn('missing_required', 'product_id', '', 'NaN'),
  ...replaceColumn('not_integer', 'product_id', 'SKU-1004856', '1004856.5'),
  ...replaceColumn('out_of_range', 'product_id', '0', '-1004856', '9223372036854775808'),
  // As a spreadsheet saves it.
  ...replaceColumn('not_integer', 'category_id', '2.05301355563188E+18'),
  ...replaceColumn('out_of_range', 'category_id', '20530135556318876550'),
  ...replaceColumn('missing_required', 'price', '', 'N/A'),
  ...replaceColumn('not_decimal', 'price', '$35.79', '"1,081.98"'),
  ...replaceColumn('out_of_range', 'price', '-35.79', '1000000.01'),
  ...replaceColumn('missing_required', 'user_id', '', 'None'),
  ...replaceColumn('not_integer', 'user_id', 'guest'),
  ...replaceColumn('out_of_range', 'user_id', '0', '-541312140'),
  ...recordDefects(COLUMNS.indexOf('brand')),
];

/** What the end of a file cut off within a record may be. */
const CUTS: readonly Defect[] = [
  { reason: 'ragged_row', columnName: null, breakFields: (fields) => fields.slice(0, 6) },
  {
    reason: 'unterminated_quote',
    columnName: null,
    breakFields: (fields) => fields.with(5, '"lg').slice(0, 6),
  },
];

/** Breaks records: each defect has its turn before one comes again. */
export type Breaker = {
  /** The record with one error, and the reason with which it must end in quarantine. */
  breakRecord(text: string): GeneratedRecord;
  /** What is left of the record where the file was cut off. */
  cutRecord(text: string): GeneratedRecord;
};

export function openBreaker(random: Random): Breaker {
  let turn = random.integer(0, DEFECTS.length - 1);
  let cut = random.integer(0, CUTS.length - 1);
  return {
    breakRecord(text) {
      turn = (turn + 1) % DEFECTS.length;
      return plant(DEFECTS[turn]!, splitRecord(text));
    },
    cutRecord(text) {
      cut = (cut + 1) % CUTS.length;
      return plant(CUTS[cut]!, splitRecord(text), '');
    },
  };
}

/** Good records have no quotes. */
function splitRecord(text: string): readonly string[] {
  return text.trimEnd().split(',');
}
