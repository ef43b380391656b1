import type { Clock } from '../ports/clock.ts';
import {
  CommitConflictError,
  CommitStateUnknownError,
  formatTable,
  type TableIdentifier,
  type TablePointer,
} from '../ports/table-catalog.ts';
import { describeTable, logPreviousMetadata, nextMetadataLocation, writeMetadata } from './metadata-file.ts';
import { type IcebergIo, type IcebergTable, loadTable } from './table.ts';
import type { TableMetadata } from './table-metadata.ts';

/** How often one swap is sent when its answers are lost. */
const maxSends = 4;

/** One try at a commit: the metadata to swap in, and the files written for it. */
export type MetadataChange = {
  readonly metadata: TableMetadata;
  /** Deleted if the try is known to have failed. */
  readonly written: readonly string[];
  /** Whether a later version of the table shows that this change took effect, whatever became of its metadata file. */
  readonly isIn?: (metadata: TableMetadata) => boolean;
};

/** Attempts before a commit that always loses gives up: a minute or more of steady losing. */
export const defaultMaxAttempts = 30;

/**
 * Changes a table's metadata by compare-and-swap. `attempt` is asked on every try against the table as it then is, and returns undefined when there is nothing
 * to change.
 * @throws CommitConflictError when all attempts lost
 * @throws CommitStateUnknownError when it cannot be told whether the change took effect; nothing is deleted then
 */
export async function commitMetadata(
  io: IcebergIo,
  id: TableIdentifier,
  attempt: (current: IcebergTable) => Promise<MetadataChange | undefined>,
  maxAttempts = defaultMaxAttempts,
): Promise<{ readonly changed: boolean; readonly attempts: number; readonly table: IcebergTable }> {
  for (let tries = 1; ; tries += 1) {
    const current = await loadTable(io, id);
    if (current === undefined) throw new Error(`table ${formatTable(id)} does not exist`);
    const change = await attempt(current);
    if (change === undefined) return { changed: false, attempts: tries, table: current };
    const outcome = await tryOnce(io, current, change);
    if (outcome.table !== undefined) return { changed: true, attempts: tries, table: outcome.table };
    if (tries >= maxAttempts) {
      throw new CommitConflictError(
        `table ${formatTable(id)}: lost ${tries} commits in a row to other writers`,
        {
          cause: outcome.cause,
        },
      );
    }
    await backOff(io.clock, tries);
  }
}

async function tryOnce(
  io: IcebergIo,
  current: IcebergTable,
  change: MetadataChange,
): Promise<
  | { readonly table: IcebergTable; readonly cause?: undefined }
  | { readonly table?: undefined; readonly cause: unknown }
> {
  const { identifier, pointer } = current;
  const previous = { location: pointer.metadataLocation, metadata: current.metadata };
  const { metadata, expired } = logPreviousMetadata(
    stamped(io.clock, change.metadata, current.metadata),
    previous,
  );
  const location = nextMetadataLocation(metadata, pointer.metadataLocation);
  await writeMetadata(io.store, location, metadata);
  // Whether an earlier request may still be on its way: a conflict then says that of the later one alone.
  let isInDoubt = false;
  for (let sends = 1; ; sends += 1) {
    try {
      await io.catalog.swap(identifier, pointer, location, describeTable(metadata));
      break;
    } catch (cause) {
      if (!(cause instanceof CommitConflictError || cause instanceof CommitStateUnknownError)) throw cause;
      const verdict = await findOwnCommit(io, current, location, change);
      if (verdict.landed !== undefined) return { table: verdict.landed };
      const isRefused = cause instanceof CommitConflictError && !isInDoubt;
      if (verdict.overtaken || (verdict.decided && isRefused)) {
        await removeQuietly(io, [...change.written, location]);
        return { cause };
      }
      isInDoubt = true;
      // A pointer that has not moved proves nothing, since the lost request may still arrive. Sending the same swap again is
      // safe: at most one of the two can find the pointer at the base.
      if (verdict.decided && sends < maxSends) {
        await backOff(io.clock, sends);
        continue;
      }
      throw new CommitStateUnknownError(
        `table ${formatTable(identifier)}: it is not known whether the commit of ${location} took effect`,
        { cause },
      );
    }
  }
  await removeQuietly(io, expired);
  return { table: { identifier, pointer: await pointerOf(io, identifier, location), metadata } };
}

/** The catalog's pointer to our metadata; should another commit have followed, one that no swap matches. */
async function pointerOf(
  io: IcebergIo,
  identifier: TableIdentifier,
  location: string,
): Promise<TablePointer> {
  try {
    const pointer = await io.catalog.load(identifier);
    if (pointer?.metadataLocation === location) return pointer;
  } catch {
    // The commit is through: a failing look at the catalog must not make it look failed.
  }
  return { metadataLocation: location, version: location };
}

/**
 * Looks for a commit of ours whose answer was a conflict or was lost. `overtaken`: another commit took the place after the same base, so ours can never take effect.
 */
async function findOwnCommit(
  io: IcebergIo,
  base: IcebergTable,
  location: string,
  change: MetadataChange,
): Promise<{ readonly landed?: IcebergTable; readonly decided: boolean; readonly overtaken: boolean }> {
  let now: IcebergTable | undefined;
  try {
    now = await loadTable(io, base.identifier);
  } catch {
    return { decided: false, overtaken: false };
  }
  if (now === undefined) return { decided: false, overtaken: false };
  const known = [
    now.pointer.metadataLocation,
    ...now.metadata['metadata-log'].map((entry) => entry['metadata-file']),
  ];
  if (known.includes(location) || change.isIn?.(now.metadata))
    return { landed: now, decided: true, overtaken: false };
  const stillAtBase = now.pointer.metadataLocation === base.pointer.metadataLocation;
  // What followed the base is in the log as long as the base is: if it is not ours, ours did not take effect.
  const decided = known.includes(base.pointer.metadataLocation);
  return { decided, overtaken: decided && !stillAtBase };
}

/** Time never goes back within a table, though machines' clocks differ: readers refuse a log that is out of order. */
function stamped(clock: Clock, metadata: TableMetadata, previous: TableMetadata): TableMetadata {
  const latest = Math.max(metadata['last-updated-ms'], previous['last-updated-ms'], clock.now());
  return { ...metadata, 'last-updated-ms': latest };
}

async function removeQuietly(io: IcebergIo, locations: readonly string[]): Promise<void> {
  if (locations.length === 0) return;
  try {
    await io.store.remove(locations);
  } catch {
    // The commit is through; a metadata file that stays behind costs a few kilobytes and orphan removal takes it.
  }
}

/** Waits with full jitter, so that writers who lost together do not meet again. */
async function backOff(clock: Clock, tries: number): Promise<void> {
  const longest = Math.min(5_000, 25 * 2 ** Math.min(tries, 10));
  await clock.sleep(Math.random() * longest);
}
