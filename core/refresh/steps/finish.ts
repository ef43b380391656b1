import { rowsSnapshotId } from '../../iceberg/compaction.ts';
import { loadTable } from '../../iceberg/table.ts';
import { mainSnapshot } from '../../iceberg/table-metadata.ts';
import type { QualityResult } from '../../ports/quality-result.ts';
import type { RunRecord } from '../../ports/run-ledger.ts';
import { countBuildRows } from '../build-rows.ts';
import type { RefreshEnvironment } from '../environment.ts';
import type { FinishInput, FinishOutput } from '../payloads.ts';
import { allVerdicts, formatFailure, type RunOutcomes } from '../publication.ts';
import { appendQualityResults } from '../quality-results.ts';
import { icebergOf, identifierOf, type RunContext, readOutcomes, resumeRun } from '../run-context.ts';
import { formatReference, openRunStore, type PublishReport, type RunPlan } from '../run-store.ts';
import { explainError } from '../state-error.ts';

/** An execution's history holds 25,000 events: rounds without end would fill it. The next load or schedule goes on. */
const maxRounds = 10;
/** Shorter than what Step Functions (32 KB) and the run ledger (DynamoDB, 400 KB) take; enough to name what failed. */
const maxMessage = 8000;

/**
 * Writes down how the run ended: its record, and the quality results of its checks and of the loads since the last run. Then
 * gives the lease up and tells whether loads landed meanwhile.
 */
export async function finish(environment: RefreshEnvironment, input: FinishInput): Promise<FinishOutput> {
  const ended = await findEnded(environment, input);
  if (ended !== undefined) return ended;
  const context = await resumeRun(environment, input.run);
  const { plan, run, store } = context;
  const outcomes = await readOutcomes(context);
  const report = (await store.readReport()) ?? { published: [], withheld: {} };
  const tables = describeTables(context, outcomes, report);
  const failures = [
    ...(input.error ? [`the run was stopped: ${explainError(input.error)}`] : []),
    ...findFailures(context, outcomes, report),
  ];
  const status = failures.length > 0 ? 'failed' : 'succeeded';
  const message = failures.length > 0 ? failures.join('; ') : describeSuccess(tables);
  const shortMessage = message.length > maxMessage ? `${message.slice(0, maxMessage)}… (cut)` : message;

  await appendQualityResults(environment, run, collectResults(context, outcomes));
  const record: RunRecord = {
    ...run,
    startedAt: plan.startedAt,
    finishedAt: environment.clock.now(),
    status,
    message: status === 'failed' ? shortMessage : null,
    tables,
    rows: await countBuildRows(environment.engine, outcomes),
  };
  await environment.runs.recordRun(record);
  await environment.runs.releaseLease(run.pack, run.runId);
  // After the lease is free: a load that lands from now on starts a run that gets it.
  return { status, message: shortMessage, again: await isDueAgain(environment, input, plan) };
}

/**
 * A Finish whose answer was lost is called again, and has no lease any more. It tells of loads as the first did: the runs that
 * they started found this one at work and ended.
 */
async function findEnded(
  environment: RefreshEnvironment,
  input: FinishInput,
): Promise<FinishOutput | undefined> {
  const { layout, runs, store } = environment;
  const { run } = input;
  const recent = await runs.listRuns(run.pack, 20);
  const record = recent.find(({ runId }) => runId === run.runId);
  if (record === undefined || (record.status !== 'succeeded' && record.status !== 'failed')) {
    return undefined;
  }
  await runs.releaseLease(run.pack, run.runId);
  return {
    status: record.status,
    message: record.message ?? describeSuccess(record.tables),
    again: await isDueAgain(environment, input, await openRunStore(store, layout.runs, run).readPlan()),
  };
}

function describeTables(
  { graph, plan }: RunContext,
  outcomes: RunOutcomes,
  report: PublishReport,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    graph.nodes.map(({ model }) => {
      const table = formatReference(model);
      const outcome = outcomes.tables.get(table);
      if (plan.held.includes(table)) return [table, 'held'];
      if (plan.decision === 'current') return [table, 'current'];
      if (report.published.includes(table)) return [table, 'published'];
      if (report.withheld[table]?.startsWith('it reads ')) return [table, 'skipped'];
      if (outcome?.state === 'current' || outcome?.state === 'skipped') {
        return [table, outcome.state];
      }
      return [table, 'failed'];
    }),
  );
}

