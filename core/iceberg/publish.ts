import {
  CommitConflictError,
  CommitStateUnknownError,
  formatTable,
  type TableIdentifier,
} from '../ports/table-catalog.ts';
import { commitMetadata } from './metadata-commit.ts';
import { describeTable, nextMetadataLocation, writeMetadata } from './metadata-file.ts';
import {
  type FoundSnapshot,
  findSnapshot,
  previousMetadata,
  previousMetadataProperty,
} from './snapshot-lookup.ts';
import { withMain } from './snapshot-writer.ts';
import { type IcebergIo, type IcebergTable, loadTable } from './table.ts';
import type { TableMetadata } from './table-metadata.ts';

/** `main` is not where the staged snapshot's parent was: another publish came between. */
export class PublishConflictError extends Error {
  override readonly name = 'PublishConflictError';
}

export type PublishRequest = {
  readonly snapshotId: bigint;
  /** Where `main` was when the snapshot was attached; undefined for a table without `main`. */
  readonly expectedParent: bigint | undefined;
  /** The staging table, forgotten by the catalog afterwards (no error if it is gone). */
  readonly staging?: TableIdentifier;
};

/**
 * Moves `main` to the staged snapshot if it still is at the parent. Publishing again what is published changes nothing. A snapshot with fresh
 * metadata (changed schema) is published by pointing the catalog at that metadata.
 * @throws PublishConflictError if `main` is elsewhere
 */
export async function publishSnapshot(
  io: IcebergIo,
  id: TableIdentifier,
  request: PublishRequest,
): Promise<IcebergTable> {
  const { snapshotId, expectedParent } = request;
  const table = await moveMain(io, id, snapshotId, (metadata) => {
    const main = metadata['current-snapshot-id'];
    if (main === expectedParent) return;
    throw new PublishConflictError(
      `table ${formatTable(id)}: main is at snapshot ${main ?? 'none'}, expected ${expectedParent ?? 'none'}, the parent of ${snapshotId}`,
    );
  });
  if (request.staging !== undefined) await io.catalog.forget(request.staging);
  return table;
}

/** Moves `main` to any snapshot that is still known, one from before a change of schema too. */
export async function rollbackTo(
  io: IcebergIo,
  id: TableIdentifier,
  snapshotId: bigint,
): Promise<IcebergTable> {
  return moveMain(io, id, snapshotId, () => undefined);
}

/** Where a snapshot is found decides how `main` gets there: within the metadata, or by pointing at other metadata. */
async function moveMain(
  io: IcebergIo,
  id: TableIdentifier,
  snapshotId: bigint,
  check: (metadata: TableMetadata) => void,
): Promise<IcebergTable> {
  for (let tries = 1; ; tries += 1) {
    const table = await loadTable(io, id);
    if (table === undefined) throw new Error(`table ${formatTable(id)} does not exist`);
    if (table.metadata['current-snapshot-id'] === snapshotId) return table;
    check(table.metadata);
    const found = await findSnapshot(io, table.metadata, snapshotId);
    if (found === undefined) {
      throw new Error(
        `table ${formatTable(id)}: no snapshot ${snapshotId}, expected one that has not expired`,
      );
    }
    if (found.where === 'current') {
      const { table: moved } = await commitMetadata(io, id, async ({ metadata }) => {
        if (metadata['current-snapshot-id'] === snapshotId) return undefined;
        check(metadata);
        return {
          metadata: withMain(metadata, snapshotId, Math.max(io.clock.now(), metadata['last-updated-ms'])),
          written: [],
        };
      });
      return moved;
    }
    const pointed = await pointAt(io, table, found);
    if (pointed !== undefined) return pointed;
    if (tries >= 10)
      throw new CommitConflictError(`table ${formatTable(id)}: lost ${tries} commits in a row`);
    await io.clock.sleep(50 * tries * Math.random());
  }
}

/** Points the catalog at other metadata of the table, in a file of its own; undefined if another writer came first. */
async function pointAt(
  io: IcebergIo,
  table: IcebergTable,
  found: FoundSnapshot,
): Promise<IcebergTable | undefined> {
  const { identifier, pointer } = table;
  const timestamp = Math.max(
    io.clock.now(),
    table.metadata['last-updated-ms'],
    found.metadata['last-updated-ms'],
  );
  const snapshotId = found.snapshot['snapshot-id'];
  const moved =
    found.metadata['current-snapshot-id'] === snapshotId
      ? { ...found.metadata, 'last-updated-ms': timestamp }
      : withMain(found.metadata, snapshotId, timestamp);
  // The way back: what is current now is the previous metadata of what becomes current.
  const metadata: TableMetadata = {
    ...moved,
    properties: { ...moved.properties, [previousMetadataProperty]: pointer.metadataLocation },
  };
  const location = nextMetadataLocation(metadata, pointer.metadataLocation);
  await writeMetadata(io.store, location, metadata);
  try {
    await io.catalog.swap(identifier, pointer, location, describeTable(metadata));
  } catch (cause) {
    if (!(cause instanceof CommitConflictError || cause instanceof CommitStateUnknownError)) throw cause;
    const now = await loadTable(io, identifier);
    const landed = now?.metadata['current-snapshot-id'] === snapshotId;
    if (now !== undefined && landed) return now;
    if (cause instanceof CommitStateUnknownError) throw cause;
    await io.store.remove([location]);
    return undefined;
  }
  return (
    (await loadTable(io, identifier)) ?? {
      identifier,
      pointer: { metadataLocation: location, version: location },
      metadata,
    }
  );
}

/** A snapshot, for `lake status` and rollback. */
export type SnapshotInfo = {
  readonly snapshotId: bigint;
  readonly parentSnapshotId: bigint | undefined;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly operation: string;
  readonly summary: Readonly<Record<string, string>>;
  /** Whether `main` is here now. */
  readonly isMain: boolean;
  /** When `main` came here last, in milliseconds since 1970; undefined if it never was. */
  readonly publishedAt: number | undefined;
};

/** All snapshots that the table can be read at or rolled back to, newest first, those before a change of schema included. */
export async function listSnapshots(
  io: Pick<IcebergIo, 'store'>,
  table: Pick<IcebergTable, 'metadata'>,
): Promise<readonly SnapshotInfo[]> {
  const infos = snapshotsIn(table.metadata, true);
  for await (const { metadata } of previousMetadata(io, table.metadata))
    infos.push(...snapshotsIn(metadata, false));
  const unique = new Map<bigint, SnapshotInfo>();
  for (const info of infos) if (!unique.has(info.snapshotId)) unique.set(info.snapshotId, info);
  return [...unique.values()].sort((a, b) => b.timestamp - a.timestamp);
}

function snapshotsIn(metadata: TableMetadata, isCurrent: boolean): SnapshotInfo[] {
  return metadata.snapshots.map((snapshot) => {
    const snapshotId = snapshot['snapshot-id'];
    return {
      snapshotId,
      parentSnapshotId: snapshot['parent-snapshot-id'],
      timestamp: snapshot['timestamp-ms'],
      operation: snapshot.summary.operation ?? 'unknown',
      summary: snapshot.summary,
      isMain: isCurrent && metadata['current-snapshot-id'] === snapshotId,
      publishedAt: metadata['snapshot-log'].findLast((entry) => entry['snapshot-id'] === snapshotId)?.[
        'timestamp-ms'
      ],
    };
  });
}
