import { coerceToCommon } from './coercion.ts';
import { compileAggregate, isAggregate } from './compile-aggregate.ts';
import { compileArithmetic, compileDivision, negate } from './compile-arithmetic.ts';
import { compileCast, readType } from './compile-cast.ts';
import {
  allowFields,
  BROKEN_EXPRESSION,
  type CompileContext,
  nameOf,
  refuse,
  type Scope,
  type Typed,
} from './compile-context.ts';
import { compileInterval, compileLiteral } from './compile-literal.ts';
import { compileWindow, isWindowOnly } from './compile-window.ts';
import { compileFunction } from './functions.ts';
import { type Fields, firstOffset, type Node, unwrap } from './parse.ts';
import { quoteIdentifier } from './quoting.ts';
import { BOOLEAN, BROKEN, decimal, formatSqlType, INTEGER, UNKNOWN } from './sql-type.ts';

/** Compiles one expression; a problem in it is thrown. */
export function compileExpression(context: CompileContext, node: Node, scope: Scope): Typed {
  context.near = firstOffset(node) ?? context.near;
  const typed = compileNode(context, node, scope);
  if (context.mode !== 'query' && (typed.type.kind === 'double' || typed.type.kind === 'real'))
    refuse(context, node, [], `${typed.type.kind} may feed no table, expected decimal`);
  return typed;
}

/** An expression that must be a condition. */
export function compileCondition(context: CompileContext, node: Node, scope: Scope): Typed {
  const condition = compileExpression(context, node, scope);
  if (!['boolean', 'unknown', 'broken'].includes(condition.type.kind))
    refuse(context, node, [], `${formatSqlType(condition.type)} where a condition was expected`);
  return condition;
}

const COMPARISONS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  eq: ['='],
  neq: ['<>', '!='],
  lt: ['<'],
  lte: ['<='],
  gt: ['>'],
  gte: ['>='],
};

/** Functions for which the parser has a node kind of its own: name, and the fields that hold the arguments. */
const FUNCTION_NODES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  upper: ['upper', 'this'],
  lower: ['lower', 'this'],
  length: ['length', 'this'],
  substring: ['substr', 'this', 'start', 'length'],
  str_position: ['strpos', 'this', 'substr'],
  starts_with: ['starts_with', 'this', 'expression'],
  coalesce: ['coalesce', 'expressions'],
  if_func: ['if', 'condition', 'true_value', 'false_value'],
  mod_func: ['mod', 'this', 'expression'],
  abs: ['abs', 'this'],
  floor: ['floor', 'this'],
  ceil: ['ceil', 'this'],
  sqrt: ['sqrt', 'this'],
  year: ['year', 'this'],
  quarter: ['quarter', 'this'],
  month: ['month', 'this'],
  day: ['day', 'this'],
  day_of_month: ['day_of_month', 'this'],
  day_of_week: ['day_of_week', 'this'],
  day_of_year: ['day_of_year', 'this'],
  week_of_year: ['week_of_year', 'this'],
  hour: ['hour', 'this'],
  minute: ['minute', 'this'],
  second: ['second', 'this'],
  cardinality: ['cardinality', 'this'],
  typeof: ['typeof', 'this'],
};

/** How names of functions are spelt in Athena besides the one that the rules use. */
const SPELLINGS: Readonly<Record<string, string>> = {
  substring: 'substr',
  ceiling: 'ceil',
  char_length: 'length',
};

