import type { ModelContract, PartitionTerm, ScalarType } from '../contract/contract.ts';
import { quoteIdentifier, quoteText } from '../sql/render.ts';

/** What the engine writes at most in one statement. */
export const maxPartitionsPerStatement = 100;

/** Values of a table's partition, in the order of its terms, as Iceberg writes them as text; null for null. */
export type PartitionTuple = readonly (string | null)[];

/** A column that partitions are made of. */
export type PartitionedColumn = { readonly term: PartitionTerm; readonly type: ScalarType };

/** The terms of a model's partitioning with the types of their columns. */
export function partitionedColumns(model: ModelContract): readonly PartitionedColumn[] {
  return model.partitioning.map((term) => {
    const column = model.columns.find(({ name }) => name === term.column);
    const type: ScalarType | undefined =
      column?.type ?? (term.column === 'as_of' ? { kind: 'date' } : undefined);
    if (type === undefined) {
      throw new Error(`${model.name} is partitioned by "${term.column}", which is no column of it`);
    }
    return { term, type };
  });
}

/**
 * The expression whose distinct values tell the partitions of a column; undefined where SQL has none (buckets) or the two
 * engines might differ.
 */
export function surveyExpression({ term, type }: PartitionedColumn): string | undefined {
  const column = quoteIdentifier(term.column);
  switch (term.transform) {
    case 'identity':
      return column;
    case 'year':
      return `year(${column})`;
    case 'month':
      return `year(${column}) * 12 + month(${column}) - 1`;
    case 'day':
      return type.kind === 'date' ? column : `cast(${column} as date)`;
    case 'hour':
      return `date_trunc('hour', ${column})`;
    case 'truncate':
      return type.kind === 'varchar' ? `substr(${column}, 1, ${term.argument})` : undefined;
    case 'bucket':
      return undefined;
  }
}

/** A value of {@link surveyExpression} in the text form of its partition. */
export function partitionTextOf({ term }: PartitionedColumn, value: string | null): string | null {
  if (value === null) return null;
  switch (term.transform) {
    case 'month':
      return formatMonth(Number(value));
    case 'day':
      return value.slice(0, 10);
    case 'hour':
      return `${value.slice(0, 10)}-${value.slice(11, 13)}`;
    default:
      return value;
  }
}

/**
 * An Athena condition that holds for the rows of one partition of the column and for no others; undefined where SQL has
 * none. Ranges of the column itself, and not its transformed values, so that engines can skip files by them.
 */
export function partitionCondition(
  { term, type }: PartitionedColumn,
  value: string | null,
): string | undefined {
  const column = quoteIdentifier(term.column);
  if (value === null) return `${column} is null`;
  const between = (from: string, to: string) =>
    `(${column} >= ${formatLiteral(type, from)} and ${column} < ${formatLiteral(type, to)})`;
  switch (term.transform) {
    case 'identity':
      return `${column} = ${formatLiteral(type, value)}`;
    case 'year':
      return between(`${value}-01-01`, `${nextYear(value)}-01-01`);
    case 'month':
      return between(`${value}-01`, `${nextMonth(value)}-01`);
    case 'day':
      return between(value, shift(`${value}T00:00:00Z`, 24).slice(0, 10));
    case 'hour': {
      const start = `${value.slice(0, 10)}T${value.slice(11, 13)}:00:00Z`;
      const text = (instant: string) => instant.slice(0, 19).replace('T', ' ');
      return between(text(start), text(shift(start, 1)));
    }
    case 'truncate':
      return type.kind === 'varchar'
        ? `substr(${column}, 1, ${term.argument}) = ${quoteText(value)}`
        : undefined;
    case 'bucket':
      return undefined;
  }
}

/** A condition that holds for the rows of the given partitions; undefined where SQL has none. */
export function anyPartition(
  columns: readonly PartitionedColumn[],
  tuples: readonly PartitionTuple[],
): string | undefined {
  const conditions = tuples.map((tuple) => {
    const parts = columns.map((column, index) => partitionCondition(column, tuple[index] ?? null));
    return parts.includes(undefined) ? undefined : parts.join(' and ');
  });
  if (conditions.includes(undefined)) return undefined;
  return conditions.length === 0 ? 'false' : `(${conditions.join(' or ')})`;
}

/** Cuts partitions into as few statements as the engine's limit allows. */
export function divide(tuples: readonly PartitionTuple[]): readonly (readonly PartitionTuple[])[] {
  const groups: PartitionTuple[][] = [];
  for (let start = 0; start < tuples.length; start += maxPartitionsPerStatement) {
    groups.push(tuples.slice(start, start + maxPartitionsPerStatement));
  }
  return groups;
}

function formatLiteral(type: ScalarType, value: string): string {
  switch (type.kind) {
    case 'varchar':
      return quoteText(value);
    case 'date':
      return `date ${quoteText(value)}`;
    case 'timestamp':
      return `timestamp ${quoteText(value.length === 10 ? `${value} 00:00:00` : value.replace('T', ' '))}`;
    case 'timestamptz':
      return `timestamp ${quoteText(`${value.length === 10 ? `${value} 00:00:00` : value.replace('T', ' ')} UTC`)}`;
    case 'decimal':
      return `cast(${quoteText(value)} as decimal(${type.precision}, ${type.scale}))`;
    default:
      return value;
  }
}

/** Months are counted from the year 0: `year * 12 + month - 1`. */
function formatMonth(months: number): string {
  const year = String(Math.floor(months / 12)).padStart(4, '0');
  return `${year}-${String((months % 12) + 1).padStart(2, '0')}`;
}

function nextMonth(value: string): string {
  const [year, month] = value.split('-').map(Number);
  return formatMonth((year ?? 0) * 12 + (month ?? 1));
}

function nextYear(value: string): string {
  return String(Number(value) + 1).padStart(4, '0');
}

function shift(instant: string, hours: number): string {
  return new Date(Date.parse(instant) + hours * 3_600_000).toISOString();
}

/** Each value of a single partition field once, in one order whatever theirs is, null last: the same partitions make the same statement. */
export function orderTuples(values: Iterable<string | null>): readonly PartitionTuple[] {
  return [...new Set(values)].sort(compareNullable).map((value) => [value]);
}

function compareNullable(left: string | null, right: string | null): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  return left < right ? -1 : 1;
}
