import type { Pack, TableReference } from '../contract/contract.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import { areProblems, type PackSql, placeholderValues, readPackSql, startOf } from './pack-sql.ts';
import { quoteDay, quoteIdentifier } from './quoting.ts';
import { SqlProblemError } from './transpile.ts';

/** Where a statement reads a table: the table, the snapshot (decimal), and a condition on its rows. */
export type ResolvedTable = TableIdentifier & {
  readonly snapshotId?: string;
  /** Athena condition over the table's columns. */
  readonly restrict?: string;
};

/** Says where each table of the pack is read. */
export type ResolveTable = (reference: TableReference) => ResolvedTable;

/** What a run fixes for the SQL of a pack. */
export type ReadOptions = {
  readonly pack: Pack;
  readonly resolve: ResolveTable;
  /** `YYYY-MM-DD`; gold needs it. */
  readonly asOf?: string;
  /** Values in place of the pack's defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
};

/** SQL of a file with its placeholders filled in. @throws SqlProblemError */
export function readOrThrow(options: ReadOptions, sql: string, file: string, isGold: boolean): PackSql {
  if (options.asOf !== undefined) quoteDay(options.asOf);
  const values = placeholderValues(options.pack, isGold ? options.asOf : undefined, options.parameters);
  const read = readPackSql(options.pack, sql, values, startOf(file));
  if (areProblems(read)) throw new SqlProblemError(read);
  return read;
}

/** A stretch of text to put in another's place. */
type Replacement = { readonly start: number; readonly end: number; readonly text: string };

/** The SQL as it was written, with its tables resolved, and `upper` and `lower` of ASCII letters (see dialect.ts). */
export function renderTables({ source, tables }: PackSql, resolve: ResolveTable): string {
  const replacements: Replacement[] = tables.map(({ start, end, hasAlias, reference }) => {
    const text = renderTable(resolve(reference));
    return { start, end, text: hasAlias ? text : `${text} as ${quoteIdentifier(reference.name)}` };
  });
  replacements.push(...replaceCaseFunctions(source.tokens));
  // What ends the statement would end the select that it is put into.
  const last = source.tokens.at(-1);
  if (last?.text === ';') replacements.push({ start: last.start, end: last.end, text: '' });
  const ordered = replacements.toSorted((one, other) => one.start - other.start);
  let text = '';
  let at = 0;
  for (const { start, end, text: instead } of ordered) {
    text += source.text.slice(at, start) + instead;
    at = end;
  }
  return (text + source.text.slice(at)).trimEnd();
}

/** A table for `from`: at its snapshot, restricted rows as a derived table. */
export function renderTable({ database, table, snapshotId, restrict }: ResolvedTable): string {
  const name = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
  if (snapshotId !== undefined && !/^\d+$/.test(snapshotId))
    throw new TypeError(`snapshot id "${snapshotId}", expected digits`);
  const read = snapshotId === undefined ? name : `${name} for version as of ${snapshotId}`;
  return restrict === undefined ? read : `(select * from ${read} where ${restrict})`;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const CASES: Readonly<Record<string, string>> = {
  upper: `'${LETTERS}', '${LETTERS.toUpperCase()}'`,
  lower: `'${LETTERS.toUpperCase()}', '${LETTERS}'`,
};

/** `upper(x)` becomes `translate(x, 'abc…', 'ABC…')`: Athena's own changes letters that other engines change differently. */
function replaceCaseFunctions(tokens: PackSql['source']['tokens']): readonly Replacement[] {
  return tokens.flatMap((token, index): readonly Replacement[] => {
    const letters = token.kind === 'word' ? CASES[token.text.toLowerCase()] : undefined;
    if (!letters || tokens[index + 1]?.text !== '(' || tokens[index - 1]?.text === '.') return [];
    let depth = 0;
    const close = tokens.findIndex((candidate, at) => {
      if (at <= index) return false;
      depth += candidate.text === '(' ? 1 : candidate.text === ')' ? -1 : 0;
      return depth === 0;
    });
    const { start } = tokens[close]!;
    return [
      { start: token.start, end: token.end, text: 'translate' },
      { start, end: start, text: `, ${letters}` },
    ];
  });
}
