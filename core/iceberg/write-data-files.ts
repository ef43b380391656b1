import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ObjectStore } from '../ports/object-store.ts';
import { quoteIdentifier, quoteText } from '../sql/quoting.ts';
import {
  type CopiedFile,
  copiedKeys,
  isHashedKey,
  partitionKeySql,
  readCopyStatistics,
} from './copy-statistics.ts';
import type { DataFile } from './data-file.ts';
import { type PartitionSpec, partitionType } from './partition-spec.ts';
import { primitiveOf, type Schema, type SchemaField } from './schema.ts';
import { transformSql } from './transform-sql.ts';

export type WriteRequest = {
  /** A DuckDB select with the schema's columns by name; others are ignored. */
  readonly select: string;
  readonly schema: Schema;
  readonly partitionSpec: PartitionSpec;
  readonly tableLocation: string;
  /** Folder under the table's `data/` that the files go to; empty for `data/` itself. */
  readonly folder: string;
  /** An existing local folder for files on their way. */
  readonly scratch: string;
  readonly store: ObjectStore;
};

/** Files uploaded side by side. */
const uploads = 8;

/** A new file is begun past this size, so that engines find pieces to share out. */
const fileSize = '512MB';

/** Files that DuckDB holds open at once for partitions; each has a row group in memory. */
const openPartitions = 32;

/**
 * Runs the select and writes its rows as Parquet files, by partition, with names used never before. Nothing is committed: what no commit takes up stays
 * behind as an orphan.
 */
export async function writeDataFiles(
  connection: DuckDBConnection,
  request: WriteRequest,
): Promise<readonly DataFile[]> {
  const { schema, partitionSpec, tableLocation, folder, store } = request;
  const work = `${request.scratch}/${randomUUID()}`;
  await mkdir(work, { recursive: true });
  try {
    const copied = (await copyToParquet(connection, request, work)).filter((file) => file.recordCount > 0n);
    const target = [tableLocation, 'data', folder].filter((part) => part !== '').join('/');
    const files = copied.map((file) => ({ file, location: `${target}/${randomUUID()}.parquet` }));
    await eachAtOnce(files, uploads, ({ file, location }) => store.upload(file.localPath, location));
    return files.map(({ file, location }): DataFile => {
      const { localPath: _, ...facts } = file;
      return {
        ...facts,
        content: 'data',
        path: location,
        format: 'PARQUET',
        specId: partitionSpec['spec-id'],
        sortOrderId: 0,
      };
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }

  async function copyToParquet(
    duckdb: DuckDBConnection,
    { select }: WriteRequest,
    into: string,
  ): Promise<readonly CopiedFile[]> {
    const columns = schema.fields.map(
      (field) =>
        `cast(${quoteIdentifier(field.name)} as ${duckdbType(field)}) as ${quoteIdentifier(field.name)}`,
    );
    const keys = partitionSpec.fields.map((field, index) => {
      const source = schema.fields.find((candidate) => candidate.id === field['source-id']);
      if (source === undefined) {
        throw new Error(
          `partition field ${field.name}: no column with id ${field['source-id']}, expected it in the schema`,
        );
      }
      const type = partitionType(field, [schema]);
      return { name: partitionKey(index, schema), type, sql: transformSql(field, source) };
    });
    const expressions = keys.map(
      ({ name, type, sql }) => `${partitionKeySql(sql, type)} as ${quoteIdentifier(name)}`,
    );
    const typed = `select ${columns.join(', ')} from (${select})`;
    const source = keys.length === 0 ? typed : `select *, ${expressions.join(', ')} from (${typed})`;
    const options = [
      'format parquet',
      'compression zstd',
      `field_ids {${schema.fields.map((field) => `${quoteIdentifier(field.name)}: ${field.id}`).join(', ')}}`,
      "filename_pattern 'part-{uuid}'",
      'return_stats',
      ...(keys.length === 0
        ? [`file_size_bytes '${fileSize}'`]
        : [
            `partition_by (${keys.map(({ name }) => quoteIdentifier(name)).join(', ')})`,
            'write_partition_columns false',
            'overwrite_or_ignore',
          ]),
    ];
    if (keys.length > 0) await duckdb.run(`set partitioned_write_max_open_files = ${openPartitions}`);
    const reader = await duckdb.runAndReadAll(
      `copy (${source}) to ${quoteText(`${into}/data`)} (${options.join(', ')})`,
    );
    const copied = reader.getRowObjectsJS();
    const texts = new Map<string, string>();
    for (const { localPath, keys: found } of copied.map(copiedKeys)) {
      for (const { name, type, sql } of keys) {
        const hash = found[name];
        if (!isHashedKey(type, hash) || texts.has(hash)) continue;
        // Every row of the file has the same.
        const first = await duckdb.runAndReadAll(
          `select ${sql} from read_parquet(${quoteText(localPath.replace(/[[*?]/g, '[$&]'))}, hive_partitioning = false) limit 1`,
        );
        texts.set(hash, String(first.getRows()[0]?.[0]));
      }
    }
    return readCopyStatistics(
      copied,
      schema,
      partitionSpec,
      keys.map(({ name }) => name),
      texts,
    );
  }
}

/** The DuckDB type of a column. */
export function duckdbType(field: SchemaField): string {
  const type = primitiveOf(field);
  switch (type.kind) {
    case 'int':
      return 'integer';
    case 'long':
      return 'bigint';
    case 'string':
      return 'varchar';
    case 'binary':
    case 'fixed':
      return 'blob';
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'timestamptz':
      return 'timestamp with time zone';
    default:
      return type.kind;
  }
}

/** A name for the partition value's column that no column of the table has. */
function partitionKey(index: number, schema: Schema): string {
  let name = `p${index}`;
  while (schema.fields.some((field) => field.name.toLowerCase() === name)) name = `_${name}`;
  return name;
}

async function eachAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  // The workers share one iterator: each takes the next item when it is free.
  const worker = async () => {
    for (const item of { [Symbol.iterator]: () => rest }) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
