import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../ports/object-store.ts';
import type { DataFile } from './data-file.ts';
import {
  type ManifestEntry,
  type ManifestFile,
  schemasNewestFirst,
  summarizePartitions,
  writeManifest,
  writeManifestList,
} from './manifest.ts';
import { eachManifest, liveEntries, manifestsOf } from './manifest-store.ts';
import { type PartitionSelector, partitionMatcher } from './partition-text.ts';
import { summarize } from './snapshot-summary.ts';
import { mainSnapshot, type Snapshot, snapshotById, specById, type TableMetadata } from './table-metadata.ts';

/** What a snapshot changes. */
export type SnapshotChange = {
  readonly operation: 'append' | 'overwrite';
  readonly add: readonly DataFile[];
  /** `overwrite` only: which files of `main` the added ones take the place of. */
  readonly remove?: 'all' | { readonly partitions: readonly PartitionSelector[] };
  /** Further properties of the snapshot's summary. */
  readonly summary?: Readonly<Record<string, string>>;
};

/** A snapshot in metadata that no catalog points at yet, and the files written for it. */
export type WrittenSnapshot = {
  readonly metadata: TableMetadata;
  readonly snapshot: Snapshot;
  readonly written: readonly string[];
};

/** Iceberg's default of `commit.manifest.min-count-to-merge` and `commit.manifest.target-size-bytes`. */
const defaultMergeCount = 100;
const defaultManifestSize = 8n * 1024n * 1024n;

/** Writes manifests and manifest list of a snapshot whose parent is `main`, and gives the metadata that holds it. */
export async function writeSnapshot(
  store: ObjectStore,
  metadata: TableMetadata,
  change: SnapshotChange,
  options: { readonly snapshotId: bigint; readonly moveMain: boolean; readonly now: number },
): Promise<WrittenSnapshot> {
  const { snapshotId, moveMain } = options;
  const parent = mainSnapshot(metadata);
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const writer = manifestWriter(store, metadata, snapshotId, sequenceNumber);
  try {
    const before = (await manifestsOf(store, metadata, parent)).filter(hasLiveFiles);
    const { kept, deleted } = await takeOut(store, metadata, before, change, writer, snapshotId);
    const added = change.add.map((file): ManifestEntry => addedEntry(file, snapshotId));
    const fresh = await writer.writeBySpec(added, 'data');
    const manifests = [...fresh, ...(await mergeSmall(store, metadata, kept, fresh.length, writer))];
    const parentId = parent?.['snapshot-id'];
    const list = `${metadataFolder(metadata)}/snap-${snapshotId}-1-${randomUUID()}.avro`;
    await writer.write(list, writeManifestList(manifests, { id: snapshotId, parentId, sequenceNumber }));
    const snapshot: Snapshot = {
      'sequence-number': sequenceNumber,
      'snapshot-id': snapshotId,
      ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
      'timestamp-ms': Math.max(options.now, metadata['last-updated-ms']),
      summary: summarize(change.operation, added, deleted, parent, change.summary ?? {}),
      'manifest-list': list,
      'schema-id': metadata['current-schema-id'],
    };
    return { snapshot, metadata: withSnapshot(metadata, snapshot, moveMain), written: writer.written };
  } catch (error) {
    await store.remove(writer.written).catch(() => undefined);
    throw error;
  }
}

/** The metadata with `main` at the snapshot, and with the schema that the snapshot was written with. */
export function withMain(metadata: TableMetadata, snapshotId: bigint, timestamp: number): TableMetadata {
  const schemaId = snapshotById(metadata, snapshotId)?.['schema-id'];
  return {
    ...metadata,
    ...(schemaId === undefined ? {} : { 'current-schema-id': schemaId }),
    'current-snapshot-id': snapshotId,
    'last-updated-ms': Math.max(timestamp, metadata['last-updated-ms']),
    refs: { ...metadata.refs, main: { ...metadata.refs.main, 'snapshot-id': snapshotId, type: 'branch' } },
    'snapshot-log': [
      ...metadata['snapshot-log'],
      { 'timestamp-ms': Math.max(timestamp, metadata['last-updated-ms']), 'snapshot-id': snapshotId },
    ],
  };
}

function withSnapshot(metadata: TableMetadata, snapshot: Snapshot, moveMain: boolean): TableMetadata {
  const next: TableMetadata = {
    ...metadata,
    'last-sequence-number': snapshot['sequence-number'],
    'last-updated-ms': snapshot['timestamp-ms'],
    snapshots: [...metadata.snapshots, snapshot],
  };
  return moveMain ? withMain(next, snapshot['snapshot-id'], snapshot['timestamp-ms']) : next;
}

function metadataFolder(metadata: TableMetadata): string {
  return metadata.properties['write.metadata.path'] ?? `${metadata.location}/metadata`;
}

function hasLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFiles + manifest.existingFiles > 0;
}

/** Rewrites the manifests that name a replaced file, with that file as DELETED; the others are used as they are. */
async function takeOut(
  store: ObjectStore,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  change: SnapshotChange,
  writer: ManifestWriter,
  snapshotId: bigint,
): Promise<{ readonly kept: readonly ManifestFile[]; readonly deleted: readonly ManifestEntry[] }> {
  if (change.remove === undefined) return { kept: manifests, deleted: [] };
  const { remove } = change;
  const kept: ManifestFile[] = [];
  const deleted: ManifestEntry[] = [];
  const matchers = new Map<number, (file: DataFile) => boolean>();
  for await (const { manifest, entries } of eachManifest(store, metadata, manifests)) {
    const matches = matchers.get(manifest.specId) ?? fileMatcher(remove, metadata, manifest.specId);
    matchers.set(manifest.specId, matches);
    const live = liveEntries(entries);
    const gone = live.filter((entry) => matches(entry.file));
    if (gone.length === 0) {
      kept.push(manifest);
      continue;
    }
    const stay = live.filter((entry) => !matches(entry.file)).map(existingEntry);
    const out = gone.map((entry): ManifestEntry => ({ ...entry, status: 'deleted', snapshotId }));
    deleted.push(...out);
    kept.push(...(await writer.writeBySpec([...stay, ...out], manifest.content)));
  }
  return { kept, deleted };
}

