import type { SourcePosition } from './contract.ts';

/** One thing that is wrong with a pack: where, and what was expected instead. */
export type Problem = SourcePosition & { readonly message: string };

/** `sql/retail/bronze/invoices.yaml:12:5: type "text" is not a type, expected varchar, bigint, …` */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}
