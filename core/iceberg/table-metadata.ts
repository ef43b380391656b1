import { gunzipSync } from 'node:zlib';
import { formatExactJson, type JsonObject, type JsonValue, parseExactJson } from './exact-json.ts';
import type { PartitionField, PartitionSpec } from './partition-spec.ts';
import type { Schema } from './schema.ts';

/** A snapshot, as in metadata JSON. */
export type Snapshot = {
  readonly 'snapshot-id': bigint;
  readonly 'parent-snapshot-id'?: bigint;
  readonly 'sequence-number': bigint;
  /** Milliseconds since 1970. */
  readonly 'timestamp-ms': number;
  readonly 'manifest-list': string;
  readonly summary: Readonly<Record<string, string>>;
  readonly 'schema-id'?: number;
};

/** A branch or tag, as in metadata JSON. */
export type SnapshotReference = {
  readonly 'snapshot-id': bigint;
  readonly type: 'branch' | 'tag';
};

/**
 * Table metadata of format version 2 in the shape of its JSON file. Fields that this code does not know stay in the object
 * and are written back.
 */
export type TableMetadata = {
  readonly 'format-version': 2;
  readonly 'table-uuid': string;
  readonly location: string;
  readonly 'last-sequence-number': bigint;
  readonly 'last-updated-ms': number;
  readonly 'last-column-id': number;
  readonly 'current-schema-id': number;
  readonly schemas: readonly Schema[];
  readonly 'default-spec-id': number;
  readonly 'partition-specs': readonly PartitionSpec[];
  readonly 'last-partition-id': number;
  readonly 'default-sort-order-id': number;
  readonly 'sort-orders': readonly JsonObject[];
  readonly properties: Readonly<Record<string, string>>;
  /** Absent where there is no `main`. */
  readonly 'current-snapshot-id'?: bigint;
  readonly refs: Readonly<Record<string, SnapshotReference>>;
  readonly snapshots: readonly Snapshot[];
  readonly 'snapshot-log': readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': bigint }[];
  readonly 'metadata-log': readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[];
};

/** Reads a metadata file (`….metadata.json`, or gzipped). @throws for another format version or a damaged file */
export function parseTableMetadata(bytes: Uint8Array, location: string): TableMetadata {
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  let json: JsonValue;
  try {
    json = parseExactJson(new TextDecoder().decode(zipped ? gunzipSync(bytes) : bytes));
  } catch (cause) {
    throw new Error(`${location}: not a table metadata file, expected JSON`, { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`${location}: not a table metadata file, expected a JSON object`);
  }
  const raw = json as JsonObject;
  if (raw['format-version'] !== 2) {
    throw new Error(
      `${location}: format version ${String(raw['format-version'])} is not supported, expected 2`,
    );
  }
  return fromJson(raw);
}

/** The bytes of a metadata file. */
export function formatTableMetadata(metadata: TableMetadata): Uint8Array {
  // Java, and so Trino and Spark, write -1 for "no snapshot" in version 2; older readers require the field.
  const json = { ...metadata, 'current-snapshot-id': metadata['current-snapshot-id'] ?? -1n };
  return new TextEncoder().encode(formatExactJson(json as unknown as JsonValue));
}

function fromJson(raw: JsonObject): TableMetadata {
  const list = (key: string) => (raw[key] ?? []) as readonly JsonObject[];
  const current = raw['current-snapshot-id'];
  const { 'current-snapshot-id': _dropped, ...rest } = raw;
  const hasMain = current !== undefined && current !== null && BigInt(current as number | bigint) !== -1n;
  const mainReference: SnapshotReference | undefined = hasMain
    ? { 'snapshot-id': BigInt(current as number | bigint), type: 'branch' }
    : undefined;
  const refs = (raw.refs ?? (mainReference === undefined ? {} : { main: mainReference })) as JsonObject;
  return {
    ...rest,
    'last-sequence-number': BigInt(raw['last-sequence-number'] as number | bigint),
    'partition-specs': list('partition-specs').map((spec) => ({
      ...spec,
      fields: (spec.fields ?? []) as unknown as readonly PartitionField[],
    })),
    properties: (raw.properties ?? {}) as Readonly<Record<string, string>>,
    ...(hasMain ? { 'current-snapshot-id': BigInt(current as number | bigint) } : {}),
    refs: Object.fromEntries(
      Object.entries(refs).map(([name, reference]) => [
        name,
        withBigints(reference as JsonObject, ['snapshot-id']),
      ]),
    ),
    snapshots: list('snapshots').map((snapshot) => ({
      summary: {},
      ...withBigints(snapshot, ['snapshot-id', 'parent-snapshot-id', 'sequence-number']),
    })),
    'snapshot-log': list('snapshot-log').map((entry) => withBigints(entry, ['snapshot-id'])),
    'metadata-log': list('metadata-log'),
    'sort-orders': list('sort-orders'),
  } as unknown as TableMetadata;
}

function withBigints(object: JsonObject, keys: readonly string[]): JsonObject {
  const longs = keys
    .filter((key) => object[key] !== undefined && object[key] !== null)
    .map((key) => [key, BigInt(object[key] as number | bigint)] as const);
  return { ...object, ...Object.fromEntries(longs) };
}

/** The current schema. */
export function currentSchema(metadata: TableMetadata): Schema {
  return schemaById(metadata, metadata['current-schema-id']);
}

/** The schema of that id. @throws if there is none */
export function schemaById(metadata: TableMetadata, schemaId: number): Schema {
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === schemaId);
  if (schema === undefined)
    throw new Error(`${metadata.location}: no schema ${schemaId} in the table metadata`);
  return schema;
}

/** The partition spec that new files are written with. */
export function currentSpec(metadata: TableMetadata): PartitionSpec {
  return specById(metadata, metadata['default-spec-id']);
}

/** The partition spec of that id. @throws if there is none */
export function specById(metadata: TableMetadata, specId: number): PartitionSpec {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === specId);
  if (spec === undefined)
    throw new Error(`${metadata.location}: no partition spec ${specId} in the table metadata`);
  return spec;
}

/** The snapshot that readers see, undefined for a table without `main`. */
export function mainSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata['current-snapshot-id'];
  return id === undefined ? undefined : snapshotById(metadata, id);
}

/** The snapshot of that id, undefined if it is not (or no longer) in the metadata. */
export function snapshotById(metadata: TableMetadata, snapshotId: bigint): Snapshot | undefined {
  return metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === snapshotId);
}
