import type { TableReference } from '../../contract/contract.ts';
import { PublishConflictError, publishSnapshot } from '../../iceberg/publish.ts';
import { formatTable } from '../../ports/table-catalog.ts';
import type { RefreshEnvironment } from '../environment.ts';
import type { PublishInput, PublishOutput } from '../payloads.ts';
import { findWithheld } from '../publication.ts';
import { icebergOf, identifierOf, readOutcomes, renewLease, resumeRun } from '../run-context.ts';
import { formatReference } from '../run-store.ts';

/**
 * Moves `main` of every table that may be published, inputs before their readers. Stopped half-way and called again it goes
 * on; never called again, the tables that are left are out of date for the next run, which builds them anew.
 */
export async function publish(environment: RefreshEnvironment, input: PublishInput): Promise<PublishOutput> {
  const context = await resumeRun(environment, input.run);
  const { graph, plan, run, store } = context;
  const outcomes = await readOutcomes(context);
  const withheld = new Map(
    [...findWithheld(graph, outcomes, true)].map(([table, { reason }]) => [table, reason]),
  );
  // Rolled back while the run was at work: the run must not undo it.
  const holds = new Set((await environment.runs.listHolds()).map(({ table }) => table));
  const isRolledBack = ({ layer, name }: TableReference) =>
    holds.has(formatTable(identifierOf(run.pack, { layer, name }))) &&
    !plan.held.includes(formatReference({ layer, name }));
  const published: string[] = [];
  for (const { model, inputs } of graph.nodes) {
    const table = formatReference(model);
    const outcome = outcomes.tables.get(table);
    if (outcome?.state !== 'judged' || withheld.has(table)) continue;
    const source = inputs.map(formatReference).find((name) => withheld.has(name));
    const identifier = identifierOf(run.pack, model);
    if (source !== undefined) {
      withheld.set(table, `it reads ${source}, which is not published`);
      continue;
    }
    if (holds.has(formatTable(identifier))) {
      withheld.set(table, 'it was rolled back during the run');
      continue;
    }
    // The run read the version that was current when it began, which somebody found to be wrong.
    const rolledBack = inputs.find(isRolledBack);
    if (rolledBack !== undefined) {
      withheld.set(table, `its input ${formatReference(rolledBack)} was rolled back during the run`);
      continue;
    }
    // Between two tables another run may have taken over.
    await renewLease(environment, input.run);
    const { staging } = await store.readAttempt(table, outcome.attempt);
    try {
      await publishSnapshot(icebergOf(environment), identifier, {
        snapshotId: BigInt(outcome.snapshotId),
        expectedParent: outcome.parent === null ? undefined : BigInt(outcome.parent),
        staging,
      });
      published.push(table);
    } catch (error) {
      if (!(error instanceof PublishConflictError)) throw error;
      withheld.set(table, error.message);
    }
  }
  await store.writeReport({ published, withheld: Object.fromEntries(withheld) });
  return { published: published.length };
}
