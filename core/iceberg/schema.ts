import type { ScalarType } from '../contract/contract.ts';
import type { JsonObject } from './exact-json.ts';

/** A type as metadata JSON writes it: `long`, `decimal(18, 2)`, or an object for a struct, list or map. */
export type IcebergType = string | JsonObject;

/** A column, as in metadata JSON. */
export type SchemaField = {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
  readonly doc?: string;
};

/** A schema, as in metadata JSON. */
export type Schema = {
  readonly type: 'struct';
  readonly 'schema-id': number;
  readonly 'identifier-field-ids'?: readonly number[];
  readonly fields: readonly SchemaField[];
};

/** A primitive type taken apart. */
export type PrimitiveType =
  | {
      readonly kind:
        | 'boolean'
        | 'int'
        | 'long'
        | 'float'
        | 'double'
        | 'date'
        | 'time'
        | 'timestamp'
        | 'timestamptz'
        | 'string'
        | 'uuid'
        | 'binary';
    }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'fixed'; readonly length: number };

const plainKinds = new Set([
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'uuid',
  'binary',
]);

/** Takes a primitive type apart; undefined for nested types and for those of later format versions. */
export function parsePrimitive(type: IcebergType): PrimitiveType | undefined {
  if (typeof type !== 'string') return undefined;
  if (plainKinds.has(type)) return { kind: type } as PrimitiveType;
  const decimal = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  if (decimal) return { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
  const fixed = /^fixed\[(\d+)\]$/.exec(type);
  if (fixed) return { kind: 'fixed', length: Number(fixed[1]) };
  return undefined;
}

/** The primitive type of a column. @throws for a nested or unknown type */
export function primitiveOf(field: Pick<SchemaField, 'name' | 'type'>): PrimitiveType {
  const primitive = parsePrimitive(field.type);
  if (primitive === undefined) {
    throw new Error(
      `column ${field.name}: type ${formatType(field.type)} is not supported, expected a scalar type`,
    );
  }
  return primitive;
}

/** A type as text, for messages and descriptions. */
export function formatType(type: IcebergType): string {
  return typeof type === 'string' ? type : String(type.type);
}

/** A column that a new table shall have. */
export type ColumnDefinition = {
  readonly name: string;
  readonly type: ScalarType;
  /** Default: nulls are allowed. */
  readonly required?: boolean;
  readonly doc?: string;
};

/** The Iceberg spelling of a contract's type. */
export function icebergType(type: ScalarType): string {
  switch (type.kind) {
    case 'integer':
      return 'int';
    case 'bigint':
      return 'long';
    case 'real':
      return 'float';
    case 'varchar':
      return 'string';
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    default:
      return type.kind;
  }
}

/** The schema of a new table: columns in order, with field ids from 1. */
export function schemaOf(columns: readonly ColumnDefinition[]): Schema {
  return {
    type: 'struct',
    'schema-id': 0,
    fields: columns.map((column, index) => ({
      id: index + 1,
      name: column.name,
      required: column.required ?? false,
      type: icebergType(column.type),
      ...(column.doc === undefined ? {} : { doc: column.doc }),
    })),
  };
}

/** The column of that name. @throws if there is none */
export function fieldNamed(schema: Schema, name: string): SchemaField {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    const names = schema.fields.map((candidate) => candidate.name).join(', ');
    throw new Error(`no column "${name}", expected one of ${names}`);
  }
  return field;
}

/** The highest field id in use, that of nested fields included. */
export function highestFieldId(schema: Schema): number {
  let highest = 0;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        if (typeof item === 'number' && /^(id|element-id|key-id|value-id)$/.test(key))
          highest = Math.max(highest, item);
        else visit(item);
      }
    }
  };
  visit(schema.fields);
  return highest;
}
