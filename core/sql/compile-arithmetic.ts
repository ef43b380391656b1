import { coerce, commonTypeOf, divideDecimals, toDecimal } from './coercion.ts';
import { BROKEN_EXPRESSION, type CompileContext, refuse, type Typed } from './compile-context.ts';
import { addUnits, readInterval } from './date-functions.ts';
import { isExact } from './functions.ts';
import { type Node, unwrap } from './parse.ts';
import { decimal, formatSqlType, INTEGER, isInteger, isNumeric, type SqlType } from './sql-type.ts';

/** `-x`. */
export function negate(context: CompileContext, node: Node, value: Typed): Typed {
  if (!isNumeric(value.type) && value.type.kind !== 'broken')
    refuse(context, node, ['-'], `- before ${formatSqlType(value.type)}, expected a number`);
  return { sql: `(-${value.sql})`, type: value.type };
}

const SIGNS = { add: '+', sub: '-', mul: '*' } as const;

/** Sums, differences and products of numbers, and dates and times moved by intervals. */
export function compileArithmetic(
  context: CompileContext,
  node: Node,
  kind: 'add' | 'sub' | 'mul',
  leftNode: Node,
  rightNode: Node,
  compile: (argument: Node) => Typed,
): Typed {
  const sign = SIGNS[kind];
  const left = compile(leftNode);
  const right = compile(rightNode);
  if (left.type.kind === 'broken' || right.type.kind === 'broken') return BROKEN_EXPRESSION;
  const isTime = (typed: Typed): boolean => ['date', 'timestamp'].includes(typed.type.kind);
  if (kind !== 'mul' && isTime(left) && right.type.kind === 'interval')
    return addInterval(context, node, sign, left, rightNode);
  if (kind === 'add' && left.type.kind === 'interval' && isTime(right))
    return addInterval(context, node, sign, right, leftNode);
  if (!isNumeric(left.type) || !isNumeric(right.type))
    refuse(
      context,
      node,
      [sign],
      `${formatSqlType(left.type)} ${sign} ${formatSqlType(right.type)}, expected numbers${kind === 'mul' ? '' : ', or a date or timestamp and an interval'}`,
    );
  const type = commonTypeOf(context, node, [sign], [left, right]);
  if (type.kind !== 'decimal') {
    const [a, b] = [coerce(left, type), coerce(right, type)];
    return { sql: `(${a.sql} ${sign} ${b.sql})`, type };
  }
  return decimalArithmetic(context, node, kind, left, right);
}

/** Sums and products of decimals, in the type that Trino gives them; more than 38 digits are an error on both. */
function decimalArithmetic(
  context: CompileContext,
  node: Node,
  kind: 'add' | 'sub' | 'mul',
  left: Typed,
  right: Typed,
): Typed {
  const [a, b] = [toDecimal(left), toDecimal(right)];
  if (kind === 'mul') {
    const scale = a.type.scale + b.type.scale;
    if (scale > 38) refuse(context, node, ['*'], `a product with ${scale} decimals, expected at most 38`);
    const type = decimal(Math.min(38, a.type.precision + b.type.precision), scale);
    return { sql: `cast(${a.sql} * ${b.sql} as decimal(${type.precision}, ${scale}))`, type };
  }
  const scale = Math.max(a.type.scale, b.type.scale);
  const whole = Math.max(a.type.precision - a.type.scale, b.type.precision - b.type.scale);
  const type = decimal(Math.min(38, whole + scale + 1), scale);
  const [x, y] = [coerce(a, type).sql, coerce(b, type).sql];
  return { sql: `cast(${x} ${SIGNS[kind]} ${y} as decimal(${type.precision}, ${scale}))`, type };
}

