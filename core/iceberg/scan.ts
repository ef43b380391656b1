import type { DataFile } from './data-file.ts';
import type { ManifestEntry } from './manifest.ts';
import { eachManifest, liveEntries, manifestsOf } from './manifest-store.ts';
import { type ScanCondition, type ScanFilter, scanFilter } from './scan-filter.ts';
import type { Schema } from './schema.ts';
import { sameValues } from './single-value.ts';
import { findSnapshot } from './snapshot-lookup.ts';
import type { IcebergIo, IcebergTable } from './table.ts';
import {
  currentSchema,
  mainSnapshot,
  type Snapshot,
  schemaById,
  specById,
  type TableMetadata,
} from './table-metadata.ts';

export type { ScanCondition } from './scan-filter.ts';

/** A data file and the delete files that take rows from it. */
export type ScanTask = { readonly file: DataFile; readonly deletes: readonly DataFile[] };

/** What to read. */
export type ScanPlan = {
  readonly metadata: TableMetadata;
  /** Undefined for a table that has no published version yet: it reads as empty. */
  readonly snapshot: Snapshot | undefined;
  readonly schema: Schema;
  readonly tasks: readonly ScanTask[];
};

/** Which version, and which rows of it are wanted. */
export type ScanOptions = {
  readonly snapshotId?: bigint;
  /** Conditions that each wanted row meets, all of them. */
  readonly filter?: readonly ScanCondition[];
  /** Lists of conditions over the version's schema: each wanted row meets all of one list at least. */
  readonly anyOf?: (schema: Schema) => readonly (readonly ScanCondition[])[];
};

/**
 * The files of a snapshot (default: `main`), without those that the conditions rule out. A snapshot id may also name a version
 * before a change of schema, or a staged version after one. `main` is read with the current schema, a snapshot by id with its own.
 * @throws if the snapshot is not known, or for equality deletes and deletion vectors, which are not supported
 */
export async function planScan(
  io: Pick<IcebergIo, 'store'>,
  table: Pick<IcebergTable, 'metadata'>,
  options: ScanOptions = {},
): Promise<ScanPlan> {
  const { metadata, snapshot, schema } = await versionOf(io, table.metadata, options.snapshotId);
  const filter = anyFilter(
    (options.anyOf?.(schema) ?? [[]]).map((list) => scanFilter([...(options.filter ?? []), ...list], schema)),
  );
  const manifests = await manifestsOf(io.store, metadata, snapshot);
  const live = manifests.filter((manifest) => manifest.addedFiles + manifest.existingFiles > 0);
  const deletes: ManifestEntry[] = [];
  const data: ManifestEntry[] = [];
  const isWanted = (manifest: (typeof live)[number]) =>
    manifest.content === 'deletes' || filter.mayMatchManifest(manifest, specById(metadata, manifest.specId));
  for await (const { manifest, entries } of eachManifest(io.store, metadata, live.filter(isWanted))) {
    if (manifest.content === 'deletes') deletes.push(...liveEntries(entries));
    else data.push(...liveEntries(entries).filter((entry) => mayMatch(filter, entry.file, metadata)));
  }
  for (const { file } of [...data, ...deletes]) refuseUnreadable(file);
  return {
    metadata,
    snapshot,
    schema,
    tasks: data.map((entry) => ({ file: entry.file, deletes: deletesOf(entry, deletes) })),
  };
}

async function versionOf(
  io: Pick<IcebergIo, 'store'>,
  metadata: TableMetadata,
  snapshotId: bigint | undefined,
): Promise<Pick<ScanPlan, 'metadata' | 'snapshot' | 'schema'>> {
  if (snapshotId === undefined)
    return { metadata, snapshot: mainSnapshot(metadata), schema: currentSchema(metadata) };
  const found = await findSnapshot(io, metadata, snapshotId);
  if (found === undefined) {
    throw new Error(`${metadata.location}: no snapshot ${snapshotId}, expected one that has not expired`);
  }
  const schemaId = found.snapshot['schema-id'];
  const schema =
    schemaId === undefined ? currentSchema(found.metadata) : schemaById(found.metadata, schemaId);
  return { metadata: found.metadata, snapshot: found.snapshot, schema };
}

function anyFilter(filters: readonly ScanFilter[]): ScanFilter {
  return {
    mayMatchManifest: (manifest, spec) => filters.some((filter) => filter.mayMatchManifest(manifest, spec)),
    mayMatchFile: (file, spec) => filters.some((filter) => filter.mayMatchFile(file, spec)),
  };
}

function mayMatch(filter: ScanFilter, file: DataFile, metadata: TableMetadata): boolean {
  return filter.mayMatchFile(file, specById(metadata, file.specId));
}

function refuseUnreadable(file: DataFile): void {
  if (file.content === 'equality-deletes') {
    throw new Error(
      `${file.path}: equality deletes are not supported, expected position deletes; compact the table first`,
    );
  }
  if (file.format !== 'PARQUET')
    throw new Error(`${file.path}: format ${file.format} is not supported, expected PARQUET`);
}

/** The position deletes that reach a data file (Iceberg spec, "Scan Planning"). */
function deletesOf(entry: ManifestEntry, deletes: readonly ManifestEntry[]): readonly DataFile[] {
  const { file } = entry;
  return deletes
    .filter(({ file: candidate, sequenceNumber }) => {
      if ((sequenceNumber ?? 0n) < (entry.sequenceNumber ?? 0n)) return false;
      if (candidate.referencedDataFile !== undefined) return candidate.referencedDataFile === file.path;
      return candidate.specId === file.specId && sameValues(candidate.partition, file.partition);
    })
    .map((candidate) => candidate.file);
}
