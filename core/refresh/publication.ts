import { type CheckNode, type TableGraph, tablesOf } from '../sql/graph.ts';
import { ancestorsOf, planLevels } from './levels.ts';
import { type CheckVerdict, formatReference, type GroupOutcome, type TableOutcome } from './run-store.ts';

/** What is known of a run: outcomes by table, and of the groups of checks across tables. */
export type RunOutcomes = {
  readonly tables: ReadonlyMap<string, TableOutcome>;
  readonly groups: ReadonlyMap<string, GroupOutcome>;
};

/** Why a table's new version is not published: by its own fault or that of a check, or because of what it reads. */
export type Withheld = { readonly cause: 'check' | 'input'; readonly reason: string };

/**
 * The tables whose new versions may not be published, with the reason.
 *
 * A failing error check withholds every table that it names, and all that reads them. A check across tables that could not
 * be run because one of its tables could not be built withholds the tables beside that one, since nothing has proven them;
 * not those that it is built from: they are sound without it, and other readers go on.
 * A held table is old on purpose: checks across it are not run and withhold nothing.
 *
 * @param isFinal whether all groups have been judged; before that, a group without outcome says nothing
 */
export function findWithheld(
  graph: TableGraph,
  outcomes: RunOutcomes,
  isFinal: boolean,
): ReadonlyMap<string, Withheld> {
  const withheld = new Map<string, Withheld>();
  const withhold = (table: string, reason: string) => {
    const state = outcomes.tables.get(table)?.state;
    if ((state === 'judged' || state === 'attached') && !withheld.has(table)) {
      withheld.set(table, { cause: 'check', reason });
    }
  };

  for (const verdict of allVerdicts(outcomes)) {
    if (verdict.status === 'fail' && verdict.severity === 'error') {
      for (const table of verdict.tables) withhold(table, formatFailure(verdict));
    }
  }
  for (const [table, outcome] of outcomes.tables) {
    if (isFinal && outcome.state === 'attached') withhold(table, 'its checks were not proven');
  }
  for (const level of planLevels(graph)) {
    const group = outcomes.groups.get(level.name);
    if (group === undefined && !isFinal) continue;
    for (const check of level.checks) {
      if (check.check.severity !== 'error') continue;
      const tables = tablesOf(check).map(formatReference);
      const missing = missingTables(check, outcomes);
      const isDue = missing.length === 0 && isBuilt(check, outcomes) && !isHeld(check, outcomes);
      if (isDue && group?.state !== 'judged') {
        for (const table of tables) withhold(table, `check ${check.check.id} could not be run`);
      }
      for (const absent of missing) {
        const sources = ancestorsOf(graph, absent.reference);
        for (const table of tables.filter((name) => !sources.has(name))) {
          withhold(table, `check ${check.check.id} could not be run without ${absent.name}`);
        }
      }
    }
  }
  for (const { model, inputs } of graph.nodes) {
    const table = formatReference(model);
    const source = inputs.map(formatReference).find((input) => withheld.has(input));
    const state = outcomes.tables.get(table)?.state;
    if (source !== undefined && state === 'judged' && !withheld.has(table)) {
      withheld.set(table, { cause: 'input', reason: `it reads ${source}, which is not published` });
    }
  }
  return withheld;
}

/** The checks of a group that can be run now: some of their tables are new, and all stand. */
export function dueChecks(checks: readonly CheckNode[], outcomes: RunOutcomes): readonly CheckNode[] {
  return checks.filter(
    (check) =>
      isBuilt(check, outcomes) && !isHeld(check, outcomes) && missingTables(check, outcomes).length === 0,
  );
}

/** Answers of all checks of the run. */
export function allVerdicts(outcomes: RunOutcomes): readonly CheckVerdict[] {
  return [...outcomes.tables.values(), ...outcomes.groups.values()].flatMap((outcome) =>
    outcome.state === 'judged' ? outcome.verdicts : [],
  );
}

/** `check C1 of silver.sales failed: 3 rows`. */
export function formatFailure(verdict: CheckVerdict): string {
  const sides =
    verdict.observed === null && verdict.expected === null
      ? ''
      : ` (observed ${verdict.observed ?? 'null'}, expected ${verdict.expected ?? 'null'})`;
  const rows = verdict.failedRows === 1 ? '1 row' : `${verdict.failedRows} rows`;
  return `check ${verdict.checkId} of ${verdict.owner} failed: ${rows}${sides}`;
}

function isBuilt(check: CheckNode, { tables }: RunOutcomes): boolean {
  return tablesOf(check).some((table) => tables.get(formatReference(table))?.state === 'judged');
}

function isHeld(check: CheckNode, { tables }: RunOutcomes): boolean {
  return tablesOf(check).some((table) => {
    const outcome = tables.get(formatReference(table));
    return outcome?.state === 'held' || (outcome?.state === 'skipped' && outcome.cause === 'no facts');
  });
}

function missingTables(check: CheckNode, { tables }: RunOutcomes) {
  return tablesOf(check)
    .map((reference) => ({ reference, name: formatReference(reference) }))
    .filter(({ name }) => {
      const outcome = tables.get(name);
      return (
        outcome === undefined ||
        outcome.state === 'failed' ||
        outcome.state === 'attached' ||
        (outcome.state === 'skipped' && outcome.cause === 'input')
      );
    });
}
