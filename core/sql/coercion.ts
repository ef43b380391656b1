import { type CompileContext, refuse, type Typed } from './compile-context.ts';
import type { Node } from './parse.ts';
import {
  asDecimal,
  BROKEN,
  commonType,
  duckDbType,
  formatSqlType,
  type SqlType,
  samePhysicalType,
} from './sql-type.ts';

/** The expression as a value of a type that it converts to without being asked. */
export function coerce(expression: Typed, type: SqlType): Typed {
  if (expression.type.kind === 'broken' || type.kind === 'broken') return { ...expression, type: BROKEN };
  if (samePhysicalType(expression.type, type) && expression.type.kind !== 'unknown')
    return { sql: expression.sql, type };
  if (type.kind === 'unknown') return expression;
  // DuckDB divides a wide decimal as a double and loses digits; its text is exact.
  const sql =
    expression.type.kind === 'decimal' && (type.kind === 'double' || type.kind === 'real')
      ? `cast(${expression.sql} as varchar)`
      : expression.sql;
  return { sql: `cast(${sql} as ${duckDbType(type)})`, type };
}

/** Both sides as values of the type in which Trino compares them. */
export function coerceToCommon(
  context: CompileContext,
  node: Node,
  words: readonly string[],
  expressions: readonly Typed[],
): readonly Typed[] {
  const type = commonTypeOf(context, node, words, expressions);
  return expressions.map((expression) => coerce(expression, type));
}

/** The type that Trino gives to all of the expressions together. */
export function commonTypeOf(
  context: CompileContext,
  node: Node,
  words: readonly string[],
  expressions: readonly Typed[],
): SqlType {
  return expressions
    .map((expression) => expression.type)
    .reduce((left, right) => {
      const type = commonType(left, right);
      if (!type)
        refuse(context, node, words, `${formatSqlType(left)} and ${formatSqlType(right)} do not go together`);
      return type;
    });
}

/** An exact number as a decimal expression. */
export function toDecimal(
  expression: Typed,
): Typed & { readonly type: SqlType & { readonly kind: 'decimal' } } {
  const type = asDecimal(expression.type)!;
  return { sql: coerce(expression, type).sql, type };
}

/** A decimal's digits without the point, as a HUGEINT. */
export function digitsOf(expression: Typed): string {
  return `lake_digits(${expression.sql})`;
}

/**
 * `n / d` of decimals, exact, rounded once half away from zero to `scale` digits, as Trino does it. Trino 476 gives a wrong number
 * where the quotient has more than 38 digits; here that is an error.
 */
export function divideDecimals(numerator: Typed, denominator: Typed): Typed {
  const n = toDecimal(numerator);
  const d = toDecimal(denominator);
  const scale = Math.max(n.type.scale, d.type.scale);
  const precision = Math.min(38, n.type.precision + d.type.scale + Math.max(d.type.scale - n.type.scale, 0));
  const shift = scale - n.type.scale + d.type.scale;
  const quotient = `lake_divide(${digitsOf(n)}, ${digitsOf(d)}, ${tenTo(shift)})`;
  return { sql: fromDigits(quotient, precision, scale), type: { kind: 'decimal', precision, scale } };
}

/** A HUGEINT's digits as a decimal with its last `scale` digits behind the point. */
export function fromDigits(digits: string, precision: number, scale: number): string {
  const whole = `cast(${digits} as decimal(38, 0))`;
  const unit = `cast('${scale === 0 ? '1' : `0.${'0'.repeat(scale - 1)}1`}' as decimal(${Math.max(scale, 1)}, ${scale}))`;
  return `cast(${scale === 0 ? whole : `${whole} * ${unit}`} as decimal(${precision}, ${scale}))`;
}

function tenTo(exponent: number): string {
  return `cast('1${'0'.repeat(exponent)}' as hugeint)`;
}
