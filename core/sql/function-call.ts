import type { CompileContext, Typed } from './compile-context.ts';
import { type Node, unwrap } from './parse.ts';
import { formatSqlType, type SqlType } from './sql-type.ts';

/** A call with its arguments compiled. */
export type FunctionCall = {
  readonly context: CompileContext;
  readonly node: Node;
  readonly name: string;
  readonly arguments: readonly Typed[];
  readonly argumentNodes: readonly Node[];
  /** Ends the call with a problem. */
  fail(message: string): never;
};

/** How a function is written for DuckDB, and its type in Trino. */
export type FunctionRule = {
  /** Least and greatest count of arguments. */
  readonly arity: readonly [number, number];
  compile(call: FunctionCall): Typed;
};

/** Refuses an argument of another type. */
export function requireKind(call: FunctionCall, argument: Typed, ...kinds: readonly SqlType['kind'][]): void {
  if (argument.type.kind === 'unknown' || argument.type.kind === 'broken') return;
  if (!kinds.includes(argument.type.kind))
    call.fail(`${call.name} of ${formatSqlType(argument.type)}, expected ${kinds.join(' or ')}`);
}

/** The text of an argument that must be written out, for patterns, units and formats. */
export function literalOf(call: FunctionCall, index: number, what: string): string {
  const { kind, fields } = unwrap(call.argumentNodes[index]!);
  if (kind !== 'literal' || fields.literal_type !== 'string')
    return call.fail(`${call.name}: the ${what} must be written out as text`);
  return String(fields.value);
}

/** The whole number of an argument that must be written out. */
export function wholeNumberOf(call: FunctionCall, index: number, what: string): number {
  let { kind, fields } = unwrap(call.argumentNodes[index]!);
  let sign = 1;
  if (kind === 'neg') {
    sign = -1;
    ({ kind, fields } = unwrap(fields.this as Node));
  }
  if (kind !== 'literal' || !/^\d+$/.test(String(fields.value)))
    return call.fail(`${call.name}: the ${what} must be written out as a whole number`);
  return sign * Number(fields.value);
}
