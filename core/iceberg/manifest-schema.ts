import type { AvroSchema } from './avro-file.ts';
import type { PartitionSpec } from './partition-spec.ts';
import { partitionType } from './partition-spec.ts';
import type { PrimitiveType, Schema } from './schema.ts';

/** A field as Iceberg's Avro schemas write it. */
type AvroField = {
  readonly name: string;
  readonly type: AvroSchema;
  readonly 'field-id': number;
  readonly default?: null;
};

const required = (id: number, name: string, type: AvroSchema): AvroField => ({ name, type, 'field-id': id });
const optional = (id: number, name: string, type: AvroSchema): AvroField => ({
  name,
  type: ['null', type],
  default: null,
  'field-id': id,
});

/** Avro has maps by text only, so Iceberg writes a map by field id as an array of pairs. */
function mapById(key: number, value: number, type: AvroSchema): AvroSchema {
  return {
    type: 'array',
    logicalType: 'map',
    items: {
      type: 'record',
      name: `k${key}_v${value}`,
      fields: [required(key, 'key', 'int'), required(value, 'value', type)] as AvroSchema,
    },
  };
}

/** The Avro schema of a v2 manifest for files of one partition spec. */
export function manifestEntrySchema(spec: PartitionSpec, schemas: readonly Schema[]): AvroSchema {
  const partitionFields = spec.fields.map((field) => {
    const type = partitionType(field, schemas);
    return optional(
      field['field-id'],
      avroName(field.name),
      type === undefined ? 'string' : avroType(type, field['field-id']),
    );
  });
  const dataFile = [
    required(134, 'content', 'int'),
    required(100, 'file_path', 'string'),
    required(101, 'file_format', 'string'),
    required(102, 'partition', { type: 'record', name: 'r102', fields: partitionFields as AvroSchema }),
    required(103, 'record_count', 'long'),
    required(104, 'file_size_in_bytes', 'long'),
    optional(108, 'column_sizes', mapById(117, 118, 'long')),
    optional(109, 'value_counts', mapById(119, 120, 'long')),
    optional(110, 'null_value_counts', mapById(121, 122, 'long')),
    optional(137, 'nan_value_counts', mapById(138, 139, 'long')),
    optional(125, 'lower_bounds', mapById(126, 127, 'bytes')),
    optional(128, 'upper_bounds', mapById(129, 130, 'bytes')),
    optional(131, 'key_metadata', 'bytes'),
    optional(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }),
    optional(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }),
    optional(140, 'sort_order_id', 'int'),
    optional(143, 'referenced_data_file', 'string'),
  ];
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      required(0, 'status', 'int'),
      optional(1, 'snapshot_id', 'long'),
      optional(3, 'sequence_number', 'long'),
      optional(4, 'file_sequence_number', 'long'),
      required(2, 'data_file', { type: 'record', name: 'r2', fields: dataFile as AvroSchema }),
    ] as AvroSchema,
  };
}

/** The Avro schema of a v2 manifest list. */
export const manifestFileSchema: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    required(500, 'manifest_path', 'string'),
    required(501, 'manifest_length', 'long'),
    required(502, 'partition_spec_id', 'int'),
    required(517, 'content', 'int'),
    required(515, 'sequence_number', 'long'),
    required(516, 'min_sequence_number', 'long'),
    required(503, 'added_snapshot_id', 'long'),
    required(504, 'added_files_count', 'int'),
    required(505, 'existing_files_count', 'int'),
    required(506, 'deleted_files_count', 'int'),
    required(512, 'added_rows_count', 'long'),
    required(513, 'existing_rows_count', 'long'),
    required(514, 'deleted_rows_count', 'long'),
    optional(507, 'partitions', {
      type: 'array',
      'element-id': 508,
      items: {
        type: 'record',
        name: 'r508',
        fields: [
          required(509, 'contains_null', 'boolean'),
          optional(518, 'contains_nan', 'boolean'),
          optional(510, 'lower_bound', 'bytes'),
          optional(511, 'upper_bound', 'bytes'),
        ] as AvroSchema,
      },
    }),
    optional(519, 'key_metadata', 'bytes'),
  ] as AvroSchema,
};

/** Bytes that hold every unscaled value of a precision. */
export function decimalLength(precision: number): number {
  let length = 1;
  while (1n << BigInt(length * 8 - 1) <= 10n ** BigInt(precision) - 1n) length += 1;
  return length;
}

function avroType(type: PrimitiveType, fieldId: number): AvroSchema {
  switch (type.kind) {
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': type.kind === 'timestamptz' };
    case 'decimal':
      // The field id keeps names of two decimals of one shape apart: Avro defines a name once.
      return {
        type: 'fixed',
        name: `decimal_${type.precision}_${type.scale}_${fieldId}`,
        size: decimalLength(type.precision),
        logicalType: 'decimal',
        precision: type.precision,
        scale: type.scale,
      };
    case 'uuid':
      return { type: 'fixed', name: `uuid_fixed_${fieldId}`, size: 16, logicalType: 'uuid' };
    case 'fixed':
      return { type: 'fixed', name: `fixed_${type.length}_${fieldId}`, size: type.length };
    case 'binary':
      return 'bytes';
    default:
      return type.kind;
  }
}

/** A name that Avro allows, made as Iceberg's Java library makes it. */
export function avroName(name: string): string {
  return Array.from(name, (character, index) => {
    if (/[A-Za-z_]/.test(character) || (index > 0 && /[0-9]/.test(character))) return character;
    if (/[0-9]/.test(character)) return `_${character}`;
    return `_x${character.codePointAt(0)!.toString(16).toUpperCase()}`;
  }).join('');
}
