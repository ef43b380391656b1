import { coerce } from './coercion.ts';
import {
  allowFields,
  attempt,
  BROKEN_EXPRESSION,
  type Column,
  type CompileContext,
  nameOf,
  refuse,
  type Scope,
  type Typed,
} from './compile-context.ts';
import { compileCondition, compileExpression } from './compile-expression.ts';
import { compileFrom } from './compile-from.ts';
import { compileOrder, type OrderItem, orderExpression } from './compile-order.ts';
import { compileWindowSpecification } from './compile-window.ts';
import { type Fields, firstOffset, type Node, unwrap } from './parse.ts';
import { quoteIdentifier } from './quoting.ts';
import { BROKEN, commonType, formatSqlType, type SqlType } from './sql-type.ts';
import type { QueryableColumns } from './table-reference.ts';

/** A query in DuckDB's text with the columns of its result. */
export type CompiledQuery = { readonly sql: string; readonly columns: readonly Column[] };

/** What a query may read besides its own CTEs. */
export type QueryEnvironment = {
  readonly ctes: ReadonlyMap<string, readonly Column[]>;
  /** What is known of a table that stands in the SQL with its database; `mention` is that node's fields. */
  table(
    database: string,
    name: string,
    snapshotId: string | undefined,
    mention: Fields,
  ): QueryableColumns | undefined;
};

const NO_SCOPE: Scope = { relations: [], merged: new Map() };

/** Compiles a query. `outermost` is the select of the file, the one that may end in `select * from final`. */
export function compileQuery(
  context: CompileContext,
  node: Node,
  environment: QueryEnvironment,
  parent: Scope | undefined,
  outermost: boolean,
): CompiledQuery {
  const { kind, fields } = unwrap(node);
  if (kind === 'subquery' && !fields.alias) {
    allowFields(context, node, fields, ['this']);
    return compileQuery(context, fields.this as Node, environment, parent, outermost);
  }
  if (!['select', 'union', 'except', 'intersect', 'values'].includes(kind))
    return refuse(context, node, [], `${kind.replaceAll('_', ' ')} where a select was expected`);
  const { sql: ctes, inner } = compileCtes(context, fields, environment);
  const query =
    kind === 'select'
      ? compileSelect(context, node, fields, inner, parent, outermost)
      : kind === 'values'
        ? compileValues(context, node, fields, parent)
        : compileSetOperation(context, node, kind, fields, inner, parent);
  return { sql: `${ctes}${query.sql}`, columns: query.columns };
}

function compileCtes(
  context: CompileContext,
  fields: Fields,
  environment: QueryEnvironment,
): { readonly sql: string; readonly inner: QueryEnvironment } {
  const clause = fields.with as Fields | null | undefined;
  if (!clause) return { sql: '', inner: environment };
  if (clause.recursive) refuse(context, clause, ['recursive'], 'with recursive is not in the portable SQL');
  const ctes = new Map(environment.ctes);
  const parts = (clause.ctes as readonly Fields[]).map((cte) => {
    allowFields(context, cte as Node, cte, ['alias', 'this', 'columns']);
    const name = nameOf(cte.alias);
    const inner = { ...environment, ctes: new Map(ctes) };
    const query = attempt<CompiledQuery>(
      context,
      { sql: 'select null', columns: [{ name: '', type: BROKEN }] },
      () => compileQuery(context, cte.this as Node, inner, undefined, false),
    );
    const names = ((cte.columns ?? []) as readonly unknown[]).map(nameOf);
    if (names.length > 0 && names.length !== query.columns.length)
      refuse(context, cte, [], `${names.length} names for ${query.columns.length} columns of "${name}"`);
    const columns = query.columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
    ctes.set(name, columns);
    return `${quoteIdentifier(name)}${columnList(columns)} as (${query.sql})`;
  });
  return { sql: `with ${parts.join(', ')} `, inner: { ...environment, ctes } };
}

/** DuckDB's list of column names after an alias; a column without a name cannot be spoken of. */
export function columnList(columns: readonly Column[]): string {
  return `(${columns.map((column, index) => quoteIdentifier(column.name || `_col${index}`)).join(', ')})`;
}

