import { attachStaged } from '../../iceberg/attach.ts';
import { renderRunAudit } from '../audit-statement.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { auditingTable } from '../levels.ts';
import type { AttachInput, AttachOutput } from '../payloads.ts';
import { icebergOf, identifierOf, nodeNamed, readOutcomes, resumeRun, tableReader } from '../run-context.ts';
import { formatReference } from '../run-store.ts';

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
    auditSql: await renderRunAudit(context, read, node, checks, `audit of ${formatReference(node.model)}`),
  };
}
