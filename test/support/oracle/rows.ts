/** A bronze row's place in row order (specification, "Row order"); `source_modified_at` as `YYYY-MM-DD HH:MM:SS.ffffff`. */
export type SourcePlace = {
  readonly source_file: string;
  readonly source_modified_at: string;
  readonly source_line: bigint;
  readonly load_id: string;
};

/** Row order of the specification. */
export function inRowOrder(left: SourcePlace, right: SourcePlace): number {
  return (
    compareBytes(left.source_file, right.source_file) ||
    compareBytes(left.source_modified_at, right.source_modified_at) ||
    compareBytes(left.load_id, right.load_id) ||
    compareBig(left.source_line, right.source_line)
  );
}

/** Of rows of equal keys the latest in row order. */
export function latestOf<Row extends SourcePlace>(
  rows: readonly Row[],
  key: (row: Row) => string,
): readonly Row[] {
  return [...new Map(rows.toSorted(inRowOrder).map((row) => [key(row), row])).values()];
}

/** Byte-wise, which for UTF-8 is the order of code points and not that of JavaScript's UTF-16. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Ascending. */
export function compareBig(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Each value once, in the order of its first. */
export function distinct<Value>(values: Iterable<Value>): Value[] {
  return [...new Set(values)];
}

/** Rows by key, keys in the order of their first row. */
export function groupBy<Value, Key>(values: readonly Value[], key: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}

/** The most frequent text, ties the byte-wise smallest; null of none. */
export function favourite(values: readonly (string | null)[]): string | null {
  const given = values.filter((value) => value !== null);
  const counts = [...groupBy(given, (value) => value)];
  return counts.toSorted((a, b) => b[1].length - a[1].length || compareBytes(a[0], b[0]))[0]?.[0] ?? null;
}

/** The greatest text, null of none. */
export function greatest(values: readonly string[]): string | null {
  return values.reduce<string | null>((most, value) => (most === null || value > most ? value : most), null);
}

/** The smallest text, null of none. */
export function least(values: readonly string[]): string | null {
  return values.reduce<string | null>((most, value) => (most === null || value < most ? value : most), null);
}

/** `upper` of the specification: ASCII letters only. */
export function asciiUpper(value: string): string {
  return value.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** `lower` of the specification: ASCII letters only. */
export function asciiLower(value: string): string {
  return value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
