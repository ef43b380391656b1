import { isDated } from '../../contract/contract.ts';
import { tableLocation } from '../../ports/lake-layout.ts';
import type { ModelNode } from '../../sql/graph.ts';
import { renderSelect, renderStage, stagingTable } from '../../sql/render.ts';
import { type BuildPlan, planBuild, wholeBuild } from '../build-plan.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { fitsOneStatement } from '../followed-partitions.ts';
import { isKeyAnswer } from '../key-survey.ts';
import { formatLineage } from '../lineage.ts';
import {
  anyPartition,
  divide,
  maxPartitionsPerStatement,
  type PartitionedColumn,
  type PartitionTuple,
  partitionedColumns,
  partitionTextOf,
  surveyExpression,
} from '../partition-conditions.ts';
import type { PrepareInput, PrepareOutput } from '../payloads.ts';
import { findWithheld, type RunOutcomes } from '../publication.ts';
import {
  nodeNamed,
  type ReadTable,
  type RunContext,
  readOutcomes,
  resumeRun,
  tableReader,
} from '../run-context.ts';
import { formatReference, type TableOutcome } from '../run-store.ts';

const nothing: PrepareOutput = { action: 'done', attempt: 0, statements: [] };

/** Decides whether a table is built in this run and how, and writes the statements to the runs store. */
export async function prepare(environment: RefreshEnvironment, input: PrepareInput): Promise<PrepareOutput> {
  const context = await resumeRun(environment, input.run);
  const { graph, store } = context;
  const node = nodeNamed(graph, input.table);
  const outcomes = await readOutcomes(context);
  const leave = async (outcome: TableOutcome) => {
    await store.writeOutcome(input.table, outcome);
    return nothing;
  };

  if (context.plan.held.includes(input.table)) return leave({ state: 'held' });
  const blocked = findBlockedInput(context, node, outcomes);
  if (blocked !== undefined) {
    return leave({ state: 'skipped', cause: 'input', reason: `it reads ${blocked}` });
  }
  const asOf = isDated(node.model) ? await store.readAsOf() : undefined;
  if (isDated(node.model) && asOf === undefined) {
    return leave({ state: 'skipped', cause: 'input', reason: 'its as_of could not be resolved' });
  }
  if (asOf === null) {
    return leave({
      state: 'skipped',
      cause: 'no facts',
      reason: 'there is no silver fact to take as_of from',
    });
  }

  const read = tableReader(context, outcomes);
  const build = await planBuild(context, node, read, asOf);
  if (build === undefined) return leave({ state: 'current' });
  if (input.survey !== undefined) return goOn(context, node, read, build, input.survey);
  const attempt = await store.claimAttempt(input.table);
  if ('decide' in build) {
    const key = await store.writeSql(input.table, attempt, 'key-survey', build.survey);
    return { action: 'survey', attempt, statements: [{ key }] };
  }
  return startAttempt(context, node, read, build, { attempt, surveys: [] });
}

/** Goes on with the answer of a survey: of the followed keys, or of the partitions that the table will have. */
async function goOn(
  context: RunContext,
  node: ModelNode,
  read: ReadTable,
  build: NonNullable<Awaited<ReturnType<typeof planBuild>>>,
  { attempt, queryExecutionId }: NonNullable<PrepareInput['survey']>,
): Promise<PrepareOutput> {
  const { environment, store } = context;
  const answer = await environment.engine.results(queryExecutionId);
  if (isKeyAnswer(answer)) {
    const decided = 'decide' in build ? build.decide(answer) : build;
    return startAttempt(context, node, read, decided, { attempt, surveys: [queryExecutionId] });
  }
  const columns = partitionedColumns(node.model);
  const tuples = answer.rows.map((row) =>
    columns.map((column, index) => partitionTextOf(column, row[index] ?? null)),
  );
  const plan = await store.readAttempt(formatReference(node.model), attempt);
  const surveys = [...new Set([...(plan.surveys ?? []), queryExecutionId])];
  await store.writeAttempt({ ...plan, surveys });
  // Whose keys were found to be all over is rebuilt as a whole, and asked for its partitions after that.
  const chosen = 'decide' in build ? wholeBuild(build.lineage) : build;
  return stage(context, node, read, chosen, attempt, tuples);
}

/** An input that has no version fit for building on, as the reason reads. */
function findBlockedInput({ graph }: RunContext, node: ModelNode, outcomes: RunOutcomes): string | undefined {
  const withheld = findWithheld(graph, outcomes, false);
  for (const input of node.inputs) {
    if (input.layer === 'bronze') continue;
    const name = formatReference(input);
    const outcome = outcomes.tables.get(name);
    if (withheld.has(name)) return `${name}, whose checks failed`;
    if (outcome === undefined || outcome.state === 'failed' || outcome.state === 'attached') {
      return `${name}, which failed`;
    }
    if (outcome.state === 'skipped') return `${name}, which was skipped`;
  }
  return undefined;
}

