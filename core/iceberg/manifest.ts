import { type AvroRecord, type AvroSchema, readAvroFile, writeAvroFile } from './avro-file.ts';
import type { DataFile } from './data-file.ts';
import { formatExactJson, type JsonValue } from './exact-json.ts';
import { avroName, decimalLength, manifestEntrySchema, manifestFileSchema } from './manifest-schema.ts';
import { type PartitionSpec, partitionType } from './partition-spec.ts';
import type { PrimitiveType, Schema } from './schema.ts';
import { compareValues, decodeBigEndian, encodeBigEndian, encodeValue, type Value } from './single-value.ts';
import { specById, type TableMetadata } from './table-metadata.ts';

/** What a manifest list says of one manifest. */
export type ManifestFile = {
  readonly path: string;
  readonly length: bigint;
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly sequenceNumber: bigint;
  readonly minSequenceNumber: bigint;
  readonly addedSnapshotId: bigint;
  readonly addedFiles: number;
  readonly existingFiles: number;
  readonly deletedFiles: number;
  readonly addedRows: bigint;
  readonly existingRows: bigint;
  readonly deletedRows: bigint;
  readonly partitions?: readonly PartitionSummary[];
  readonly keyMetadata?: Uint8Array;
};

/** The range of one partition field's values in a manifest. */
export type PartitionSummary = {
  readonly containsNull: boolean;
  readonly containsNan?: boolean;
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
};

/** One line of a manifest. Numbers that a new file inherits from its manifest are null until it is read back. */
export type ManifestEntry = {
  readonly status: 'existing' | 'added' | 'deleted';
  readonly snapshotId: bigint | null;
  readonly sequenceNumber: bigint | null;
  readonly fileSequenceNumber: bigint | null;
  readonly file: DataFile;
};

/** Schemas with the current one first: where a partition source's type is looked up. */
export function schemasNewestFirst(metadata: TableMetadata): readonly Schema[] {
  const current = metadata['current-schema-id'];
  return [...metadata.schemas].sort(
    (a, b) =>
      Number(b['schema-id'] === current) - Number(a['schema-id'] === current) ||
      b['schema-id'] - a['schema-id'],
  );
}

const statuses = ['existing', 'added', 'deleted'] as const;
const contents = ['data', 'position-deletes', 'equality-deletes'] as const;

/** Entries of a manifest, with inherited snapshot id and sequence numbers filled in. */
export function readManifest(
  bytes: Uint8Array,
  manifest: ManifestFile,
  metadata: TableMetadata,
): ManifestEntry[] {
  const { schema, records } = readAvroFile(bytes, manifest.path);
  const entryNames = namesById(fieldsOf(schema));
  const fileFields = fieldsOf(typeOf(fieldsOf(schema), 2));
  const fileNames = namesById(fileFields);
  const partitionNames = namesById(fieldsOf(typeOf(fileFields, 102)));
  const spec = specById(metadata, manifest.specId);
  const schemas = schemasNewestFirst(metadata);
  const types = spec.fields.map((field) => partitionType(field, schemas));
  const names = spec.fields.map((field) => partitionNames.get(field['field-id']) ?? avroName(field.name));
  return records.map((record): ManifestEntry => {
    const entry = pickById(record, entryNames);
    const raw = entry(2) as AvroRecord;
    const file = pickById(raw, fileNames);
    const tuple = (file(102) ?? {}) as AvroRecord;
    const status = statuses[Number(entry(0))]!;
    const inherits = status === 'added';
    const snapshotId = (entry(1) as bigint | null | undefined) ?? manifest.addedSnapshotId;
    const sequenceNumber =
      (entry(3) as bigint | null | undefined) ??
      (inherits || manifest.sequenceNumber === 0n ? manifest.sequenceNumber : null);
    if (file(143) !== undefined && String(file(101)).toUpperCase() === 'PUFFIN') {
      throw new Error(
        `${String(file(100))}: deletion vectors are not supported, expected Iceberg format version 2`,
      );
    }
    return {
      status,
      snapshotId,
      sequenceNumber,
      fileSequenceNumber: (entry(4) as bigint | null | undefined) ?? sequenceNumber,
      file: {
        content: contents[Number(file(134) ?? 0)]!,
        path: String(file(100)),
        format: String(file(101)).toUpperCase(),
        specId: manifest.specId,
        partition: names.map((name, index) => fromAvro(types[index], tuple[name])),
        recordCount: file(103) as bigint,
        fileSizeInBytes: file(104) as bigint,
        ...mapField<'columnSizes', bigint>('columnSizes', file(108)),
        ...mapField<'valueCounts', bigint>('valueCounts', file(109)),
        ...mapField<'nullValueCounts', bigint>('nullValueCounts', file(110)),
        ...mapField<'nanValueCounts', bigint>('nanValueCounts', file(137)),
        ...mapField<'lowerBounds', Uint8Array>('lowerBounds', file(125)),
        ...mapField<'upperBounds', Uint8Array>('upperBounds', file(128)),
        ...given('keyMetadata', file(131) as Uint8Array | null),
        ...given('splitOffsets', file(132) as readonly bigint[] | null),
        ...given('equalityIds', file(135) as readonly number[] | null),
        ...given('sortOrderId', file(140) as number | null),
        ...given('referencedDataFile', file(143) as string | null),
      },
    };
  });
}

