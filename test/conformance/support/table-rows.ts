import { type QueryEngine, QueryFailedError } from '../../../core/ports/query-engine.ts';

/** A table's rows as text, each column by name. */
export type TableRows = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/** All rows of a table as the engine hands them out. */
export async function queryTable(engine: QueryEngine, table: string): Promise<TableRows> {
  const { queryExecutionId } = await engine.run(`select * from ${table}`);
  const { columns, rows } = await engine.results(queryExecutionId);
  if (columns.length === 0) {
    throw new QueryFailedError(`${table} has no columns`);
  }
  return { columns: columns.map(({ name }) => name), rows };
}

/** The rows without some columns, in an order that depends on nothing but their values: what two copies are compared by. */
export function comparable(table: TableRows, leftOut: readonly string[] = []): TableRows {
  const kept = table.columns.flatMap((name, index) => (leftOut.includes(name) ? [] : [index]));
  const rows = table.rows.map((row) => kept.map((index) => row[index] ?? null));
  const keyed = rows.map((row) => ({ row, key: JSON.stringify(row) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    columns: kept.map((index) => table.columns[index] ?? ''),
    rows: keyed.map(({ row }) => row),
  };
}

/** How two comparable tables differ, in a few lines; undefined if they are equal in every cell. */
export function describeDifference(expected: TableRows, found: TableRows): string | undefined {
  if (JSON.stringify(expected.columns) !== JSON.stringify(found.columns)) {
    return `columns are ${found.columns.join(', ')}, expected ${expected.columns.join(', ')}`;
  }
  const missing = subtract(expected, found);
  const extra = subtract(found, expected);
  if (missing.length === 0 && extra.length === 0) {
    return undefined;
  }
  return [
    `${found.rows.length} rows, expected ${expected.rows.length}; ${expected.columns.join(', ')}`,
    ...missing.slice(0, 3).map((row) => `- ${row}`),
    ...extra.slice(0, 3).map((row) => `+ ${row}`),
    `${missing.length} rows missing, ${extra.length} rows too many`,
  ].join('\n');
}

/** Rows of the first that the second does not have, as often as it does not have them. */
function subtract(from: TableRows, what: TableRows): readonly string[] {
  const counts = new Map<string, number>();
  for (const row of what.rows) {
    const key = JSON.stringify(row);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return from.rows
    .map((row) => JSON.stringify(row))
    .filter((key) => {
      const count = counts.get(key) ?? 0;
      counts.set(key, count - 1);
      return count <= 0;
    });
}
