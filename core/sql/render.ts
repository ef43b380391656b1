import { isDated, type ModelContract, type PartitionTerm } from '../contract/contract.ts';
import { formatScalarType } from '../contract/scalar-type.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import { prepareParser } from './parse.ts';
import { quoteDay, quoteIdentifier, quoteText, quoteTimestamp } from './quoting.ts';
import {
  type ReadOptions,
  type ResolvedTable,
  readOrThrow,
  renderTable,
  renderTables,
} from './render-tables.ts';

export { quoteIdentifier, quoteText } from './quoting.ts';
export { type ChangedRows, renderAudit, renderChecksAcross } from './render-audit.ts';
export type { ReadOptions, ResolvedTable, ResolveTable } from './render-tables.ts';
export { renderTable } from './render-tables.ts';

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
  const hasDay = isDated(model);
  if (hasDay && options.asOf === undefined)
    throw new TypeError(`${model.layer}.${model.name} needs an as_of, expected a day`);
  const sql = readOrThrow(options, model.sql, model.sqlFile, hasDay);
  const columns = model.columns.map(
    ({ name, type }) =>
      `    cast(${quoteIdentifier(name)} as ${formatScalarType(type)}) as ${quoteIdentifier(name)}`,
  );
  const day = hasDay ? [`    ${quoteDay(options.asOf!)} as as_of`] : [];
  const run =
    model.layer === 'gold'
      ? [
          `    cast(${quoteText(options.runId)} as varchar) as run_id`,
          `    ${quoteTimestamp(options.builtAt)} as built_at`,
        ]
      : [];
  const where = options.where === undefined ? '' : `\nwhere ${options.where}`;
  return `select\n${[...columns, ...day, ...run].join(',\n')}\nfrom (\n${renderTables(sql, options.resolve)}\n) as built${where}`;
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
