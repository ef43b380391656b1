import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { parseSqlType, type SqlType } from '../../core/sql/sql-type.ts';

/** A DuckDB value as the text that Athena hands out for the Trino type; null stays null. */
export function toAthenaText(value: DuckDBValue, typeName: string): string | null {
  const type = parseSqlType(typeName);
  return value === null || value === undefined
    ? null
    : print(value, type ?? { kind: 'foreign', name: typeName });
}

function print(value: DuckDBValue, type: SqlType): string {
  if (type.kind === 'double' || type.kind === 'real') return printDouble(Number(value));
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBDateValue) return printDay(value.days);
  if (value instanceof DuckDBTimestampValue) return printTime(value.micros, digitsOf(type));
  if (value instanceof DuckDBTimestampTZValue) return `${printTime(value.micros, digitsOf(type))} UTC`;
  if (value instanceof DuckDBBlobValue)
    return [...value.bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  if (value instanceof DuckDBListValue) {
    const element: SqlType = type.kind === 'array' ? type.element : { kind: 'unknown' };
    return `[${value.items.map((item) => (item === null ? 'null' : print(item, element))).join(', ')}]`;
  }
  return String(value);
}

function digitsOf(type: SqlType): number {
  return type.kind === 'timestamp' || type.kind === 'timestamptz' ? type.precision : 6;
}

function printDay(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, -14);
}

function printTime(micros: bigint, digits: number): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((micros - rest) / 1000n)).toISOString().replace('T', ' ').slice(0, -5);
  return digits === 0 ? second : `${second}.${rest.toString().padStart(6, '0').slice(0, digits)}`;
}

// As Java prints doubles: plain from 0.001 to below ten million, else one digit before the point and E.
function printDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