function compileNode(context: CompileContext, node: Node, scope: Scope): Typed {
  const { kind, fields } = unwrap(node);
  const child = (field: string): Node => fields[field] as Node;
  const compile = (argument: Node): Typed => compileExpression(context, argument, scope);
  const condition = (argument: Node): Typed => compileCondition(context, argument, scope);
  const only = (...known: readonly string[]): void => allowFields(context, node, fields, known);

  if (COMPARISONS[kind]) {
    only('left', 'right');
    return compare(context, node, COMPARISONS[kind], compile(child('left')), compile(child('right')));
  }
  const call = FUNCTION_NODES[kind];
  if (call) {
    const [name, ...names] = call;
    only(...names);
    const given = names.flatMap((field) => (fields[field] ?? []) as Node | readonly Node[]);
    return compileFunction(context, node, name, given, compile);
  }
  if (isAggregate(kind, fields)) return compileAggregate(context, node, scope).whole;
  if (isWindowOnly(kind))
    return refuse(
      context,
      node,
      [kind, kind.replace('n_tile', 'ntile')],
      `${kind.replace('n_tile', 'ntile')} without over (…)`,
    );

  switch (kind) {
    case 'column':
      only('name', 'table');
      return resolveColumn(context, node, fields, scope);
    case 'literal':
      return compileLiteral(context, node, fields);
    case 'boolean':
      return { sql: String(fields.value), type: BOOLEAN };
    case 'null':
      return { sql: 'null', type: UNKNOWN };
    case 'paren':
      only('this');
      return compile(child('this'));
    case 'and':
    case 'or':
      only('left', 'right');
      return {
        sql: `(${condition(child('left')).sql} ${kind} ${condition(child('right')).sql})`,
        type: BOOLEAN,
      };
    case 'not':
      only('this');
      return { sql: `(not ${condition(child('this')).sql})`, type: BOOLEAN };
    case 'neg':
      only('this');
      return negate(context, node, compile(child('this')));
    case 'add':
    case 'sub':
    case 'mul':
      only('left', 'right');
      return compileArithmetic(context, node, kind, child('left'), child('right'), compile);
    case 'mod':
      only('left', 'right');
      return compileFunction(context, node, 'mod', [child('left'), child('right')], compile);
    case 'div':
      only('left', 'right');
      return compileDivision(context, node, child('left'), child('right'), compile);
    case 'concat':
      only('left', 'right');
      return concatenate(context, node, compile(child('left')), compile(child('right')));
    case 'null_safe_eq':
    case 'null_safe_neq': {
      only('left', 'right');
      const [left, right] = coerceToCommon(
        context,
        node,
        ['is'],
        [compile(child('left')), compile(child('right'))],
      );
      const not = kind === 'null_safe_eq' ? ' not' : '';
      return { sql: `(${left!.sql} is${not} distinct from ${right!.sql})`, type: BOOLEAN };
    }
    case 'is_null':
      only('this', 'not');
      return { sql: `(${compile(child('this')).sql} is${fields.not ? ' not' : ''} null)`, type: BOOLEAN };
    case 'between': {
      only('this', 'low', 'high', 'not');
      const [value, low, high] = coerceToCommon(
        context,
        node,
        ['between'],
        [compile(child('this')), compile(child('low')), compile(child('high'))],
      );
      const not = fields.not ? 'not ' : '';
      return { sql: `(${value!.sql} ${not}between ${low!.sql} and ${high!.sql})`, type: BOOLEAN };
    }
    case 'in':
      only('this', 'expressions', 'query', 'not');
      return compileIn(context, node, fields, scope, compile);
    case 'like': {
      only('left', 'right', 'escape');
      const sides = [compile(child('left')), compile(child('right'))];
      for (const side of sides)
        if (!['varchar', 'unknown', 'broken'].includes(side.type.kind))
          refuse(context, node, ['like'], `like of ${formatSqlType(side.type)}, expected varchar`);
      const escaping = fields.escape ? ` escape ${compile(child('escape')).sql}` : '';
      return { sql: `(${sides[0]!.sql} like ${sides[1]!.sql}${escaping})`, type: BOOLEAN };
    }
    case 'case':
      only('operand', 'whens', 'else_');
      return compileCase(context, node, fields, compile, condition);
    case 'cast':
    case 'try_cast':
      only('this', 'to');
      return compileCastNode(context, node, kind, fields, compile);
    case 'extract': {
      only('this', 'field');
      const unit = String(fields.field).toLowerCase();
      const name = {
        year: 'year',
        quarter: 'quarter',
        month: 'month',
        day: 'day',
        hour: 'hour',
        minute: 'minute',
        second: 'second',
      }[unit];
      if (!name) return refuse(context, node, ['extract'], `extract of ${unit}, expected year to second`);
      return compileFunction(context, node, name, [child('this')], compile);
    }
    case 'trim': {
      only('this', 'characters', 'position');
      const name = { Leading: 'ltrim', Trailing: 'rtrim' }[String(fields.position)] ?? 'trim';
      const given = fields.characters ? [child('this'), child('characters')] : [child('this')];
      return compileFunction(context, node, name, given, compile);
    }
    case 'interval':
      return compileInterval(context, node, fields);
    case 'subquery':
      only('this');
      return compileScalarSubquery(context, node, child('this'), scope);
    case 'exists': {
      only('this', 'not');
      const { sql } = context.compileSubquery(child('this'), scope);
      return { sql: `(${fields.not ? 'not ' : ''}exists (${sql}))`, type: BOOLEAN };
    }
    case 'window_function':
      return compileWindow(context, node, scope);
    case 'array_func':
      return compileArray(context, node, (fields.expressions ?? []) as readonly Node[], compile);
    case 'function':
    case 'aggregate_function': {
      allowFields(context, node, fields, ['name', 'args']);
      const name = String(fields.name).toLowerCase();
      const given = (fields.args ?? []) as readonly Node[];
      if (name === 'grouping') return compileGrouping(given, compile);
      return compileFunction(context, node, SPELLINGS[name] ?? name, given, compile);
    }
    case 'dot':
      return refuse(context, node, [], 'a name of three parts, expected alias.column');
    case 'star':
      return refuse(context, node, ['*'], '* where an expression was expected');
    default: {
      const given = Object.values(fields).filter((value) => value !== null && typeof value === 'object');
      // Tells of a refused function by its own reason.
      return compileFunction(
        context,
        node,
        kind.replace(/^i_like$/, 'ilike'),
        given as readonly Node[],
        () => BROKEN_EXPRESSION,
      );
    }
  }
}

