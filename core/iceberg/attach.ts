import { createHash } from 'node:crypto';
import { ObjectExistsError } from '../ports/object-store.ts';
import { formatTable, type TableIdentifier } from '../ports/table-catalog.ts';
import { withSchema } from './add-columns.ts';
import type { DataFile } from './data-file.ts';
import { compareStaged, freshMetadata, withDocs } from './fresh-metadata.ts';
import { schemasNewestFirst } from './manifest.ts';
import { eachManifest, liveEntries, manifestsOf } from './manifest-store.ts';
import { commitMetadata } from './metadata-commit.ts';
import { readMetadata } from './metadata-file.ts';
import { type PartitionSelector, partitionMatcher } from './partition-text.ts';
import { findSnapshot, stagedMetadataLocation } from './snapshot-lookup.ts';
import { type SnapshotChange, withMain, writeSnapshot } from './snapshot-writer.ts';
import { createTable, type IcebergIo, type IcebergTable, loadTable } from './table.ts';
import {
  currentSchema,
  currentSpec,
  formatTableMetadata,
  mainSnapshot,
  type Snapshot,
  snapshotById,
  type TableMetadata,
} from './table-metadata.ts';

export type AttachRequest = {
  readonly target: TableIdentifier;
  /** The table that Stage made: its `main` is what is attached. Its location is a folder under the target's `data/`. */
  readonly staging: TableIdentifier;
  /** The target's root folder, without a trailing slash (`tableLocation`); needed for its first build. */
  readonly targetLocation: string;
  readonly replace: 'all' | { readonly partitions: readonly PartitionSelector[] };
  /**
   * For single partitions: `main` when they were told. Over any other `main` the partitions left in place would be those of another
   * version than the summary says. Absent: whatever `main` is.
   */
  readonly base?: bigint;
  /**
   * Names this run and attempt. Attaching the same attempt again finds the snapshot of the first time, so a Lambda retried after its success changes
   * nothing.
   */
  readonly attempt: string;
  /** Further properties of the snapshot's summary: what the table is built from. */
  readonly summary: Readonly<Record<string, string>>;
  /** The table's and its columns' descriptions, for new tables and changed ones. */
  readonly description?: string;
  readonly columnDocs?: Readonly<Record<string, string>>;
};

/**
 * How the staged version is read before it is published. If schema and partitioning are the target's (or the table is new), `readAt` is the target
 * at `snapshotId`, and the staging table is forgotten by the catalog. If they changed, the target gets fresh metadata in a file that the catalog does not
 * point at before publish: `readAt` is then the staging table at its own snapshot, and stays until publish forgets it.
 */
export type AttachOutcome = {
  /** The target's snapshot: what `publishSnapshot` takes and what dependants record as their input. */
  readonly snapshotId: bigint;
  /** `main` at the time; undefined for a table without one. What `publishSnapshot` expects. */
  readonly parentSnapshotId: bigint | undefined;
  /** What audits and dependants read: `database.table for version as of snapshotId`. */
  readonly readAt: { readonly database: string; readonly table: string; readonly snapshotId: bigint };
  /** True if the target's schema or partitioning changes on publish. */
  readonly freshMetadata: boolean;
  /** Rows in the whole table as it will be. */
  readonly totalRecords: bigint;
  /** Rows in the staged files. */
  readonly addedRecords: bigint;
};

/** The summary property that names the attempt. */
export const attemptProperty = 'shoplake.attempt';
const stagingProperty = 'shoplake.staging-snapshot';
/** The summary property of a version with another schema: the snapshot that it takes the place of, or `none`. */
export const replacedProperty = 'shoplake.replaces';

/**
 * Commits a staged table's files to the target as one `overwrite` snapshot whose parent is `main`, without moving `main`. A target that does not exist is made,
 * without `main`.
 * @throws if a staged file lies outside the named partitions or outside the target's `data/`, or if `main` is not at `base`
 */
