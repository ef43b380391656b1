import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableScanSql } from '../../../adapters/local/duckdb-table-scan.ts';
import { createFolderStore, localPathOf } from '../../../adapters/local/folder-store.ts';
import { openSqliteCatalog } from '../../../adapters/local/sqlite-catalog.ts';
import { openSqliteLoadLedger } from '../../../adapters/local/sqlite-load-ledger.ts';
import { planScan } from '../../../core/iceberg/scan.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import type { IngestEnvironment, LandedFile } from '../../../core/ingest/environment.ts';
import { systemClock } from '../../../core/ports/clock.ts';
import type { LoadLedger, LoadRecord } from '../../../core/ports/load-ledger.ts';

/** A lake in a folder, as ingest sees it. */
export type IngestLake = IngestEnvironment & {
  readonly folder: string;
  /** Puts a file under landing. */
  land(sourceFile: string, content: string | Uint8Array): LandedFile;
  /** Rows that `sql` gives, `from table` meaning the current rows of `database.table`; none if there is no such table. */
  rows(database: string, table: string, sql: string): Promise<unknown[][]>;
  close(): void;
};

/** A new folder for a lake. */
export function makeLakeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'shoplake-ingest-'));
}

/** Opens the lake in a folder; any number of processes may. */
export function openIngestLake(folder: string): IngestLake {
  const store = createFolderStore();
  const catalog = openSqliteCatalog(join(folder, 'catalog.db'));
  const ledger = openSqliteLoadLedger(join(folder, 'ledger.db'));
  const at = (name: string) => `file://${folder}/${name}`;
  return {
    folder,
    store,
    catalog,
    ledger,
    clock: systemClock,
    scratch: join(folder, 'tmp'),
    threads: 1,
    layout: {
      landing: at('landing'),
      bronze: at('bronze'),
      silver: at('silver'),
      gold: at('gold'),
      runs: at('runs'),
    },
    land(sourceFile, content) {
      const path = join(folder, 'landing/test/things', sourceFile);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return { location: `file://${path}`, sourceFile };
    },
    async rows(database, name, sql) {
      const io = { store, catalog, clock: systemClock };
      const table = await loadTable(io, { database, table: name });
      if (table === undefined) return [];
      const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
      const connection = await instance.connect();
      try {
        const scan = await tableScanSql(connection, await planScan(io, table), localPathOf);
        const reader = await connection.runAndReadAll(sql.replace('from table', () => `from ${scan} as t`));
        return reader.getRowsJson() as unknown[][];
      } finally {
        connection.disconnectSync();
        instance.closeSync();
      }
    },
    close() {
      ledger[Symbol.dispose]();
      catalog.close();
    },
  };
}

/** A lake in a folder of its own, which goes with it. */
export function makeIngestLake(): IngestLake {
  const lake = openIngestLake(makeLakeFolder());
  return {
    ...lake,
    close() {
      lake.close();
      rmSync(lake.folder, { recursive: true, force: true });
    },
  };
}

/** All records of a pack. */
export async function listLoads(ledger: LoadLedger, pack: string): Promise<readonly LoadRecord[]> {
  const loads: LoadRecord[] = [];
  for await (const load of ledger.list(pack)) loads.push(load);
  return loads;
}
