/** Text as a CSV field, in quotes only where it needs them. */
export function quoteField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** An amount of whole cents, not below zero, with its two decimals. */
export function formatCents(cents: number): string {
  const rest = cents % 100;
  return `${(cents - rest) / 100}.${rest < 10 ? '0' : ''}${rest}`;
}

/** The file of a delivery to a dataset on a day (`2024-01-31`): its first, or a later part where it is long. */
export function partPath(dataset: string, date: string, part: number): string {
  return `${dataset}/dt=${date}/part-${String(part).padStart(4, '0')}.csv`;
}
