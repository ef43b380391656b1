import { coerce } from './coercion.ts';
import type { Typed } from './compile-context.ts';
import { type FunctionCall, type FunctionRule, literalOf } from './function-call.ts';
import { unwrap } from './parse.ts';
import { quoteText } from './quoting.ts';
import {
  BIGINT,
  DATE,
  DOUBLE,
  formatSqlType,
  INTEGER,
  isInteger,
  type SqlType,
  UNKNOWN,
  VARCHAR,
} from './sql-type.ts';

const DATE_UNITS = ['day', 'week', 'month', 'quarter', 'year'];
const TIME_UNITS = ['millisecond', 'second', 'minute', 'hour'];

function unitOf(call: FunctionCall, value: Typed): string {
  const unit = literalOf(call, 0, 'unit').toLowerCase();
  const units = value.type.kind === 'date' ? DATE_UNITS : [...TIME_UNITS, ...DATE_UNITS];
  return units.includes(unit)
    ? unit
    : call.fail(`${call.name}: unit "${unit}" of ${formatSqlType(value.type)}, expected ${units.join(', ')}`);
}

function requireTime(call: FunctionCall, value: Typed): void {
  if (!['date', 'timestamp'].includes(value.type.kind))
    call.fail(`${call.name} of ${formatSqlType(value.type)}, expected date or timestamp`);
}

/** A part of a date or time as a number. */
function part(duckDb: string, ofTime = false): FunctionRule {
  return {
    arity: [1, 1],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      requireTime(call, value);
      if (ofTime && value.type.kind === 'date') call.fail(`${call.name} of date, expected timestamp`);
      return { sql: `cast(${duckDb}(${value.sql}) as bigint)`, type: BIGINT };
    },
  };
}

// date_format's signs (MySQL's) in strftime's. %D, %U, %u, %V, %w, %X, %f, %r, %v, %x differ or are refused by Trino.
const FORMAT_SIGNS: Readonly<Record<string, string>> = {
  Y: '%Y',
  y: '%y',
  m: '%m',
  c: '%-m',
  d: '%d',
  e: '%-d',
  H: '%H',
  k: '%-H',
  h: '%I',
  I: '%I',
  l: '%-I',
  i: '%M',
  s: '%S',
  S: '%S',
  p: '%p',
  a: '%a',
  W: '%A',
  b: '%b',
  M: '%B',
  j: '%j',
  T: '%H:%M:%S',
  '%': '%%',
};

function translateFormat(call: FunctionCall, format: string): string {
  return format.replaceAll(/%(.?)/gs, (whole, sign: string) => {
    const translated = FORMAT_SIGNS[sign];
    return (
      translated ?? call.fail(`date_format: "${whole}", expected %${Object.keys(FORMAT_SIGNS).join(', %')}`)
    );
  });
}

/** Adds a count of units; a day of the month that does not exist becomes the last one, on both engines. */
export function addUnits(value: Typed, count: Typed, unit: string): string {
  const [name, factor] = DUCKDB_UNITS[unit]!;
  const type = name === 'to_days' || name === 'to_months' ? INTEGER : BIGINT;
  // Trino fails on more units than an integer holds, of whatever size they are.
  const units = `cast(${count.sql} as integer)`;
  const many = factor === 1 ? units : `cast(${units} as bigint) * ${factor}`;
  const sum = `(${value.sql} + ${name}(cast(${many} as ${type.kind})))`;
  return value.type.kind === 'date' ? `cast(${sum} as date)` : sum;
}

const DUCKDB_UNITS: Readonly<Record<string, readonly [string, number]>> = {
  millisecond: ['to_microseconds', 1000],
  second: ['to_microseconds', 1_000_000],
  minute: ['to_minutes', 1],
  hour: ['to_hours', 1],
  day: ['to_days', 1],
  week: ['to_days', 7],
  month: ['to_months', 1],
  quarter: ['to_months', 3],
  year: ['to_months', 12],
};

