import {
  type BronzeContract,
  type DashboardQuery,
  databaseOf,
  isDated,
  type ModelContract,
  type Pack,
  type SourcePosition,
} from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import { conditionsOf } from '../contract/row-rules.ts';
import { formatScalarType } from '../contract/scalar-type.ts';
import type { Column } from './compile-context.ts';
import { readDashboardSql } from './dashboard-query.ts';
import type { SqlMode } from './dialect.ts';
import { readCheckSql, readModelSql, readTableGraph } from './graph.ts';
import {
  areProblems,
  columnsOf,
  LAYERS,
  type PackSql,
  placeholderValues,
  SAMPLE_DAY,
  sqlTypeOf,
  toSqlColumn,
} from './pack-sql.ts';
import { firstOffset, prepareParser, unwrap } from './parse.ts';
import { expandSource } from './source.ts';
import { formatSqlType, isInteger, type SqlType } from './sql-type.ts';
import { compileLoneExpression, compileTree } from './transpile.ts';

/**
 * Everything that is wrong with a pack's SQL: syntax, unknown tables, columns and parameters, cycles, layers, output columns
 * that differ from the YAML's, and constructs that would not mean the same on both engines. Models, checks, row rules and
 * dashboard queries.
 */
export async function lintPack(pack: Pack): Promise<readonly Problem[]> {
  await prepareParser();
  const { problems: found } = await readTableGraph(pack);
  const problems: Problem[] = [...found];
  for (const model of pack.models) {
    const sql = readModelSql(pack, model);
    if (!areProblems(sql)) problems.push(...lintModel(pack, model, sql));
    // An unknown main input is a problem of the contracts, told when they are read.
    const columns = model.mainInput && columnsOf(pack, model.mainInput);
    if (columns && model.mainInputWhere !== undefined) {
      problems.push(
        ...lintCondition(
          pack,
          model.mainInputWhere,
          columns,
          model.mainInputWherePosition ?? model.position,
          'main_input',
          isDated(model),
        ),
      );
    }
    for (const check of model.checks) {
      const read = readCheckSql(pack, model, check);
      if (!areProblems(read)) problems.push(...lintCheck(pack, read, check.position, check.id));
    }
  }
  for (const contract of pack.bronze) {
    problems.push(...lintBronze(pack, contract));
  }
  for (const query of pack.queries) problems.push(...lintQuery(pack, query));
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...unique.values()];
}

/** Derived columns see the columns of the file, row rules see both. */
function lintBronze(pack: Pack, contract: BronzeContract): readonly Problem[] {
  const ofFile = contract.columns.map(toSqlColumn);
  const derived = contract.derivedColumns.flatMap(({ name, type, from }) => {
    if (from.kind !== 'expression') return [];
    const declared = sqlTypeOf(formatScalarType(type));
    return lintExpression(pack, from.sql, ofFile, from.position, `column ${name}`, false, (actual) =>
      isHeldBy(actual, declared) ? undefined : `${formatSqlType(declared)} as declared, or a cast to it`,
    );
  });
  const all = [...ofFile, ...contract.derivedColumns.map(toSqlColumn)];
  const rules = contract.rules.flatMap((rule) =>
    conditionsOf(rule).flatMap(({ sql }) =>
      lintCondition(pack, sql, all, rule.position ?? contract.position, `rule ${rule.id}`, false),
    ),
  );
  return [...derived, ...rules];
}

/** Columns and problems of a select of the pack, read strictly. */
function compile(
  pack: Pack,
  { source, tree }: PackSql,
  mode: SqlMode = 'table',
): ReturnType<typeof compileTree> {
  return compileTree(source, tree, mode, (database, name) => {
    const layer = LAYERS.find((candidate) => databaseOf(pack.name, candidate) === database);
    const columns = layer && columnsOf(pack, { layer, name });
    return columns && { columns, duckdb: 'nothing' };
  });
}

/** Columns of a check's select, for rendering; its problems are the lint's. */
export function checkColumns(pack: Pack, sql: PackSql): readonly Column[] {
  return compile(pack, sql).query.columns;
}

function lintModel(pack: Pack, model: ModelContract, sql: PackSql): readonly Problem[] {
  const { query, problems } = compile(pack, sql);
  if (problems.length > 0) return problems;
  return findColumnProblems(model, query.columns, sql);
}

/** The output must be the YAML's columns by name and order, of types that lose nothing when they are cast to the declared ones. */
function findColumnProblems(
  model: ModelContract,
  columns: readonly Column[],
  sql: PackSql,
): readonly Problem[] {
  const end = sql.source.tokens.findLast((token) => token.text.toLowerCase() === 'select')?.start ?? 0;
  const expected = model.columns.map(({ name }) => name);
  const names = columns.map(({ name }) => name || 'a column without name');
  const missing = expected.filter((name) => !names.includes(name));
  const extra = names.filter((name) => !expected.includes(name));
  const report = (message: string, at = end): Problem => sql.source.problemAt(at, message);
  if (missing.length > 0 || extra.length > 0)
    return [
      report(
        [
          `the select's columns are not those of ${model.layer}.${model.name} in YAML:`,
          ...(missing.length > 0 ? [`missing ${missing.join(', ')}`] : []),
          ...(extra.length > 0 ? [`not in the YAML ${extra.join(', ')}`] : []),
        ].join(' '),
      ),
    ];
  const at = names.findIndex((name, index) => name !== expected[index]);
  if (names.length !== expected.length || at >= 0)
    return [
      report(`column ${at + 1} of the select is "${names[at]}", expected "${expected[at]}" as in the YAML`),
    ];
  return model.columns.flatMap((column, index) => {
    const actual = columns[index]!.type;
    const declared = sqlTypeOf(formatScalarType(column.type));
    return isHeldBy(actual, declared)
      ? []
      : [
          report(
            `column "${column.name}" is ${formatSqlType(actual)} in the select and ${formatSqlType(declared)} in the YAML, expected a cast in the select`,
            placeOfOutput(sql, column.name) ?? end,
          ),
        ];
  });
}

