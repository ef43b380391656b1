/** 10 to the power of its index. */
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

/**
 * A number as the data set prints it: a single-precision float in ten significant digits, with nine decimals at most and
 * one at least. So 314.64 is `314.6400146`, 0.03 is `0.029999999` and 15 is `15.0`.
 */
export function formatFloat(value: number): string {
  const float = Math.fround(value);
  const size = Math.abs(float);
  let decimals = 9;
  for (let limit = 10; size >= limit && decimals > 0; limit *= 10) {
    decimals -= 1;
  }
  // 24 bits of the float times 21 of the power are exact.
  const digits = Math.round(size * POWERS[decimals]!);
  const whole = Math.floor(digits / POWERS[decimals]!);
  const sign = float < 0 ? '-' : '';
  let fraction = digits - whole * POWERS[decimals]!;
  if (fraction === 0) {
    return `${sign}${whole}.0`;
  }
  while (fraction % 10 === 0) {
    fraction /= 10;
    decimals -= 1;
  }
  return `${sign}${whole}.${String(fraction).padStart(decimals, '0')}`;
}

/** A time in the data set's way: `1/13/2018 0:33`. */
export function formatTime(time: number): string {
  const date = new Date(time);
  const minutes = date.getUTCMinutes();
  return (
    `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ` +
    `${date.getUTCHours()}:${minutes < 10 ? '0' : ''}${minutes}`
  );
}

/** A zip code read as a number by some program on its way (`725.0`), or as it is (`00725`). */
export function formatZipcode(zipcode: string, asNumber: boolean): string {
  return asNumber ? `${Number(zipcode)}.0` : zipcode;
}
