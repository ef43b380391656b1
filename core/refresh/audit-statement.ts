import type { CheckNode, ModelNode } from '../sql/graph.ts';
import { type ChangedRows, type ReadOptions, renderAudit, renderChecksAcross } from '../sql/render.ts';
import type { RefreshEnvironment } from './environment.ts';
import type { ReadTable } from './run-context.ts';
import { formatReference, type RunStore } from './run-store.ts';
import { demandShortStatement, isShortStatement } from './statement-length.ts';

/** A run whose tables are audited. */
type Audited = {
  readonly environment: Pick<RefreshEnvironment, 'pack'>;
  readonly store: Pick<RunStore, 'readAsOf'>;
};

/**
 * The query that proves a table's checks as the run reads its tables.
 * @param changed what the version has in place of its base's rows; told so at length that the query gets too long, the whole table is read
 */
export async function renderTableAudit(
  context: Audited,
  read: ReadTable,
  { model }: ModelNode,
  checks: readonly CheckNode[],
  changed: ChangedRows | undefined,
): Promise<string> {
  const options = await readOptions(context, read);
  const own = checks.map(({ check }) => check);
  const sql = await renderAudit(model, own, options, changed);
  if (isShortStatement(sql)) return sql;
  return demandShortStatement(`audit of ${formatReference(model)}`, await renderAudit(model, own, options));
}

/** The query that proves the checks of a group. */
export async function renderGroupAudit(
  context: Audited,
  read: ReadTable,
  group: string,
  checks: readonly CheckNode[],
): Promise<string> {
  const sql = await renderChecksAcross(
    checks.map(({ check }) => check),
    await readOptions(context, read),
  );
  return demandShortStatement(`checks across ${group}`, sql);
}

async function readOptions({ environment, store }: Audited, read: ReadTable): Promise<ReadOptions> {
  const asOf = await store.readAsOf();
  return {
    pack: environment.pack,
    resolve: (reference) => {
      const { recordedId: _recorded, ownId: _own, ...at } = read(reference);
      return at;
    },
    ...(asOf ? { asOf } : {}),
  };
}