/** Whether a cast between the types changes no value: it may only fail for being too big. */
function isHeldBy(actual: SqlType, declared: SqlType): boolean {
  if (actual.kind === 'unknown' || actual.kind === 'broken') return true;
  if (declared.kind === 'decimal')
    return isInteger(actual) || (actual.kind === 'decimal' && actual.scale <= declared.scale);
  if (declared.kind === 'bigint') return isInteger(actual);
  return actual.kind === declared.kind;
}

/** Where a column gets its name in the last step, the CTE that `select * from` reads. */
function placeOfOutput({ tree }: PackSql, name: string): number | undefined {
  const { fields } = unwrap(tree);
  const ctes = (
    (fields.with as { readonly ctes?: readonly { readonly this: unknown }[] } | null)?.ctes ?? []
  ).map((cte) => cte.this);
  for (const select of [tree, ...ctes.reverse()] as readonly {
    readonly select?: { readonly expressions?: readonly unknown[] };
  }[]) {
    for (const item of select.select?.expressions ?? []) {
      const alias = (item as { readonly alias?: { readonly alias: { readonly name: string } } }).alias?.alias;
      if (alias?.name.toLowerCase() === name) return firstOffset(item);
    }
  }
  return undefined;
}

/** Columns that a reader sees need names, and rows an order: a picture that changes with each look is of no use. */
function lintQuery(pack: Pack, dashboardQuery: DashboardQuery): readonly Problem[] {
  const sql = readDashboardSql(pack, dashboardQuery);
  if (areProblems(sql)) return sql;
  const { query, problems } = compile(pack, sql, 'dashboard');
  if (problems.length > 0) return problems;
  const nameless = query.columns.findIndex(({ name }) => name === '');
  if (nameless >= 0)
    return [{ ...dashboardQuery.position, message: `column ${nameless + 1} has no name, expected \`as …\`` }];
  const twice = query.columns.find(
    ({ name }, index) => query.columns.findIndex((other) => other.name === name) < index,
  );
  if (twice)
    return [
      { ...dashboardQuery.position, message: `column "${twice.name}" is there twice, expected other names` },
    ];
  const order = unwrap(sql.tree).fields.order_by as { readonly expressions?: readonly unknown[] } | null;
  return order?.expressions?.length
    ? []
    : [
        {
          ...dashboardQuery.position,
          message: 'the rows come in any order, expected `order by …` at the end',
        },
      ];
}

function lintCheck(pack: Pack, sql: PackSql, position: SourcePosition, id: string): readonly Problem[] {
  const { query, problems } = compile(pack, sql);
  if (problems.length > 0) return problems;
  const failed = query.columns.find(({ name }) => name === 'failed_rows');
  if (!failed || !['integer', 'bigint', 'decimal', 'broken'].includes(failed.type.kind))
    return [{ ...position, message: `check ${id} has no column failed_rows that is a number of rows` }];
  const extra = query.columns.filter(({ name }) => !['failed_rows', 'observed', 'expected'].includes(name));
  return extra.length === 0
    ? []
    : [
        {
          ...position,
          message: `check ${id} has a column "${extra[0]!.name}", expected failed_rows, observed and expected`,
        },
      ];
}

function lintCondition(
  pack: Pack,
  sql: string,
  columns: readonly Column[],
  position: SourcePosition,
  what: string,
  hasDay: boolean,
): readonly Problem[] {
  return lintExpression(pack, sql, columns, position, what, hasDay, ({ kind }) =>
    ['boolean', 'broken', 'unknown'].includes(kind) ? undefined : 'a condition',
  );
}

/** `unfitType` says what was expected of the type, if anything else. */
function lintExpression(
  pack: Pack,
  sql: string,
  columns: readonly Column[],
  position: SourcePosition,
  what: string,
  hasDay: boolean,
  unfitType: (type: SqlType) => string | undefined,
): readonly Problem[] {
  const values = placeholderValues(pack, hasDay ? SAMPLE_DAY : undefined);
  const { source, unfit } = expandSource(sql, values, position);
  if (unfit.length > 0) return unfit.map(({ problem }) => ({ ...problem, ...position }));
  const { typed, problems } = compileLoneExpression(source, columns);
  // Conditions are short: the place of the whole one is enough.
  const moved = problems.map(({ message }) => ({ ...position, message: `${what}: ${message}` }));
  if (!typed || moved.length > 0) return moved;
  const expected = unfitType(typed.type);
  return expected === undefined
    ? []
    : [{ ...position, message: `${what}: ${formatSqlType(typed.type)}, expected ${expected}` }];
}