async function startAttempt(
  context: RunContext,
  node: ModelNode,
  read: ReadTable,
  build: BuildPlan,
  { attempt, surveys }: { readonly attempt: number; readonly surveys: readonly string[] },
): Promise<PrepareOutput> {
  const { environment, run, store } = context;
  const { model } = node;
  const table = formatReference(model);
  const targetLocation = tableLocation(environment.layout, run.pack, model.layer, model.name);
  await store.writeAttempt({
    table,
    attempt,
    staging: {
      database: `${run.pack}_staging`,
      table: stagingTable(`${model.layer}_${model.name}`, run.runId, attempt),
    },
    location: `${targetLocation}/data/${run.runId}-${attempt}/`,
    targetLocation,
    replace: build.replace,
    ...(build.base === undefined ? {} : { base: build.base }),
    ...(build.changed === undefined ? {} : { changed: build.changed }),
    surveys,
    summary: formatLineage(build.lineage),
  });
  const columns = partitionedColumns(model);
  if (columns.length === 0) return stage(context, node, read, build, attempt, []);
  if (build.tuples !== undefined) return stage(context, node, read, build, attempt, build.tuples);
  if (build.replace === 'all' && (await fitsOneStatement(context, node, read))) {
    return stage(context, node, read, build, attempt, []);
  }

  const expressions = columns.map(surveyExpression);
  // Buckets and truncated numbers cannot be told in SQL; they are one statement, as few of them as a contract asks for.
  if (expressions.includes(undefined)) return stage(context, node, read, build, attempt, []);
  const select = await selectOf(context, node, read, build);
  const survey = [
    'select distinct',
    expressions.map((expression, index) => `    ${expression} as partition_${index + 1}`).join(',\n'),
    `from (\n${select}\n)${build.where === undefined ? '' : ` where ${build.where}`}`,
  ].join('\n');
  const key = await store.writeSql(table, attempt, 'survey', survey);
  return { action: 'survey', attempt, statements: [{ key }] };
}

/** Writes the statements: one, or one for each hundred of partitions. */
async function stage(
  context: RunContext,
  node: ModelNode,
  read: ReadTable,
  build: BuildPlan,
  attempt: number,
  tuples: readonly PartitionTuple[],
): Promise<PrepareOutput> {
  const { store } = context;
  const table = formatReference(node.model);
  const plan = await store.readAttempt(table, attempt);
  const columns = partitionedColumns(node.model);
  const conditions =
    tuples.length > maxPartitionsPerStatement ? divideRows(columns, tuples, build) : [build.where];
  const select = await selectOf(context, node, read, build);
  const texts = renderStage({
    staging: plan.staging,
    location: plan.location,
    partitioning: node.model.partitioning,
    select,
    ...(conditions.every((condition) => condition !== undefined) ? { conditions } : {}),
  });
  const statements = await Promise.all(
    texts.map(async (sql, index) => ({
      key: await store.writeSql(table, attempt, `stage-${index + 1}`, sql),
    })),
  );
  return { action: 'stage', attempt, statements };
}

/**
 * Conditions of the statements, one for each hundred of partitions. Where partitions are replaced without a condition of the
 * build's own, the last takes all rows that the others leave: a row outside the named partitions must come to Attach, which
 * fails on it, and not be dropped between two statements.
 */
function divideRows(
  columns: readonly PartitionedColumn[],
  tuples: readonly PartitionTuple[],
  build: BuildPlan,
): readonly (string | undefined)[] {
  const groups = divide(tuples);
  const conditions = groups.map((group) => anyPartition(columns, group));
  if (build.replace === 'all' || build.where !== undefined) return conditions;
  const others = anyPartition(columns, groups.slice(0, -1).flat());
  return [...conditions.slice(0, -1), others && `coalesce(not ${others}, true)`];
}

/** The model's select over the pinned inputs; its output is restricted by the statements' conditions. */
async function selectOf(
  { environment, plan, store }: RunContext,
  node: ModelNode,
  read: ReadTable,
  build: BuildPlan,
): Promise<string> {
  const asOf = await store.readAsOf();
  return renderSelect(node.model, {
    pack: environment.pack,
    resolve: (reference) => {
      const { recordedId: _recorded, ownId: _own, ...at } = read(reference);
      const restrict = build.restrict[formatReference(reference)];
      return { ...at, ...(restrict === undefined ? {} : { restrict }) };
    },
    runId: plan.runId,
    builtAt: plan.startedAt,
    ...(asOf ? { asOf } : {}),
  });
}