const SELECT_FIELDS = [
  'expressions',
  'from',
  'joins',
  'where_clause',
  'group_by',
  'having',
  'order_by',
  'limit',
  'offset',
  'fetch',
  'distinct',
  'with',
  'windows',
];

function compileSelect(
  context: CompileContext,
  node: Node,
  fields: Fields,
  environment: QueryEnvironment,
  parent: Scope | undefined,
  outermost: boolean,
): CompiledQuery {
  allowFields(context, node, fields, SELECT_FIELDS);
  const local: CompileContext = {
    ...context,
    compileSubquery: (query, scope) => compileQuery(context, query, environment, scope, false),
  };
  const from = compileFrom(local, fields, environment, parent);
  const windows = (fields.windows ?? []) as readonly Fields[];
  const scope: Scope = {
    relations: from.relations,
    merged: from.merged,
    ...(parent && { parent }),
    windows: new Set(windows.map((window) => nameOf(window.name))),
  };
  const items = compileItems(local, node, fields, scope, outermost);
  const where = clause(local, 'where', fields.where_clause, scope);
  const group = fields.group_by ? compileGroupBy(local, node, fields.group_by as Fields, items, scope) : '';
  const having = clause(local, 'having', fields.having, scope);
  const named = windows.map(
    (window) =>
      `${quoteIdentifier(nameOf(window.name))} as ${attempt(local, '()', () => compileWindowSpecification(local, window.spec as Fields, scope))}`,
  );
  const list = items
    .map((item, index) => `${item.sql} as ${quoteIdentifier(item.name || `_col${index}`)}`)
    .join(', ');
  const sql = [
    `select ${fields.distinct ? 'distinct ' : ''}${list}`,
    from.sql,
    where,
    group,
    having,
    named.length > 0 ? ` window ${named.join(', ')}` : '',
    compileTail(local, fields, items, scope),
  ].join('');
  return { sql, columns: items.map(({ name, type }) => ({ name, type })) };
}

type Item = Typed & { readonly name: string };

function compileItems(
  context: CompileContext,
  node: Node,
  fields: Fields,
  scope: Scope,
  outermost: boolean,
): readonly Item[] {
  const nodes = fields.expressions as readonly Node[];
  return nodes.flatMap((item): readonly Item[] =>
    attempt<readonly Item[]>(context, [{ ...BROKEN_EXPRESSION, name: itemName(item) }], () => {
      const { kind, fields: inner } = unwrap(item);
      if (kind === 'star') return expandStar(context, node, item, inner, fields, scope, outermost);
      if (kind === 'alias') allowFields(context, item, inner, ['this', 'alias']);
      const typed = compileExpression(context, kind === 'alias' ? (inner.this as Node) : item, scope);
      if (typed.type.kind === 'interval') refuse(context, item, ['interval'], 'an interval in a result');
      return [{ ...typed, name: itemName(item) }];
    }),
  );
}

function itemName(item: Node): string {
  const { kind, fields } = unwrap(item);
  if (kind === 'alias') return nameOf(fields.alias);
  return kind === 'column' ? nameOf(fields.name) : '';
}

function expandStar(
  context: CompileContext,
  select: Node,
  item: Node,
  star: Fields,
  fields: Fields,
  scope: Scope,
  outermost: boolean,
): readonly Item[] {
  allowFields(context, item, star, ['table']);
  const table = star.table ? nameOf(star.table) : undefined;
  context.near = firstOffset(star) ?? context.near;
  const isFinal =
    outermost && !table && (fields.expressions as readonly Node[]).length === 1 && readsOneCte(fields);
  if (context.mode !== 'query' && !isFinal)
    refuse(
      context,
      table ? item : select,
      ['*'],
      'select *, expected the columns by name (only the last line may be select * from a CTE)',
    );
  const relations = scope.relations.filter((relation) => table === undefined || relation.alias === table);
  if (relations.length === 0)
    refuse(context, item, ['*'], table ? `unknown table "${table}" before *` : '* without from');
  if (scope.merged.size > 0 && !table)
    refuse(context, item, ['*'], 'select * over join … using, expected the columns by name');
  return relations.flatMap((relation) =>
    relation.columns.map((column, index) => ({
      sql: `${quoteIdentifier(relation.alias)}.${quoteIdentifier(column.name || `_col${index}`)}`,
      type: column.type,
      name: column.name,
    })),
  );
}

