// Appends files to a table, as one of several processes: append-worker.ts <lake folder> <name> <commits> <data file>
import { join } from 'node:path';
import { createFolderStore } from '../../../adapters/local/folder-store.ts';
import { openSqliteCatalog } from '../../../adapters/local/sqlite-catalog.ts';
import { commitSnapshot } from '../../../core/iceberg/commit.ts';
import { systemClock } from '../../../core/ports/clock.ts';

const [folder, name, commits, path] = process.argv.slice(2) as [string, string, string, string];
const catalog = openSqliteCatalog(join(folder, 'catalog.db'));
const io = { store: createFolderStore(), catalog, clock: systemClock };
for (let n = 0; n < Number(commits); n += 1) {
  await commitSnapshot(io, { database: 'shop_bronze', table: 'sales' }, async () => ({
    operation: 'append',
    add: [
      {
        content: 'data',
        path: `${path}-${name}-${n}`,
        format: 'PARQUET',
        specId: 0,
        partition: [],
        recordCount: 1n,
        fileSizeInBytes: 1n,
      },
    ],
  }));
}
catalog.close();
