import type { CompileContext, Scope } from './compile-context.ts';
import { refuse } from './compile-context.ts';
import { compileExpression } from './compile-expression.ts';
import type { Node } from './parse.ts';
import { formatSqlType } from './sql-type.ts';

/** An item of `order by` as the parser gives it. */
export type OrderItem = {
  readonly this: Node;
  readonly desc?: boolean;
  readonly nulls_first?: boolean | null;
  readonly with_fill?: unknown;
};

/** `order by` items with nulls last, as Trino has them in both directions, unless written otherwise. */
export function compileOrder(
  context: CompileContext,
  items: readonly OrderItem[],
  scope: Scope,
  compile = (node: Node): string => orderExpression(context, node, scope),
): string {
  return items
    .map((item) => {
      if (item.with_fill) refuse(context, item, ['with'], '"with fill" is not part of the portable SQL');
      return `${compile(item.this)} ${item.desc ? 'desc' : 'asc'} nulls ${item.nulls_first ? 'first' : 'last'}`;
    })
    .join(', ');
}

/** An expression that rows are ordered by. */
export function orderExpression(context: CompileContext, node: Node, scope: Scope): string {
  const typed = compileExpression(context, node, scope);
  if (typed.type.kind === 'array' || typed.type.kind === 'interval')
    refuse(context, node, [], `order by ${formatSqlType(typed.type)}`);
  // A number alone would be taken for the place of a column.
  return /^\d+$/.test(typed.sql) ? `(${typed.sql} + 0)` : typed.sql;
}
