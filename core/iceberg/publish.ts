import type { TableIdentifier } from '../ports/table-catalog.ts';
import type { IcebergIo, IcebergTable } from './table.ts';

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
  _io: IcebergIo,
  _id: TableIdentifier,
  _request: PublishRequest,
): Promise<IcebergTable> {
  throw new Error('not written yet');
}

/** Moves `main` to any snapshot that is still known, one from before a change of schema too. */
export async function rollbackTo(
  _io: IcebergIo,
  _id: TableIdentifier,
  _snapshotId: bigint,
): Promise<IcebergTable> {
  throw new Error('not written yet');
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
export async function listSnapshots(_io: IcebergIo, _table: IcebergTable): Promise<readonly SnapshotInfo[]> {
  throw new Error('not written yet');
}
