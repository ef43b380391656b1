import { DuckDBInstance } from '@duckdb/node-api';

import { tableScanSql } from '../../../../adapters/local/duckdb-table-scan.ts';
import { localPathOf } from '../../../../adapters/local/folder-store.ts';
import type { LocalLake } from '../../../../adapters/local/local-lake.ts';
import { commitSnapshot } from '../../../../core/iceberg/commit.ts';
import { planScan } from '../../../../core/iceberg/scan.ts';
import type { SnapshotChange } from '../../../../core/iceberg/snapshot-writer.ts';
import { loadTable } from '../../../../core/iceberg/table.ts';
import { currentSchema, currentSpec } from '../../../../core/iceberg/table-metadata.ts';
import { writeDataFiles } from '../../../../core/iceberg/write-data-files.ts';

/** Rewrites all of a table's rows into other files, and commits that as an engine's OPTIMIZE does. */
export async function compactTable(lake: LocalLake, database: string, name: string): Promise<void> {
  // The pipeline itself never rewrites, so its own type does not know the operation.
  await writeAgain(lake, database, name, { operation: 'replace' as 'overwrite', remove: 'all' });
}

/** Appends each of a table's rows a second time, as another engine's INSERT does. */
export async function doubleRows(lake: LocalLake, database: string, name: string): Promise<void> {
  await writeAgain(lake, database, name, { operation: 'append' });
}

async function writeAgain(
  lake: LocalLake,
  database: string,
  name: string,
  change: Omit<SnapshotChange, 'add'>,
): Promise<void> {
  const identifier = { database, table: name };
  const table = await loadTable(lake, identifier);
  if (table === undefined) throw new Error(`no table ${database}.${name}`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const scan = await tableScanSql(connection, await planScan(lake, table), localPathOf);
  const add = await writeDataFiles(connection, {
    select: `select * from ${scan}`,
    schema: currentSchema(table.metadata),
    partitionSpec: currentSpec(table.metadata),
    tableLocation: table.metadata.location,
    folder: '',
    scratch: lake.scratch,
    store: lake.store,
  });
  connection.closeSync();
  instance.closeSync();
  await commitSnapshot(lake, identifier, async () => ({ ...change, add }));
}