/** The bytes of a manifest. All entries' files must be of the spec and of one kind of content. */
export function writeManifest(
  entries: readonly ManifestEntry[],
  spec: PartitionSpec,
  metadata: TableMetadata,
  content: 'data' | 'deletes',
): Uint8Array {
  const schemas = schemasNewestFirst(metadata);
  const types = spec.fields.map((field) => partitionType(field, schemas));
  const names = spec.fields.map((field) => avroName(field.name));
  const header = {
    schema: formatExactJson(schemas[0] as unknown as JsonValue),
    'schema-id': String(metadata['current-schema-id']),
    'partition-spec': formatExactJson(spec.fields as unknown as JsonValue),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content,
  };
  return writeAvroFile(
    manifestEntrySchema(spec, schemas),
    header,
    entries.map(({ status, snapshotId, sequenceNumber, fileSequenceNumber, file }) => ({
      status: statuses.indexOf(status),
      snapshot_id: snapshotId,
      sequence_number: sequenceNumber,
      file_sequence_number: fileSequenceNumber,
      data_file: {
        content: contents.indexOf(file.content),
        file_path: file.path,
        file_format: file.format,
        partition: Object.fromEntries(
          names.map((name, index) => [name, toAvro(types[index], file.partition[index] ?? null)]),
        ),
        record_count: file.recordCount,
        file_size_in_bytes: file.fileSizeInBytes,
        column_sizes: pairs(file.columnSizes),
        value_counts: pairs(file.valueCounts),
        null_value_counts: pairs(file.nullValueCounts),
        nan_value_counts: pairs(file.nanValueCounts),
        lower_bounds: pairs(file.lowerBounds),
        upper_bounds: pairs(file.upperBounds),
        key_metadata: file.keyMetadata === undefined ? null : Buffer.from(file.keyMetadata),
        split_offsets: file.splitOffsets ?? null,
        equality_ids: file.equalityIds ?? null,
        sort_order_id: file.sortOrderId ?? null,
        referenced_data_file: file.referencedDataFile ?? null,
      },
    })),
  );
}

/** The manifests of a snapshot. */
export function readManifestList(bytes: Uint8Array, location: string): ManifestFile[] {
  const { schema, records } = readAvroFile(bytes, location);
  const names = namesById(fieldsOf(schema));
  const partitionsType = typeOf(fieldsOf(schema), 507) as { readonly items?: AvroSchema } | undefined;
  const summaryNames = namesById(fieldsOf(partitionsType?.items));
  return records.map((record): ManifestFile => {
    const field = pickById(record, names);
    const partitions = field(507) as readonly AvroRecord[] | null | undefined;
    return {
      path: String(field(500)),
      length: field(501) as bigint,
      specId: Number(field(502)),
      content: Number(field(517) ?? 0) === 1 ? 'deletes' : 'data',
      sequenceNumber: (field(515) as bigint | undefined) ?? 0n,
      minSequenceNumber: (field(516) as bigint | undefined) ?? 0n,
      addedSnapshotId: field(503) as bigint,
      addedFiles: Number(field(504) ?? 0),
      existingFiles: Number(field(505) ?? 0),
      deletedFiles: Number(field(506) ?? 0),
      addedRows: (field(512) as bigint | null | undefined) ?? 0n,
      existingRows: (field(513) as bigint | null | undefined) ?? 0n,
      deletedRows: (field(514) as bigint | null | undefined) ?? 0n,
      ...(partitions
        ? {
            partitions: partitions.map((item): PartitionSummary => {
              const summary = pickById(item, summaryNames);
              return {
                containsNull: summary(509) === true,
                ...given('containsNan', summary(518) as boolean | null),
                ...given('lowerBound', summary(510) as Uint8Array | null),
                ...given('upperBound', summary(511) as Uint8Array | null),
              };
            }),
          }
        : {}),
      ...given('keyMetadata', field(519) as Uint8Array | null),
    };
  });
}