function addInterval(
  context: CompileContext,
  node: Node,
  sign: string,
  time: Typed,
  intervalNode: Node,
): Typed {
  const interval = intervalOf(intervalNode);
  if (!interval)
    return refuse(
      context,
      node,
      [sign],
      `an interval that is not written out plainly, expected ${sign} interval '1' day`,
    );
  const dayUnits = ['day', 'week', 'month', 'quarter', 'year'];
  if (time.type.kind === 'date' && !dayUnits.includes(interval.unit))
    refuse(context, node, [sign], `${interval.unit}s added to a date, expected days, months or years`);
  const count = sign === '-' ? -interval.count : interval.count;
  const isDays = ['second', 'minute', 'hour', 'day', 'week'].includes(interval.unit);
  // An interval of days to seconds has three digits of a second in Trino.
  const type: SqlType =
    time.type.kind === 'timestamp' && isDays
      ? { kind: 'timestamp', precision: Math.max(3, time.type.precision) }
      : time.type;
  return { sql: addUnits(time, { sql: `(${count})`, type: INTEGER }, interval.unit), type };
}

function intervalOf(node: Node): ReturnType<typeof readInterval> {
  const { kind, fields } = unwrap(node);
  if (kind === 'paren') return intervalOf(fields.this as Node);
  return kind === 'interval' ? readInterval(fields) : undefined;
}

const DIV_SHAPE = 'expected cast(n as decimal(38, s)) / nullif(cast(d as decimal(38, t)), 0)';

/** `/`: in tables the exact DIV shape only (see dialect.ts). */
export function compileDivision(
  context: CompileContext,
  node: Node,
  leftNode: Node,
  rightNode: Node,
  compile: (argument: Node) => Typed,
): Typed {
  if (context.mode !== 'query' && !isExactDivision(leftNode, rightNode))
    refuse(context, node, ['/'], `division outside the exact DIV shape, ${DIV_SHAPE}`);
  const left = compile(leftNode);
  const right = compile(rightNode);
  if (left.type.kind === 'broken' || right.type.kind === 'broken') return BROKEN_EXPRESSION;
  const type = commonTypeOf(context, node, ['/'], [left, right]);
  if (!isNumeric(type))
    refuse(
      context,
      node,
      ['/'],
      `${formatSqlType(left.type)} / ${formatSqlType(right.type)}, expected numbers`,
    );
  const [a, b] = [coerce(left, type), coerce(right, type)];
  if (isInteger(type)) return { sql: `lake_divide_integers(${a.sql}, ${b.sql})`, type };
  if (!isExact(type)) return { sql: `(${a.sql} / ${b.sql})`, type };
  const scale = (typed: Typed): number => toDecimal(typed).type.scale;
  if (context.mode !== 'query' && scale(left) < scale(right))
    refuse(
      context,
      node,
      ['/'],
      `division of scale ${scale(left)} by scale ${scale(right)}, ${DIV_SHAPE} with t <= s`,
    );
  return divideDecimals(left, right);
}

function isExactDivision(left: Node, right: Node): boolean {
  const [dividend, divisor] = [withoutParentheses(left), withoutParentheses(right)];
  if (!isWideDecimalCast(dividend)) return false;
  const { kind, fields } = unwrap(divisor);
  if (kind !== 'function' || String(fields.name).toLowerCase() !== 'nullif') return false;
  const [denominator, zero] = fields.args as readonly Node[];
  const nothing = zero && unwrap(zero);
  return (
    !!denominator &&
    isWideDecimalCast(withoutParentheses(denominator)) &&
    nothing?.kind === 'literal' &&
    nothing.fields.value === '0'
  );
}

function isWideDecimalCast(node: Node): boolean {
  const { kind, fields } = unwrap(node);
  const to = fields.to as { readonly data_type?: string; readonly precision?: number } | undefined;
  return kind === 'cast' && to?.data_type === 'decimal' && to.precision === 38;
}

function withoutParentheses(node: Node): Node {
  const { kind, fields } = unwrap(node);
  return kind === 'paren' ? withoutParentheses(fields.this as Node) : node;
}
