import { createHash } from 'node:crypto';
import { ObjectNotFoundError } from '../ports/object-store.ts';
import { metadataLocation, readMetadata } from './metadata-file.ts';
import type { IcebergIo } from './table.ts';
import { type Snapshot, snapshotById, type TableMetadata } from './table-metadata.ts';

/** The property that leads from metadata begun afresh to the metadata file before it. */
export const previousMetadataProperty = 'shoplake.previous-metadata';

/** Changes of schema that a look-up goes back over. */
const longestChain = 50;

/** Where a snapshot was found. */
export type FoundSnapshot = {
  readonly snapshot: Snapshot;
  readonly metadata: TableMetadata;
  /** `current`: in the table's metadata; `previous`: before a change of schema; `staged`: after one that is not published. */
  readonly where: 'current' | 'previous' | 'staged';
  /** The metadata file that holds it, where it is not the table's. */
  readonly location?: string;
};

/** Finds a snapshot in the metadata, in the metadata before changes of schema, or in metadata staged for one. */
export async function findSnapshot(
  io: Pick<IcebergIo, 'store'>,
  metadata: TableMetadata,
  snapshotId: bigint,
): Promise<FoundSnapshot | undefined> {
  const own = snapshotById(metadata, snapshotId);
  if (own !== undefined) return { snapshot: own, metadata, where: 'current' };
  for await (const previous of previousMetadata(io, metadata)) {
    const snapshot = snapshotById(previous.metadata, snapshotId);
    if (snapshot !== undefined) return { snapshot, ...previous, where: 'previous' };
  }
  const location = stagedMetadataLocation(metadata, snapshotId);
  const staged = await readIfThere(io, location);
  const snapshot = staged && snapshotById(staged, snapshotId);
  return staged && snapshot ? { snapshot, metadata: staged, where: 'staged', location } : undefined;
}

/** The metadata files before each change of schema, latest first. */
export async function* previousMetadata(
  io: Pick<IcebergIo, 'store'>,
  metadata: TableMetadata,
): AsyncGenerator<{ readonly metadata: TableMetadata; readonly location: string }> {
  const seen = new Set<string>();
  let location = metadata.properties[previousMetadataProperty];
  // A rollback over a change of schema makes a ring: each side is the other's previous.
  while (location !== undefined && !seen.has(location) && seen.size < longestChain) {
    seen.add(location);
    const previous = await readIfThere(io, location);
    if (previous === undefined) return;
    yield { metadata: previous, location };
    location = previous.properties[previousMetadataProperty];
  }
}

/**
 * Where the fresh metadata of a staged snapshot lies, made from the snapshot id so that it is found again from that alone. The name is one that Trino accepts.
 */
export function stagedMetadataLocation(metadata: TableMetadata, snapshotId: bigint): string {
  const hash = createHash('sha256').update(`${metadata['table-uuid']}/${snapshotId}`).digest('hex');
  const uuid = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ];
  return metadataLocation(metadata, 0, uuid.join('-'));
}

async function readIfThere(
  io: Pick<IcebergIo, 'store'>,
  location: string,
): Promise<TableMetadata | undefined> {
  try {
    return await readMetadata(io.store, location);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}
