import { type DashboardQuery, databaseOf, type Pack } from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import { areProblems, type PackSql, placeholderValues, readPackSql } from './pack-sql.ts';
import { renderTables } from './render-tables.ts';
import { SqlProblemError } from './transpile.ts';

/** A dashboard query's select over gold alone, filled in with the pack's defaults. Call `prepareParser` before. */
export function readDashboardSql(pack: Pack, query: DashboardQuery): PackSql | readonly Problem[] {
  const read = readPackSql(pack, query.sql, placeholderValues(pack, undefined), query.position);
  if (areProblems(read)) return read;
  // Analysts may read gold and nothing else, and the questions are theirs.
  const problems = read.tables
    .filter(({ reference }) => reference.layer !== 'gold')
    .map(({ start, reference }) =>
      read.source.problemAt(
        start,
        `query ${query.name} reads ${reference.layer}.${reference.name}, expected tables of gold: analysts read no other`,
      ),
    );
  return problems.length > 0 ? problems : read;
}

/** The query as Athena takes it, its question first as a comment. Call `prepareParser` before. @throws SqlProblemError */
export function renderDashboardQuery(pack: Pack, query: DashboardQuery): string {
  const read = readDashboardSql(pack, query);
  if (areProblems(read)) throw new SqlProblemError(read);
  const sql = renderTables(read, ({ layer, name }) => ({
    database: databaseOf(pack.name, layer),
    table: name,
  }));
  return `${sql}\n`;
}
