import type { DataFile } from './data-file.ts';
import type { ManifestFile } from './manifest.ts';
import { type PartitionSpec, partitionType, type Transform, transformOf } from './partition-spec.ts';
import { fieldNamed, type PrimitiveType, primitiveOf, type Schema, type SchemaField } from './schema.ts';
import { compareValues, decodeValue, type Value } from './single-value.ts';
import { parseValue } from './value-text.ts';

/**
 * A condition that rows must meet. Values are text as in SQL literals: `12`, `1.50`, `2011-12-01`, `2011-12-01 10:00:00`, `abc`, `true`.
 * Files that can hold no such row are left out of a scan; rows are not filtered.
 */
export type ScanCondition =
  | { readonly column: string; readonly op: '=' | '<' | '<=' | '>' | '>=' | '<>'; readonly value: string }
  | { readonly column: string; readonly op: 'in'; readonly values: readonly string[] }
  | { readonly column: string; readonly op: 'is null' | 'is not null' };

/** What is known of the values of a column, or of a partition field, in a group of rows. */
type Range = {
  /** Undefined: not known. */
  readonly lower?: Value | undefined;
  readonly upper?: Value | undefined;
  readonly mayHaveNull: boolean;
  readonly mayHaveValue: boolean;
  /** NaN meets no comparison but `<>`, and lies outside the bounds. */
  readonly mayHaveNan: boolean;
};

type Bound = { readonly field: SchemaField; readonly type: PrimitiveType; readonly condition: Comparison };

type Comparison =
  | { readonly op: '=' | '<' | '<=' | '>' | '>=' | '<>'; readonly value: Value }
  | { readonly op: 'in'; readonly values: readonly Value[] }
  | { readonly op: 'is null' | 'is not null' };

/** Says which manifests and files can hold rows that meet all conditions. */
export type ScanFilter = {
  mayMatchManifest(manifest: ManifestFile, spec: PartitionSpec): boolean;
  mayMatchFile(file: DataFile, spec: PartitionSpec): boolean;
};

/** Prepares conditions over a schema. @throws for an unknown column or a value that is none of its type */
export function scanFilter(conditions: readonly ScanCondition[], schema: Schema): ScanFilter {
  const bounds = conditions.map((condition): Bound => {
    const field = fieldNamed(schema, condition.column);
    const type = primitiveOf(field);
    return { field, type, condition: comparisonOf(condition, type) };
  });
  return {
    mayMatchManifest: (manifest, spec) =>
      bounds.every((bound) =>
        spec.fields.every((field, index) => {
          const summary = manifest.partitions?.[index];
          const projected = field['source-id'] === bound.field.id && projectionOf(transformOf(field), bound);
          const type = projected && partitionType(field, [schema]);
          if (!summary || !projected || !type) return true;
          return mayMeet(projected, {
            lower: summary.lowerBound && decodeValue(type, summary.lowerBound),
            upper: summary.upperBound && decodeValue(type, summary.upperBound),
            mayHaveNull: summary.containsNull,
            mayHaveValue: summary.lowerBound !== undefined,
            mayHaveNan: summary.containsNan ?? true,
          });
        }),
      ),
    mayMatchFile: (file, spec) =>
      bounds.every(
        (bound) => mayMeet(bound.condition, columnRange(file, bound)) && partitionMayMeet(file, spec, bound),
      ),
  };
}

function partitionMayMeet(file: DataFile, spec: PartitionSpec, bound: Bound): boolean {
  return spec.fields.every((field, index) => {
    const projected = field['source-id'] === bound.field.id && projectionOf(transformOf(field), bound);
    if (!projected) return true;
    const value = file.partition[index] ?? null;
    const isNan = typeof value === 'number' && Number.isNaN(value);
    return mayMeet(projected, {
      ...(value === null || isNan ? {} : { lower: value, upper: value }),
      mayHaveNull: value === null,
      mayHaveValue: value !== null && !isNan,
      mayHaveNan: isNan,
    });
  });
}

function columnRange(file: DataFile, { field, type }: Bound): Range {
  const values = file.valueCounts?.get(field.id);
  const nulls = file.nullValueCounts?.get(field.id);
  const nans = file.nanValueCounts?.get(field.id);
  const lower = file.lowerBounds?.get(field.id);
  const upper = file.upperBounds?.get(field.id);
  const floating = type.kind === 'float' || type.kind === 'double';
  const isKnown = values !== undefined && nulls !== undefined;
  // A column that a file has nothing to say of may be one added later, null in every row, or just one without statistics.
  return {
    lower: lower && boundValue(type, lower),
    upper: upper && boundValue(type, upper),
    mayHaveNull: nulls === undefined || nulls > 0n,
    mayHaveValue: !isKnown || values > nulls,
    mayHaveNan: floating && nans !== 0n,
  };
}

