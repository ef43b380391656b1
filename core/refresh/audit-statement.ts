import type { CheckNode, ModelNode } from '../sql/graph.ts';
import { renderAudit } from '../sql/render.ts';
import type { ReadTable, RunContext } from './run-context.ts';
import { demandShortStatement } from './statement-length.ts';

/**
 * The query that proves checks as the run reads its tables, with the model's own.
 * @param subject what the query is, for the error of one that is too long
 */
export async function renderRunAudit(
  { environment, store }: RunContext,
  read: ReadTable,
  { model }: ModelNode,
  checks: readonly CheckNode[],
  subject: string,
): Promise<string> {
  const asOf = await store.readAsOf();
  const sql = await renderAudit(
    model,
    checks.map(({ check }) => check),
    {
      pack: environment.pack,
      resolve: (reference) => {
        const { recordedId: _recorded, ownId: _own, ...at } = read(reference);
        return at;
      },
      ...(asOf ? { asOf } : {}),
    },
  );
  return demandShortStatement(subject, sql);
}
