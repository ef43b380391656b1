import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

import type { LocalLake } from '../../../../adapters/local/local-lake.ts';
import { commitSnapshot } from '../../../../core/iceberg/commit.ts';
import type { SnapshotChange } from '../../../../core/iceberg/snapshot-writer.ts';
import type { IcebergTable } from '../../../../core/iceberg/table.ts';
import { currentSchema, currentSpec } from '../../../../core/iceberg/table-metadata.ts';
import { writeDataFiles } from '../../../../core/iceberg/write-data-files.ts';

/** Writes the rows of a select to files of the table and commits these with the change. */
export async function commitRows(
  lake: LocalLake,
  table: IcebergTable,
  change: Omit<SnapshotChange, 'add'>,
  select: (connection: DuckDBConnection) => string | Promise<string>,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const add = await writeDataFiles(connection, {
    select: await select(connection),
    schema: currentSchema(table.metadata),
    partitionSpec: currentSpec(table.metadata),
    tableLocation: table.metadata.location,
    folder: '',
    scratch: lake.scratch,
    store: lake.store,
  });
  connection.closeSync();
  instance.closeSync();
  await commitSnapshot(lake, table.identifier, async () => ({ ...change, add }));
}
