import type { Problem } from '../contract/problem.ts';
import type { SqlMode } from './dialect.ts';
import { type Fields, firstOffset, lastOffset, type Node } from './parse.ts';
import type { Source } from './source.ts';
import { BROKEN, type SqlType } from './sql-type.ts';

/** An expression in DuckDB's text with its Trino type. */
export type Typed = { readonly sql: string; readonly type: SqlType };

/** A column of a relation or of a query's result. */
export type Column = { readonly name: string; readonly type: SqlType };

/** A table, CTE, derived table or unnest in a `from`. */
export type Relation = {
  readonly alias: string;
  readonly columns: readonly Column[];
};

/** The names that an expression may use. */
export type Scope = {
  readonly relations: readonly Relation[];
  /** Columns named in `using`, which stand for both sides. */
  readonly merged: ReadonlyMap<string, SqlType>;
  /** The query around a subquery. */
  readonly parent?: Scope;
  /** Windows named in the `window` clause. */
  readonly windows?: ReadonlySet<string>;
  /** Output names that `order by` may use. */
  readonly outputs?: ReadonlyMap<string, Typed>;
};

/** What is known while one statement is compiled. */
export type CompileContext = {
  readonly source: Source;
  readonly mode: SqlMode;
  readonly problems: Problem[];
  /** Offset that is known to lie before the node at work; narrows the search for nodes without a place. */
  near: number;
  compileSubquery(query: Node, scope: Scope): { readonly sql: string; readonly columns: readonly Column[] };
};

/** Ends the expression at work; caught where the next one begins, so that one run tells of several problems. */
export class SqlRefusal extends Error {
  override readonly name = 'SqlRefusal';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Reports a problem at a node. `words` are tokens, any of which begins or marks the node in the text. */
export function refuse(
  context: CompileContext,
  node: unknown,
  words: readonly string[],
  message: string,
): never {
  throw new SqlRefusal(context.source.problemAt(locate(context, node, words), message));
}

/**
 * Where a node stands. The parser keeps places of identifiers only, so an operator or a function is looked for backwards
 * from its first identifier, or, having none, forwards from the last known place.
 */
function locate(context: CompileContext, node: unknown, words: readonly string[]): number {
  const { tokens } = context.source;
  const matches = (text: string): boolean => words.includes(text.toLowerCase());
  const first = firstOffset(node);
  if (words.length === 0) return first ?? context.near;
  if (first !== undefined) {
    const before = tokens.findLast((token) => token.end <= first && matches(token.text));
    const last = lastOffset(node)!;
    const within = tokens.find((token) => token.start >= first && token.start < last && matches(token.text));
    const after = tokens.find((token) => token.start >= last && matches(token.text));
    // An operator's first identifier stands before it, a function's after it.
    const isOperator = !/^\p{L}/u.test(words[0]!);
    return ((isOperator ? (within ?? after) : before) ?? within ?? before ?? after)?.start ?? first;
  }
  const found = tokens.find((token) => token.start >= context.near && matches(token.text));
  return (found ?? tokens.find((token) => matches(token.text)))?.start ?? context.near;
}

/** Runs `work`; a refusal is noted and answered with `instead`. */
export function attempt<Result>(context: CompileContext, instead: Result, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SqlRefusal)) throw error;
    context.problems.push(error.problem);
    return instead;
  }
}

/** An expression that stands in for one with a problem. */
export const BROKEN_EXPRESSION: Typed = { sql: 'null', type: BROKEN };

/** Refuses a node that says more than the compiler reads: nothing may be dropped silently. */
export function allowFields(
  context: CompileContext,
  node: Node,
  fields: Fields,
  known: readonly string[],
): void {
  for (const [field, value] of Object.entries(fields)) {
    if (known.includes(field) || IGNORED.has(field) || isAbsent(value)) continue;
    const name = field.replaceAll('_', ' ').trim();
    refuse(context, node, [name.split(' ')[0]!], `"${name}" is not part of the portable SQL`);
  }
}

// How a thing was spelt, not what it says.
const IGNORED = new Set([
  'span',
  'name',
  'original_name',
  'alias_explicit_as',
  'alias_keyword',
  'use_inner_keyword',
  'use_outer_keyword',
  'nesting_group',
  'integer_spelling',
  'real_spelling',
  'kind_text',
  'start_side_text',
  'end_side_text',
  'from_for_syntax',
  'sql_standard_syntax',
  'position_explicit',
  'alias_first',
  'no_parens',
  'use_bracket_syntax',
  'bracket_notation',
  'trailing_comments',
  'leading_comments',
  'comments',
  'inferred_type',
  'quoted',
]);

function isAbsent(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 || value.every(isAbsent);
  return value === null || value === undefined || value === false;
}

/** The name in an identifier node; Athena takes names in lower case. */
export function nameOf(identifier: unknown): string {
  return String((identifier as { name: string }).name).toLowerCase();
}
