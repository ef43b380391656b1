import { formatTable, type TableIdentifier } from '../ports/table-catalog.ts';
import { schemasNewestFirst } from './manifest.ts';
import { eachManifest, manifestsOf } from './manifest-store.ts';
import { partitionType, transformOf } from './partition-spec.ts';
import { partitionText } from './partition-text.ts';
import { findSnapshot } from './snapshot-lookup.ts';
import { type IcebergIo, loadTable } from './table.ts';
import { currentSchema, currentSpec } from './table-metadata.ts';

/** `all`: it cannot be told which partitions changed. Values are in text form: `2011-12` for a month, null for null. */
export type ChangedPartitions =
  | { readonly kind: 'all'; readonly reason: string }
  | {
      readonly kind: 'partitions';
      /** The partition field: its column and transform (`month`, `identity`, `truncate[10]`). */
      readonly column: string;
      readonly transform: string;
      readonly values: readonly (string | null)[];
    };

/**
 * Which partitions of the table differ between two of its snapshots, by the partition field on `column`: those of all files that
 * only one of the two has. Files that a delete file reaches count as changed.
 */
export async function changedPartitions(
  io: IcebergIo,
  id: TableIdentifier,
  range: { readonly from: bigint; readonly to: bigint; readonly column: string },
): Promise<ChangedPartitions> {
  const table = await loadTable(io, id);
  if (table === undefined) throw new Error(`table ${formatTable(id)} does not exist`);
  const from = await findSnapshot(io, table.metadata, range.from);
  if (from === undefined) return { kind: 'all', reason: `snapshot ${range.from} has expired` };
  const to = await findSnapshot(io, table.metadata, range.to);
  if (to === undefined) return { kind: 'all', reason: `snapshot ${range.to} has expired` };
  if (from.where !== to.where || from.location !== to.location) {
    return { kind: 'all', reason: 'the schema or the partitioning changed between the snapshots' };
  }
  const { metadata } = to;
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
  const before = await manifestsOf(io.store, metadata, from.snapshot);
  const after = await manifestsOf(io.store, metadata, to.snapshot);
  // A manifest that both have holds the same live files for both.
  const paths = (manifests: typeof before) => new Set(manifests.map((manifest) => manifest.path));
  const [beforePaths, afterPaths] = [paths(before), paths(after)];
  const files = new Map<string, { specId: number; text: string | null; sides: number }>();
  const sides = [
    { bit: 1, manifests: before.filter((manifest) => !afterPaths.has(manifest.path)) },
    { bit: 2, manifests: after.filter((manifest) => !beforePaths.has(manifest.path)) },
  ];
  for (const { bit, manifests } of sides) {
    for await (const { entries } of eachManifest(io.store, metadata, manifests)) {
      for (const { status, file } of entries) {
        if (status === 'deleted') continue;
        if (file.specId !== spec['spec-id']) {
          return {
            kind: 'all',
            reason: `${file.path} is of partition spec ${file.specId}, not ${spec['spec-id']}`,
          };
        }
        const known = files.get(file.path);
        if (known !== undefined) known.sides |= bit;
        else {
          const text = partitionText(field, type, file.partition[index] ?? null);
          files.set(file.path, { specId: file.specId, text, sides: bit });
        }
      }
    }
  }
  const changed = [...files.values()].filter(({ sides: seen }) => seen !== 3).map(({ text }) => text);
  const values = [...new Set(changed)].sort((a, b) =>
    a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1,
  );
  return { kind: 'partitions', column: range.column, transform: field.transform, values };
}
