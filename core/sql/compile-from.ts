import {
  allowFields,
  type Column,
  type CompileContext,
  nameOf,
  type Relation,
  refuse,
  type Scope,
} from './compile-context.ts';
import { compileCondition, compileExpression } from './compile-expression.ts';
import { columnList, compileQuery, type QueryEnvironment } from './compile-query.ts';
import { type Fields, type Node, unwrap } from './parse.ts';
import { quoteIdentifier } from './quoting.ts';
import { BIGINT, commonType, formatSqlType, type SqlType } from './sql-type.ts';
import { snapshotOf } from './table-reference.ts';

type From = {
  readonly sql: string;
  readonly relations: readonly Relation[];
  readonly merged: ReadonlyMap<string, SqlType>;
};

const JOINS: Readonly<Record<string, string>> = {
  Inner: 'inner join',
  Left: 'left join',
  Right: 'right join',
  Full: 'full join',
  Cross: 'cross join',
  Implicit: 'cross join',
};

/** Compiles `from` with its joins. */
export function compileFrom(
  context: CompileContext,
  fields: Fields,
  environment: QueryEnvironment,
  parent: Scope | undefined,
): From {
  const tables = ((fields.from as Fields | null)?.expressions ?? []) as readonly Node[];
  const joins = (fields.joins ?? []) as readonly Fields[];
  if (tables.length === 0) return { sql: '', relations: [], merged: new Map() };
  const relations: Relation[] = [];
  const merged = new Map<string, SqlType>();
  const scope = (): Scope => ({ relations: [...relations], merged, ...(parent && { parent }) });
  const add = (node: Node): string => {
    const { sql, relation } = compileRelation(context, node, environment, scope());
    if (relations.some((other) => other.alias === relation.alias))
      refuse(context, node, [], `two tables named "${relation.alias}" in one from`);
    relations.push(relation);
    return sql;
  };
  let sql = ` from ${tables.map((table) => add(table)).join(' cross join ')}`;
  for (const join of joins) {
    allowFields(context, join as Node, join, ['this', 'on', 'using', 'kind']);
    const kind = String(join.kind);
    const word = JOINS[kind];
    if (!word) refuse(context, join, ['join'], `a ${kind.toLowerCase()} join is not in the portable SQL`);
    const using = ((join.using ?? []) as readonly unknown[]).map(nameOf);
    const before = [...relations];
    sql += ` ${word} ${add(join.this as Node)}`;
    const joined = relations.at(-1)!;
    if (using.length > 0) {
      for (const name of using) mergeColumn(context, join, name, before, joined, merged);
      sql += ` using (${using.map(quoteIdentifier).join(', ')})`;
    } else if (join.on) {
      sql += ` on ${compileCondition(context, join.on as Node, scope()).sql}`;
    } else if (word !== 'cross join') {
      refuse(context, join, ['join'], `${word} without on`);
    }
  }
  return { sql, relations, merged };
}

function mergeColumn(
  context: CompileContext,
  join: Fields,
  name: string,
  before: readonly Relation[],
  joined: Relation,
  merged: Map<string, SqlType>,
): void {
  const left =
    merged.get(name) ??
    before.flatMap((relation) => relation.columns).find((column) => column.name === name)?.type;
  const right = joined.columns.find((column) => column.name === name)?.type;
  const type = left && right && commonType(left, right);
  if (!left || !right) refuse(context, join, ['using'], `using (${name}), expected a column of both sides`);
  if (!type || formatSqlType(left) !== formatSqlType(right))
    refuse(
      context,
      join,
      ['using'],
      `using (${name}) of ${formatSqlType(left)} and ${formatSqlType(right)}, expected one type`,
    );
  merged.set(name, type);
}

function compileRelation(
  context: CompileContext,
  node: Node,
  environment: QueryEnvironment,
  scope: Scope,
): { readonly sql: string; readonly relation: Relation } {
  const { kind, fields } = unwrap(node);
  switch (kind) {
    case 'table':
      return compileTable(context, node, fields, environment);
    case 'paren':
    case 'subquery':
      return compileDerived(context, node, fields, environment, scope);
    case 'alias':
      if ((fields.this as Node).unnest) return compileUnnest(context, node, fields, scope);
      return refuse(context, node, [], 'an alias of what is not a table');
    case 'unnest':
      return refuse(context, node, ['unnest'], 'unnest without names, expected unnest(…) as t (x)');
    default:
      return refuse(context, node, [], `${kind.replaceAll('_', ' ')} in from is not in the portable SQL`);
  }
}

