import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { openSqliteCatalog } from '../../../adapters/local/sqlite-catalog.ts';
import { describeTableCatalog } from '../../ports/table-catalog-suite.ts';

describeTableCatalog('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-catalog-'));
  const catalog = openSqliteCatalog(join(folder, 'catalog.db'));
  return {
    catalog,
    database: 'shop_bronze',
    root: 'file:///lake',
    cleanUp: async () => {
      catalog.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

test('keeps the rows that the Iceberg JDBC catalog keeps', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sqlite-catalog-'));
  const file = join(folder, 'catalog.db');
  const catalog = openSqliteCatalog(file);
  const id = { database: 'retail_gold', table: 'daily_sales' };
  const description = { columns: [], location: 'file:///t' };
  await catalog.ensureDatabase('retail_gold');
  await catalog.create(id, 'file:///t/metadata/0.json', description);
  await catalog.swap(id, (await catalog.load(id))!, 'file:///t/metadata/1.json', description);
  catalog.close();

  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare('select * from iceberg_tables').all();
  const namespaces = database.prepare('select * from iceberg_namespace_properties').all();
  database.close();

  expect(tables.map((row) => ({ ...row }))).toEqual([
    {
      catalog_name: 'shoplake',
      table_namespace: 'retail_gold',
      table_name: 'daily_sales',
      metadata_location: 'file:///t/metadata/1.json',
      previous_metadata_location: 'file:///t/metadata/0.json',
      iceberg_type: 'TABLE',
    },
  ]);
  expect(namespaces.map((row) => ({ ...row }))).toEqual([
    { catalog_name: 'shoplake', namespace: 'retail_gold', property_key: 'exists', property_value: 'true' },
  ]);
  rmSync(folder, { recursive: true });
});
