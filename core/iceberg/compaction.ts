import { type Snapshot, snapshotById, type TableMetadata } from './table-metadata.ts';

/**
 * Iceberg's operation for the same rows in other files (OPTIMIZE, `rewrite_data_files`): not a change of what the table says.
 * https://iceberg.apache.org/spec/#snapshots
 */
const sameRows = 'replace';

/**
 * The snapshot that first held the rows of this one: the newest ancestor that is no rewrite. Where its ancestors have expired,
 * the oldest that is still named.
 */
export function rowsSnapshotId(metadata: TableMetadata, snapshot: Snapshot): bigint {
  let current = snapshot;
  while (current.summary.operation === sameRows) {
    const parentId = current['parent-snapshot-id'];
    if (parentId === undefined) break;
    const parent = snapshotById(metadata, parentId);
    if (parent === undefined) return parentId;
    current = parent;
  }
  return current['snapshot-id'];
}

/** Two snapshots of one history, without a rewrite between them. */
export type SnapshotStep = { readonly before: Snapshot; readonly after: Snapshot };

/** What changed a table's rows between two snapshots. */
export type SnapshotSteps = {
  readonly steps: readonly SnapshotStep[];
  /** Has the rows of the earlier snapshot: that itself, or the rewrite that followed it where it has expired. */
  readonly start: Snapshot;
};

/**
 * The way from a snapshot to a later one in steps that leave the rewrites out; undefined if the earlier one is no ancestor of
 * the later (after a rollback), or one between them has expired.
 */
export function stepsBetween(metadata: TableMetadata, from: bigint, to: Snapshot): SnapshotSteps | undefined {
  const steps: SnapshotStep[] = [];
  let after = to;
  let current = to;
  while (current['snapshot-id'] !== from) {
    const parentId = current['parent-snapshot-id'];
    const parent = parentId === undefined ? undefined : snapshotById(metadata, parentId);
    if (current.summary.operation === sameRows) {
      if (after !== current) steps.push({ before: current, after });
      if (parent === undefined) return parentId === from ? { steps, start: current } : undefined;
      after = parent;
    } else if (parent === undefined) {
      return undefined;
    }
    current = parent;
  }
  if (after !== current) steps.push({ before: current, after });
  return { steps, start: current };
}
