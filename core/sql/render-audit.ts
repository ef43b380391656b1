import { isDated, type ModelCheck, type ModelContract } from '../contract/contract.ts';
import { checkColumns } from './lint.ts';
import { prepareParser } from './parse.ts';
import { quoteIdentifier, quoteText } from './quoting.ts';
import { type ReadOptions, readOrThrow, renderTable, renderTables } from './render-tables.ts';

/**
 * One query with one row a check: `check_id`, `failed_rows`, `observed`, `expected`. Holds C1, C2 and C3 of the model,
 * made from its contract, and the given checks.
 */
export async function renderAudit(
  model: ModelContract,
  checks: readonly ModelCheck[],
  options: ReadOptions,
): Promise<string> {
  await prepareParser();
  const rows = [
    ...renderContractChecks(model, options),
    ...checks.map((check, index) => renderCheck(check, `check_${index + 1}`, options)),
  ];
  return rows.join('\nunion all\n');
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

function renderContractChecks(model: ModelContract, options: ReadOptions): readonly string[] {
  const table = renderTable(options.resolve({ layer: model.layer, name: model.name }));
  const rows = [renderKeyCheck(model, table)];
  const required = model.columns.filter(({ notNull }) => notNull).map(({ name }) => name);
  if (required.length > 0) rows.push(renderNotNullCheck(required, table));
  if (model.mainInput) rows.push(renderNotEmptyCheck(model, table, options));
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

/** A condition over the main input, with its placeholders filled in. */
function renderCondition(model: ModelContract, condition: string, options: ReadOptions): string {
  const prefix = 'select 1 as one where ';
  const sql = readOrThrow(options, `${prefix}${condition}`, model.position.file, isDated(model));
  return `(${renderTables(sql, options.resolve).slice(prefix.length)})`;
}
