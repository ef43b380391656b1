import { tableScanSql } from '../../../../adapters/local/duckdb-table-scan.ts';
import { localPathOf } from '../../../../adapters/local/folder-store.ts';
import type { LocalLake } from '../../../../adapters/local/local-lake.ts';
import { planScan } from '../../../../core/iceberg/scan.ts';
import type { SnapshotChange } from '../../../../core/iceberg/snapshot-writer.ts';
import { loadTable } from '../../../../core/iceberg/table.ts';
import { commitRows } from './commit-rows.ts';

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
  const table = await loadTable(lake, { database, table: name });
  if (table === undefined) throw new Error(`no table ${database}.${name}`);
  await commitRows(lake, table, change, async (connection) => {
    const scan = await tableScanSql(connection, await planScan(lake, table), localPathOf);
    return `select * from ${scan}`;
  });
}
