import { coerce } from './coercion.ts';
import type { Typed } from './compile-context.ts';
import {
  type FunctionCall,
  type FunctionRule,
  literalOf,
  requireKind,
  wholeNumberOf,
} from './function-call.ts';
import { quoteText } from './quoting.ts';
import { translatePattern, translateReplacement } from './regular-expression.ts';
import { BIGINT, BOOLEAN, INTEGER, type SqlType, VARBINARY, VARCHAR } from './sql-type.ts';

const text = (sql: string, type: SqlType = VARCHAR): Typed => ({ sql, type });

function requireTexts(call: FunctionCall, count = call.arguments.length): void {
  for (const argument of call.arguments.slice(0, count)) requireKind(call, argument, 'varchar');
}

function patternOf(call: FunctionCall, use: Parameters<typeof translatePattern>[1]): string {
  const pattern = translatePattern(literalOf(call, 1, 'pattern'), use);
  return 're2' in pattern
    ? quoteText(pattern.re2)
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
      const macro = call.context.mode !== 'query' ? `lake_${name}` : `lake_${name}_unicode`;
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

function hashing(duckDb: string): FunctionRule {
  return {
    arity: [1, 1],
    compile: (call) => {
      requireKind(call, call.arguments[0]!, 'varbinary');
      return { sql: `unhex(${duckDb}(${call.arguments[0]!.sql}))`, type: VARBINARY };
    },
  };
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

/** Functions of text, and hashes of it. */
export const TEXT_FUNCTIONS: Readonly<Record<string, FunctionRule>> = {
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
        `regexp_replace(${value.sql}, ${pattern}, ${quoteText(instead.re2)}, 'g')`,
        patternReplacedType(value, call.arguments[2]),
      );
    },
  },
};
