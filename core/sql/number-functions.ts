import { coerce, commonTypeOf } from './coercion.ts';
import type { Typed } from './compile-context.ts';
import { type FunctionCall, type FunctionRule, requireKind, wholeNumberOf } from './function-call.ts';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  decimal,
  formatSqlType,
  isInteger,
  isNumeric,
  UNKNOWN,
} from './sql-type.ts';

function rounding(duckDb: 'floor' | 'ceil'): FunctionRule {
  return {
    arity: [1, 1],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      if (isInteger(value.type)) return value;
      if (value.type.kind === 'decimal') {
        const { precision, scale } = value.type;
        return coerce(
          { sql: `${duckDb}(${value.sql})`, type: UNKNOWN },
          decimal(precision - scale + Math.min(scale, 1), 0),
        );
      }
      requireKind(call, value, 'double');
      return { sql: `${duckDb}(${value.sql})`, type: DOUBLE };
    },
  };
}

function bitwise(operator: string): FunctionRule {
  return {
    arity: [2, 2],
    compile: (call) => {
      for (const argument of call.arguments) requireKind(call, argument, 'integer', 'bigint');
      const [left, right] = call.arguments.map((argument) => coerce(argument, BIGINT).sql);
      return { sql: `(${left} ${operator} ${right})`, type: BIGINT };
    },
  };
}

function roundDecimal(
  call: FunctionCall,
  value: Typed,
  type: { readonly precision: number; readonly scale: number },
  digits: number | undefined,
): Typed {
  const { precision, scale } = type;
  if (digits === undefined) {
    const rounded = decimal(Math.min(38, precision - scale + Math.min(scale, 1)), 0);
    return { sql: `cast(${value.sql} as decimal(${rounded.precision}, 0))`, type: rounded };
  }
  if (digits < 0) return call.fail('round of a decimal to a negative count of digits');
  const wide = decimal(Math.min(38, precision + 1), scale);
  const kept = Math.min(digits, scale);
  const sql = `cast(cast(${value.sql} as decimal(${Math.min(38, precision + 1)}, ${kept})) as decimal(${wide.precision}, ${scale}))`;
  return { sql, type: wide };
}

/** Functions of numbers. */
export const NUMBER_FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  abs: {
    arity: [1, 1],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      requireKind(call, value, 'integer', 'bigint', 'decimal', 'double');
      return { sql: `abs(${value.sql})`, type: value.type };
    },
  },
  sign: {
    arity: [1, 1],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      requireKind(call, value, 'integer', 'bigint', 'decimal', 'double');
      const type = value.type.kind === 'decimal' ? decimal(1, 0) : value.type;
      return coerce({ sql: `sign(${value.sql})`, type: UNKNOWN }, type);
    },
  },
  sqrt: {
    arity: [1, 1],
    compile: (call) => ({ sql: `sqrt(${coerce(call.arguments[0]!, DOUBLE).sql})`, type: DOUBLE }),
  },
  mod: {
    arity: [2, 2],
    compile: (call) => {
      const type = commonTypeOf(call.context, call.node, [call.name], call.arguments);
      if (!isInteger(type)) return call.fail(`${call.name} of ${formatSqlType(type)}, expected integers`);
      const [left, right] = call.arguments.map((argument) => coerce(argument, type).sql);
      return { sql: `lake_remainder(${left}, ${right})`, type };
    },
  },
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  truncate: {
    arity: [1, 1],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      if (value.type.kind === 'decimal') {
        const { precision, scale } = value.type;
        return coerce(
          { sql: `trunc(${value.sql})`, type: UNKNOWN },
          decimal(Math.max(precision - scale, 1), 0),
        );
      }
      requireKind(call, value, 'double');
      return { sql: `trunc(${value.sql})`, type: DOUBLE };
    },
  },
  round: {
    arity: [1, 2],
    compile: (call) => {
      const [value] = call.arguments as [Typed];
      const digits = call.argumentNodes.length > 1 ? wholeNumberOf(call, 1, 'count of digits') : undefined;
      if (value.type.kind === 'decimal') return roundDecimal(call, value, value.type, digits);
      if (isInteger(value.type) && (digits ?? 0) >= 0) return value;
      if (value.type.kind === 'double' && digits === undefined)
        return { sql: `round(${value.sql})`, type: DOUBLE };
      return isNumeric(value.type)
        ? call.fail(
            `round of ${formatSqlType(value.type)} to ${digits} digits differs between Athena and DuckDB`,
          )
        : call.fail(`round of ${formatSqlType(value.type)}, expected a number`);
    },
  },
  bitwise_and: bitwise('&'),
  bitwise_or: bitwise('|'),
  infinity: { arity: [0, 0], compile: () => ({ sql: `cast('Infinity' as double)`, type: DOUBLE }) },
  nan: { arity: [0, 0], compile: () => ({ sql: `cast('NaN' as double)`, type: DOUBLE }) },
  is_nan: {
    arity: [1, 1],
    compile: (call) => ({ sql: `isnan(${coerce(call.arguments[0]!, DOUBLE).sql})`, type: BOOLEAN }),
  },
};
