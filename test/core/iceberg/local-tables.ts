import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { tableScanSql } from '../../../adapters/local/duckdb-table-scan.ts';
import { createFolderStore, localPathOf, locationOf } from '../../../adapters/local/folder-store.ts';
import { openSqliteCatalog } from '../../../adapters/local/sqlite-catalog.ts';
import type { PartitionTerm } from '../../../core/contract/contract.ts';
import type { DataFile } from '../../../core/iceberg/data-file.ts';
import { partitionSpecOf } from '../../../core/iceberg/partition-spec.ts';
import { planScan, type ScanCondition } from '../../../core/iceberg/scan.ts';
import { type ColumnDefinition, schemaOf } from '../../../core/iceberg/schema.ts';
import { createTable, type IcebergIo, type IcebergTable, loadTable } from '../../../core/iceberg/table.ts';
import { currentSchema, currentSpec } from '../../../core/iceberg/table-metadata.ts';
import { writeDataFiles } from '../../../core/iceberg/write-data-files.ts';
import { systemClock } from '../../../core/ports/clock.ts';
import type { TableIdentifier } from '../../../core/ports/table-catalog.ts';

/** A lake in a folder of its own, removed by `close`. */
export type TestLake = {
  readonly folder: string;
  readonly io: IcebergIo;
  readonly duckdb: DuckDBConnection;
  create(
    id: TableIdentifier,
    columns: readonly ColumnDefinition[],
    partitioning?: readonly PartitionTerm[],
    location?: string,
  ): Promise<IcebergTable>;
  write(table: IcebergTable, select: string): Promise<readonly DataFile[]>;
  rows(
    id: TableIdentifier,
    options?: {
      readonly snapshotId?: bigint;
      readonly filter?: readonly ScanCondition[];
      readonly orderBy?: string;
    },
  ): Promise<readonly unknown[]>;
  query(sql: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
};

export async function openTestLake(change: (io: IcebergIo) => IcebergIo = (io) => io): Promise<TestLake> {
  const folder = mkdtempSync(join(tmpdir(), 'iceberg-'));
  mkdirSync(join(folder, 'scratch'));
  const catalog = openSqliteCatalog(join(folder, 'catalog.db'));
  const io = change({ store: createFolderStore(), catalog, clock: systemClock });
  const instance = await DuckDBInstance.create(':memory:');
  const duckdb = await instance.connect();
  const query = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson();
  return {
    folder,
    io,
    duckdb,
    query,
    async create(id, columns, partitioning = [], location = locationOf(join(folder, id.database, id.table))) {
      const schema = schemaOf(columns);
      return createTable(io, id, { location, schema, partitionSpec: partitionSpecOf(schema, partitioning) });
    },
    async write(table, select) {
      return writeDataFiles(duckdb, {
        select,
        schema: currentSchema(table.metadata),
        partitionSpec: currentSpec(table.metadata),
        tableLocation: table.metadata.location,
        folder: '',
        scratch: join(folder, 'scratch'),
        store: io.store,
      });
    },
    async rows(id, { orderBy = 'all', ...options } = {}) {
      const table = await loadTable(io, id);
      const plan = await planScan(io, table!, options);
      return query(`select * from ${await tableScanSql(duckdb, plan, localPathOf)} order by ${orderBy}`);
    },
    async close() {
      duckdb.closeSync();
      instance.closeSync();
      catalog.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
