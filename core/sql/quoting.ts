/** A text literal, of Athena and of DuckDB. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A quoted identifier, of Athena and of DuckDB. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A date literal. @throws TypeError if the text is not a day */
export function quoteDay(day: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(day))
    throw new TypeError(`as_of "${day}", expected a day like 2026-01-31`);
  return `date '${day}'`;
}

/** A `timestamp(6)` literal of milliseconds since 1970. */
export function quoteTimestamp(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString().replace('T', ' ').replace('Z', '000');
  return `timestamp '${text}'`;
}
