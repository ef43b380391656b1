import type { PartitionTerm } from '../contract/contract.ts';
import { fieldNamed, type PrimitiveType, parsePrimitive, type Schema } from './schema.ts';

/** A partition field, as in metadata JSON; `transform` is `identity`, `month`, `truncate[10]`, `bucket[16]` … */
export type PartitionField = {
  readonly 'source-id': number;
  readonly 'field-id': number;
  readonly name: string;
  readonly transform: string;
};

/** A partition spec, as in metadata JSON. */
export type PartitionSpec = {
  readonly 'spec-id': number;
  readonly fields: readonly PartitionField[];
};

/** A transform taken apart. */
export type Transform =
  | { readonly kind: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'void' }
  | { readonly kind: 'truncate' | 'bucket'; readonly argument: number };

/** The spec of a table that is not partitioned. */
export const unpartitioned: PartitionSpec = { 'spec-id': 0, fields: [] };

/** Takes a transform apart; undefined for one that is not known. */
export function parseTransform(text: string): Transform | undefined {
  if (/^(identity|year|month|day|hour|void)$/.test(text)) return { kind: text } as Transform;
  const match = /^(truncate|bucket)\[(\d+)\]$/.exec(text);
  return match ? ({ kind: match[1], argument: Number(match[2]) } as Transform) : undefined;
}

/** The transform of a partition field. @throws for one that is not known */
export function transformOf(field: PartitionField): Transform {
  const transform = parseTransform(field.transform);
  if (transform === undefined) {
    throw new Error(
      `partition field ${field.name}: transform "${field.transform}" is not known, expected identity, year, month, day, hour, truncate, bucket or void`,
    );
  }
  return transform;
}

/** The type of a partition field's values; undefined when the source column is unknown or gone from the schemas. */
export function partitionType(field: PartitionField, schemas: readonly Schema[]): PrimitiveType | undefined {
  const transform = transformOf(field);
  if (transform.kind === 'year' || transform.kind === 'month' || transform.kind === 'hour')
    return { kind: 'int' };
  if (transform.kind === 'day') return { kind: 'date' };
  if (transform.kind === 'bucket') return { kind: 'int' };
  for (const schema of schemas) {
    const source = schema.fields.find((candidate) => candidate.id === field['source-id']);
    if (source !== undefined) return parsePrimitive(source.type);
  }
  return undefined;
}

const allowedSources: Readonly<Record<Transform['kind'], readonly PrimitiveType['kind'][]>> = {
  identity: ['boolean', 'int', 'long', 'decimal', 'date', 'timestamp', 'timestamptz', 'string'],
  year: ['date', 'timestamp', 'timestamptz'],
  month: ['date', 'timestamp', 'timestamptz'],
  day: ['date', 'timestamp', 'timestamptz'],
  hour: ['timestamp', 'timestamptz'],
  truncate: ['int', 'long', 'decimal', 'string'],
  bucket: ['int', 'long', 'decimal', 'date', 'timestamp', 'timestamptz', 'string'],
  void: [],
};

/**
 * The partition spec of a new table, with the names that Trino and Spark would give: `invoice_date_month`, `sku_trunc`,
 * `customer_id_bucket`, and the column's own name for identity.
 */
export function partitionSpecOf(schema: Schema, terms: readonly PartitionTerm[]): PartitionSpec {
  return {
    'spec-id': 0,
    fields: terms.map((term, index) => {
      const source = fieldNamed(schema, term.column);
      const kind = parsePrimitive(source.type)?.kind;
      if (kind === undefined || !allowedSources[term.transform].includes(kind)) {
        throw new Error(
          `partition ${term.transform}(${term.column}): type ${String(source.type)} cannot be partitioned so, expected one of ${allowedSources[term.transform].join(', ')}`,
        );
      }
      const takesArgument = term.transform === 'truncate' || term.transform === 'bucket';
      if (takesArgument && !(Number.isSafeInteger(term.argument) && term.argument! > 0)) {
        throw new Error(
          `partition ${term.transform}(${term.column}): argument "${term.argument}" is no positive integer`,
        );
      }
      const suffix = { identity: '', truncate: '_trunc' }[term.transform as string] ?? `_${term.transform}`;
      return {
        'source-id': source.id,
        'field-id': 1000 + index,
        name: `${term.column}${suffix}`,
        transform: takesArgument ? `${term.transform}[${term.argument}]` : term.transform,
      };
    }),
  };
}