export async function attachStaged(io: IcebergIo, request: AttachRequest): Promise<AttachOutcome> {
  const existing = await loadTable(io, request.target);
  const snapshotId = attemptSnapshotId(request);
  const earlier = existing && (await findSnapshot(io, existing.metadata, snapshotId));
  if (earlier) return finish(io, request, earlier.snapshot, earlier.where === 'staged');
  const staging = await loadTable(io, request.staging);
  if (staging === undefined) throw new Error(`staging table ${formatTable(request.staging)} does not exist`);
  const files = await stagedFiles(io, staging, request);
  const target = existing ?? (await createTarget(io, request, staging));
  if (compareStaged(target.metadata, staging.metadata).kind === 'other') {
    if (request.replace !== 'all' && mainSnapshot(target.metadata) !== undefined) {
      throw new Error(
        `table ${formatTable(request.target)}: schema or partitioning changed, so single partitions cannot be replaced, expected replace "all"`,
      );
    }
    return attachFresh(io, request, target, staging, files, snapshotId);
  }
  return attachToTarget(io, request, staging, files, snapshotId);
}

async function attachToTarget(
  io: IcebergIo,
  request: AttachRequest,
  staging: IcebergTable,
  files: readonly DataFile[],
  snapshotId: bigint,
): Promise<AttachOutcome> {
  const stagingSnapshot = mainSnapshot(staging.metadata)!['snapshot-id'];
  const { table } = await commitMetadata(io, request.target, async (current) => {
    if (snapshotById(current.metadata, snapshotId) !== undefined) return undefined;
    demandBase(request, current.metadata);
    const change = compareStaged(current.metadata, staging.metadata);
    if (change.kind === 'other') {
      throw new Error(
        `table ${formatTable(request.target)}: its schema was changed by another writer meanwhile`,
      );
    }
    const base =
      change.kind === 'columns-added'
        ? withSchema(current.metadata, mergedFields(current.metadata, staging.metadata, request))
        : current.metadata;
    const { metadata, snapshot, written } = await writeSnapshot(
      io.store,
      base,
      changeOf(request, base, files, stagingSnapshot),
      {
        snapshotId,
        moveMain: false,
        now: io.clock.now(),
      },
    );
    return {
      // Readers see the added columns with the version that has them, and not if its checks fail.
      metadata: { ...metadata, 'current-schema-id': current.metadata['current-schema-id'] },
      written,
      isIn: (later) => snapshotById(later, snapshotId)?.['manifest-list'] === snapshot['manifest-list'],
    };
  });
  return finish(io, request, snapshotById(table.metadata, snapshotId)!, false);
}

function demandBase({ target, replace, base }: AttachRequest, metadata: TableMetadata): void {
  if (replace === 'all' || base === undefined) return;
  const main = metadata['current-snapshot-id'];
  if (main === base) return;
  throw new Error(
    `table ${formatTable(target)}: main has moved to snapshot ${main ?? 'none'} since its changed partitions were told, expected ${base}`,
  );
}

/** The target's columns as they are, with their docs, and the staged ones that follow. */
function mergedFields(target: TableMetadata, staged: TableMetadata, request: AttachRequest) {
  const fields = currentSchema(target).fields;
  return [
    ...fields,
    ...withDocs(currentSchema(staged), request.columnDocs ?? {}).fields.slice(fields.length),
  ];
}

async function attachFresh(
  io: IcebergIo,
  request: AttachRequest,
  target: IcebergTable,
  staging: IcebergTable,
  files: readonly DataFile[],
  snapshotId: bigint,
): Promise<AttachOutcome> {
  const now = io.clock.now();
  const stagingSnapshot = mainSnapshot(staging.metadata)!['snapshot-id'];
  const schema = withDocs(currentSchema(staging.metadata), request.columnDocs ?? {});
  const described = withDescription(target, request);
  const base = freshMetadata(described, schema, currentSpec(staging.metadata), now);
  const replaced = mainSnapshot(target.metadata)?.['snapshot-id'];
  const change = changeOf(request, base, files, stagingSnapshot);
  const { metadata, written } = await writeSnapshot(
    io.store,
    base,
    { ...change, summary: { ...change.summary, [replacedProperty]: String(replaced ?? 'none') } },
    { snapshotId, moveMain: false, now },
  );
  // Its own `main` is there already: pointing the catalog at the file is all that publish has to do.
  const published = withMain(metadata, snapshotId, now);
  const location = stagedMetadataLocation(target.metadata, snapshotId);
  try {
    await io.store.writeIfAbsent(location, formatTableMetadata(published));
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
    // The same attempt was made at the same time, or our own first request came through: what lies there stays. Our manifests
    // are deleted only if they are not the ones that it names.
    const there = snapshotById(await readMetadata(io.store, location), snapshotId);
    if (there !== undefined && !written.includes(there['manifest-list'])) await io.store.remove(written);
  }
  const staged = await readMetadata(io.store, location);
  return finish(io, request, snapshotById(staged, snapshotId)!, true);
}

