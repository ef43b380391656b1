import { coerce, commonTypeOf } from './coercion.ts';
import { compileAggregate, isAggregate } from './compile-aggregate.ts';
import {
  allowFields,
  type CompileContext,
  nameOf,
  refuse,
  type Scope,
  type Typed,
} from './compile-context.ts';
import { compileExpression } from './compile-expression.ts';
import { compileOrder, type OrderItem } from './compile-order.ts';
import { type Fields, type Node, unwrap } from './parse.ts';
import { quoteIdentifier } from './quoting.ts';
import { BIGINT, DOUBLE, formatSqlType, isInteger, type SqlType } from './sql-type.ts';

const RANKINGS: Readonly<Record<string, readonly [string, SqlType]>> = {
  row_number: ['row_number', BIGINT],
  rank: ['rank', BIGINT],
  dense_rank: ['dense_rank', BIGINT],
  percent_rank: ['percent_rank', DOUBLE],
  cume_dist: ['cume_dist', DOUBLE],
};

const VALUES = new Set(['lag', 'lead', 'first_value', 'last_value', 'nth_value']);

/** Whether a function exists only with `over (…)`. */
export function isWindowOnly(kind: string): boolean {
  return Object.hasOwn(RANKINGS, kind) || VALUES.has(kind) || kind === 'n_tile';
}

/** Compiles `function over (…)`. */
export function compileWindow(context: CompileContext, node: Node, scope: Scope): Typed {
  const { fields } = unwrap(node);
  allowFields(context, node, fields, ['this', 'over']);
  const inner = fields.this as Node;
  const { kind, fields: call } = unwrap(inner);
  const specification = fields.over as Fields;
  const over = ` over ${compileWindowSpecification(context, specification, scope)}`;
  if (isAggregate(kind, call)) {
    if (kind === 'within_group' || kind === 'array_agg')
      refuse(context, inner, [], `${kind.replace('within_group', 'listagg')} over a window`);
    if (call.filter)
      refuse(context, inner, ['filter'], 'filter over a window, which Athena does not take, expected a case');
    return compileAggregate(context, inner, scope).wrap(over);
  }
  const ordered =
    ((specification.order_by ?? []) as readonly unknown[]).length > 0 || !!specification.window_name;
  const words = [kind.replace('n_tile', 'ntile')];
  if (isWindowOnly(kind) && !ordered && context.mode !== 'query')
    refuse(context, inner, words, `${words[0]} over a window without order by, an unordered pick`);

  const ranking = RANKINGS[kind];
  if (ranking) return { sql: `${ranking[0]}()${over}`, type: ranking[1] };
  if (kind === 'n_tile') {
    allowFields(context, inner, call, ['num_buckets']);
    const buckets = compileExpression(context, call.num_buckets as Node, scope);
    if (!isInteger(buckets.type))
      refuse(context, inner, words, `ntile of ${formatSqlType(buckets.type)}, expected bigint`);
    return { sql: `ntile(${buckets.sql})${over}`, type: BIGINT };
  }
  if (VALUES.has(kind)) return compileValueWindow(context, inner, kind, call, scope, over);
  return refuse(context, inner, [], `${String(call.name ?? kind)} over a window is not in the portable SQL`);
}

function compileValueWindow(
  context: CompileContext,
  node: Node,
  kind: string,
  call: Fields,
  scope: Scope,
  over: string,
): Typed {
  allowFields(context, node, call, ['this', 'offset', 'default', 'ignore_nulls']);
  const compile = (argument: unknown): Typed => compileExpression(context, argument as Node, scope);
  const value = compile(call.this);
  const instead = call.default ? compile(call.default) : undefined;
  const type = instead ? commonTypeOf(context, node, [kind], [value, instead]) : value.type;
  const offset = call.offset ? compile(call.offset) : undefined;
  if (offset && !isInteger(offset.type))
    refuse(context, node, [kind], `${kind} by ${formatSqlType(offset.type)}, expected bigint`);
  const given = [coerce(value, type).sql, offset?.sql, instead && coerce(instead, type).sql].filter(
    (one) => one !== undefined,
  );
  return { sql: `${kind}(${given.join(', ')}${call.ignore_nulls ? ' ignore nulls' : ''})${over}`, type };
}

/** What stands in the parentheses after `over`, and in a `window` clause. */
export function compileWindowSpecification(context: CompileContext, over: Fields, scope: Scope): string {
  const node = over as Node;
  allowFields(context, node, over, ['window_name', 'partition_by', 'order_by', 'frame']);
  const parts: string[] = [];
  if (over.window_name) {
    const name = nameOf(over.window_name);
    if (!scope.windows?.has(name)) refuse(context, node, [], `unknown window "${name}"`);
    parts.push(quoteIdentifier(name));
  }
  const partitions = (over.partition_by ?? []) as readonly Node[];
  if (partitions.length > 0)
    parts.push(
      `partition by ${partitions.map((one) => compileExpression(context, one, scope).sql).join(', ')}`,
    );
  const order = (over.order_by ?? []) as readonly OrderItem[];
  if (order.length > 0) parts.push(`order by ${compileOrder(context, order, scope)}`);
  if (over.frame) parts.push(compileFrame(context, over.frame as Fields, scope));
  return `(${parts.join(' ')})`;
}

function compileFrame(context: CompileContext, frame: Fields, scope: Scope): string {
  allowFields(context, frame as Node, frame, ['kind', 'start', 'end']);
  if (frame.kind !== 'Rows' && frame.kind !== 'Range')
    refuse(context, frame, ['groups'], 'a frame of groups, expected rows or range');
  const bound = (value: unknown): string => {
    if (value === 'UnboundedPreceding') return 'unbounded preceding';
    if (value === 'UnboundedFollowing') return 'unbounded following';
    if (value === 'CurrentRow') return 'current row';
    const [side, distance] = Object.entries(value as { readonly [side: string]: Node })[0]!;
    return `${compileExpression(context, distance, scope).sql} ${side.toLowerCase()}`;
  };
  const start = bound(frame.start);
  return `${String(frame.kind).toLowerCase()} between ${start} and ${frame.end ? bound(frame.end) : 'current row'}`;
}
