import type { QueryResult } from '../core/ports/query-engine.ts';
import { formatTable, isNumeric } from './text-table.ts';

/** A query's rows as an aligned table. */
export function formatResultTable(result: QueryResult, width: number | undefined): readonly string[] {
  return formatTable(
    result.columns.map(({ name, type }) => ({ title: name, align: isNumeric(type) ? 'right' : 'left' })),
    result.rows,
    { width },
  );
}

/** A query's rows as CSV: NULL is an empty field, the empty text `""`. */
export function formatResultCsv(result: QueryResult): readonly string[] {
  return [
    result.columns.map(({ name }) => quote(name)).join(','),
    ...result.rows.map((row) => row.map((value) => (value === null ? '' : quote(value))).join(',')),
  ];
}

/** A query's rows as a JSON array, an object a row, a row a line. Numbers keep every digit. */
export function formatResultJson(result: QueryResult): readonly string[] {
  const names = result.columns.map(({ name }) => JSON.stringify(name));
  const isBare = result.columns.map(({ type }) => isNumeric(type) || type === 'boolean');
  const rows = result.rows.map((row) => {
    const fields = row.map((value, index) => `${names[index]}: ${formatValue(value, isBare[index]!)}`);
    return `  {${fields.join(', ')}}`;
  });
  return ['[', ...rows.map((row, index) => (index < rows.length - 1 ? `${row},` : row)), ']'];
}

function formatValue(value: string | null, isBare: boolean): string {
  if (value === null) {
    return 'null';
  }
  // NaN and Infinity of a double are no JSON numbers.
  return isBare && /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false)$/.test(value) ? value : JSON.stringify(value);
}

function quote(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
