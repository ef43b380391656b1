import type { DataFile } from './data-file.ts';
import { type PartitionSpec, partitionType, transformOf } from './partition-spec.ts';
import { type PrimitiveType, primitiveOf, type Schema } from './schema.ts';
import { encodeValue, truncateLower, truncateUpper, type Value } from './single-value.ts';
import { parseValue } from './value-text.ts';

/** A file that DuckDB's COPY wrote, with what a manifest says of it. */
export type CopiedFile = Pick<
  DataFile,
  | 'partition'
  | 'recordCount'
  | 'fileSizeInBytes'
  | 'columnSizes'
  | 'valueCounts'
  | 'nullValueCounts'
  | 'nanValueCounts'
  | 'lowerBounds'
  | 'upperBounds'
> & { readonly localPath: string };

type Entries<V> = { readonly entries: readonly { readonly key: string; readonly value: V }[] };

/** Of texts up to so many bytes DuckDB can name a folder, whose name has 255 bytes at most, three for some of the text's. */
const longestKey = 64;

/** The SQL of a partition value for DuckDB to name a folder after: a hash stands for a text that is too long, {@link isHashedKey}. */
export function partitionKeySql(sql: string, type: PrimitiveType | undefined): string {
  if (type?.kind !== 'string') return sql;
  return `case when strlen(${sql}) > ${longestKey} then concat('sha256:', sha256(${sql})) else ${sql} end`;
}

/** Whether the text of a partition column is a hash: it is longer than any text that stands for itself. */
export function isHashedKey(type: PrimitiveType | undefined, key: string | null | undefined): key is string {
  return type?.kind === 'string' && typeof key === 'string' && Buffer.byteLength(key) > longestKey;
}

/** The file that a row of `COPY … (RETURN_STATS)` is of, and its partition columns as they stand there. */
export function copiedKeys(row: Readonly<Record<string, unknown>>) {
  return { localPath: String(row.filename), keys: asRecord(row.partition_keys) };
}

/**
 * Reads the rows of `COPY … (RETURN_STATS)`. `keys` are the partition columns in the order of the spec's fields, `texts` those that
 * hashes stand for.
 */
export function readCopyStatistics(
  rows: readonly Readonly<Record<string, unknown>>[],
  schema: Schema,
  spec: PartitionSpec,
  keys: readonly string[],
  texts: ReadonlyMap<string, string>,
): readonly CopiedFile[] {
  return rows.map((row) => {
    const recordCount = BigInt(row.count as bigint);
    const statistics = new Map(
      ((row.column_statistics ?? []) as unknown as readonly { key: string; value: unknown }[]).map((item) => [
        unquoted(item.key),
        asRecord(item.value),
      ]),
    );
    return {
      localPath: String(row.filename),
      recordCount,
      fileSizeInBytes: BigInt(row.file_size_bytes as bigint),
      partition: partitionOf(asRecord(row.partition_keys), schema, spec, keys, texts),
      ...metricsOf(statistics, schema, recordCount),
    };
  });
}

function metricsOf(
  statistics: ReadonlyMap<string, Readonly<Record<string, string | null>>>,
  schema: Schema,
  recordCount: bigint,
) {
  const columnSizes = new Map<number, bigint>();
  const valueCounts = new Map<number, bigint>();
  const nullValueCounts = new Map<number, bigint>();
  const nanValueCounts = new Map<number, bigint>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const field of schema.fields) {
    const column = statistics.get(field.name);
    if (column === undefined) continue;
    const type = primitiveOf(field);
    valueCounts.set(field.id, recordCount);
    if (column.column_size_bytes) columnSizes.set(field.id, BigInt(column.column_size_bytes));
    if (column.null_count) nullValueCounts.set(field.id, BigInt(column.null_count));
    const floating = type.kind === 'float' || type.kind === 'double';
    // How many NaNs there are is not told; without a count and bounds no reader can rule the file out wrongly.
    if (floating && column.has_nan !== 'false') continue;
    if (floating) nanValueCounts.set(field.id, 0n);
    const lower = boundOf(type, column.min ?? null, 'lower');
    const upper = boundOf(type, column.max ?? null, 'upper');
    if (lower !== undefined) lowerBounds.set(field.id, lower);
    if (upper !== undefined) upperBounds.set(field.id, upper);
  }
  return { columnSizes, valueCounts, nullValueCounts, nanValueCounts, lowerBounds, upperBounds };
}

function boundOf(type: PrimitiveType, text: string | null, side: 'lower' | 'upper'): Uint8Array | undefined {
  if (text === null) return undefined;
  const value = parseValue(type, text);
  if (value === undefined) return undefined;
  if (type.kind === 'string') {
    const cut = side === 'lower' ? truncateLower(text) : truncateUpper(text);
    return cut === undefined ? undefined : encodeValue(type, cut);
  }
  // -0.0 comes before 0.0 in Iceberg's order and is the same to DuckDB, which may name either.
  if (value === 0 && (type.kind === 'float' || type.kind === 'double')) {
    return encodeValue(type, side === 'lower' ? -0 : 0);
  }
  return encodeValue(type, value);
}

function partitionOf(
  values: Readonly<Record<string, string | null>>,
  schema: Schema,
  spec: PartitionSpec,
  keys: readonly string[],
  texts: ReadonlyMap<string, string>,
): (Value | null)[] {
  return spec.fields.map((field, index) => {
    const key = values[keys[index]!] ?? null;
    const type = partitionType(field, [schema]);
    if (key === null || type === undefined) return null;
    const text = isHashedKey(type, key) ? texts.get(key) : key;
    if (text === undefined) throw new Error(`partition field ${field.name}: no text is known of ${key}`);
    const value = parsePartitionKey(field.transform, transformOf(field).kind, type, text);
    if (value === undefined)
      throw new Error(`partition field ${field.name}: DuckDB wrote a value of no ${type.kind}`);
    return value;
  });
}

/** Partition values come in Iceberg's own numbers (see `transformSql`), but for identity of dates and decimals. */
function parsePartitionKey(
  transform: string,
  kind: string,
  type: PrimitiveType,
  text: string,
): Value | undefined {
  if (kind === 'day') return Number(text);
  if (type.kind === 'timestamp' || type.kind === 'timestamptz') return BigInt(text);
  if (type.kind === 'decimal' && transform.startsWith('truncate')) return BigInt(text);
  return parseValue(type, text);
}

function unquoted(key: string): string {
  return key.startsWith('"') ? key.slice(1, -1).replaceAll('""', '"') : key;
}

/** A DuckDB map of texts as the binding's plain JavaScript values have it: a list of pairs. */
function asRecord(map: unknown): Readonly<Record<string, string | null>> {
  const list = (
    Array.isArray(map) ? map : ((map as Entries<string | null> | null)?.entries ?? [])
  ) as readonly {
    readonly key: string;
    readonly value: string | null;
  }[];
  return Object.fromEntries(list.map((pair) => [pair.key, pair.value]));
}