function withDescription(target: IcebergTable, { description }: AttachRequest): IcebergTable {
  if (description === undefined) return target;
  const { metadata } = target;
  return {
    ...target,
    metadata: { ...metadata, properties: { ...metadata.properties, comment: description } },
  };
}

function changeOf(
  request: AttachRequest,
  target: TableMetadata,
  files: readonly DataFile[],
  stagingSnapshot: bigint,
): SnapshotChange {
  return {
    operation: 'overwrite',
    add: files.map((file) => ({ ...file, specId: target['default-spec-id'] })),
    remove: request.replace,
    summary: {
      ...request.summary,
      [attemptProperty]: request.attempt,
      [stagingProperty]: String(stagingSnapshot),
    },
  };
}

async function createTarget(
  io: IcebergIo,
  request: AttachRequest,
  staging: IcebergTable,
): Promise<IcebergTable> {
  return createTable(io, request.target, {
    location: request.targetLocation,
    schema: { ...withDocs(currentSchema(staging.metadata), request.columnDocs ?? {}), 'schema-id': 0 },
    partitionSpec: { ...currentSpec(staging.metadata), 'spec-id': 0 },
    ...(request.description === undefined ? {} : { description: request.description }),
  });
}

/** The staged data files, each checked to be one that the target may take. */
async function stagedFiles(
  io: IcebergIo,
  staging: IcebergTable,
  request: AttachRequest,
): Promise<readonly DataFile[]> {
  const { metadata } = staging;
  const name = formatTable(request.staging);
  const snapshot = mainSnapshot(metadata);
  if (snapshot === undefined)
    throw new Error(`staging table ${name} has no snapshot, expected the staged rows`);
  const isWanted =
    request.replace === 'all'
      ? () => true
      : partitionMatcher(request.replace.partitions, currentSpec(metadata), schemasNewestFirst(metadata));
  const files: DataFile[] = [];
  for await (const { manifest, entries } of eachManifest(
    io.store,
    metadata,
    await manifestsOf(io.store, metadata, snapshot),
  )) {
    for (const { file } of liveEntries(entries)) {
      if (file.content !== 'data')
        throw new Error(`staging table ${name} has delete files, expected data files only`);
      if (manifest.specId !== metadata['default-spec-id']) {
        throw new Error(
          `staging table ${name}: ${file.path} is of partition spec ${manifest.specId}, expected the current one`,
        );
      }
      // Orphan removal looks for a table's data files under its `data/`: one elsewhere would never be cleaned up.
      if (!file.path.startsWith(`${request.targetLocation}/data/`)) {
        throw new Error(
          `staged file ${file.path} lies elsewhere, expected it under ${request.targetLocation}/data/`,
        );
      }
      if (!isWanted(file.partition)) {
        throw new Error(`staged file ${file.path} lies outside the partitions that are to be replaced`);
      }
      files.push(file);
    }
  }
  return files;
}

/** One id for one attempt, so that an attempt made again meets its own snapshot. */
function attemptSnapshotId({ target, attempt }: AttachRequest): bigint {
  const hash = createHash('sha256')
    .update(`${formatTable(target)}\n${attempt}`)
    .digest();
  return BigInt.asUintN(63, hash.readBigUInt64BE()) || 1n;
}

async function finish(
  io: IcebergIo,
  request: AttachRequest,
  snapshot: Snapshot,
  isFresh: boolean,
): Promise<AttachOutcome> {
  if (!isFresh) await io.catalog.forget(request.staging);
  const snapshotId = snapshot['snapshot-id'];
  const replaced = snapshot.summary[replacedProperty];
  const parent =
    isFresh && replaced !== undefined
      ? replaced === 'none'
        ? undefined
        : BigInt(replaced)
      : snapshot['parent-snapshot-id'];
  return {
    snapshotId,
    parentSnapshotId: parent,
    readAt: isFresh
      ? { ...request.staging, snapshotId: BigInt(snapshot.summary[stagingProperty]!) }
      : { ...request.target, snapshotId },
    freshMetadata: isFresh,
    totalRecords: BigInt(snapshot.summary['total-records'] ?? '0'),
    addedRecords: BigInt(snapshot.summary['added-records'] ?? '0'),
  };
}
