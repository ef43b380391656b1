import { quoteIdentifier } from '../sql/quoting.ts';
import { type PartitionField, transformOf } from './partition-spec.ts';
import { primitiveOf, type SchemaField } from './schema.ts';

/** The DuckDB expression of a partition field's value, of Iceberg's own type (`month` is months since 1970). */
export function transformSql(field: PartitionField, source: SchemaField): string {
  const column = quoteIdentifier(source.name);
  const type = primitiveOf(source);
  const transform = transformOf(field);
  switch (transform.kind) {
    case 'identity':
      return type.kind === 'timestamp' || type.kind === 'timestamptz' ? microsOf(column, type.kind) : column;
    case 'year':
      return `(year(${utc(column, type.kind)}) - 1970)`;
    case 'month':
      return `((year(${utc(column, type.kind)}) - 1970) * 12 + month(${utc(column, type.kind)}) - 1)`;
    case 'day':
      return `(cast(${utc(column, type.kind)} as date) - date '1970-01-01')`;
    case 'hour':
      return floorDivide(microsOf(column, type.kind), 3_600_000_000);
    case 'truncate': {
      const width = transform.argument;
      if (type.kind === 'string') return `left(${column}, ${width})`;
      if (type.kind === 'decimal') {
        // Without its point a decimal's text is its unscaled value, exactly; DuckDB's % on decimals goes through double.
        return floorTo(`cast(replace(cast(${column} as varchar), '.', '') as hugeint)`, width);
      }
      return floorTo(`cast(${column} as hugeint)`, width);
    }
    case 'void':
      return 'cast(null as integer)';
    case 'bucket':
      throw new Error(
        `partition field ${field.name}: writing ${field.transform} is not supported, expected another transform`,
      );
  }
}

// Date parts of a timestamp with zone depend on the session's zone; Iceberg's are those of UTC.
function utc(column: string, kind: string): string {
  return kind === 'timestamptz' ? `(${column} at time zone 'UTC')` : column;
}

function microsOf(column: string, kind: string): string {
  return `epoch_us(${utc(column, kind)})`;
}

function floorTo(value: string, width: number): string {
  return `(${value} - ((${value} % ${width}) + ${width}) % ${width})`;
}

// DuckDB's // cuts towards zero, Iceberg rounds down.
function floorDivide(value: string, divisor: number): string {
  return `(${floorTo(value, divisor)} // ${divisor})`;
}
