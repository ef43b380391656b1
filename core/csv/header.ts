import type { BronzeColumn, BronzeContract } from '../contract/contract.ts';
import { CsvFileError } from './csv-file-error.ts';
import { fieldText, newScannedRecord, scanRecord } from './scan-record.ts';

/** What the header of one file says. */
export type CsvHeader = {
  /** The delimiter's byte. */
  readonly delimiter: number;
  /** Fields that every record must have. */
  readonly fieldCount: number;
  /** For each column of the contract the field that feeds it, from 0; undefined if the header has none. */
  readonly fields: readonly (number | undefined)[];
  /** Names of cells that feed no column, as they stand. */
  readonly extra: readonly string[];
  /** Where the first record after the header begins. */
  readonly end: number;
  /** Physical lines up to there. */
  readonly lines: number;
};

const delimiters = [',', ';', '\t', '|'];
const whitespaceAtEnds = /^[\t-\r ]+|[\t-\r ]+$/g;

/** Removes ASCII whitespace (9-13, 32) from both ends. */
export function trimAscii(text: string): string {
  return text.replace(whitespaceAtEnds, '');
}

/** What is compared of a header cell: `Customer ID`, `CustomerID` and `customer_id` are the same. */
export function foldHeaderCell(cell: string): string {
  return cell.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/**
 * Finds header, delimiter and columns at `start` of the file's first bytes. Returns undefined if the header may go on
 * behind these bytes (`isLast` is false).
 * @throws CsvFileError `empty_file`, `missing_column`, `duplicate_header`
 */
export function readHeader(
  bytes: Buffer,
  start: number,
  isLast: boolean,
  contract: BronzeContract,
): CsvHeader | undefined {
  let fewestMissing: readonly string[] | undefined;
  for (const delimiter of delimiters) {
    const found = firstRecord(bytes, start, isLast, delimiter.charCodeAt(0));
    if (found === undefined) return undefined;
    if (found === 'none') throw new CsvFileError('empty_file', 'the file has no record, expected a header');
    const { cells, end, lines } = found;
    const folded = cells.map(foldHeaderCell);
    const fields = contract.columns.map((column) => findField(column, folded));
    const missing = contract.columns.filter(
      (column, index) => fields[index] === undefined && (contract.header === 'all' || column.required),
    );
    if (missing.length > 0 || found.isBroken) {
      const names = found.isBroken
        ? contract.columns.map(({ name }) => name)
        : missing.map(({ name }) => name);
      if (fewestMissing === undefined || names.length < fewestMissing.length) fewestMissing = names;
      continue;
    }
    checkDuplicates(contract.columns, folded);
    const used = new Set(fields);
    return {
      delimiter: delimiter.charCodeAt(0),
      fieldCount: cells.length,
      fields,
      extra: cells.filter((_, index) => !used.has(index)),
      end,
      lines,
    };
  }
  // The cells are left out: a file without a header has personal data there.
  throw new CsvFileError(
    'missing_column',
    `the header has no cell for ${fewestMissing?.join(', ')}, with any of the delimiters , ; tab |`,
  );
}

type FirstRecord = {
  readonly cells: readonly string[];
  /** As a row it would be rejected, or a cell holds a CR: it is no header. */
  readonly isBroken: boolean;
  readonly end: number;
  readonly lines: number;
};

function firstRecord(
  bytes: Buffer,
  start: number,
  isLast: boolean,
  delimiter: number,
): FirstRecord | 'none' | undefined {
  const record = newScannedRecord();
  let lines = 0;
  for (let at = start; at < bytes.length; at = record.end) {
    if (!scanRecord(bytes, at, isLast, delimiter, record)) return undefined;
    lines += record.lines;
    const cells = record.quoting.map((_, index) => trimAscii(fieldText(bytes, record, index)));
    const isBlank = record.problem === undefined && cells.length === 1 && cells[0] === '';
    if (isBlank) continue;
    const isBroken = record.problem !== undefined || cells.some((cell) => cell.includes('\r'));
    return { cells, isBroken, end: record.end, lines };
  }
  return isLast ? 'none' : undefined;
}

function findField(column: BronzeColumn, folded: readonly string[]): number | undefined {
  const names = namesOf(column);
  const index = folded.findIndex((cell) => names.has(cell));
  return index < 0 ? undefined : index;
}

function namesOf(column: BronzeColumn): ReadonlySet<string> {
  return new Set([column.name, ...column.aliases].map(foldHeaderCell).filter((name) => name !== ''));
}

function checkDuplicates(columns: readonly BronzeColumn[], folded: readonly string[]): void {
  for (const column of columns) {
    const names = namesOf(column);
    const cells = folded.filter((cell) => names.has(cell)).length;
    if (cells > 1) {
      throw new CsvFileError(
        'duplicate_header',
        `${cells} cells of the header match column ${column.name}, expected one`,
      );
    }
  }
  const twice = folded.findIndex((cell, index) => cell !== '' && folded.indexOf(cell) < index);
  if (twice >= 0) {
    throw new CsvFileError(
      'duplicate_header',
      `cell ${twice + 1} of the header is there twice, expected different names`,
    );
  }
}