function readsOneCte(fields: Fields): boolean {
  const tables = ((fields.from as Fields | null)?.expressions ?? []) as readonly Node[];
  const { kind, fields: table } = tables[0] ? unwrap(tables[0]) : { kind: 'nothing', fields: {} as Fields };
  return (
    tables.length === 1 &&
    kind === 'table' &&
    !table.schema &&
    ((fields.joins ?? []) as readonly unknown[]).length === 0
  );
}

function clause(context: CompileContext, word: string, value: unknown, scope: Scope): string {
  if (!value) return '';
  return attempt(
    context,
    '',
    () => ` ${word} ${compileCondition(context, (value as Fields).this as Node, scope).sql}`,
  );
}

function compileGroupBy(
  context: CompileContext,
  node: Node,
  group: Fields,
  items: readonly Item[],
  scope: Scope,
): string {
  allowFields(context, node, group, ['expressions']);
  const expression = (one: Node): string => {
    const { kind, fields } = unwrap(one);
    if (kind === 'tuple')
      return `(${((fields.expressions ?? []) as readonly Node[]).map(expression).join(', ')})`;
    if (
      kind === 'function' &&
      ['grouping sets', 'rollup', 'cube'].includes(String(fields.name).toLowerCase())
    )
      return `${String(fields.name)} (${((fields.args ?? []) as readonly Node[]).map(expression).join(', ')})`;
    if (kind === 'literal' && fields.literal_type === 'number') {
      const item = items[Number(fields.value) - 1];
      if (!item)
        refuse(
          context,
          one,
          [String(fields.value)],
          `group by ${String(fields.value)}, expected 1 to ${items.length}`,
        );
      return String(fields.value);
    }
    return compileExpression(context, one, scope).sql;
  };
  const parts = ((group.expressions ?? []) as readonly Node[]).map((one) =>
    attempt(context, '1', () => expression(one)),
  );
  return ` group by ${parts.join(', ')}`;
}

/** `order by`, `offset` and `limit`. */
function compileTail(context: CompileContext, fields: Fields, items: readonly Item[], scope: Scope): string {
  return attempt(context, '', () => {
    const order = ((fields.order_by as Fields | null)?.expressions ?? []) as readonly OrderItem[];
    const limit = (fields.limit as Fields | null)?.this ?? (fields.fetch as Fields | null)?.count;
    const offset = (fields.offset as Fields | null)?.this;
    // The first rows of an order are the same ones on every run; a dashboard asks for them, a table may not.
    const mayCut = context.mode === 'query' || (context.mode === 'dashboard' && order.length > 0 && !offset);
    if (!mayCut && (limit || offset))
      refuse(
        context,
        fields,
        ['limit', 'fetch', 'offset'],
        context.mode === 'dashboard'
          ? 'limit without order by, or offset, expected `order by … limit …`'
          : 'limit, whose rows are not the same on every run, expected row_number() over (… order by …)',
      );
    if (fields.fetch)
      allowFields(context, fields.fetch as Node, fields.fetch as Fields, ['count', 'direction', 'rows']);
    const outputs = new Map(items.filter((item) => item.name).map((item) => [item.name, item]));
    const inner: Scope = { ...scope, outputs };
    const compile = (node: Node): string => {
      const { kind, fields: one } = unwrap(node);
      if (kind === 'literal' && one.literal_type === 'number') {
        const place = Number(one.value);
        if (!(place >= 1 && place <= items.length))
          refuse(context, node, ['by'], `order by ${place}, expected 1 to ${items.length}`);
        return String(place);
      }
      if (kind === 'column' && !one.table && outputs.has(nameOf(one.name)))
        return quoteIdentifier(nameOf(one.name));
      return orderExpression(context, node, inner);
    };
    const by = order.length > 0 ? ` order by ${compileOrder(context, order, inner, compile)}` : '';
    return `${by}${limit ? ` limit ${count(context, limit as Node)}` : ''}${offset ? ` offset ${count(context, offset as Node)}` : ''}`;
  });
}

