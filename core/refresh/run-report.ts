import type { BuildRows, RunRecord } from '../ports/run-ledger.ts';
import type { RefreshEnvironment } from './environment.ts';
import type { RunReference } from './payloads.ts';
import { allVerdicts } from './publication.ts';
import { graphOf, readOutcomes } from './run-context.ts';
import { type CheckVerdict, formatReference, openRunStore } from './run-store.ts';

/** What is told of a finished run: counts and names, never a row's value. */
export type RunReport = {
  readonly run: RunReference;
  readonly status: RunRecord['status'];
  /** Checks of severity `error` that failed. */
  readonly failedChecks: readonly Pick<CheckVerdict, 'checkId' | 'owner' | 'failedRows'>[];
  /** Tables whose building failed, by names such as `silver.sales`. */
  readonly failedTables: readonly string[];
  /** The engine's ids of the queries that built and checked the run's tables. */
  readonly queries: readonly string[];
  /** What building took, by table. */
  readonly rows: Readonly<Record<string, BuildRows>>;
  readonly freshness: readonly TableFreshness[];
};

/** How long ago a table was last known to be what its inputs, SQL and contract say; 0: at the end of this run. */
export type TableFreshness = { readonly table: string; readonly hours: number };

/** Runs that are looked through for the time at which a table was up to date. */
const runsLookedAt = 100;
const millisecondsPerHour = 3600 * 1000;

/** Reads what a run left in the runs store and the ledger; it needs no lease, so it can be called after Finish. */
export async function reportRun(
  environment: RefreshEnvironment,
  run: RunReference,
): Promise<RunReport | undefined> {
  const runs = await environment.runs.listRuns(run.pack, runsLookedAt);
  const record = runs.find(({ runId }) => runId === run.runId);
  if (record === undefined) return undefined;
  const store = openRunStore(environment.store, environment.layout.runs, run);
  const graph = await graphOf(environment);
  const outcomes = await readOutcomes({ graph, store });
  return {
    run,
    status: record.status,
    failedChecks: allVerdicts(outcomes)
      .filter(({ severity, status }) => severity === 'error' && status === 'fail')
      .map(({ checkId, owner, failedRows }) => ({ checkId, owner, failedRows })),
    failedTables: [...outcomes.tables]
      .filter(([, { state }]) => state === 'failed' || state === 'attached')
      .map(([table]) => table),
    queries: [...outcomes.tables.values(), ...outcomes.groups.values()].flatMap((outcome) =>
      'queries' in outcome ? (outcome.queries ?? []) : [],
    ),
    rows: record.rows ?? {},
    freshness: measureFreshness(
      graph.nodes.map(({ model }) => formatReference(model)),
      runs,
      record.finishedAt ?? environment.clock.now(),
    ),
  };
}

/**
 * Hours since each table was last up to date. For a table that never was, as far as `runs` tell, they count from the oldest
 * of them. @param runs newest first, as the run ledger lists them
 */
export function measureFreshness(
  tables: readonly string[],
  runs: readonly RunRecord[],
  now: number,
): readonly TableFreshness[] {
  return tables.map((table) => {
    const lastFresh = runs.find((run) => wasUpToDate(run, table))?.finishedAt;
    const since = lastFresh ?? runs.at(-1)?.startedAt ?? now;
    return { table, hours: Math.max(0, now - since) / millisecondsPerHour };
  });
}

function wasUpToDate({ status, tables }: RunRecord, table: string): boolean {
  const state = tables[table];
  // Where nothing failed, a table is skipped because there is no fact yet: it is as empty as its inputs.
  return state === 'published' || state === 'current' || (state === 'skipped' && status === 'succeeded');
}