/** A bound; undefined if it is NaN, which old writers put there and which bounds nothing. */
function boundValue(type: PrimitiveType, bytes: Uint8Array): Value | undefined {
  const value = decodeValue(type, bytes);
  return typeof value === 'number' && Number.isNaN(value) ? undefined : value;
}

function comparisonOf(condition: ScanCondition, type: PrimitiveType): Comparison {
  const parse = (text: string): Value => {
    const value = parseValue(type, text);
    if (value === undefined)
      throw new Error(`column ${condition.column}: "${text}" is no value of type ${type.kind}`);
    return value;
  };
  if (condition.op === 'in') return { op: 'in', values: condition.values.map(parse) };
  if (!('value' in condition)) return { op: condition.op };
  return { op: condition.op, value: parse(condition.value) };
}

/** What a condition on a column says of its partition value; undefined if nothing. */
function projectionOf(transform: Transform, { condition, type }: Bound): Comparison | undefined {
  if (transform.kind === 'void' || transform.kind === 'bucket') return undefined;
  if (condition.op === 'is null' || transform.kind === 'identity') return condition;
  if (condition.op === 'is not null') return condition;
  const apply = (value: Value) => transformed(transform, type, value);
  // Before 1970 some writers rounded times up, so such values are looked for in the next partition as well.
  const nearby = (value: Value) => {
    const exact = apply(value);
    return isTime(transform) && Number(exact) < 0 ? [exact, Number(exact) + 1] : [exact];
  };
  switch (condition.op) {
    case '=':
      return { op: 'in', values: nearby(condition.value) };
    case 'in':
      return { op: 'in', values: condition.values.flatMap(nearby) };
    // The bound itself may lie in the middle of its partition, which then still matches.
    case '<':
    case '<=':
      return { op: '<=', value: nearby(condition.value).at(-1)! };
    case '>':
    case '>=':
      return { op: '>=', value: apply(condition.value) };
    case '<>':
      return undefined;
  }
}

function isTime(transform: Transform): boolean {
  return ['year', 'month', 'day', 'hour'].includes(transform.kind);
}

/** The partition value of a column's value. */
export function transformed(transform: Transform, type: PrimitiveType, value: Value): Value {
  switch (transform.kind) {
    case 'truncate': {
      const width = transform.argument;
      if (typeof value === 'string') return Array.from(value).slice(0, width).join('');
      if (typeof value === 'bigint') return floorDiv(value, BigInt(width)) * BigInt(width);
      return Math.floor(Number(value) / width) * width;
    }
    case 'year':
      return utcDate(type, value).getUTCFullYear() - 1970;
    case 'month': {
      const date = utcDate(type, value);
      return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
    }
    case 'day':
      return type.kind === 'date' ? value : Number(floorDiv(value as bigint, 86_400_000_000n));
    case 'hour':
      return Number(floorDiv(value as bigint, 3_600_000_000n));
    default:
      return value;
  }
}

function utcDate(type: PrimitiveType, value: Value): Date {
  const millis = type.kind === 'date' ? Number(value) * 86_400_000 : Number(floorDiv(value as bigint, 1000n));
  return new Date(millis);
}

function floorDiv(value: bigint, divisor: bigint): bigint {
  return (value - (((value % divisor) + divisor) % divisor)) / divisor;
}

function mayMeet(condition: Comparison, range: Range): boolean {
  if (condition.op === 'is null') return range.mayHaveNull;
  if (condition.op === 'is not null') return range.mayHaveValue || range.mayHaveNan;
  // SQL engines differ on how NaN compares; a file that may hold one is read.
  if (range.mayHaveNan) return true;
  if (!range.mayHaveValue) return false;
  const { lower, upper } = range;
  const fits = (value: Value) =>
    (lower === undefined || compareNumbers(lower, value) <= 0) &&
    (upper === undefined || compareNumbers(value, upper) <= 0);
  switch (condition.op) {
    case '=':
      return fits(condition.value);
    case 'in':
      return condition.values.some(fits);
    case '<':
      return lower === undefined || compareNumbers(lower, condition.value) < 0;
    case '<=':
      return lower === undefined || compareNumbers(lower, condition.value) <= 0;
    case '>':
      return upper === undefined || compareNumbers(upper, condition.value) > 0;
    case '>=':
      return upper === undefined || compareNumbers(upper, condition.value) >= 0;
    case '<>':
      return true;
  }
}

/** To SQL -0.0 and 0.0 are one value, unlike to bounds. */
function compareNumbers(left: Value, right: Value): number {
  return left === 0 && right === 0 ? 0 : compareValues(left, right);
}
