import { type AttachOutcome, attachStaged } from '../../iceberg/attach.ts';
import type { ChangedRows } from '../../sql/render.ts';
import { renderTableAudit } from '../audit-statement.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { auditingTable } from '../levels.ts';
import type { AttachInput, AttachOutput } from '../payloads.ts';
import { icebergOf, identifierOf, nodeNamed, readOutcomes, resumeRun, tableReader } from '../run-context.ts';
import type { AttemptPlan } from '../run-store.ts';

/** Commits the staged files to the table, unseen by readers, and writes the query that proves its checks. */
export async function attach(environment: RefreshEnvironment, input: AttachInput): Promise<AttachOutput> {
  const context = await resumeRun(environment, input.run);
  const { graph, run, store } = context;
  const node = nodeNamed(graph, input.table);
  const plan = await store.readAttempt(input.table, input.attempt);
  await store.markAttaching(input.table, input.attempt);
  const attached = await attachStaged(icebergOf(environment), {
    target: identifierOf(run.pack, node.model),
    staging: plan.staging,
    targetLocation: plan.targetLocation,
    replace: plan.replace,
    ...(plan.base === undefined ? {} : { base: BigInt(plan.base) }),
    attempt: `${run.runId}-${input.attempt}`,
    summary: plan.summary,
    description: node.model.description,
    columnDocs: Object.fromEntries(node.model.columns.map(({ name, description }) => [name, description])),
  });
  const snapshotId = String(attached.snapshotId);
  await store.writeOutcome(input.table, {
    state: 'attached',
    snapshotId,
    parent: attached.parentSnapshotId === undefined ? null : String(attached.parentSnapshotId),
    attempt: input.attempt,
    readAt: {
      database: attached.readAt.database,
      table: attached.readAt.table,
      snapshotId: String(attached.readAt.snapshotId),
    },
    writtenRows: Number(attached.addedRecords),
    queries: [
      ...(plan.surveys ?? []),
      ...(input.written ?? []).map(({ queryExecutionId }) => queryExecutionId),
    ],
  });

  const read = tableReader(context, await readOutcomes(context));
  const checks = graph.checks.filter((check) => auditingTable(graph, check)?.model === node.model);
  return {
    snapshotId,
    auditSql: await renderTableAudit(context, read, node, checks, changedRows(plan, attached)),
  };
}

/**
 * What the version has in place of its base's rows; undefined where all of it is new. Attaching has proven that `main` is the base, so that the
 * other rows are the base's, and that each staged row lies in a partition that is replaced.
 */
function changedRows(
  { base, changed, replace }: AttemptPlan,
  { addedRecords }: AttachOutcome,
): ChangedRows | undefined {
  if (replace === 'all' || base === undefined || changed === undefined) return undefined;
  return { ...changed, written: Number(addedRecords) };
}