function resolveColumn(context: CompileContext, node: Node, fields: Fields, scope: Scope): Typed {
  const name = nameOf(fields.name);
  const table = fields.table ? nameOf(fields.table) : undefined;
  const output = table === undefined ? scope.outputs?.get(name) : undefined;
  if (output) return output;
  for (let around: Scope | undefined = scope; around; around = around.parent) {
    if (table === undefined) {
      const merged = around.merged.get(name);
      if (merged) return { sql: quoteIdentifier(name), type: merged };
    }
    const relations = around.relations.filter((relation) => table === undefined || relation.alias === table);
    const found = relations.flatMap((relation) =>
      relation.columns.filter((column) => column.name === name).map((column) => ({ relation, column })),
    );
    if (found.length > 1)
      refuse(
        context,
        node,
        [],
        `column "${name}" is ambiguous: ${found.map((one) => one.relation.alias).join(', ')}`,
      );
    const one = found[0];
    if (one)
      return {
        sql: `${quoteIdentifier(one.relation.alias)}.${quoteIdentifier(name)}`,
        type: one.column.type,
      };
    if (relations.some((relation) => relation.columns.some((column) => column.type.kind === 'broken')))
      return BROKEN_EXPRESSION;
    if (table !== undefined && relations.length > 0) {
      const known = relations.flatMap((relation) => relation.columns.map((column) => column.name));
      refuse(context, node, [], `unknown column "${table}.${name}", expected one of ${known.join(', ')}`);
    }
  }
  const known = scope.relations.flatMap((relation) => relation.columns.map((column) => column.name));
  return refuse(
    context,
    node,
    [],
    table === undefined
      ? `unknown column "${name}", expected one of ${[...new Set(known)].join(', ')}`
      : `unknown table "${table}" before column "${name}", expected one of ${scope.relations.map((relation) => relation.alias).join(', ')}`,
  );
}

function compare(
  context: CompileContext,
  node: Node,
  words: readonly [string, ...string[]],
  one: Typed,
  other: Typed,
): Typed {
  const [left, right] = coerceToCommon(context, node, words, [one, other]);
  return { sql: `(${left!.sql} ${words[0]} ${right!.sql})`, type: BOOLEAN };
}

function concatenate(context: CompileContext, node: Node, left: Typed, right: Typed): Typed {
  for (const side of [left, right])
    if (side.type.kind !== 'varchar' && side.type.kind !== 'broken')
      refuse(context, node, ['||'], `|| of ${formatSqlType(side.type)}, expected varchar`);
  return { sql: `(${left.sql} || ${right.sql})`, type: { kind: 'varchar' } };
}

