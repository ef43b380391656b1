import { coerce, coerceToCommon, commonTypeOf } from './coercion.ts';
import { type CompileContext, quoteLiteral, refuse, type Typed } from './compile-context.ts';
import { DATE_FUNCTIONS } from './date-functions.ts';
import {
  type FunctionCall,
  type FunctionRule,
  literalOf,
  requireKind,
  wholeNumberOf,
} from './function-call.ts';
import type { Node } from './parse.ts';
import { translatePattern, translateReplacement } from './regular-expression.ts';
import {
  asDecimal,
  BIGINT,
  BOOLEAN,
  DOUBLE,
  decimal,
  formatSqlType,
  INTEGER,
  isInteger,
  isNumeric,
  type SqlType,
  UNKNOWN,
  VARBINARY,
  VARCHAR,
} from './sql-type.ts';

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

const text = (sql: string, type: SqlType = VARCHAR): Typed => ({ sql, type });

function requireTexts(call: FunctionCall, count = call.arguments.length): void {
  for (const argument of call.arguments.slice(0, count)) requireKind(call, argument, 'varchar');
}

function patternOf(call: FunctionCall, use: Parameters<typeof translatePattern>[1]): string {
  const pattern = translatePattern(literalOf(call, 1, 'pattern'), use);
  return 're2' in pattern
    ? quoteLiteral(pattern.re2)
    : call.fail(`${call.name}: not a portable pattern: ${pattern.refused}`);
}

function requireNonEmpty(call: FunctionCall, index: number, what: string): void {
  if (literalOf(call, index, what) === '') call.fail(`${call.name} with an empty ${what}`);
}

const sqlOf = (call: FunctionCall): string => call.arguments.map((argument) => argument.sql).join(', ');

/** A function of texts that is called the same on DuckDB, with the type of its first argument or a given one. */
function sameText(arity: FunctionRule['arity'], duckDb: string, type?: SqlType): FunctionRule {
  return {
    arity,
    compile: (call) => {
      requireTexts(call);
      return { sql: `${duckDb}(${sqlOf(call)})`, type: type ?? call.arguments[0]!.type };
    },
  };
}

function changeCase(name: 'upper' | 'lower'): FunctionRule {
  return {
    arity: [1, 1],
    compile: (call) => {
      requireTexts(call);
      const [value] = call.arguments as [Typed];
      // Tables: ASCII letters on both engines. Questions: as Athena does it.
      const macro = call.context.mode === 'table' ? `lake_${name}` : `lake_${name}_unicode`;
      return { sql: `${macro}(${value.sql})`, type: value.type };
    },
  };
}

function pad(duckDb: string): FunctionRule {
  return {
    arity: [3, 3],
    compile: (call) => {
      requireTexts(call, 1);
      requireNonEmpty(call, 2, 'filling');
      const size = wholeNumberOf(call, 1, 'length');
      if (size < 0) call.fail(`${call.name} to length ${size}, expected 0 or more`);
      const [value, , filling] = call.arguments as [Typed, Typed, Typed];
      return text(`${duckDb}(${value.sql}, ${size}, ${filling.sql})`);
    },
  };
}

