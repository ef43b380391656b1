import type { DuckDBConnection } from '@duckdb/node-api';
import type { ObjectStore } from '../ports/object-store.ts';
import type { DataFile } from './data-file.ts';
import type { PartitionSpec } from './partition-spec.ts';
import type { Schema } from './schema.ts';

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

/**
 * Runs the select and writes its rows as Parquet files, by partition, with names used never before. Nothing is committed: what no commit takes up stays
 * behind as an orphan.
 */
export async function writeDataFiles(
  _connection: DuckDBConnection,
  _request: WriteRequest,
): Promise<readonly DataFile[]> {
  throw new Error('not written yet');
}
