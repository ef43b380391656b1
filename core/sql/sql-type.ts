/** A Trino type, as far as the portable SQL has them. `unknown` is the type of a bare NULL; `broken` follows a reported problem. */
export type SqlType =
  | { readonly kind: 'boolean' | 'integer' | 'bigint' | 'real' | 'double' | 'date' | 'varbinary' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Without a length: unbounded. */
  | { readonly kind: 'varchar'; readonly length?: number }
  /** Digits of the fraction of a second, 0 to 6. */
  | { readonly kind: 'timestamp' | 'timestamptz'; readonly precision: number }
  | { readonly kind: 'interval'; readonly unit: 'day' | 'month' }
  | { readonly kind: 'array'; readonly element: SqlType }
  /** Any other type of Trino, known by its name only. */
  | { readonly kind: 'foreign'; readonly name: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'broken' };

export const BOOLEAN: SqlType = { kind: 'boolean' };
export const INTEGER: SqlType = { kind: 'integer' };
export const BIGINT: SqlType = { kind: 'bigint' };
export const DOUBLE: SqlType = { kind: 'double' };
export const DATE: SqlType = { kind: 'date' };
export const VARCHAR: SqlType = { kind: 'varchar' };
export const VARBINARY: SqlType = { kind: 'varbinary' };
export const UNKNOWN: SqlType = { kind: 'unknown' };
export const BROKEN: SqlType = { kind: 'broken' };

/** A decimal type. */
export function decimal(precision: number, scale: number): SqlType & { readonly kind: 'decimal' } {
  return { kind: 'decimal', precision, scale };
}

const PLAIN: Readonly<Record<string, SqlType>> = {
  boolean: BOOLEAN,
  integer: INTEGER,
  int: INTEGER,
  bigint: BIGINT,
  real: { kind: 'real' },
  double: DOUBLE,
  date: DATE,
  varchar: VARCHAR,
  varbinary: VARBINARY,
  unknown: UNKNOWN,
};

/** Reads a Trino type name; undefined if the portable SQL has no such type. */
export function parseSqlType(text: string): SqlType | undefined {
  const name = text.trim().toLowerCase();
  const plain = PLAIN[name];
  if (plain) return plain;
  const number = /^decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$/.exec(name);
  if (number) return decimal(Number(number[1]), Number(number[2] ?? 0));
  const text_ = /^varchar\(\s*(\d+)\s*\)$/.exec(name);
  if (text_) return { kind: 'varchar', length: Number(text_[1]) };
  const time = /^timestamp(?:\(\s*([0-6])\s*\))?( with time zone)?$/.exec(name);
  if (time) return { kind: time[2] ? 'timestamptz' : 'timestamp', precision: Number(time[1] ?? 3) };
  const list = /^array\((.*)\)$/.exec(name);
  const element = list?.[1] === undefined ? undefined : parseSqlType(list[1]);
  return element && { kind: 'array', element };
}

/** Trino's name of a type: `decimal(18,4)`, `timestamp(6)`. */
export function formatSqlType(type: SqlType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'varchar':
      return type.length === undefined ? 'varchar' : `varchar(${type.length})`;
    case 'timestamp':
      return `timestamp(${type.precision})`;
    case 'timestamptz':
      return `timestamp(${type.precision}) with time zone`;
    case 'interval':
      return type.unit === 'day' ? 'interval day to second' : 'interval year to month';
    case 'array':
      return `array(${formatSqlType(type.element)})`;
    case 'foreign':
      return type.name;
    default:
      return type.kind;
  }
}

/** DuckDB's type that holds the values of a Trino type. */
export function duckDbType(type: SqlType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'real':
      return 'float';
    case 'timestamptz':
      return 'timestamp with time zone';
    case 'varbinary':
      return 'blob';
    case 'array':
      return `${duckDbType(type.element)}[]`;
    case 'foreign':
      return type.name;
    case 'unknown':
    case 'broken':
      return 'integer';
    default:
      return type.kind;
  }
}

/** Whether DuckDB holds values of both in the same type, so that no cast is needed. */
export function samePhysicalType(one: SqlType, other: SqlType): boolean {
  return duckDbType(one) === duckDbType(other);
}

export function isNumeric(type: SqlType): boolean {
  return ['integer', 'bigint', 'decimal', 'real', 'double'].includes(type.kind);
}

export function isInteger(type: SqlType): boolean {
  return type.kind === 'integer' || type.kind === 'bigint';
}

/** An exact number as a decimal: Trino takes integers for `decimal(10,0)` and `decimal(19,0)`. */
export function asDecimal(type: SqlType): (SqlType & { readonly kind: 'decimal' }) | undefined {
  if (type.kind === 'integer') return decimal(10, 0);
  if (type.kind === 'bigint') return decimal(19, 0);
  return type.kind === 'decimal' ? type : undefined;
}

/** The type to which Trino takes both sides of a comparison, a union or a `case`; undefined if there is none. */
export function commonType(one: SqlType, other: SqlType): SqlType | undefined {
  if (one.kind === 'broken' || other.kind === 'broken') return BROKEN;
  if (one.kind === 'unknown') return other;
  if (other.kind === 'unknown') return one;
  if (isNumeric(one) && isNumeric(other)) return commonNumber(one, other);
  if (one.kind === 'varchar' && other.kind === 'varchar') {
    return one.length === undefined || other.length === undefined
      ? VARCHAR
      : { kind: 'varchar', length: Math.max(one.length, other.length) };
  }
  if (one.kind === 'array' && other.kind === 'array') {
    const element = commonType(one.element, other.element);
    return element && { kind: 'array', element };
  }
  if (one.kind === 'date' && other.kind === 'timestamp') return other;
  if (one.kind === 'timestamp' && other.kind === 'date') return one;
  if (one.kind !== other.kind) return undefined;
  if (one.kind === 'timestamp' || one.kind === 'timestamptz') {
    return { kind: one.kind, precision: Math.max(one.precision, (other as typeof one).precision) };
  }
  return formatSqlType(one) === formatSqlType(other) ? one : undefined;
}

function commonNumber(one: SqlType, other: SqlType): SqlType {
  if (one.kind === 'double' || other.kind === 'double') return DOUBLE;
  if (one.kind === 'real' || other.kind === 'real') return { kind: 'real' };
  if (isInteger(one) && isInteger(other))
    return one.kind === 'bigint' || other.kind === 'bigint' ? BIGINT : INTEGER;
  const [left, right] = [asDecimal(one)!, asDecimal(other)!];
  const scale = Math.max(left.scale, right.scale);
  const whole = Math.max(left.precision - left.scale, right.precision - right.scale);
  return decimal(Math.min(38, whole + scale), scale);
}
