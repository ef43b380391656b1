import type { DashboardQuery } from './contract.ts';
import { problemOfQueryName } from './names.ts';
import type { Problem } from './problem.ts';

/** A dashboard query read from its file, or what is wrong with it. */
export type ReadQuery = { readonly query?: DashboardQuery; readonly problems: readonly Problem[] };

/** What Athena takes for the description of a named query. */
const questionLimit = 1024;
/** What Athena takes for the name of a named query, `<pack>.<name>`. */
const nameLimit = 128;

/** Reads `queries/<name>.sql`: the first line is the question, the rest a select that the lint reads. */
export function readQuery(pack: string, name: string, file: string, text: string): ReadQuery {
  const position = { file, line: 1, column: 1 };
  const nameProblem = problemOfQueryName(name);
  if (nameProblem) return { problems: [{ ...position, message: nameProblem }] };
  const { length } = `${pack}.${name}`;
  if (length > nameLimit) {
    const message = `query name "${pack}.${name}" has ${length} characters, expected at most ${nameLimit}`;
    return { problems: [{ ...position, message }] };
  }
  const [first = ''] = text.split(/\r?\n/, 1);
  const question = /^-- *(\S.*\?)\s*$/.exec(first)?.[1];
  if (question === undefined || question.length > questionLimit) {
    const message = `the first line is "${first.slice(0, 60)}", expected the question: \`-- Which … ?\``;
    return { problems: [{ ...position, message }] };
  }
  return { query: { pack, name, question, sql: text, position }, problems: [] };
}
