import { type CompileContext, refuse, type Typed } from './compile-context.ts';
import { readInterval } from './date-functions.ts';
import type { Fields, Node } from './parse.ts';
import { quoteText } from './quoting.ts';
import { BIGINT, DATE, DOUBLE, decimal, INTEGER, type SqlType } from './sql-type.ts';

/** A literal: numbers have the types that Trino gives to their digits. */
export function compileLiteral(context: CompileContext, node: Node, fields: Fields): Typed {
  const value = String(fields.value);
  switch (fields.literal_type) {
    case 'number':
      return compileNumber(context, node, value);
    case 'string':
      return { sql: quoteText(value), type: { kind: 'varchar', length: [...value].length } };
    case 'date':
      if (!isDay(value)) refuse(context, node, ['date'], `date '${value}', expected a day like 2026-01-31`);
      return { sql: `date ${quoteText(value)}`, type: DATE };
    case 'timestamp':
      return compileTimestamp(context, node, value);
    default:
      return refuse(context, node, [value], `a literal of kind ${String(fields.literal_type)}`);
  }
}

function compileTimestamp(context: CompileContext, node: Node, value: string): Typed {
  const match = /^(\d{4}-\d{2}-\d{2})(?: \d{2}:\d{2}(?::\d{2}(?:\.(\d{1,6}))?)?)?( UTC)?$/.exec(value);
  if (!match || !isDay(match[1]!))
    return refuse(
      context,
      node,
      ['timestamp'],
      `timestamp '${value}', expected one like 2026-01-31 10:20:30.123456, without zone or in UTC`,
    );
  const zoned = match[3] !== undefined;
  const type: SqlType = { kind: zoned ? 'timestamptz' : 'timestamp', precision: match[2]?.length ?? 0 };
  const text = zoned ? `${value.slice(0, -4)}+00` : value;
  return { sql: `${zoned ? 'timestamptz' : 'timestamp'} ${quoteText(text)}`, type };
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function compileNumber(context: CompileContext, node: Node, value: string): Typed {
  if (/^\d+$/.test(value)) {
    const number = BigInt(value);
    if (number > 9223372036854775807n)
      refuse(context, node, [value], `${value} is beyond bigint, expected decimal '${value}'`);
    return { sql: String(number), type: number > 2147483647n ? BIGINT : INTEGER };
  }
  if (/^\d*\.\d*$/.test(value)) {
    const [whole = '', fraction = ''] = value.split('.');
    const precision = Math.max(1, whole.replace(/^0+/, '').length + fraction.length);
    if (precision > 38) refuse(context, node, [value], `${value} has more than 38 digits`);
    return {
      sql: `cast('${value}' as decimal(${precision}, ${fraction.length}))`,
      type: decimal(precision, fraction.length),
    };
  }
  return { sql: `cast('${value}' as double)`, type: DOUBLE };
}

/** An interval that is written out plainly. */
export function compileInterval(context: CompileContext, node: Node, fields: Fields): Typed {
  const interval = readInterval(fields);
  if (!interval)
    return refuse(
      context,
      node,
      ['interval'],
      "an interval that is not written out plainly, expected interval '1' day",
    );
  const ofMonths = ['month', 'quarter', 'year'].includes(interval.unit);
  return {
    sql: `interval (${interval.count}) ${interval.unit}`,
    type: { kind: 'interval', unit: ofMonths ? 'month' : 'day' },
  };
}
