import { join } from 'node:path';
import type { TableReference } from '../../core/contract/contract.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import { type Cell, openSqlHarness, type SqlHarness, type TableRows } from './sql-harness.ts';

/** Opens an empty harness for a pack of the project. */
export async function openPackHarness(name: string): Promise<SqlHarness> {
  const { pack } = await loadPack(join(import.meta.dirname, '../../sql', name));
  return openSqlHarness(pack);
}

/** Checks of a table that do not pass. */
export async function failedChecks(
  harness: SqlHarness,
  table: TableReference,
  asOf?: string,
): Promise<readonly string[]> {
  const results = await harness.audit(table, asOf);
  return [...results.values()].filter((row) => row.failed_rows > 0).map((row) => row.check_id);
}

/** Checks of all tables that do not pass, as `gold.daily_sales RET-G3`; without `asOf` of silver alone. */
export async function allFailedChecks(harness: SqlHarness, asOf?: string): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { layer, name } of harness.pack.models) {
    if (layer === 'gold' && asOf === undefined) continue;
    for (const id of await failedChecks(harness, { layer, name }, asOf))
      failed.push(`${layer}.${name} ${id}`);
  }
  return failed;
}

/** Rows in the order of some columns, whole numbers by their size: what a table holds has no order. */
export function sortRows(rows: TableRows, columns: readonly string[]): TableRows {
  const keyed = rows.map((row) => ({ row, key: columns.map((column) => toSortKey(row[column] ?? '')) }));
  return keyed.toSorted((left, right) => compareKeys(left.key, right.key)).map(({ row }) => row);
}

type SortKey = readonly [number, string];

function toSortKey(cell: NonNullable<Cell>): SortKey {
  return /^-?\d{1,15}$/.test(cell) ? [Number(cell), ''] : [Number.POSITIVE_INFINITY, cell];
}

function compareKeys(left: readonly SortKey[], right: readonly SortKey[]): number {
  for (const [index, [number, text]] of left.entries()) {
    const [otherNumber, otherText] = right[index]!;
    if (number !== otherNumber) return number < otherNumber ? -1 : 1;
    if (text !== otherText) return text < otherText ? -1 : 1;
  }
  return 0;
}
