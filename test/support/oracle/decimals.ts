import type { Cell } from '../sql-harness.ts';

/** A decimal as both engines write it: `-12.3400` for -123400 of scale 4. The scale is at least 1. */
export function decimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** n / d rounded half away from zero to a whole number; d is not 0. */
export function roundedQuotient(n: bigint, d: bigint): bigint {
  const negative = n < 0n !== d < 0n;
  const [a, b] = [n < 0n ? -n : n, d < 0n ? -d : d];
  const rounded = (2n * a + b) / (2n * b);
  return negative ? -rounded : rounded;
}

/** DIV of the specification, unscaled: n / d rounded half away from zero to `scale` decimals; null for d = 0. */
export function unscaledQuotient(
  n: bigint,
  nScale: number,
  d: bigint,
  dScale: number,
  scale: number,
): bigint | null {
  if (d === 0n) return null;
  return roundedQuotient(n * 10n ** BigInt(scale + dScale), d * 10n ** BigInt(nScale));
}

/** DIV of the specification as text. */
export function divide(n: bigint, nScale: number, d: bigint, dScale: number, scale: number): Cell {
  const quotient = unscaledQuotient(n, nScale, d, dScale, scale);
  return quotient === null ? null : decimal(quotient, scale);
}

/** A quotient of more integer digits than its column has is null: no value that passed bronze may stop a build. */
export function held(quotient: Cell, integerDigits: number): Cell {
  return quotient !== null && quotient.replace('-', '').indexOf('.') > integerDigits ? null : quotient;
}

/** The sum, 0 of nothing. */
export function sum(values: Iterable<bigint>): bigint {
  let total = 0n;
  for (const value of values) total += value;
  return total;
}

/** A whole number as text; null stays null. */
export function text(value: bigint | null): Cell {
  return value === null ? null : String(value);
}

/** Cents as decimal(18,2); null stays null. */
export function money(cents: bigint | null): Cell {
  return cents === null ? null : decimal(cents, 2);
}
