import { renderAsOf } from '../../sql/render.ts';
import { recallAsOf, rememberAsOf } from '../as-of-memory.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { factsOf } from '../lineage.ts';
import type { AsOfInput, AsOfOutput } from '../payloads.ts';
import { findWithheld } from '../publication.ts';
import { readOutcomes, resumeRun, tableReader } from '../run-context.ts';
import { formatReference } from '../run-store.ts';

/**
 * Resolves the day of the gold build: given, or the greatest event date of the silver facts as they will stand. The new
 * snapshot of a fact counts if its checks passed, else the one that stays published.
 */
export async function resolveAsOf(environment: RefreshEnvironment, input: AsOfInput): Promise<AsOfOutput> {
  const context = await resumeRun(environment, input.run);
  const { graph, plan, store } = context;
  const known = plan.asOf ?? (await store.readAsOf());
  if (known !== undefined) {
    await store.writeAsOf(known);
    return answer(known);
  }

  const outcomes = await readOutcomes(context);
  const withheld = findWithheld(graph, outcomes, false);
  const read = tableReader(context, {
    ...outcomes,
    tables: new Map([...outcomes.tables].filter(([table]) => !withheld.has(table))),
  });
  const facts = factsOf(environment.pack)
    .map((model) => ({ model, at: read(model) }))
    // A fact that was never built has no table to ask.
    .filter(({ at }) => at.snapshotId !== undefined);
  const snapshotOf = (table: string) =>
    facts.find(({ model }) => formatReference(model) === table)?.at.recordedId ?? null;

  if (input.queryExecutionId !== undefined) {
    const { rows } = await environment.engine.results(input.queryExecutionId);
    const asOf = rows[0]?.[0]?.slice(0, 10) ?? null;
    await store.writeAsOf(asOf);
    await rememberAsOf(environment, snapshotOf, asOf);
    return answer(asOf);
  }
  const remembered = facts.length === 0 ? null : await recallAsOf(environment, snapshotOf);
  if (remembered !== undefined) {
    await store.writeAsOf(remembered);
    return answer(remembered);
  }
  const sql = renderAsOf(
    facts.map(({ model, at }) => ({
      table: {
        database: at.database,
        table: at.table,
        ...(at.snapshotId === undefined ? {} : { snapshotId: at.snapshotId }),
      },
      eventDate: model.eventDate,
    })),
  );
  return { action: 'query', sql };
}

function answer(asOf: string | null): AsOfOutput {
  return { action: asOf === null ? 'none' : 'resolved', sql: '' };
}
