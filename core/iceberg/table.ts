import { randomUUID } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import {
  CommitConflictError,
  CommitStateUnknownError,
  formatTable,
  type TableCatalog,
  type TableIdentifier,
  type TablePointer,
} from '../ports/table-catalog.ts';
import { describeTable, nextMetadataLocation, readMetadata, writeMetadata } from './metadata-file.ts';
import { type PartitionSpec, unpartitioned } from './partition-spec.ts';
import { highestFieldId, type Schema } from './schema.ts';
import type { TableMetadata } from './table-metadata.ts';

/** The world that tables live in. */
export type IcebergIo = {
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly clock: Clock;
};

/** A table as one metadata file says it is. */
export type IcebergTable = {
  readonly identifier: TableIdentifier;
  readonly pointer: TablePointer;
  readonly metadata: TableMetadata;
};

/** What a new table shall be. */
export type TableDefinition = {
  /** Root folder, without a trailing slash. */
  readonly location: string;
  readonly schema: Schema;
  /** Default: not partitioned. */
  readonly partitionSpec?: PartitionSpec;
  readonly properties?: Readonly<Record<string, string>>;
  /** What the table holds, for people. */
  readonly description?: string;
};

/** The table as it is now, or undefined if there is none. */
export async function loadTable(io: IcebergIo, id: TableIdentifier): Promise<IcebergTable | undefined> {
  const pointer = await io.catalog.load(id);
  if (pointer === undefined) return undefined;
  return { identifier: id, pointer, metadata: await readMetadata(io.store, pointer.metadataLocation) };
}

/**
 * Makes a table without snapshots, and its database if there is none. If the table is there already (another writer was
 * faster), returns it as it is.
 */
export async function createTable(
  io: IcebergIo,
  id: TableIdentifier,
  definition: TableDefinition,
): Promise<IcebergTable> {
  await io.catalog.ensureDatabase(id.database);
  const metadata = newMetadata(definition, io.clock.now());
  const location = nextMetadataLocation(metadata, undefined);
  await writeMetadata(io.store, location, metadata);
  try {
    await io.catalog.create(id, location, describeTable(metadata));
  } catch (cause) {
    if (!(cause instanceof CommitConflictError || cause instanceof CommitStateUnknownError)) throw cause;
    const existing = await loadTable(io, id);
    if (existing === undefined) {
      throw new CommitStateUnknownError(`table ${formatTable(id)}: it is not known whether it was created`, {
        cause,
      });
    }
    if (existing.metadata['table-uuid'] !== metadata['table-uuid']) await io.store.remove([location]);
    return existing;
  }
  const created = await loadTable(io, id);
  if (created === undefined) throw new Error(`table ${formatTable(id)} was dropped while it was created`);
  return created;
}

/** The metadata of a table without snapshots. */
export function newMetadata(definition: TableDefinition, now: number): TableMetadata {
  const { location, schema, partitionSpec = unpartitioned, properties = {}, description } = definition;
  return {
    'format-version': 2,
    'table-uuid': randomUUID(),
    location,
    'last-sequence-number': 0n,
    'last-updated-ms': now,
    'last-column-id': highestFieldId(schema),
    'current-schema-id': schema['schema-id'],
    schemas: [schema],
    'default-spec-id': partitionSpec['spec-id'],
    'partition-specs': [partitionSpec],
    'last-partition-id': Math.max(999, ...partitionSpec.fields.map((field) => field['field-id'])),
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: {
      'write.format.default': 'PARQUET',
      'write.parquet.compression-codec': 'zstd',
      'commit.manifest.min-count-to-merge': '100',
      // A refresh makes two metadata files a table, an ingest one: without a bound they would pile up for ever.
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': '100',
      ...(description === undefined ? {} : { comment: description }),
      ...properties,
    },
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}
