import { coerceToCommon } from './coercion.ts';
import { type CompileContext, refuse, type Typed } from './compile-context.ts';
import { DATE_FUNCTIONS } from './date-functions.ts';
import { type FunctionRule, requireKind } from './function-call.ts';
import { NUMBER_FUNCTIONS } from './number-functions.ts';
import type { Node } from './parse.ts';
import { quoteText } from './quoting.ts';
import { asDecimal, BIGINT, formatSqlType, type SqlType, VARCHAR } from './sql-type.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';

/** Functions that are known and not portable: why. */
export const REFUSED_FUNCTIONS: Readonly<Record<string, string>> = {
  ...refusedAs('not the same on every run', ['now', 'current_date', 'current_timestamp', 'current_time']),
  ...refusedAs('not the same on every run', [
    'localtime',
    'localtimestamp',
    'random',
    'rand',
    'uuid',
    'shuffle',
  ]),
  ...refusedAs('approximate', ['approx_distinct', 'approx_percentile', 'approx_most_frequent', 'approx_set']),
  ...refusedAs('an unordered pick, expected row_number() over (… order by …) = 1', [
    'arbitrary',
    'any_value',
    'max_by',
    'min_by',
  ]),
  ...refusedAs('different in the last digits on Athena and DuckDB', [
    ...[
      'power',
      'pow',
      'exp',
      'ln',
      'log',
      'log2',
      'log10',
      'cbrt',
      'sin',
      'cos',
      'tan',
      'stddev',
      'variance',
    ],
    ...[
      'stddev_pop',
      'stddev_samp',
      'var_pop',
      'var_samp',
      'corr',
      'covar_pop',
      'covar_samp',
      'geometric_mean',
    ],
    ...['regr_slope', 'regr_intercept', 'skewness', 'kurtosis'],
  ]),
  reverse: 'different for combined letters on Athena and DuckDB',
  try: 'blind to errors that differ between Athena and DuckDB, expected try_cast or a case',
};

function refusedAs(reason: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

function extreme(name: string): FunctionRule {
  return {
    arity: [1, 64],
    compile: (call) => {
      const values = coerceToCommon(call.context, call.node, [call.name], call.arguments);
      // One NULL makes the whole NULL in Trino and is passed over in DuckDB.
      const anyNull = values.map((value) => `${value.sql} is null`).join(' or ');
      const list = values.map((value) => value.sql).join(', ');
      return { sql: `case when ${anyNull} then null else ${name}(${list}) end`, type: values[0]!.type };
    },
  };
}

/** Scalar functions that mean the same, or are made to, on Athena and DuckDB. */
export const FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  ...DATE_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  coalesce: {
    arity: [2, 64],
    compile: (call) => {
      const values = coerceToCommon(call.context, call.node, [call.name], call.arguments);
      return { sql: `coalesce(${values.map((value) => value.sql).join(', ')})`, type: values[0]!.type };
    },
  },
  nullif: {
    arity: [2, 2],
    compile: (call) => {
      const [left, right] = coerceToCommon(call.context, call.node, [call.name], call.arguments);
      const value = call.arguments[0]!;
      return {
        sql: `case when ${left!.sql} = ${right!.sql} then null else ${value.sql} end`,
        type: value.type,
      };
    },
  },
  if: {
    arity: [2, 3],
    compile: (call) => {
      const [condition, ...results] = call.arguments as [Typed, ...Typed[]];
      requireKind(call, condition, 'boolean');
      const [yes, no] = coerceToCommon(call.context, call.node, [call.name], results);
      return {
        sql: `case when ${condition.sql} then ${yes!.sql} else ${no?.sql ?? 'null'} end`,
        type: yes!.type,
      };
    },
  },
  greatest: extreme('greatest'),
  least: extreme('least'),
  typeof: {
    arity: [1, 1],
    compile: (call) => ({ sql: quoteText(formatSqlType(call.arguments[0]!.type)), type: VARCHAR }),
  },
  cardinality: {
    arity: [1, 1],
    compile: (call) => {
      requireKind(call, call.arguments[0]!, 'array');
      return { sql: `len(${call.arguments[0]!.sql})`, type: BIGINT };
    },
  },
};

/** Looks a function up and compiles the call. */
export function compileFunction(
  context: CompileContext,
  node: Node,
  name: string,
  argumentNodes: readonly Node[],
  compile: (argument: Node) => Typed,
): Typed {
  const fail = (message: string): never => refuse(context, node, [name], message);
  const reason = Object.hasOwn(REFUSED_FUNCTIONS, name) ? REFUSED_FUNCTIONS[name] : undefined;
  if (reason) return fail(`${name} is ${reason}`);
  const rule = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!rule)
    return fail(
      `function ${name} is not in the portable SQL: it is not known to mean the same on Athena and DuckDB`,
    );
  const [least, most] = rule.arity;
  if (argumentNodes.length < least || argumentNodes.length > most)
    return fail(
      `${name} with ${argumentNodes.length} arguments, expected ${least === most ? least : `${least} to ${most}`}`,
    );
  const typed = argumentNodes.map(compile);
  if (typed.some((argument) => argument.type.kind === 'broken'))
    return { sql: 'null', type: { kind: 'broken' } };
  return rule.compile({ context, node, name, arguments: typed, argumentNodes, fail });
}

/** Whether a value can be taken for an exact number. */
export function isExact(type: SqlType): boolean {
  return asDecimal(type) !== undefined;
}
