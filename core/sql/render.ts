import type { ModelContract, Pack, PartitionTerm, TableReference } from '../contract/contract.ts';
import { formatScalarType } from '../contract/scalar-type.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import { areProblems, type PackSql, placeholderValues, readPackSql, startOf } from './pack-sql.ts';
import { prepareParser } from './parse.ts';
import { quoteDay, quoteIdentifier, quoteText, quoteTimestamp } from './quoting.ts';
import { SqlProblemError } from './transpile.ts';

export { quoteIdentifier, quoteText } from './quoting.ts';
export { renderAudit } from './render-audit.ts';

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

/** What a run fixes for the select of a model. */
export type SelectOptions = ReadOptions & {
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly builtAt: number;
  /** Athena condition over the output columns; only rows for which it is true are built. */
  readonly where?: string;
};

/** The select of a model for one run: inputs at their snapshots, each column cast to its declared type, gold with its audit columns. */
export async function renderSelect(model: ModelContract, options: SelectOptions): Promise<string> {
  await prepareParser();
  const isGold = model.layer === 'gold';
  if (isGold && options.asOf === undefined)
    throw new TypeError(`${model.layer}.${model.name} needs an as_of, expected a day`);
  const sql = readOrThrow(options, model.sql, model.sqlFile, isGold);
  const columns = model.columns.map(
    ({ name, type }) =>
      `    cast(${quoteIdentifier(name)} as ${formatScalarType(type)}) as ${quoteIdentifier(name)}`,
  );
  const audit = isGold
    ? [
        `    ${quoteDay(options.asOf!)} as as_of`,
        `    cast(${quoteText(options.runId)} as varchar) as run_id`,
        `    ${quoteTimestamp(options.builtAt)} as built_at`,
      ]
    : [];
  const where = options.where === undefined ? '' : `\nwhere ${options.where}`;
  return `select\n${[...columns, ...audit].join(',\n')}\nfrom (\n${renderTables(sql, options.resolve)}\n) as built${where}`;
}

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

/** Name of a staging table: `<table>__<run>_<attempt>`, made of what Glue takes. */
export function stagingTable(table: string, runId: string, attempt: number): string {
  return `${table}__${runId}_${attempt}`.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
}

/** What a Stage statement writes, and where. */
export type StageOptions = {
  readonly staging: TableIdentifier;
  /** Ends with `/`; must be empty. */
  readonly location: string;
  readonly partitioning: readonly PartitionTerm[];
  /** From {@link renderSelect}. */
  readonly select: string;
  /** Disjoint conditions over the output columns that together hold for every row; one statement each. Absent: one statement for all. */
  readonly conditions?: readonly string[];
};

/** The statements that write the staging table: a CTAS, then inserts. They must run one after another. */
export function renderStage(options: StageOptions): readonly string[] {
  const { staging, location, partitioning, select } = options;
  const name = `${quoteIdentifier(staging.database)}.${quoteIdentifier(staging.table)}`;
  const properties = [
    "table_type = 'ICEBERG'",
    'is_external = false',
    `location = ${quoteText(location)}`,
    "format = 'PARQUET'",
    ...(partitioning.length === 0
      ? []
      : [`partitioning = array[${partitioning.map((term) => quoteText(partitionText(term))).join(', ')}]`]),
  ];
  const [first, ...others] = options.conditions ?? [undefined];
  const restricted = (condition: string | undefined): string =>
    condition === undefined ? select : `select * from (\n${select}\n) as staged\nwhere ${condition}`;
  return [
    `create table ${name}\nwith (\n    ${properties.join(',\n    ')}\n) as\n${restricted(first)}`,
    ...others.map((condition) => `insert into ${name}\n${restricted(condition)}`),
  ];
}

/** A partition field as Athena's CTAS takes it: `month(d)`, `bucket(c, 16)`. */
function partitionText({ transform, column, argument }: PartitionTerm): string {
  if (transform === 'identity') return column;
  return argument === undefined ? `${transform}(${column})` : `${transform}(${column}, ${argument})`;
}

/** A query for the greatest event date of silver facts: one row, column `as_of` (date; null if there is no row). */
export function renderAsOf(
  facts: readonly { readonly table: ResolvedTable; readonly eventDate: string }[],
): string {
  if (facts.length === 0) return 'select cast(null as date) as as_of';
  const parts = facts.map(
    ({ table, eventDate }) =>
      `    select max(${quoteIdentifier(eventDate)}) as event_date from ${renderTable(table)} as fact`,
  );
  return `select max(event_date) as as_of\nfrom (\n${parts.join('\n    union all\n')}\n) as facts`;
}
