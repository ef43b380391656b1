import { columnsOfTable } from '../contract/columns-of-table.ts';
import {
  databaseOf,
  type Layer,
  type ModelContract,
  type Pack,
  type ScalarType,
  type SourcePosition,
  type TableReference,
} from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import { formatScalarType } from '../contract/scalar-type.ts';
import type { Column } from './compile-context.ts';
import { type Node, parseStatement } from './parse.ts';
import { expandSource, type Source } from './source.ts';
import { parseSqlType, type SqlType } from './sql-type.ts';
import { type FoundTable, findTables } from './table-reference.ts';
import { isProblem } from './transpile.ts';

export const LAYERS: readonly Layer[] = ['bronze', 'silver', 'gold'];

/** A day that stands for `${as_of}` where SQL is only read. */
export const SAMPLE_DAY = '2000-01-01';

/** The SQL of a pack, with its placeholders filled in and parsed. */
export type PackSql = {
  readonly source: Source;
  readonly tree: Node;
  readonly tables: readonly PackTable[];
};

/** A table of the pack as it stands in SQL. */
export type PackTable = FoundTable & { readonly reference: TableReference };

/** What stands in for `${…}` in the SQL of a pack; `asOf` only where there is a day of a gold build. */
export function placeholderValues(
  pack: Pack,
  asOf: string | undefined,
  parameters: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const databases = LAYERS.map((layer) => [layer, databaseOf(pack.name, layer)]);
  const day = asOf === undefined ? {} : { as_of: asOf };
  return { ...pack.parameters, ...parameters, ...Object.fromEntries(databases), ...day };
}

/** Fills in, parses and finds the tables; or says what keeps it from that. */
export function readPackSql(
  pack: Pack,
  sql: string,
  values: Readonly<Record<string, string>>,
  position: SourcePosition,
): PackSql | readonly Problem[] {
  const { source, unfit } = expandSource(sql, values, position);
  if (unfit.length > 0) return unfit.map(({ problem }) => problem);
  const tree = parseStatement(source);
  if (isProblem(tree)) return [tree];
  const problems: Problem[] = [];
  const tables = findTables(tree).flatMap((found): readonly PackTable[] => {
    const reference = referenceOf(pack, found);
    if (reference) return [{ ...found, reference }];
    problems.push(source.problemAt(found.start, unknownTable(pack, found)));
    return [];
  });
  for (const { start, snapshotId } of tables) {
    if (snapshotId !== undefined)
      problems.push(
        source.problemAt(start, 'for version as of in a file, expected none: the run pins what is read'),
      );
  }
  return problems.length > 0 ? problems : { source, tree, tables };
}

/** Whether reading the SQL ended in problems. */
export function areProblems(answer: PackSql | readonly Problem[]): answer is readonly Problem[] {
  return Array.isArray(answer);
}

function unknownTable(pack: Pack, found: FoundTable): string {
  const layer = LAYERS.find((candidate) => databaseOf(pack.name, candidate) === found.database);
  if (!layer) return `unknown database "${found.database}", expected \${bronze}, \${silver} or \${gold}`;
  const known = namesOf(pack, layer).join(', ') || 'none';
  return `unknown table "${found.table}" in ${layer}, expected one of ${known}`;
}

function namesOf(pack: Pack, layer: Layer): readonly string[] {
  return layer === 'bronze'
    ? pack.bronze.map((contract) => contract.name)
    : pack.models.filter((model) => model.layer === layer).map((model) => model.name);
}

function referenceOf(pack: Pack, found: FoundTable): TableReference | undefined {
  const layer = LAYERS.find((candidate) => databaseOf(pack.name, candidate) === found.database);
  return layer && namesOf(pack, layer).includes(found.table) ? { layer, name: found.table } : undefined;
}

/** Columns of a table of the pack by its contract, those that the pipeline adds included. */
export function columnsOf(pack: Pack, reference: TableReference): readonly Column[] | undefined {
  const contract =
    reference.layer === 'bronze'
      ? pack.bronze.find(({ name }) => name === reference.name)
      : findModel(pack, reference);
  if (!contract) return undefined;
  return columnsOfTable(contract).map(toSqlColumn);
}

/** A contract's column as SQL sees it. */
export function toSqlColumn({ name, type }: { readonly name: string; readonly type: ScalarType }): Column {
  return { name, type: sqlTypeOf(formatScalarType(type)) };
}

/** A silver or gold table of the pack. */
export function findModel(pack: Pack, reference: TableReference): ModelContract | undefined {
  return pack.models.find(({ layer, name }) => layer === reference.layer && name === reference.name);
}

/** The type that a contract's type has in SQL. */
export function sqlTypeOf(text: string): SqlType {
  return parseSqlType(text) ?? { kind: 'foreign', name: text };
}

/** References without repetition, in order of appearance. */
export function distinctReferences(references: readonly TableReference[]): readonly TableReference[] {
  const byName = new Map(
    references.map((one) => [`${one.layer}.${one.name}`, { layer: one.layer, name: one.name }]),
  );
  return [...byName.values()];
}

/** The place of the first character of a model's SQL file. */
export function startOf(file: string): SourcePosition {
  return { file, line: 1, column: 1 };
}
