import type { ObjectStore } from '../ports/object-store.ts';
import { formatTable, type TableIdentifier } from '../ports/table-catalog.ts';
import { type SnapshotStep, type SnapshotSteps, stepsBetween } from './compaction.ts';
import type { DataFile } from './data-file.ts';
import { schemasNewestFirst } from './manifest.ts';
import { eachManifest, manifestsOf } from './manifest-store.ts';
import { partitionType, transformOf } from './partition-spec.ts';
import { partitionText } from './partition-text.ts';
import { findSnapshot } from './snapshot-lookup.ts';
import { type IcebergIo, loadTable } from './table.ts';
import { currentSchema, currentSpec, schemaById, type TableMetadata } from './table-metadata.ts';

/** `all`: it cannot be told which partitions changed. Values are in text form: `2011-12` for a month, null for null. */
export type ChangedPartitions =
  | { readonly kind: 'all'; readonly reason: string }
  | {
      readonly kind: 'partitions';
      /** The partition field: its column and transform (`month`, `identity`, `truncate[10]`). */
      readonly column: string;
      readonly transform: string;
      readonly values: readonly (string | null)[];
      /** Where the rows of `from` can be read; absent if every one of them is in `to` as well. */
      readonly before?: bigint;
    };

/** Two versions of a table, and the column of the partition field that tells its partitions apart. */
export type PartitionRange = {
  readonly from: bigint;
  readonly to: bigint;
  readonly column: string;
  /** Further columns that both versions must have. */
  readonly columns?: readonly string[];
};

/**
 * Which partitions of the table differ between two of its snapshots, by the partition field on `column`: those of all files that
 * only one of the two has, rewrites of the same rows left out. Files that a delete file reaches count as changed.
 */
export async function changedPartitions(
  io: IcebergIo,
  id: TableIdentifier,
  range: PartitionRange,
): Promise<ChangedPartitions> {
  const table = await loadTable(io, id);
  if (table === undefined) throw new Error(`table ${formatTable(id)} does not exist`);
  const to = await findSnapshot(io, table.metadata, range.to);
  if (to === undefined) return { kind: 'all', reason: `snapshot ${range.to} has expired` };
  const { metadata } = to;
  const way =
    stepsBetween(metadata, range.from, to.snapshot) ?? (await directWay(io, table.metadata, to, range));
  if ('reason' in way) return { kind: 'all', ...way };

  const source = currentSchema(metadata).fields.find((field) => field.name === range.column);
  const spec = currentSpec(metadata);
  const index = spec.fields.findIndex(
    (field) => field['source-id'] === source?.id && !['void', 'bucket'].includes(transformOf(field).kind),
  );
  const field = spec.fields[index];
  const type = field && partitionType(field, schemasNewestFirst(metadata));
  if (field === undefined || type === undefined) {
    return { kind: 'all', reason: `${formatTable(id)} is not partitioned by ${range.column}` };
  }
  const added = range.columns?.find((name) => !hasColumn(metadata, way.start['schema-id'], name));
  if (added !== undefined) {
    return { kind: 'all', reason: `column ${added} was added between the snapshots` };
  }
  const values = new Set<string | null>();
  let hasLostRows = false;
  for (const step of way.steps) {
    for (const { file, side } of await differingFiles(io.store, metadata, step)) {
      if (file.specId !== spec['spec-id']) {
        return {
          kind: 'all',
          reason: `${file.path} is of partition spec ${file.specId}, not ${spec['spec-id']}`,
        };
      }
      values.add(partitionText(field, type, file.partition[index] ?? null));
      hasLostRows ||= side === 'before' || file.content !== 'data';
    }
  }
  return {
    kind: 'partitions',
    column: range.column,
    transform: field.transform,
    values: [...values].sort((a, b) => (a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1)),
    ...(hasLostRows ? { before: way.start['snapshot-id'] } : {}),
  };
}

type FoundTo = NonNullable<Awaited<ReturnType<typeof findSnapshot>>>;

/** From the one snapshot to the other without the history between them. */
async function directWay(
  io: Pick<IcebergIo, 'store'>,
  metadata: TableMetadata,
  to: FoundTo,
  range: PartitionRange,
): Promise<SnapshotSteps | { readonly reason: string }> {
  const from = await findSnapshot(io, metadata, range.from);
  if (from === undefined) return { reason: `snapshot ${range.from} has expired` };
  if (from.where !== to.where || from.location !== to.location) {
    return { reason: 'the schema or the partitioning changed between the snapshots' };
  }
  return { steps: [{ before: from.snapshot, after: to.snapshot }], start: from.snapshot };
}

function hasColumn(metadata: TableMetadata, schemaId: number | undefined, name: string): boolean {
  const schema = schemaId === undefined ? currentSchema(metadata) : schemaById(metadata, schemaId);
  return schema.fields.some((field) => field.name === name);
}

type DifferingFile = { readonly file: DataFile; readonly side: 'before' | 'after' };

/** The live files, delete files among them, that only one of the two snapshots has. */
async function differingFiles(
  store: ObjectStore,
  metadata: TableMetadata,
  step: SnapshotStep,
): Promise<readonly DifferingFile[]> {
  const before = await manifestsOf(store, metadata, step.before);
  const after = await manifestsOf(store, metadata, step.after);
  // A manifest that both have holds the same live files for both.
  const paths = (manifests: typeof before) => new Set(manifests.map((manifest) => manifest.path));
  const [beforePaths, afterPaths] = [paths(before), paths(after)];
  const sides = [
    { side: 'before', manifests: before.filter((manifest) => !afterPaths.has(manifest.path)) },
    { side: 'after', manifests: after.filter((manifest) => !beforePaths.has(manifest.path)) },
  ] as const;
  const files = new Map<string, DifferingFile>();
  const common = new Set<string>();
  for (const { side, manifests } of sides) {
    for await (const { entries } of eachManifest(store, metadata, manifests)) {
      for (const { status, file } of entries) {
        if (status === 'deleted') continue;
        if (side === 'after' && files.get(file.path)?.side === 'before') common.add(file.path);
        files.set(file.path, { file, side });
      }
    }
  }
  return [...files.values()].filter(({ file }) => !common.has(file.path));
}
