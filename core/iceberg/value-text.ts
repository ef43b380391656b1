import type { PrimitiveType } from './schema.ts';
import type { Value } from './single-value.ts';

const dayMillis = 86_400_000;
const secondMicros = 1_000_000n;

/**
 * The value that a text stands for, as SQL literals and DuckDB write it: `12`, `1.50`, `2011-12-01`,
 * `2011-12-01 10:00:00.5`, `2011-12-01 10:00:00+00`. Undefined if it is no value of the type.
 */
export function parseValue(type: PrimitiveType, text: string): Value | undefined {
  switch (type.kind) {
    case 'boolean':
      return { true: true, false: false, t: true, f: false, '1': true, '0': false }[text.toLowerCase()];
    case 'int':
      return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
    case 'long':
      return /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
    case 'float':
    case 'double':
      return parseFloating(text);
    case 'decimal':
      return parseDecimal(text, type.scale);
    case 'date': {
      const match = /^(\d{4,})-(\d\d)-(\d\d)$/.exec(text);
      return match ? daysOf(Number(match[1]), Number(match[2]), Number(match[3])) : undefined;
    }
    case 'timestamp':
    case 'timestamptz':
      return parseTimestamp(text);
    case 'string':
      return text;
    default:
      return undefined;
  }
}

/** The text of a value, which {@link parseValue} reads back. */
export function formatValue(type: PrimitiveType, value: Value): string {
  switch (type.kind) {
    case 'decimal':
      return formatDecimal(value as bigint, type.scale);
    case 'date':
      return formatDate(Number(value));
    case 'timestamp':
      return formatTimestamp(value as bigint);
    case 'timestamptz':
      return `${formatTimestamp(value as bigint)}+00:00`;
    case 'uuid':
    case 'fixed':
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('hex');
    default:
      return String(value);
  }
}

/** `2011-12-09` for days since 1970. */
export function formatDate(days: number): string {
  const date = new Date(days * dayMillis);
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${year}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
}

/** Days since 1970; undefined if there is no such day. */
export function daysOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? Math.round(date.getTime() / dayMillis) : undefined;
}

function parseFloating(text: string): number | undefined {
  const named = /^([+-]?)(inf|infinity)$/i.exec(text);
  if (named) return named[1] === '-' ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)$/.exec(text);
  if (!match || `${match[2]}${match[3]}` === '') return undefined;
  const fraction = match[3]!;
  if (/[1-9]/.test(fraction.slice(scale))) return undefined;
  const unscaled = BigInt(`${match[2]}${fraction.slice(0, scale).padEnd(scale, '0')}` || '0');
  return match[1] === '-' ? -unscaled : unscaled;
}

function formatDecimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function parseTimestamp(text: string): bigint | undefined {
  const match =
    /^(\d{4,})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/.exec(
      text,
    );
  if (!match) return undefined;
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
  if (days === undefined) return undefined;
  const seconds = Number(match[4] ?? 0) * 3600 + Number(match[5] ?? 0) * 60 + Number(match[6] ?? 0);
  const micros = BigInt((match[7] ?? '').padEnd(6, '0'));
  const zone = /^([+-])(\d\d):?(\d\d)?$/.exec(match[8] ?? '');
  const offset = zone ? (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 3600 + Number(zone[3] ?? 0) * 60) : 0;
  return (BigInt(days) * 86_400n + BigInt(seconds - offset)) * secondMicros + micros;
}

function formatTimestamp(micros: bigint): string {
  const fraction = ((micros % secondMicros) + secondMicros) % secondMicros;
  const seconds = Number((micros - fraction) / secondMicros);
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map(twoDigits).join(':');
  return `${formatDate(days)} ${time}.${fraction.toString().padStart(6, '0')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
