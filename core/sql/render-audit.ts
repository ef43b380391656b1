import { isDated, type ModelCheck, type ModelContract } from '../contract/contract.ts';
import { checkColumns } from './lint.ts';
import { prepareParser } from './parse.ts';
import { quoteIdentifier, quoteText } from './quoting.ts';
import {
  type ReadOptions,
  type ResolvedTable,
  readOrThrow,
  renderTable,
  renderTables,
} from './render-tables.ts';

/** What a version has in place of some rows of another one, which has passed C1, C2 and C3. Its other rows are those of that one. */
export type ChangedRows = {
  /** Athena condition over `column` alone: true for these rows, for those that they replace, and for no others. */
  readonly condition: string;
  readonly column: string;
  /** How many rows came in. */
  readonly written: number;
};

/**
 * One query with one row a check: `check_id`, `failed_rows`, `observed`, `expected`. Holds C1, C2 and C3 of the model,
 * made from its contract, and the given checks.
 *
 * @param changed lets C1, C2 and C3 leave out the rows that were proven before, wherever the answer for the whole table follows:
 * - C2 asks of each row by itself.
 * - C1, if `column` is of the key: rows of one key then meet the condition together or not at all.
 * - C3, if rows came in: a table that holds them is not empty.
 */
export async function renderAudit(
  model: ModelContract,
  checks: readonly ModelCheck[],
  options: ReadOptions,
  changed?: ChangedRows,
): Promise<string> {
  await prepareParser();
  return uniteRows([...renderContractChecks(model, options, changed), ...renderChecks(checks, options)]);
}

/** The given checks alone, as {@link renderAudit} writes them. */
export async function renderChecksAcross(
  checks: readonly ModelCheck[],
  options: ReadOptions,
): Promise<string> {
  await prepareParser();
  return uniteRows(renderChecks(checks, options));
}

function uniteRows(rows: readonly string[]): string {
  return rows.join('\nunion all\n');
}

function renderChecks(checks: readonly ModelCheck[], options: ReadOptions): readonly string[] {
  return checks.map((check, index) => renderCheck(check, `check_${index + 1}`, options));
}

function renderCheck(check: ModelCheck, alias: string, options: ReadOptions): string {
  // Any layer's check may mention the day: those across tables are asked in gold.
  const sql = readOrThrow(options, check.sql, check.position.file, options.asOf !== undefined);
  const names = checkColumns(options.pack, sql).map(({ name }) => name);
  const side = (name: string): string =>
    names.includes(name) ? `cast(${name} as varchar)` : 'cast(null as varchar)';
  return row(
    check.id,
    'cast(coalesce(failed_rows, 0) as bigint)',
    side('observed'),
    side('expected'),
    `(\n${renderTables(sql, options.resolve)}\n) as ${alias}`,
  );
}

function row(id: string, failed: string, observed: string, expected: string, from: string): string {
  return [
    'select',
    `    cast(${quoteText(id)} as varchar) as check_id,`,
    `    ${failed} as failed_rows,`,
    `    ${observed} as observed,`,
    `    ${expected} as expected`,
    `from ${from}`,
  ].join('\n');
}

const NOTHING = 'cast(null as varchar)';

function renderContractChecks(
  model: ModelContract,
  options: ReadOptions,
  changed: ChangedRows | undefined,
): readonly string[] {
  const at: ResolvedTable = options.resolve({ layer: model.layer, name: model.name });
  const whole = renderTable(at);
  const part = changed === undefined ? whole : renderTable({ ...at, restrict: changed.condition });
  const isOfKey = changed !== undefined && model.key.includes(changed.column);
  const rows = [renderKeyCheck(model, isOfKey ? part : whole)];
  const required = model.columns.filter(({ notNull }) => notNull).map(({ name }) => name);
  if (required.length > 0) rows.push(renderNotNullCheck(required, part));
  if (model.mainInput) {
    const hasRows = changed !== undefined && changed.written > 0;
    rows.push(hasRows ? renderWrittenCheck(part) : renderNotEmptyCheck(model, whole, options));
  }
  return rows;
}

/** C1: rows without a key, and rows beyond the first of a key. */
function renderKeyCheck({ key }: ModelContract, table: string): string {
  const columns = key.map(quoteIdentifier);
  const isNull = columns.map((column) => `${column} is null`).join(' or ');
  const groups = `select ${columns.join(', ')}, count(*) as rows_of_key from ${table} as audited group by ${columns.join(', ')}`;
  const failed = `cast(coalesce(sum(case when ${isNull} then rows_of_key else rows_of_key - 1 end), 0) as bigint)`;
  const wrong = `select * from (${groups}) as keys where rows_of_key > 1 or ${isNull}`;
  return row('C1', failed, NOTHING, NOTHING, `(${wrong}) as wrong_keys`);
}

/** C2: rows with a null where the contract has none; `observed` names the columns. */
function renderNotNullCheck(required: readonly string[], table: string): string {
  const columns = required.map(quoteIdentifier);
  const isNull = columns.map((column) => `${column} is null`).join(' or ');
  const names = required.map(
    (name, index) =>
      `case when count_if(${columns[index]} is null) > 0 then ${quoteText(`${name} `)} else '' end`,
  );
  const observed = `nullif(trim('' || ${names.join(' || ')}), '')`;
  return row('C2', `count_if(${isNull})`, observed, NOTHING, `${table} as audited`);
}

/** C3: empty although the main input, or the part of it that counts, is not. */
function renderNotEmptyCheck(model: ModelContract, table: string, options: ReadOptions): string {
  const input = model.mainInput!;
  const main = options.resolve(input);
  const condition =
    model.mainInputWhere === undefined
      ? ''
      : ` where ${renderCondition(model, model.mainInputWhere, options)}`;
  const counts = [
    `(select count(*) from ${table} as audited) as rows_found`,
    `(select count(*) from ${renderTable(main)} as ${quoteIdentifier(input.name)}${condition}) as rows_read`,
  ].join(', ');
  return row(
    'C3',
    'case when rows_found = 0 and rows_read > 0 then cast(1 as bigint) else cast(0 as bigint) end',
    'cast(rows_found as varchar)',
    `case when rows_read > 0 then 'more than 0' else '0' end`,
    `(select ${counts}) as counted`,
  );
}

/** C3 where rows came in: none of them is to be found. */
function renderWrittenCheck(part: string): string {
  return row(
    'C3',
    'case when rows_found = 0 then cast(1 as bigint) else cast(0 as bigint) end',
    'cast(rows_found as varchar)',
    `cast('more than 0' as varchar)`,
    `(select count(*) as rows_found from ${part} as audited) as counted`,
  );
}

/** A condition over the main input, with its placeholders filled in. */
function renderCondition(model: ModelContract, condition: string, options: ReadOptions): string {
  const prefix = 'select 1 as one where ';
  const sql = readOrThrow(options, `${prefix}${condition}`, model.position.file, isDated(model));
  return `(${renderTables(sql, options.resolve).slice(prefix.length)})`;
}