function compileTable(
  context: CompileContext,
  node: Node,
  fields: Fields,
  environment: QueryEnvironment,
): { readonly sql: string; readonly relation: Relation } {
  allowFields(context, node, fields, ['schema', 'alias', 'column_aliases', 'version']);
  const name = nameOf(fields.name);
  const alias = fields.alias ? nameOf(fields.alias) : name;
  const names = ((fields.column_aliases ?? []) as readonly unknown[]).map(nameOf);
  if (!fields.schema) {
    const columns = environment.ctes.get(name);
    if (!columns)
      return refuse(
        context,
        node,
        [],
        `unknown table "${name}", expected a CTE of this select or database.table`,
      );
    if (fields.version) refuse(context, node, [], `for version as of after the CTE "${name}"`);
    return rename(context, node, quoteIdentifier(name), alias, columns, names);
  }
  const database = nameOf(fields.schema);
  const version = fields.version as Fields | null;
  if (version) {
    const of = ((version.this as Node | undefined)?.identifier as Fields | undefined)?.name;
    if (
      String(of).toLowerCase() !== 'version' ||
      version.kind !== 'AS OF' ||
      !/^\d+$/.test(snapshotOf(fields) ?? '')
    )
      refuse(context, node, ['for'], 'expected for version as of and a snapshot id');
  }
  const table = environment.table(database, name, snapshotOf(fields), fields);
  if (!table) return refuse(context, node, [], `unknown table "${database}.${name}"`);
  return rename(context, node, table.duckdb, alias, table.columns, names);
}

function compileDerived(
  context: CompileContext,
  node: Node,
  fields: Fields,
  environment: QueryEnvironment,
  scope: Scope,
): { readonly sql: string; readonly relation: Relation } {
  allowFields(context, node, fields, ['this', 'alias', 'column_aliases', 'lateral']);
  // Only `lateral` may use the tables before it; DuckDB would let any derived table do so.
  const parent = fields.lateral ? scope : scope.parent;
  const query = compileQuery(context, fields.this as Node, environment, parent, false);
  const names = ((fields.column_aliases ?? []) as readonly unknown[]).map(nameOf);
  const alias = fields.alias ? nameOf(fields.alias) : `_table${scope.relations.length}`;
  return rename(
    context,
    node,
    `${fields.lateral ? 'lateral ' : ''}(${query.sql})`,
    alias,
    query.columns,
    names,
  );
}

function compileUnnest(
  context: CompileContext,
  node: Node,
  fields: Fields,
  scope: Scope,
): { readonly sql: string; readonly relation: Relation } {
  allowFields(context, node, fields, ['this', 'alias', 'column_aliases']);
  const { fields: unnest } = unwrap(fields.this as Node);
  allowFields(context, node, unnest, ['this', 'with_ordinality']);
  const array = compileExpression(context, unnest.this as Node, scope);
  if (array.type.kind !== 'array')
    return refuse(context, node, ['unnest'], `unnest of ${formatSqlType(array.type)}, expected an array`);
  const names = ((fields.column_aliases ?? []) as readonly unknown[]).map(nameOf);
  const expected = unnest.with_ordinality ? 2 : 1;
  if (names.length !== expected)
    return refuse(
      context,
      node,
      ['unnest'],
      `unnest with ${names.length} column names, expected ${expected}`,
    );
  const alias = nameOf(fields.alias);
  const columns: Column[] = [{ name: names[0]!, type: array.type.element }];
  if (unnest.with_ordinality) columns.push({ name: names[1]!, type: BIGINT });
  const ordinality = unnest.with_ordinality ? `, generate_subscripts(${array.sql}, 1)` : '';
  const sql = `lateral (select unnest(${array.sql})${ordinality}) as ${quoteIdentifier(alias)}${columnList(columns)}`;
  return { sql, relation: { alias, columns } };
}

function rename(
  context: CompileContext,
  node: Node,
  sql: string,
  alias: string,
  columns: readonly Column[],
  names: readonly string[],
): { readonly sql: string; readonly relation: Relation } {
  if (names.length > 0 && names.length !== columns.length)
    refuse(context, node, [], `${names.length} names for ${columns.length} columns of "${alias}"`);
  const renamed = columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
  return {
    sql: `${sql} as ${quoteIdentifier(alias)}${columnList(renamed)}`,
    relation: { alias, columns: renamed },
  };
}