function compileIn(
  context: CompileContext,
  node: Node,
  fields: Fields,
  scope: Scope,
  compile: (argument: Node) => Typed,
): Typed {
  const not = fields.not ? ' not' : '';
  const value = compile(fields.this as Node);
  if (!fields.query) {
    const list = (fields.expressions as readonly Node[]).map(compile);
    const [first, ...others] = coerceToCommon(context, node, ['in'], [value, ...list]);
    return { sql: `(${first!.sql}${not} in (${others.map((one) => one.sql).join(', ')}))`, type: BOOLEAN };
  }
  const query = context.compileSubquery(fields.query as Node, scope);
  const column = query.columns[0];
  if (query.columns.length !== 1 || !column)
    return refuse(context, node, ['in'], `in (select …) of ${query.columns.length} columns, expected one`);
  const member: Typed = { sql: 'member', type: column.type };
  const [left, right] = coerceToCommon(context, node, ['in'], [value, member]);
  return {
    sql: `(${left!.sql}${not} in (select ${right!.sql} from (${query.sql}) as members(member)))`,
    type: BOOLEAN,
  };
}

function compileCase(
  context: CompileContext,
  node: Node,
  fields: Fields,
  compile: (argument: Node) => Typed,
  condition: (argument: Node) => Typed,
): Typed {
  const whens = fields.whens as readonly (readonly [Node, Node])[];
  const operand = fields.operand ? compile(fields.operand as Node) : undefined;
  const conditions = whens.map(([when]) =>
    operand ? compare(context, node, ['=', 'case'], operand, compile(when)) : condition(when),
  );
  const results = [
    ...whens.map(([, then]) => compile(then)),
    fields.else_ ? compile(fields.else_ as Node) : { sql: 'null', type: UNKNOWN },
  ];
  const values = coerceToCommon(context, node, ['case'], results);
  const branches = conditions.map((when, index) => `when ${when.sql} then ${values[index]!.sql}`);
  return { sql: `case ${branches.join(' ')} else ${values.at(-1)!.sql} end`, type: values[0]!.type };
}

function compileCastNode(
  context: CompileContext,
  node: Node,
  kind: 'cast' | 'try_cast',
  fields: Fields,
  compile: (argument: Node) => Typed,
): Typed {
  const to = fields.to as Fields;
  const inner = unwrap(fields.this as Node);
  // The parser reads DECIMAL '1.50' as a cast without precision; Trino takes its type from its digits.
  if (to.data_type === 'decimal' && typeof to.precision !== 'number') {
    const digits = inner.kind === 'literal' ? String(inner.fields.value) : '';
    if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(digits) || inner.fields.literal_type !== 'string')
      refuse(
        context,
        node,
        ['cast', 'decimal'],
        'decimal without precision and scale, expected decimal(p, s)',
      );
    const [whole = '', fraction = ''] = digits.replace(/^[+-]/, '').split('.');
    const type = decimal(Math.max(1, whole.replace(/^0+/, '').length + fraction.length), fraction.length);
    return { sql: `cast('${digits}' as decimal(${type.precision}, ${type.scale}))`, type };
  }
  const type = readType(context, node, to);
  return compileCast(context, node, compile(fields.this as Node), type, kind === 'try_cast');
}

function compileScalarSubquery(context: CompileContext, node: Node, query: Node, scope: Scope): Typed {
  const { sql, columns } = context.compileSubquery(query, scope);
  const column = columns[0];
  if (columns.length !== 1 || !column)
    return refuse(context, node, ['('], `a subquery of ${columns.length} columns, expected one`);
  return { sql: `(${sql})`, type: column.type };
}

function compileArray(
  context: CompileContext,
  node: Node,
  items: readonly Node[],
  compile: (argument: Node) => Typed,
): Typed {
  if (items.length === 0) refuse(context, node, ['array'], 'an empty array');
  const values = coerceToCommon(context, node, ['array'], items.map(compile));
  const element = values[0]!.type;
  return {
    sql: `[${values.map((value) => value.sql).join(', ')}]`,
    type: element.kind === 'broken' ? BROKEN : { kind: 'array', element },
  };
}

function compileGrouping(given: readonly Node[], compile: (argument: Node) => Typed): Typed {
  return {
    sql: `cast(grouping(${given.map((one) => compile(one).sql).join(', ')}) as integer)`,
    type: INTEGER,
  };
}
