import { type Defect, recordDefects, replaceField } from '../../core/generate/broken-records.ts';
import { quoteField } from '../../core/generate/csv-text.ts';

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

export const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';

/** The fields of a line, in the formats of the data set. */
export function formatLine(line: Line): readonly string[] {
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

/** As the data set prints prices: at least one decimal and no more than needed. */
function formatPrice(thousandths: number): string {
  const text = (thousandths / 1000).toString();
  return text.includes('.') ? text : `${text}.0`;
}

/** Each way in which the contract rejects a record. */
export const DEFECTS: readonly Defect[] = [
  replaceField('missing_required', 'stock_code', 1, ''),
  replaceField('missing_required', 'quantity', 3, 'NULL'),
  replaceField('not_integer', 'quantity', 3, 'six'),
  replaceField('not_integer', 'quantity', 3, '1.5'),
  replaceField('out_of_range', 'quantity', 3, '20000000'),
  replaceField('missing_required', 'invoice_ts', 4, ''),
  replaceField('not_timestamp', 'invoice_ts', 4, '31/12/2010 08:26'),
  replaceField('missing_required', 'unit_price', 5, 'n/a'),
  replaceField('not_decimal', 'unit_price', 5, '£2.55'),
  replaceField('out_of_range', 'unit_price', 5, '-1000000.01'),
  replaceField('not_integer', 'customer_id', 6, 'unknown'),
  replaceField('out_of_range', 'customer_id', 6, '0.0'),
  ...recordDefects(2),
];
