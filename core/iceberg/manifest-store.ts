import type { ObjectStore } from '../ports/object-store.ts';
import { type ManifestEntry, type ManifestFile, readManifest, readManifestList } from './manifest.ts';
import type { Snapshot, TableMetadata } from './table-metadata.ts';

/** Manifests read side by side: enough to hide S3's latency, few enough to bound memory. */
const concurrency = 8;

/** The manifests of a snapshot; none for none. */
export async function manifestsOf(
  store: ObjectStore,
  metadata: TableMetadata,
  snapshot: Snapshot | undefined,
): Promise<readonly ManifestFile[]> {
  if (snapshot === undefined) return [];
  const location = snapshot['manifest-list'];
  if (location === undefined) {
    throw new Error(
      `${metadata.location}: snapshot ${snapshot['snapshot-id']} has no manifest list, expected one`,
    );
  }
  return readManifestList(await store.read(location), location);
}

/** Reads manifests side by side and hands out each with its entries, in order. */
export async function* eachManifest(
  store: ObjectStore,
  metadata: TableMetadata,
  manifests: readonly ManifestFile[],
): AsyncGenerator<{ readonly manifest: ManifestFile; readonly entries: readonly ManifestEntry[] }> {
  for (let start = 0; start < manifests.length; start += concurrency) {
    const batch = manifests.slice(start, start + concurrency);
    const read = await Promise.all(
      batch.map(async (manifest) => ({
        manifest,
        entries: readManifest(await store.read(manifest.path), manifest, metadata),
      })),
    );
    yield* read;
  }
}

/** Entries of files that are in the table, deleted ones left out. */
export function liveEntries(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
  return entries.filter((entry) => entry.status !== 'deleted');
}