/** The bytes of a manifest list. */
export function writeManifestList(
  manifests: readonly ManifestFile[],
  snapshot: { readonly id: bigint; readonly parentId: bigint | undefined; readonly sequenceNumber: bigint },
): Uint8Array {
  const header = {
    'snapshot-id': String(snapshot.id),
    'parent-snapshot-id': snapshot.parentId === undefined ? 'null' : String(snapshot.parentId),
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  };
  return writeAvroFile(
    manifestFileSchema,
    header,
    manifests.map((manifest) => ({
      manifest_path: manifest.path,
      manifest_length: manifest.length,
      partition_spec_id: manifest.specId,
      content: manifest.content === 'deletes' ? 1 : 0,
      sequence_number: manifest.sequenceNumber,
      min_sequence_number: manifest.minSequenceNumber,
      added_snapshot_id: manifest.addedSnapshotId,
      added_files_count: manifest.addedFiles,
      existing_files_count: manifest.existingFiles,
      deleted_files_count: manifest.deletedFiles,
      added_rows_count: manifest.addedRows,
      existing_rows_count: manifest.existingRows,
      deleted_rows_count: manifest.deletedRows,
      partitions:
        manifest.partitions?.map((summary) => ({
          contains_null: summary.containsNull,
          contains_nan: summary.containsNan ?? null,
          lower_bound: summary.lowerBound === undefined ? null : Buffer.from(summary.lowerBound),
          upper_bound: summary.upperBound === undefined ? null : Buffer.from(summary.upperBound),
        })) ?? null,
      key_metadata: manifest.keyMetadata === undefined ? null : Buffer.from(manifest.keyMetadata),
    })),
  );
}

/** The ranges of partition values in a manifest's entries. */
export function summarizePartitions(
  entries: readonly ManifestEntry[],
  spec: PartitionSpec,
  metadata: TableMetadata,
): PartitionSummary[] {
  const schemas = schemasNewestFirst(metadata);
  return spec.fields.map((field, index) => {
    const type = partitionType(field, schemas);
    let containsNull = false;
    let containsNan = false;
    let lower: Value | undefined;
    let upper: Value | undefined;
    for (const { file } of entries) {
      const value = file.partition[index] ?? null;
      if (value === null) containsNull = true;
      else if (typeof value === 'number' && Number.isNaN(value)) containsNan = true;
      else {
        if (lower === undefined || compareValues(value, lower) < 0) lower = value;
        if (upper === undefined || compareValues(value, upper) > 0) upper = value;
      }
    }
    return {
      containsNull,
      ...(type?.kind === 'float' || type?.kind === 'double' ? { containsNan } : {}),
      ...(type === undefined || lower === undefined || upper === undefined
        ? {}
        : { lowerBound: encodeValue(type, lower), upperBound: encodeValue(type, upper) }),
    };
  });
}

type SchemaNode = { readonly [key: string]: unknown };

function fieldsOf(schema: unknown): readonly SchemaNode[] {
  return ((schema as SchemaNode | undefined)?.fields ?? []) as readonly SchemaNode[];
}

/** The type of the field with that id, taken out of its union with null. */
function typeOf(fields: readonly SchemaNode[], id: number): unknown {
  const type = fields.find((field) => field['field-id'] === id)?.type;
  return Array.isArray(type) ? type.find((branch) => branch !== 'null') : type;
}

// Writers agree on field ids and not always on names (`added_files_count`, once `added_data_files_count`).
function namesById(fields: readonly SchemaNode[]): ReadonlyMap<number, string> {
  return new Map(fields.map((field) => [field['field-id'] as number, field.name as string]));
}

function pickById(record: AvroRecord, names: ReadonlyMap<number, string>): (id: number) => unknown {
  return (id) => {
    const name = names.get(id);
    return name === undefined ? undefined : record[name];
  };
}

function given<K extends string, V>(key: K, value: V | null | undefined): { readonly [key in K]?: V } {
  return (value === null || value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };
}

function mapField<K extends string, V>(
  key: K,
  value: unknown,
): { readonly [key in K]?: ReadonlyMap<number, V> } {
  const list = value as readonly { readonly key: number; readonly value: V }[] | null | undefined;
  return given(key, list && new Map(list.map((pair) => [pair.key, pair.value])));
}

function pairs<V>(map: ReadonlyMap<number, V> | undefined): unknown {
  if (map === undefined) return null;
  return Array.from(map, ([key, value]) => ({
    key,
    value: value instanceof Uint8Array ? Buffer.from(value) : value,
  }));
}

function fromAvro(type: PrimitiveType | undefined, value: unknown): Value | null {
  if (value === null || value === undefined) return null;
  if (type?.kind === 'decimal') return decodeBigEndian(value as Uint8Array);
  // A partition column promoted from int to long: older manifests still hold ints.
  if (type?.kind === 'long' && typeof value === 'number') return BigInt(value);
  if (type?.kind === 'int' && typeof value === 'bigint') return Number(value);
  return value as Value;
}

function toAvro(type: PrimitiveType | undefined, value: Value | null): unknown {
  if (value === null) return null;
  if (type === undefined) return String(value);
  if (type.kind === 'decimal')
    return Buffer.from(encodeBigEndian(value as bigint, decimalLength(type.precision)));
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
