import type { TableIdentifier } from '../ports/table-catalog.ts';
import { commitMetadata } from './metadata-commit.ts';
import { type ColumnDefinition, icebergType, type Schema, type SchemaField } from './schema.ts';
import type { IcebergIo, IcebergTable } from './table.ts';
import { currentSchema, type TableMetadata } from './table-metadata.ts';

/**
 * Adds columns at the end of the schema, those that the table does not have yet. Readers see null in older files.
 * @throws if a column is there with another type
 */
export async function addColumns(
  io: IcebergIo,
  id: TableIdentifier,
  columns: readonly ColumnDefinition[],
): Promise<IcebergTable> {
  const { table } = await commitMetadata(io, id, async ({ metadata }) => {
    const schema = currentSchema(metadata);
    const missing: SchemaField[] = [];
    for (const column of columns) {
      const existing = schema.fields.find((field) => field.name === column.name);
      const type = icebergType(column.type);
      if (existing === undefined) {
        missing.push({
          id: metadata['last-column-id'] + missing.length + 1,
          name: column.name,
          // Rows written before have no value for it, so it cannot be required.
          required: false,
          type,
          ...(column.doc === undefined ? {} : { doc: column.doc }),
        });
      } else if (existing.type !== type) {
        throw new Error(
          `${metadata.location}: column ${column.name} is ${JSON.stringify(existing.type)}, expected ${type}`,
        );
      }
    }
    if (missing.length === 0) return undefined;
    return { metadata: withSchema(metadata, [...schema.fields, ...missing]), written: [] };
  });
  return table;
}

/** The metadata with a further, current schema of these fields. */
export function withSchema(metadata: TableMetadata, fields: readonly SchemaField[]): TableMetadata {
  const schemaId = 1 + Math.max(...metadata.schemas.map((schema) => schema['schema-id']));
  const schema: Schema = { ...currentSchema(metadata), 'schema-id': schemaId, fields };
  return {
    ...metadata,
    schemas: [...metadata.schemas, schema],
    'current-schema-id': schemaId,
    'last-column-id': Math.max(metadata['last-column-id'], ...fields.map((field) => field.id)),
  };
}
