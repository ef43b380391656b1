import type { TableReference } from '../contract/contract.ts';
import { transformOf } from '../iceberg/partition-spec.ts';
import { planScan } from '../iceberg/scan.ts';
import { loadTable } from '../iceberg/table.ts';
import { currentSchema, specById } from '../iceberg/table-metadata.ts';
import type { ModelNode } from '../sql/graph.ts';
import { maxPartitionsPerStatement } from './partition-conditions.ts';
import { icebergOf, identifierOf, type ReadTable, type RunContext } from './run-context.ts';

/**
 * Whether a rebuild of everything surely has no more partitions than one statement may write, told without a query: all inputs are
 * followed, partitioned like the table, and have so few. A survey would read every row once more to say the same.
 */
export async function fitsOneStatement(
  context: RunContext,
  { model, inputs }: ModelNode,
  read: ReadTable,
): Promise<boolean> {
  const [term, ...others] = model.partitioning;
  if (model.publish.mode !== 'replace_partitions' || term === undefined || others.length > 0) return false;
  const { follows } = model.publish;
  if (follows.length < inputs.length || follows.some(({ key }) => key !== undefined)) return false;
  const partitions = new Set<string>();
  for (const { table, column } of follows) {
    const found = await listPartitions(context, table, read(table).ownId, { ...term, column });
    if (found === undefined) return false;
    for (const partition of found) partitions.add(partition);
  }
  return partitions.size <= maxPartitionsPerStatement;
}

/** The partitions of a version by the term, each as text of some kind; undefined where it is not partitioned so. */
async function listPartitions(
  { environment, run }: RunContext,
  reference: TableReference,
  snapshotId: string | null,
  { transform, column, argument }: ModelNode['model']['partitioning'][number],
): Promise<ReadonlySet<string> | undefined> {
  const io = icebergOf(environment);
  const table = snapshotId === null ? undefined : await loadTable(io, identifierOf(run.pack, reference));
  if (snapshotId === null || table === undefined) return undefined;
  const { metadata, tasks } = await planScan(io, table, { snapshotId: BigInt(snapshotId) });
  const source = currentSchema(metadata).fields.find(({ name }) => name === column);
  const partitions = new Set<string>();
  for (const { file } of tasks) {
    const index = specById(metadata, file.specId).fields.findIndex((field) => {
      const { kind, ...rest } = transformOf(field);
      const isSame = kind === transform && (!('argument' in rest) || rest.argument === argument);
      return isSame && field['source-id'] === source?.id;
    });
    if (index < 0) return undefined;
    partitions.add(String(file.partition[index] ?? null));
  }
  return partitions;
}
