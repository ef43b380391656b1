import { describe, expect, test } from '@jest/globals';
import { listPeriods, spreadOverDays } from '../../../core/generate/calendar.ts';

const firstDay = Date.UTC(2024, 0, 1);

describe('spreadOverDays', () => {
  test.each([0, 1, 7, 1_000, 123_457])(
    'leaves none of %d things over, and gives each to one day',
    (total) => {
      const calendar = spreadOverDays(total, firstDay, 100, (date) => date.getUTCDay());

      const perDay = Array.from(
        { length: 100 },
        (_, day) => calendar.firstOn(day + 1) - calendar.firstOn(day),
      );

      expect(calendar.firstOn(0)).toBe(0);
      expect(calendar.firstOn(100)).toBe(total);
      expect(Math.min(...perDay)).toBeGreaterThanOrEqual(0);
    },
  );

  test('gives days as much as they weigh, and nothing to days without weight', () => {
    const calendar = spreadOverDays(700, firstDay, 7, (date) =>
      date.getUTCDay() === 0 ? 0 : date.getUTCDay(),
    );

    const perDay = Array.from({ length: 7 }, (_, day) => calendar.firstOn(day + 1) - calendar.firstOn(day));

    // Monday to Sunday: 21 parts.
    expect(perDay).toEqual([33, 67, 100, 133, 167, 200, 0]);
  });
});

describe('listPeriods', () => {
  test('ends months at their last day, also in February of a leap year', () => {
    const periods = listPeriods(
      spreadOverDays(1, firstDay, 366, () => 1),
      1,
    );

    expect(periods).toHaveLength(12);
    expect(periods.slice(0, 3).map((period) => period.lastDate)).toEqual([
      '2024-01-31',
      '2024-02-29',
      '2024-03-31',
    ]);
    expect(periods[1]).toMatchObject({ from: 31, to: 60 });
  });

  test('joins months to quarters, and cuts the last period off where the calendar ends', () => {
    const periods = listPeriods(
      spreadOverDays(1, firstDay, 100, () => 1),
      3,
    );

    expect(periods).toEqual([
      { from: 0, to: 91, lastDate: '2024-03-31' },
      { from: 91, to: 100, lastDate: '2024-04-09' },
    ]);
  });
});
