import type { GeneratedRecord } from '../../core/generate/generator.ts';
import type { Random } from '../../core/generate/random.ts';

/** An invoice line before it is written. */
export type Line = {
  readonly invoiceNo: string;
  readonly stockCode: string;
  readonly description: string;
  readonly quantity: number;
  readonly at: string;
  /** In thousandths: the real prices have up to three decimals. */
  readonly price: number;
  readonly customer: number | null;
  readonly country: string;
};

/** The line as a CSV record, in the formats of the data set. */
export function formatLine(line: Line): string {
  return `${formatFields(line).join(',')}\n`;
}

function formatFields(line: Line): string[] {
  return [
    line.invoiceNo,
    line.stockCode,
    quoteField(line.description),
    String(line.quantity),
    line.at,
    formatPrice(line.price),
    line.customer === null ? '' : `${line.customer}.0`,
    line.country,
  ];
}

function quoteField(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** As the data set prints prices: at least one decimal and no more than needed. */
function formatPrice(thousandths: number): string {
  const text = (thousandths / 1000).toString();
  return text.includes('.') ? text : `${text}.0`;
}

type Defect = {
  readonly reason: string;
  /** Column of the contract, and its place in the record; null for defects of the whole record. */
  readonly column: readonly [string, number] | null;
  readonly breakFields: (fields: readonly string[]) => string;
};

function replaceField(reason: string, column: readonly [string, number], value: string): Defect {
  return { reason, column, breakFields: (fields) => fields.with(column[1], value).join(',') };
}

const DEFECTS: readonly Defect[] = [
  replaceField('missing_required', ['stock_code', 1], ''),
  replaceField('not_integer', ['quantity', 3], 'six'),
  replaceField('not_integer', ['quantity', 3], '1.5'),
  replaceField('out_of_range', ['quantity', 3], '20000000'),
  replaceField('not_timestamp', ['invoice_ts', 4], '31/12/2010 08:26'),
  replaceField('missing_required', ['unit_price', 5], 'n/a'),
  replaceField('not_decimal', ['unit_price', 5], '£2.55'),
  replaceField('not_integer', ['customer_id', 6], 'unknown'),
  { reason: 'ragged_row', column: null, breakFields: (fields) => [...fields, 'extra'].join(',') },
  { reason: 'ragged_row', column: null, breakFields: (fields) => fields.slice(0, 5).join(',') },
  { reason: 'bad_quote', column: null, breakFields: (fields) => fields.with(2, '"TEA" FOR ONE').join(',') },
];

/** The line with one error, and the reason with which it must end in quarantine. */
export function breakLine(dirt: Random, line: Line): GeneratedRecord {
  const defect = dirt.pick(DEFECTS);
  return {
    text: `${defect.breakFields(formatFields(line))}\n`,
    planted: { reason: defect.reason, columnName: defect.column?.[0] ?? null },
  };
}