/** What failed, each with its reason; tables that were left out on account of another are only counted. */
function findFailures(
  { graph, plan }: RunContext,
  outcomes: RunOutcomes,
  report: PublishReport,
): readonly string[] {
  if (plan.decision === 'current') return [];
  const failures = new Set<string>();
  for (const verdict of allVerdicts(outcomes)) {
    if (verdict.severity === 'error' && verdict.status === 'fail') {
      failures.add(formatFailure(verdict));
    }
  }
  for (const [group, outcome] of outcomes.groups) {
    if (outcome.state === 'failed') failures.add(`checks across ${group}: ${outcome.reason}`);
  }
  const names = graph.nodes.map(({ model }) => formatReference(model));
  for (const table of names) {
    const outcome = outcomes.tables.get(table);
    if (outcome?.state === 'failed') failures.add(`${table} failed: ${outcome.reason}`);
    if (outcome === undefined) failures.add(`${table} failed: the run ended before it`);
    if (outcome?.state === 'attached') failures.add(`${table} failed: its checks were not proven`);
    if (outcome?.state === 'skipped' && outcome.reason.includes('could not be resolved')) {
      failures.add(`${table} was skipped: ${outcome.reason}`);
    }
    const reason = report.withheld[table];
    const isTold =
      reason === undefined ||
      reason.startsWith('it reads ') ||
      allVerdicts(outcomes).some((verdict) => formatFailure(verdict) === reason);
    if (!isTold) failures.add(`${table} is not published: ${reason}`);
  }
  const left = names.filter((table) => {
    const outcome = outcomes.tables.get(table);
    const isSkipped = outcome?.state === 'skipped' && outcome.cause === 'input';
    return isSkipped || report.withheld[table]?.startsWith('it reads ');
  });
  if (failures.size > 0 && left.length > 0) {
    failures.add(`left as they were, since they read these: ${left.join(', ')}`);
  }
  return [...failures];
}

function describeSuccess(tables: Readonly<Record<string, string>>): string {
  const count = (state: string) => Object.values(tables).filter((value) => value === state).length;
  const parts = (['published', 'current', 'held', 'skipped'] as const)
    .map((state) => ({ state, number: count(state) }))
    .filter(({ number }) => number > 0)
    .map(({ state, number }) => `${number} ${state}`);
  return parts.length === 0 ? 'the pack has no tables' : `tables: ${parts.join(', ')}`;
}

function collectResults({ run }: RunContext, outcomes: RunOutcomes): readonly QualityResult[] {
  return [...outcomes.tables.values(), ...outcomes.groups.values()].flatMap((outcome) =>
    outcome.state !== 'judged'
      ? []
      : outcome.verdicts.map((verdict) => {
          const [layer, tableName] = verdict.owner.split('.');
          return {
            runId: run.runId,
            checkedAt: outcome.checkedAt,
            layer: layer === 'gold' ? 'gold' : 'silver',
            tableName: tableName ?? '',
            checkId: verdict.checkId,
            severity: verdict.severity,
            status: verdict.status,
            failedRows: verdict.failedRows,
            observed: verdict.observed,
            expected: verdict.expected,
          };
        }),
  );
}

/** Whether another round is allowed, and a bronze table has moved on from what this run read. */
async function isDueAgain(
  environment: RefreshEnvironment,
  { error, round, run }: FinishInput,
  plan: RunPlan,
): Promise<boolean> {
  if (error !== undefined || round >= maxRounds) return false;
  const moved = await Promise.all(
    environment.pack.bronze.map(async (contract) => {
      const table = await loadTable(icebergOf(environment), identifierOf(run.pack, contract));
      const main = table && mainSnapshot(table.metadata);
      const name = formatReference(contract);
      const read = plan.rowsOf?.[name] ?? plan.pinned[name];
      return (
        table !== undefined && main !== undefined && String(rowsSnapshotId(table.metadata, main)) !== read
      );
    }),
  );
  return moved.includes(true);
}