function fileMatcher(
  remove: NonNullable<SnapshotChange['remove']>,
  metadata: TableMetadata,
  specId: number,
): (file: DataFile) => boolean {
  if (remove === 'all') return () => true;
  const matches = partitionMatcher(
    remove.partitions,
    specById(metadata, specId),
    schemasNewestFirst(metadata),
  );
  return (file) => matches(file.partition);
}

/**
 * Puts small manifests together once there are many, so that a table of thousands of commits is still planned from a few
 * files. Those of this commit stay apart: their entries are ADDED, the merged ones EXISTING.
 */
async function mergeSmall(
  store: ObjectStore,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
  freshCount: number,
  writer: ManifestWriter,
): Promise<readonly ManifestFile[]> {
  const { properties } = metadata;
  const minimum = Number(properties['commit.manifest.min-count-to-merge'] ?? defaultMergeCount);
  const target = BigInt(properties['commit.manifest.target-size-bytes'] ?? defaultManifestSize);
  const enabled = (properties['commit.manifest-merge.enabled'] ?? 'true') === 'true';
  const isMergeable = (manifest: ManifestFile) =>
    // A manifest with DELETED entries of this very commit must keep them: expiry reads there what to delete.
    manifest.content === 'data' && manifest.length < target && !writer.made.has(manifest.path);
  if (!enabled || manifests.length + freshCount < minimum) return manifests;
  const bySpec = Map.groupBy(manifests.filter(isMergeable), (manifest) => manifest.specId);
  const result = manifests.filter((manifest) => !isMergeable(manifest));
  for (const group of bySpec.values()) {
    for (const bin of packBins(group, target)) {
      if (bin.length === 1) {
        result.push(bin[0]!);
        continue;
      }
      const entries: ManifestEntry[] = [];
      for await (const { entries: read } of eachManifest(store, metadata, bin)) {
        for (const entry of liveEntries(read)) entries.push(existingEntry(entry));
      }
      result.push(...(await writer.writeBySpec(entries, 'data')));
    }
  }
  return result;
}

function packBins(manifests: readonly ManifestFile[], target: bigint): readonly (readonly ManifestFile[])[] {
  const bins: ManifestFile[][] = [];
  let size = target;
  for (const manifest of manifests) {
    if (size + manifest.length > target) {
      bins.push([]);
      size = 0n;
    }
    bins.at(-1)!.push(manifest);
    size += manifest.length;
  }
  return bins;
}

function addedEntry(file: DataFile, snapshotId: bigint): ManifestEntry {
  // Null sequence numbers are inherited from the manifest list, so a retry could reuse the manifest (Iceberg spec, "Sequence Number Inheritance").
  return { status: 'added', snapshotId, sequenceNumber: null, fileSequenceNumber: null, file };
}

function existingEntry(entry: ManifestEntry): ManifestEntry {
  return { ...entry, status: 'existing' };
}

type ManifestWriter = {
  /** Locations of everything written. */
  readonly written: string[];
  /** Locations of the manifests among them. */
  readonly made: ReadonlySet<string>;
  write(location: string, bytes: Uint8Array): Promise<void>;
  writeBySpec(
    entries: readonly ManifestEntry[],
    content: 'data' | 'deletes',
  ): Promise<readonly ManifestFile[]>;
};

function manifestWriter(
  store: ObjectStore,
  metadata: TableMetadata,
  snapshotId: bigint,
  sequenceNumber: bigint,
): ManifestWriter {
  const written: string[] = [];
  const made = new Set<string>();
  const commit = randomUUID();
  const write = async (location: string, bytes: Uint8Array) => {
    written.push(location);
    await store.write(location, bytes);
  };
  return {
    written,
    made,
    write,
    async writeBySpec(entries, content) {
      const manifests: ManifestFile[] = [];
      for (const [specId, group] of Map.groupBy(entries, (entry) => entry.file.specId)) {
        const spec = specById(metadata, specId);
        const bytes = writeManifest(group, spec, metadata, content);
        const path = `${metadataFolder(metadata)}/${commit}-m${made.size}.avro`;
        made.add(path);
        await write(path, bytes);
        const of = (status: ManifestEntry['status']) => group.filter((entry) => entry.status === status);
        const rows = (status: ManifestEntry['status']) =>
          of(status).reduce((sum, entry) => sum + entry.file.recordCount, 0n);
        manifests.push({
          path,
          length: BigInt(bytes.length),
          specId,
          content,
          sequenceNumber,
          minSequenceNumber: lowestSequence(group, sequenceNumber),
          addedSnapshotId: snapshotId,
          addedFiles: of('added').length,
          existingFiles: of('existing').length,
          deletedFiles: of('deleted').length,
          addedRows: rows('added'),
          existingRows: rows('existing'),
          deletedRows: rows('deleted'),
          partitions: summarizePartitions(group, spec, metadata),
        });
      }
      return manifests;
    },
  };
}

function lowestSequence(entries: readonly ManifestEntry[], own: bigint): bigint {
  let lowest: bigint | undefined;
  for (const entry of entries) {
    if (entry.status === 'deleted') continue;
    const number = entry.sequenceNumber ?? own;
    if (lowest === undefined || number < lowest) lowest = number;
  }
  return lowest ?? own;
}