function trimming(duckDb: string): FunctionRule {
  return {
    arity: [1, 2],
    compile: (call) => {
      requireTexts(call);
      const [value, characters] = call.arguments;
      return text(`${duckDb}(${value!.sql}, ${characters?.sql ?? 'lake_blanks()'})`, value!.type);
    },
  };
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

function hashing(duckDb: string): FunctionRule {
  return {
    arity: [1, 1],
    compile: (call) => {
      requireKind(call, call.arguments[0]!, 'varbinary');
      return { sql: `unhex(${duckDb}(${call.arguments[0]!.sql}))`, type: VARBINARY };
    },
  };
}

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

/** Scalar functions that mean the same, or are made to, on Athena and DuckDB. */
export const FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
  ...DATE_FUNCTIONS,
  upper: changeCase('upper'),
  lower: changeCase('lower'),
  trim: trimming('trim'),
  ltrim: trimming('ltrim'),
  rtrim: trimming('rtrim'),
  lpad: pad('lpad'),
  rpad: pad('rpad'),
  length: sameText([1, 1], 'length', BIGINT),
  starts_with: sameText([2, 2], 'starts_with', BOOLEAN),
  strpos: sameText([2, 2], 'instr', BIGINT),
  translate: sameText([3, 3], 'translate', VARCHAR),
  to_utf8: sameText([1, 1], 'encode', VARBINARY),
  codepoint: {
    arity: [1, 1],
    compile: (call) => {
      const character = literalOf(call, 0, 'character');
      return { sql: String(character.codePointAt(0)), type: INTEGER };
    },
  },
  chr: {
    arity: [1, 1],
    compile: (call) => {
      requireKind(call, call.arguments[0]!, 'integer', 'bigint');
      return { sql: `chr(cast(${sqlOf(call)} as integer))`, type: { kind: 'varchar', length: 1 } };
    },
  },
  to_hex: {
    arity: [1, 1],
    compile: (call) => {
      requireKind(call, call.arguments[0]!, 'varbinary');
      return text(`hex(${sqlOf(call)})`);
    },
  },
  to_base64: {
    arity: [1, 1],
    compile: (call) => {
      requireKind(call, call.arguments[0]!, 'varbinary');
      return text(`to_base64(${sqlOf(call)})`);
    },
  },
  sha256: hashing('sha256'),
  md5: hashing('md5'),
  concat: {
    arity: [2, 64],
    compile: (call) => {
      requireTexts(call);
      return text(`(${call.arguments.map((argument) => coerce(argument, VARCHAR).sql).join(' || ')})`);
    },
  },
  concat_ws: {
    arity: [2, 64],
    compile: (call) => {
      requireTexts(call);
      return text(`concat_ws(${call.arguments.map((argument) => coerce(argument, VARCHAR).sql).join(', ')})`);
    },
  },
  substr: {
    arity: [2, 3],
    compile: (call) => {
      requireTexts(call, 1);
      const [value, start, size] = call.arguments as [Typed, Typed, Typed | undefined];
      requireKind(call, start, 'integer', 'bigint');
      if (size) requireKind(call, size, 'integer', 'bigint');
      return text(`lake_substring(${value.sql}, ${start.sql}, ${size?.sql ?? 2147483647})`, value.type);
    },
  },
  replace: {
    arity: [2, 3],
    compile: (call) => {
      requireTexts(call);
      requireNonEmpty(call, 1, 'search text');
      const [value, search, instead] = call.arguments as [Typed, Typed, Typed | undefined];
      return text(
        `replace(${value.sql}, ${search.sql}, ${instead?.sql ?? "''"})`,
        replacedType(value, search, instead),
      );
    },
  },
  split_part: {
    arity: [3, 3],
    compile: (call) => {
      requireTexts(call, 2);
      requireNonEmpty(call, 1, 'delimiter');
      requireKind(call, call.arguments[2]!, 'integer', 'bigint');
      return text(`lake_split_part(${sqlOf(call)})`, call.arguments[0]!.type);
    },
  },
  regexp_like: {
    arity: [2, 2],
    compile: (call) => {
      requireTexts(call);
      const sql = `regexp_matches(${call.arguments[0]!.sql}, ${patternOf(call, 'like')})`;
      return { sql, type: BOOLEAN };
    },
  },
  regexp_extract: {
    arity: [2, 3],
    compile: (call) => {
      requireTexts(call, 2);
      const group = call.argumentNodes.length > 2 ? wholeNumberOf(call, 2, 'group') : 0;
      const pattern = patternOf(call, group > 0 ? 'extract group' : 'extract');
      const [value] = call.arguments as [Typed];
      return text(`lake_extract(${value.sql}, ${pattern}, ${group})`, value.type);
    },
  },
  regexp_replace: {
    arity: [2, 3],
    compile: (call) => {
      requireTexts(call);
      const pattern = patternOf(call, 'replace');
      const instead =
        call.argumentNodes.length > 2 ? translateReplacement(literalOf(call, 2, 'replacement')) : { re2: '' };
      if (!('re2' in instead)) return call.fail(`regexp_replace: not portable: ${instead.refused}`);
      const [value] = call.arguments as [Typed];
      return text(
        `regexp_replace(${value.sql}, ${pattern}, ${quoteLiteral(instead.re2)}, 'g')`,
        patternReplacedType(value, call.arguments[2]),
      );
    },
  },
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
  typeof: {
    arity: [1, 1],
    compile: (call) => text(quoteLiteral(formatSqlType(call.arguments[0]!.type))),
  },
  infinity: { arity: [0, 0], compile: () => ({ sql: `cast('Infinity' as double)`, type: DOUBLE }) },
  nan: { arity: [0, 0], compile: () => ({ sql: `cast('NaN' as double)`, type: DOUBLE }) },
  is_nan: {
    arity: [1, 1],
    compile: (call) => ({ sql: `isnan(${coerce(call.arguments[0]!, DOUBLE).sql})`, type: BOOLEAN }),
  },
  cardinality: {
    arity: [1, 1],
    compile: (call) => {
      requireKind(call, call.arguments[0]!, 'array');
      return { sql: `len(${sqlOf(call)})`, type: BIGINT };
    },
  },
};

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

// Trino's bound for the length after every character has been replaced.
function replacedType(value: Typed, search: Typed, instead: Typed | undefined): SqlType {
  if (!instead) return value.type;
  const lengths = [value.type, search.type, instead.type].map((type) =>
    type.kind === 'varchar' ? type.length : undefined,
  );
  const [size, , grown] = lengths;
  return size === undefined || grown === undefined
    ? VARCHAR
    : { kind: 'varchar', length: Math.min(2147483647, grown * (size + 1) + size) };
}

// Trino's bound for regexp_replace, whatever the pattern takes.
function patternReplacedType(value: Typed, instead: Typed | undefined): SqlType {
  if (!instead) return value.type;
  const [size, grown] = [value.type, instead.type].map((type) =>
    type.kind === 'varchar' ? type.length : undefined,
  );
  if (size === undefined || grown === undefined) return VARCHAR;
  const length = size + Math.max(Math.floor((size * grown) / 2), grown) * (size + 1);
  return { kind: 'varchar', length: Math.min(2147483647, length) };
}

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
