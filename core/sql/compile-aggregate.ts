import { coerce, divideDecimals } from './coercion.ts';
import { allowFields, type CompileContext, refuse, type Scope, type Typed } from './compile-context.ts';
import { compileCondition, compileExpression } from './compile-expression.ts';
import { compileOrder, type OrderItem } from './compile-order.ts';
import { type Fields, type Node, unwrap } from './parse.ts';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  decimal,
  formatSqlType,
  isInteger,
  isNumeric,
  type SqlType,
  UNKNOWN,
  VARCHAR,
} from './sql-type.ts';

/** An aggregate: its call, to which `over (…)` may be put, and what stands around it. */
export type CompiledAggregate = {
  /** DuckDB's call with its `filter`, given the text that goes after it (`over (…)` or nothing). */
  readonly wrap: (over: string) => Typed;
  /** The aggregate without a window. */
  readonly whole: Typed;
};

const AGGREGATES = new Set([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'count_if',
  'logical_or',
  'logical_and',
  'array_agg',
  'within_group',
  'list_agg',
]);

/** Whether a node is an aggregate that the portable SQL has. */
export function isAggregate(kind: string, fields: Fields): boolean {
  return AGGREGATES.has(kind) && !(kind === 'within_group' && !(fields.this as Node).list_agg);
}

/** Compiles an aggregate call: types as in Trino, order written out where it decides the result. */
export function compileAggregate(context: CompileContext, node: Node, scope: Scope): CompiledAggregate {
  const { kind, fields } = unwrap(node);
  const compile = (argument: unknown): Typed => compileExpression(context, argument as Node, scope);
  const filter = fields.filter
    ? ` filter (where ${compileCondition(context, fields.filter as Node, scope).sql})`
    : '';
  const distinct = fields.distinct ? 'distinct ' : '';
  const name =
    { logical_or: 'bool_or', logical_and: 'bool_and', within_group: 'listagg', list_agg: 'listagg' }[kind] ??
    kind;
  const fail = (message: string): never => refuse(context, node, [name, 'every'], message);
  const result = (call: string, type: SqlType, around = (sql: string): string => sql): CompiledAggregate => {
    const wrap = (over: string): Typed => ({ sql: around(`${call}${filter}${over}`), type });
    return { wrap, whole: wrap('') };
  };

  if (kind === 'list_agg') return fail('listagg without within group (order by …)');
  if (kind === 'within_group') {
    allowFields(context, node, fields, ['this', 'order_by', 'filter']);
    const inner = unwrap(fields.this as Node).fields;
    allowFields(context, node, inner, ['this', 'separator', 'distinct']);
    if (inner.distinct) fail('listagg(distinct …)');
    const value = compile(inner.this);
    if (value.type.kind !== 'varchar' && value.type.kind !== 'broken')
      fail(`listagg of ${formatSqlType(value.type)}, expected varchar`);
    const separator = inner.separator ? compile(inner.separator).sql : "''";
    const order = compileOrder(context, fields.order_by as readonly OrderItem[], scope);
    return result(`string_agg(${value.sql}, ${separator} order by ${order})`, VARCHAR);
  }
  if (kind === 'count') {
    allowFields(context, node, fields, ['this', 'star', 'distinct', 'filter']);
    if (fields.star) return result('count(*)', BIGINT);
    if (!fields.this) return result('count(*)', BIGINT);
    if ((fields.this as Node).tuple) fail('count of several expressions, expected one');
    return result(`count(${distinct}${compile(fields.this).sql})`, BIGINT);
  }
  if (kind === 'array_agg') {
    allowFields(context, node, fields, ['this', 'order_by', 'distinct', 'filter']);
    const items = (fields.order_by ?? []) as readonly OrderItem[];
    if (items.length === 0 && context.mode !== 'query')
      fail('array_agg without order by, whose order is not the same on every run');
    const value = compile(fields.this);
    const order = items.length > 0 ? ` order by ${compileOrder(context, items, scope)}` : '';
    return result(`list(${distinct}${value.sql}${order})`, { kind: 'array', element: value.type });
  }
  allowFields(context, node, fields, ['this', 'distinct', 'filter']);
  const value = compile(fields.this);
  const { type } = value;
  if (type.kind === 'broken') return result('null', type);
  switch (kind) {
    case 'count_if':
      if (type.kind !== 'boolean') fail(`count_if of ${formatSqlType(type)}, expected a condition`);
      return result(`count(case when ${value.sql} then 1 end)`, BIGINT);
    case 'logical_or':
    case 'logical_and':
      if (type.kind !== 'boolean') fail(`${name} of ${formatSqlType(type)}, expected a condition`);
      return result(`${name}(${value.sql})`, BOOLEAN);
    case 'min':
    case 'max':
      if (type.kind === 'array' || type.kind === 'interval') fail(`${kind} of ${formatSqlType(type)}`);
      return result(`${kind}(${value.sql})`, type);
    case 'sum': {
      if (!isNumeric(type)) fail(`sum of ${formatSqlType(type)}, expected a number`);
      const sum = isInteger(type) ? BIGINT : type.kind === 'decimal' ? decimal(38, type.scale) : type;
      if (sum.kind !== 'decimal')
        return result(`sum(${distinct}${value.sql})`, sum, (sql) => coerce({ sql, type: UNKNOWN }, sum).sql);
      const most = `cast('${'9'.repeat(38 - sum.scale)}.${'9'.repeat(sum.scale)}' as decimal(38, ${sum.scale}))`;
      return result(`sum(${distinct}${value.sql})`, sum, (sql) => `lake_bounded(${sql}, ${most})`);
    }
    default:
      return compileAverage(context, value, distinct, filter, fail);
  }
}

/** avg: of integers a double in Trino; of decimals the exact quotient in the decimal's own type. */
function compileAverage(
  context: CompileContext,
  value: Typed,
  distinct: string,
  filter: string,
  fail: (message: string) => never,
): CompiledAggregate {
  const { type } = value;
  if (context.mode !== 'query') fail('avg may feed no table, expected the exact DIV shape of sum and count');
  if (!isNumeric(type)) fail(`avg of ${formatSqlType(type)}, expected a number`);
  if (type.kind !== 'decimal') {
    const wrap = (over: string): Typed => ({
      sql: `avg(${distinct}cast(${value.sql} as double))${filter}${over}`,
      type: type.kind === 'real' ? type : DOUBLE,
    });
    return { wrap, whole: wrap('') };
  }
  const wrap = (over: string): Typed => {
    const sum: Typed = { sql: `sum(${distinct}${value.sql})${filter}${over}`, type: decimal(38, type.scale) };
    const count: Typed = { sql: `nullif(count(${distinct}${value.sql})${filter}${over}, 0)`, type: BIGINT };
    return {
      sql: `cast(${divideDecimals(sum, count).sql} as decimal(${type.precision}, ${type.scale}))`,
      type,
    };
  };
  return { wrap, whole: wrap('') };
}
