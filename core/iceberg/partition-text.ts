import { quoteIdentifier, quoteText } from '../sql/quoting.ts';
import { type PartitionField, type PartitionSpec, partitionType, transformOf } from './partition-spec.ts';
import type { PrimitiveType, Schema } from './schema.ts';
import { compareValues, type Value } from './single-value.ts';
import { daysOf, formatDate, formatValue, parseValue } from './value-text.ts';

/** Partition values by partition field name in text form ({@link partitionText}); fields left out match every value. */
export type PartitionSelector = Readonly<Record<string, string | null>>;

/** A partition value as Iceberg shows it to people: `2011` (year), `2011-12`, `2011-12-09`, `2011-12-09-13` (hour), else the value. */
export function partitionText(
  field: PartitionField,
  type: PrimitiveType,
  value: Value | null,
): string | null {
  if (value === null) return null;
  switch (transformOf(field).kind) {
    case 'year':
      return String(1970 + Number(value)).padStart(4, '0');
    case 'month': {
      const month = Number(value);
      const inYear = ((month % 12) + 12) % 12;
      return `${String(1970 + (month - inYear) / 12).padStart(4, '0')}-${String(inYear + 1).padStart(2, '0')}`;
    }
    case 'day':
      return formatDate(Number(value));
    case 'hour': {
      const days = Math.floor(Number(value) / 24);
      return `${formatDate(days)}-${String(Number(value) - days * 24).padStart(2, '0')}`;
    }
    default:
      return formatValue(type, value);
  }
}

/** The partition value that a text stands for. @throws if it is none */
export function parsePartitionText(
  field: PartitionField,
  type: PrimitiveType,
  text: string | null,
): Value | null {
  if (text === null) return null;
  const value = parseByTransform(field, type, text);
  if (value === undefined) {
    throw new Error(`partition ${field.name}: "${text}" is no value of ${field.transform}`);
  }
  return value;
}

function parseByTransform(field: PartitionField, type: PrimitiveType, text: string): Value | undefined {
  switch (transformOf(field).kind) {
    case 'year':
      return /^\d{4}$/.test(text) ? Number(text) - 1970 : undefined;
    case 'month': {
      const match = /^(\d{4})-(\d\d)$/.exec(text);
      return match ? (Number(match[1]) - 1970) * 12 + Number(match[2]) - 1 : undefined;
    }
    case 'day':
      return parseValue({ kind: 'date' }, text);
    case 'hour': {
      const match = /^(\d{4})-(\d\d)-(\d\d)-(\d\d)$/.exec(text);
      const days = match && daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
      return typeof days === 'number' ? days * 24 + Number(match![4]) : undefined;
    }
    default:
      return parseValue(type, text);
  }
}

/**
 * A test whether a partition tuple of the spec is one of those selected.
 * @throws if a selector names a field that the spec does not have: which files it means could not be told
 */
export function partitionMatcher(
  selectors: readonly PartitionSelector[],
  spec: PartitionSpec,
  schemas: readonly Schema[],
): (partition: readonly (Value | null)[]) => boolean {
  const wanted = selectors.map((selector) =>
    Object.entries(selector).map(([name, text]) => {
      const index = spec.fields.findIndex((field) => field.name === name);
      const field = spec.fields[index];
      const type = field && partitionType(field, schemas);
      if (field === undefined || type === undefined) {
        const names = spec.fields.map((candidate) => candidate.name).join(', ') || 'none';
        throw new Error(
          `no partition field "${name}" in partition spec ${spec['spec-id']}, expected one of ${names}`,
        );
      }
      return { index, value: parsePartitionText(field, type, text) };
    }),
  );
  return (partition) =>
    wanted.some((fields) =>
      fields.every(({ index, value }) => {
        const other = partition[index] ?? null;
        return value === null || other === null ? value === other : compareValues(value, other) === 0;
      }),
    );
}

/** The SQL condition, in Athena's dialect and DuckDB's, that rows of the given partitions meet; values in text form. */
export function partitionCondition(
  column: string,
  transform: string,
  type: PrimitiveType,
  values: readonly (string | null)[],
): string {
  const field: PartitionField = { 'source-id': 0, 'field-id': 0, name: column, transform };
  const quoted = quoteIdentifier(column);
  const conditions = values.map((text) => {
    if (text === null) return `${quoted} is null`;
    const kind = transformOf(field).kind;
    if (kind === 'identity') return `${quoted} = ${sqlLiteral(type, text)}`;
    if (kind === 'year' || kind === 'month' || kind === 'day' || kind === 'hour') {
      const value = Number(parsePartitionText(field, { kind: kind === 'day' ? 'date' : 'int' }, text));
      const [from, to] = [value, value + 1].map((step) => sqlLiteral(type, startText(field, type, step)));
      return `(${quoted} >= ${from} and ${quoted} < ${to})`;
    }
    throw new Error(
      `partition ${transform}(${column}): has no condition in SQL, expected identity or a time transform`,
    );
  });
  return conditions.length === 0 ? 'false' : `(${conditions.join(' or ')})`;
}

/** The first moment of a time partition, as text of the column's type. */
function startText(field: PartitionField, type: PrimitiveType, value: number): string {
  const text = partitionText(field, { kind: 'date' }, value)!;
  const [year, month = '01', day = '01', hour = '00'] = text.split('-');
  const date = `${year}-${month}-${day}`;
  if (type.kind === 'date') return date;
  return `${date} ${hour}:00:00.000000${type.kind === 'timestamptz' ? ' UTC' : ''}`;
}

function sqlLiteral(type: PrimitiveType, text: string): string {
  const quoted = quoteText(text);
  switch (type.kind) {
    case 'string':
      return quoted;
    case 'date':
      return `date ${quoted}`;
    case 'timestamp':
    case 'timestamptz':
      return `timestamp ${quoted}`;
    case 'decimal':
      return `cast(${quoted} as decimal(${type.precision}, ${type.scale}))`;
    case 'boolean':
    case 'int':
    case 'long':
      return text;
    default:
      throw new Error(`type ${type.kind}: no SQL literal of it can name a partition`);
  }
}
