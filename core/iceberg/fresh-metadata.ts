import type { PartitionSpec } from './partition-spec.ts';
import type { Schema } from './schema.ts';
import { previousMetadataProperty } from './snapshot-lookup.ts';
import type { IcebergTable } from './table.ts';
import { currentSchema, currentSpec, type TableMetadata } from './table-metadata.ts';

/** How a staged table's schema and partitioning stand to its target's. */
export type SchemaChange =
  | { readonly kind: 'same' }
  /** Columns at the end are new; their ids follow on. */
  | { readonly kind: 'columns-added' }
  | { readonly kind: 'other' };

/** Compares a staged table (columns numbered from 1 by CTAS) with its target. */
export function compareStaged(target: TableMetadata, staged: TableMetadata): SchemaChange {
  const before = currentSchema(target);
  const after = currentSchema(staged);
  const agrees = before.fields.every((field, index) => {
    const other = after.fields[index];
    return (
      other !== undefined &&
      other.id === field.id &&
      other.name === field.name &&
      other.required === field.required &&
      JSON.stringify(other.type) === JSON.stringify(field.type)
    );
  });
  if (!agrees || !sameSpec(currentSpec(target), currentSpec(staged))) return { kind: 'other' };
  const added = after.fields.slice(before.fields.length);
  if (added.length === 0) return { kind: 'same' };
  // An id that a dropped column once had would bring its old values back.
  const idsAreNew = added.every((field) => field.id > target['last-column-id'] && !field.required);
  return idsAreNew ? { kind: 'columns-added' } : { kind: 'other' };
}

function sameSpec(left: PartitionSpec, right: PartitionSpec): boolean {
  const shape = (spec: PartitionSpec) =>
    JSON.stringify(spec.fields.map((field) => [field['source-id'], field.name, field.transform]));
  return shape(left) === shape(right);
}

/**
 * Metadata begun afresh for a table whose schema or partitioning changes: one schema, one spec, no snapshot. UUID, location, properties and sequence numbers go on, so that
 * readers with the old version in hand take it for the same table; the old metadata file is named for rollback.
 */
export function freshMetadata(
  table: IcebergTable,
  schema: Schema,
  spec: PartitionSpec,
  now: number,
): TableMetadata {
  const { metadata, pointer } = table;
  const fresh: TableMetadata = {
    ...metadata,
    'last-updated-ms': Math.max(now, metadata['last-updated-ms']),
    'last-column-id': Math.max(0, ...schema.fields.map((field) => field.id)),
    'current-schema-id': 0,
    schemas: [{ ...schema, 'schema-id': 0 }],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: spec.fields }],
    'last-partition-id': Math.max(999, ...spec.fields.map((field) => field['field-id'])),
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: { ...metadata.properties, [previousMetadataProperty]: pointer.metadataLocation },
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
  // Counted by field ids of the old schema.
  const {
    'current-snapshot-id': _main,
    statistics: _,
    'partition-statistics': __,
    ...rest
  } = fresh as TableMetadata & {
    readonly statistics?: unknown;
    readonly 'partition-statistics'?: unknown;
  };
  return rest;
}

/** The schema with descriptions put in. */
export function withDocs(schema: Schema, docs: Readonly<Record<string, string>>): Schema {
  return {
    ...schema,
    fields: schema.fields.map((field) => {
      const doc = docs[field.name];
      return doc === undefined ? field : { ...field, doc };
    }),
  };
}
