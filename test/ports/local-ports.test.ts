import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDuckDbQueryEngine } from '../../adapters/local/duckdb-query-engine.ts';
import { createFolderStore, locationOf } from '../../adapters/local/folder-store.ts';
import { openSqliteCatalog } from '../../adapters/local/sqlite-catalog.ts';
import { openSqliteLoadLedger } from '../../adapters/local/sqlite-load-ledger.ts';
import { systemClock } from '../../core/ports/clock.ts';
import { describeLoadLedger } from './load-ledger-suite.ts';
import { describeObjectStore } from './object-store-suite.ts';
import { describeQueryEngine } from './query-engine-suite.ts';
import { describeTableCatalog } from './table-catalog-suite.ts';

/** A folder of its own, and what removes it. */
async function makeFolder(): Promise<{ readonly folder: string; removeFolder(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'local ports-'));
  return { folder, removeFolder: () => rm(folder, { recursive: true }) };
}

describeObjectStore('A folder', async () => {
  const { folder, removeFolder } = await makeFolder();
  return { store: createFolderStore(), root: locationOf(folder).replace(/\/$/, ''), cleanUp: removeFolder };
});

describeTableCatalog('SQLite', async () => {
  const { folder, removeFolder } = await makeFolder();
  const catalog = openSqliteCatalog(join(folder, 'catalog.db'));
  const cleanUp = async () => {
    catalog.close();
    await removeFolder();
  };
  return { catalog, database: 'sales', root: locationOf(folder).replace(/\/$/, ''), cleanUp };
});

describeLoadLedger('SQLite', async () => {
  const { folder, removeFolder } = await makeFolder();
  const ledger = openSqliteLoadLedger(join(folder, 'ledger.db'));
  const cleanUp = async () => {
    ledger[Symbol.dispose]();
    await removeFolder();
  };
  return { ledger, cleanUp };
});

describeQueryEngine('DuckDB', async () => {
  const { folder, removeFolder } = await makeFolder();
  const catalog = openSqliteCatalog(join(folder, 'catalog.db'));
  const engine = await openDuckDbQueryEngine({
    store: createFolderStore(),
    catalog,
    clock: systemClock,
    resultsFolder: folder,
    scratchFolder: folder,
  });
  const cleanUp = async () => {
    engine.close();
    catalog.close();
    await removeFolder();
  };
  return { engine, cleanUp };
});
