const DAY = 86_400_000;

/** How a number of things is spread over consecutive days. */
export type Calendar = {
  readonly days: number;
  /** Milliseconds since 1970 at which a day begins, in UTC. */
  startOf(day: number): number;
  /** Things numbered from `firstOn(day)` up to, and without, `firstOn(day + 1)` are that day's. */
  firstOn(day: number): number;
};

/** Spreads `total` things over the days from `firstDay` on as the weights say; nothing is left over, whatever the total. */
export function spreadOverDays(
  total: number,
  firstDay: number,
  days: number,
  weightOf: (date: Date) => number,
): Calendar {
  const upTo = new Float64Array(days + 1);
  for (let day = 0; day < days; day += 1) {
    upTo[day + 1] = upTo[day]! + weightOf(new Date(firstDay + day * DAY));
  }
  const all = upTo[days]!;
  return {
    days,
    startOf: (day) => firstDay + day * DAY,
    firstOn: (day) => Math.round((total * upTo[day]!) / all),
  };
}

/** Days `from` to `to` (exclusive) of a calendar. */
export type Period = {
  readonly from: number;
  readonly to: number;
  /** Last day, as `2024-01-31`. */
  readonly lastDate: string;
};

/** The periods of so many months in order, the first of them from the calendar's first day on; the last may be cut off. */
export function listPeriods(calendar: Calendar, months: number): readonly Period[] {
  const periods: Period[] = [];
  let from = 0;
  let begun = 0;
  for (let day = 1; day <= calendar.days; day += 1) {
    if (new Date(calendar.startOf(day)).getUTCDate() === 1) {
      begun += 1;
    }
    if (day === calendar.days || (begun === months && new Date(calendar.startOf(day)).getUTCDate() === 1)) {
      periods.push({ from, to: day, lastDate: formatDate(calendar.startOf(day - 1)) });
      from = day;
      begun = 0;
    }
  }
  return periods;
}

/** A time as `2024-01-31`, in UTC. */
export function formatDate(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
