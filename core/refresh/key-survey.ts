import type { QueryResult } from '../ports/query-engine.ts';
import { quoteIdentifier, type ResolvedTable, renderTable } from '../sql/render.ts';
import {
  anyPartition,
  orderTuples,
  type PartitionedColumn,
  type PartitionTuple,
  partitionTextOf,
  surveyExpression,
} from './partition-conditions.ts';

/** An input that is followed by key, with what changed in it or beside it. */
export type KeySurvey = {
  /** Column that partitions the input. */
  readonly column: PartitionedColumn;
  readonly key: readonly string[];
  /** The version to build from. */
  readonly after: ResolvedTable;
  /** The version built from last, where it has rows that `after` has not. */
  readonly before?: ResolvedTable;
  /** Partitions that changed. */
  readonly changed: readonly PartitionTuple[];
};

/** What a survey found. */
export type KeyFindings = {
  /** Partitions that rows of the changed keys are in: those of the table that are written anew. */
  readonly targets: readonly PartitionTuple[];
  /** Partitions that hold any row of any key of the targets: all that must be read. */
  readonly sources: readonly PartitionTuple[];
};

const columns = ['partition_value', 'is_target', 'is_source'] as const;

/**
 * A query for {@link KeyFindings}, one row a partition; undefined where SQL cannot tell partitions. It reads the key and the
 * partition's column of the whole input, once. Keys go from partition to partition by windows, for which null equals null.
 */
export function renderKeySurvey({ column, key, after, before, changed }: KeySurvey): string | undefined {
  const value = surveyExpression(column);
  const isChanged = anyPartition([column], changed);
  if (value === undefined || isChanged === undefined) return undefined;
  const keys = key.map((name, index) => `${quoteIdentifier(name)} as key_${index + 1}`).join(', ');
  const names = key.map((_, index) => `key_${index + 1}`).join(', ');
  const rows = (table: ResolvedTable, flag: string) =>
    `    select ${keys}, ${value} as partition_value, ${flag} as is_changed\n    from ${renderTable(table)} as input`;
  const union = [
    rows(after, `case when ${isChanged} then 1 else 0 end`),
    ...(before === undefined ? [] : [rows({ ...before, restrict: isChanged }, '1')]),
  ].join('\n    union all\n');
  const step = (columnsBefore: string, source: string, name: string, flag: string, by: string) =>
    `    select ${names}, partition_value${columnsBefore}, max(${flag}) over (partition by ${by}) as ${name}\n    from ${source}`;
  return [
    `with input_rows as (\n${union}\n)`,
    `input_keys as (\n    select ${names}, partition_value, max(is_changed) as is_changed\n    from input_rows\n    group by ${names}, partition_value\n)`,
    `changed_keys as (\n${step('', 'input_keys', 'is_changed_key', 'is_changed', names)}\n)`,
    `targets as (\n${step('', 'changed_keys', 'is_target', 'is_changed_key', 'partition_value')}\n)`,
    `sources as (\n${step(', is_target', 'targets', 'is_source', 'is_target', names)}\n)`,
  ]
    .join(',\n')
    .concat(
      '\nselect partition_value, max(is_target) as is_target, max(is_source) as is_source\nfrom sources\ngroup by partition_value',
    );
}

/** Whether a result is that of a {@link renderKeySurvey}, and not of a survey of the table's own partitions. */
export function isKeyAnswer(result: QueryResult): boolean {
  return result.columns.map(({ name }) => name).join() === columns.join();
}

/** The partitions that the survey tells, those that changed always among them. */
export function readKeyAnswer({ column, changed }: KeySurvey, { rows }: QueryResult): KeyFindings {
  const marked = (index: number): readonly PartitionTuple[] => {
    const found = rows
      .filter((row) => row[index] === '1')
      .map((row) => partitionTextOf(column, row[0] ?? null));
    // A partition that lost its last row is in no row of the answer.
    return orderTuples([...changed.map(([value]) => value ?? null), ...found]);
  };
  return { targets: marked(1), sources: marked(2) };
}