/** Functions of dates and times. */
export const DATE_FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  year: part('year'),
  quarter: part('quarter'),
  month: part('month'),
  week: part('weekofyear'),
  week_of_year: part('weekofyear'),
  year_of_week: part('isoyear'),
  day: part('day'),
  day_of_month: part('day'),
  day_of_week: part('isodow'),
  dow: part('isodow'),
  day_of_year: part('dayofyear'),
  doy: part('dayofyear'),
  hour: part('hour', true),
  minute: part('minute', true),
  second: part('second', true),
  millisecond: {
    arity: [1, 1],
    compile: (call) => {
      if (call.arguments[0]!.type.kind !== 'timestamp') call.fail('millisecond, expected a timestamp');
      return { sql: `cast(millisecond(${call.arguments[0]!.sql}) % 1000 as bigint)`, type: BIGINT };
    },
  },
  date: {
    arity: [1, 1],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      if (value.type.kind === 'varchar') return { sql: `lake_date(${value.sql}, false)`, type: DATE };
      requireTime(call, value);
      return { sql: `cast(${value.sql} as date)`, type: DATE };
    },
  },
  last_day_of_month: {
    arity: [1, 1],
    compile: (call) => {
      requireTime(call, call.arguments[0]!);
      return { sql: `last_day(${call.arguments[0]!.sql})`, type: DATE };
    },
  },
  date_trunc: {
    arity: [2, 2],
    compile: (call) => {
      const value = call.arguments[1]!;
      requireTime(call, value);
      const sql = `date_trunc(${quoteText(unitOf(call, value))}, ${value.sql})`;
      return coerce({ sql, type: UNKNOWN }, value.type);
    },
  },
  date_add: {
    arity: [3, 3],
    compile: (call) => {
      const [, count, value] = call.arguments as [Typed, Typed, Typed];
      requireTime(call, value);
      if (!isInteger(count.type))
        call.fail(`date_add of ${formatSqlType(count.type)} units, expected integer`);
      return { sql: addUnits(value, count, unitOf(call, value)), type: value.type };
    },
  },
  date_diff: {
    arity: [3, 3],
    compile: (call) => {
      const [, from, to] = call.arguments as [Typed, Typed, Typed];
      requireTime(call, from);
      requireTime(call, to);
      const unit = unitOf(call, from.type.kind === 'date' ? to : from);
      if (['month', 'quarter', 'year'].includes(unit))
        call.fail(
          `date_diff('${unit}', …) is counted differently by engines, expected year(b) * 12 + month(b) - (year(a) * 12 + month(a))`,
        );
      const [a, b] = [from, to].map((side) => {
        if (side.type.kind === 'timestamp' && side.type.precision > 3)
          return `lake_milliseconds(${side.sql})`;
        return from.type.kind === to.type.kind ? side.sql : `cast(${side.sql} as timestamp)`;
      });
      return { sql: `date_sub('${unit}', ${a}, ${b})`, type: BIGINT };
    },
  },
  date_format: {
    arity: [2, 2],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      requireTime(call, value);
      const format = translateFormat(call, literalOf(call, 1, 'format'));
      // Trino writes a time as of its nearest millisecond, which may be of the next day.
      const isFiner = value.type.kind === 'timestamp' && value.type.precision > 3;
      const time = isFiner ? `lake_round_time(${value.sql}, 1000)` : value.sql;
      return { sql: `strftime(${time}, ${quoteText(format)})`, type: VARCHAR };
    },
  },
  to_unixtime: {
    arity: [1, 1],
    compile: (call) => {
      requireTime(call, call.arguments[0]!);
      return { sql: `epoch(${call.arguments[0]!.sql})`, type: DOUBLE };
    },
  },
  sequence: { arity: [2, 3], compile: compileSequence },
};

function compileSequence(call: FunctionCall): Typed {
  const [start, stop, step] = call.arguments as [Typed, Typed, Typed | undefined];
  const array = (sql: string, element: SqlType): Typed => ({ sql, type: { kind: 'array', element } });
  if (isInteger(start.type) && isInteger(stop.type)) {
    const ends = `${coerce(start, BIGINT).sql}, ${coerce(stop, BIGINT).sql}`;
    if (!step) return array(`lake_sequence(${ends})`, BIGINT);
    if (isInteger(step.type))
      return array(`lake_sequence_step(${ends}, ${coerce(step, BIGINT).sql})`, BIGINT);
  }
  if (start.type.kind === 'date' && stop.type.kind === 'date' && step?.type.kind === 'interval') {
    const count = intervalCount(call);
    const macro = step.type.unit === 'day' ? 'lake_sequence_days' : 'lake_sequence_months';
    return array(`${macro}(${start.sql}, ${stop.sql}, ${count})`, DATE);
  }
  return call.fail(
    `sequence of ${call.arguments.map((argument) => formatSqlType(argument.type)).join(', ')}, expected integers, or dates and interval '…' day or month`,
  );
}

function intervalCount(call: FunctionCall): number {
  const { kind, fields } = unwrap(call.argumentNodes[2]!);
  const interval = kind === 'interval' ? readInterval(fields) : undefined;
  if (!interval || !['day', 'week', 'month', 'quarter', 'year'].includes(interval.unit))
    return call.fail("sequence of dates, expected a step like interval '1' day");
  return interval.count * { day: 1, week: 7, month: 1, quarter: 3, year: 12 }[interval.unit]!;
}

/** Count and unit of an interval that is written out plainly. */
export function readInterval(fields: {
  readonly [field: string]: unknown;
}): { readonly count: number; readonly unit: string } | undefined {
  const unit = fields.unit as { readonly type?: string; readonly unit?: string } | null;
  let value = fields.this as { readonly [kind: string]: { readonly [field: string]: unknown } };
  let sign = 1;
  if (value?.neg) {
    sign = -1;
    value = value.neg.this as typeof value;
  }
  const text = value?.literal?.value;
  if (unit?.type !== 'simple' || typeof text !== 'string' || !/^-?\d{1,9}$/.test(text)) return undefined;
  const name = String(unit.unit).toLowerCase();
  return name in DUCKDB_UNITS && name !== 'millisecond'
    ? { count: sign * Number(text), unit: name }
    : undefined;
}
