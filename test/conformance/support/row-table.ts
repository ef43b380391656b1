import type { DuckDBConnection } from '@duckdb/node-api';

import { commitSnapshot } from '../../../core/iceberg/commit.ts';
import { unpartitioned } from '../../../core/iceberg/partition-spec.ts';
import { schemaOf } from '../../../core/iceberg/schema.ts';
import { createTable, type IcebergIo } from '../../../core/iceberg/table.ts';
import { writeDataFiles } from '../../../core/iceberg/write-data-files.ts';
import type { TableIdentifier } from '../../../core/ports/table-catalog.ts';

const schema = schemaOf([
  { name: 'writer', type: { kind: 'varchar' } },
  { name: 'number', type: { kind: 'bigint' } },
]);

/** What writes Parquet files. */
export type Writer = { readonly connection: DuckDBConnection; readonly scratch: string };

/** Makes a table that counts commits: a row says which writer wrote it, and the how manieth it is. */
export async function createRowTable(io: IcebergIo, id: TableIdentifier, location: string): Promise<void> {
  await createTable(io, id, { location, schema });
}

/** Appends one row in one commit, under a load id of its own. */
export async function appendRow(
  io: IcebergIo,
  { connection, scratch }: Writer,
  id: TableIdentifier,
  writer: string,
  number: number,
): Promise<void> {
  await commitSnapshot(io, id, async ({ metadata }) => ({
    operation: 'append',
    add: await writeDataFiles(connection, {
      select: `select '${writer}' as writer, ${number}::bigint as number`,
      schema,
      partitionSpec: unpartitioned,
      tableLocation: metadata.location,
      folder: '',
      scratch,
      store: io.store,
    }),
    summary: { 'test.row': `${writer} ${number}` },
  }));
}