function count(context: CompileContext, node: Node): string {
  const { kind, fields } = unwrap(node);
  if (kind === 'literal' && /^\d+$/.test(String(fields.value))) return String(fields.value);
  if (kind === 'column' && nameOf(fields.name) === 'all') return String(Number.MAX_SAFE_INTEGER);
  return refuse(
    context,
    node,
    ['limit', 'offset', 'fetch'],
    'limit and offset must be written out as whole numbers',
  );
}

function compileValues(
  context: CompileContext,
  node: Node,
  fields: Fields,
  parent: Scope | undefined,
): CompiledQuery {
  allowFields(context, node, fields, ['expressions']);
  const scope: Scope = { ...NO_SCOPE, ...(parent && { parent }) };
  const rows = (fields.expressions as readonly Fields[]).map((row) =>
    (row.expressions as readonly Node[]).map((one) => compileExpression(context, one, scope)),
  );
  const types = rows
    .map((row): readonly SqlType[] => row.map((one) => one.type))
    .reduce((left, right) => commonTypes(context, node, 'values', left, right));
  const lines = rows.map((row) => `(${row.map((one, index) => coerce(one, types[index]!).sql).join(', ')})`);
  return { sql: `values ${lines.join(', ')}`, columns: types.map((type) => ({ name: '', type })) };
}

function compileSetOperation(
  context: CompileContext,
  node: Node,
  kind: string,
  fields: Fields,
  environment: QueryEnvironment,
  parent: Scope | undefined,
): CompiledQuery {
  allowFields(context, node, fields, [
    'left',
    'right',
    'all',
    'distinct',
    'order_by',
    'limit',
    'offset',
    'fetch',
    'with',
  ]);
  if (fields.all && kind !== 'union') refuse(context, node, [kind], `${kind} all is not in the portable SQL`);
  const left = compileQuery(context, fields.left as Node, environment, parent, false);
  const right = compileQuery(context, fields.right as Node, environment, parent, false);
  const types = commonTypes(
    context,
    node,
    kind,
    left.columns.map((column) => column.type),
    right.columns.map((column) => column.type),
  );
  const columns = left.columns.map((column, index) => ({ name: column.name, type: types[index]! }));
  const side = (query: CompiledQuery): string => {
    const list = columns.map((column, index) => {
      const name = quoteIdentifier(`c${index}`);
      return `${coerce({ sql: name, type: query.columns[index]!.type }, column.type).sql} as ${quoteIdentifier(column.name || `_col${index}`)}`;
    });
    const names = columns.map((_, index) => quoteIdentifier(`c${index}`)).join(', ');
    return `select ${list.join(', ')} from (${query.sql}) as side(${names})`;
  };
  const items = columns.map((column, index) => ({
    ...column,
    sql: quoteIdentifier(column.name || `_col${index}`),
  }));
  const both = `(${side(left)}) ${kind}${fields.all ? ' all' : ''} (${side(right)})`;
  return { sql: `${both}${compileTail(context, fields, items, NO_SCOPE)}`, columns };
}

function commonTypes(
  context: CompileContext,
  node: Node,
  word: string,
  left: readonly SqlType[],
  right: readonly SqlType[],
): readonly SqlType[] {
  if (left.length !== right.length)
    refuse(context, node, [word], `${word} of ${left.length} and ${right.length} columns`);
  return left.map((one, index) => {
    const other = right[index]!;
    const type = commonType(one, other);
    if (!type)
      refuse(
        context,
        node,
        [word],
        `${word}: column ${index + 1} is ${formatSqlType(one)} and ${formatSqlType(other)}`,
      );
    return type;
  });
}
