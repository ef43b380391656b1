/** Whole days from one `YYYY-MM-DD` to another. */
export function days(from: string, to: string): bigint {
  return BigInt((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** The date `count` days later. */
export function addDays(date: string, count: number): string {
  return new Date(Date.parse(date) + count * 86_400_000).toISOString().slice(0, 10);
}

/** The first of the month `count` months after that of the date. */
export function addMonths(date: string, count: number): string {
  const index = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + count;
  const year = String(Math.floor(index / 12)).padStart(4, '0');
  return `${year}-${String((index % 12) + 1).padStart(2, '0')}-01`;
}

/** 1 = Monday … 7 = Sunday. */
export function dayOfWeek(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

/** `Monday` … `Sunday`. */
export function dayName(date: string): string {
  const names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
  return names[dayOfWeek(date) - 1] ?? '';
}

/** Every date from the first to the last, both included. */
export function datesBetween(first: string, last: string): readonly string[] {
  const dates: string[] = [];
  for (let date = first; date <= last; date = addDays(date, 1)) dates.push(date);
  return dates;
}

/** A timestamp as the engines write it: without a fraction that is zero, without trailing zeros in one that is not. */
export function timestamp(value: string): string {
  return value.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}
