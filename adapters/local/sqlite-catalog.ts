import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CommitConflictError,
  formatTable,
  type TableCatalog,
  type TableIdentifier,
  type TablePointer,
} from '../../core/ports/table-catalog.ts';

const catalogName = 'shoplake';

/** How long a writer waits for another process' transaction, in milliseconds; each takes well under one. */
const busyTimeout = 30_000;

// The tables of Iceberg's JDBC catalog, schema version V1, as Java and PyIceberg create them.
const tables = `
create table if not exists iceberg_tables (
  catalog_name varchar(255) not null,
  table_namespace varchar(255) not null,
  table_name varchar(255) not null,
  metadata_location varchar(1000),
  previous_metadata_location varchar(1000),
  iceberg_type varchar(5),
  primary key (catalog_name, table_namespace, table_name)
);
create table if not exists iceberg_namespace_properties (
  catalog_name varchar(255) not null,
  namespace varchar(255) not null,
  property_key varchar(255) not null,
  property_value varchar(1000) not null,
  primary key (catalog_name, namespace, property_key)
);`;

/** A catalog in a SQLite file, shared by many processes, in the schema of Iceberg's JDBC catalog (its name: `shoplake`). */
export function openSqliteCatalog(file: string): TableCatalog & { close(): void } {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: busyTimeout });
  // Write-ahead log: readers do not wait for writers. `full`: a commit that was reported survives a power cut.
  database.exec('pragma journal_mode = wal; pragma synchronous = full;');
  database.exec(tables);

  const isTable = `catalog_name = ? and table_namespace = ? and (iceberg_type = 'TABLE' or iceberg_type is null)`;
  const keyOf = (table: TableIdentifier) => [catalogName, table.database, table.table] as const;

  return {
    async ensureDatabase(name) {
      database
        .prepare('insert or ignore into iceberg_namespace_properties values (?, ?, ?, ?)')
        // Java and PyIceberg mark a namespace without properties by this one.
        .run(catalogName, name, 'exists', 'true');
    },

    async listDatabases() {
      const rows = database
        .prepare(
          `select namespace as name from iceberg_namespace_properties where catalog_name = ?
           union select table_namespace from iceberg_tables where catalog_name = ? order by 1`,
        )
        .all(catalogName, catalogName);
      return rows.map((row) => String(row.name));
    },

    async listTables(name) {
      const rows = database
        .prepare(`select table_name as name from iceberg_tables where ${isTable} order by 1`)
        .all(catalogName, name);
      return rows.map((row) => String(row.name));
    },

    async load(table): Promise<TablePointer | undefined> {
      const row = database
        .prepare(
          `select metadata_location as location from iceberg_tables where ${isTable} and table_name = ?`,
        )
        .get(...keyOf(table));
      if (row === undefined) return undefined;
      const location = String(row.location);
      return { metadataLocation: location, version: location };
    },

    async create(table, metadataLocation) {
      const { changes } = database
        .prepare(`insert or ignore into iceberg_tables values (?, ?, ?, ?, null, 'TABLE')`)
        .run(...keyOf(table), metadataLocation);
      if (Number(changes) === 0) throw new CommitConflictError(`table ${formatTable(table)} exists already`);
    },

    async swap(table, expected, metadataLocation) {
      const { changes } = database
        .prepare(
          `update iceberg_tables set metadata_location = ?, previous_metadata_location = ?
           where ${isTable} and table_name = ? and metadata_location = ?`,
        )
        .run(metadataLocation, expected.version, ...keyOf(table), expected.version);
      if (Number(changes) === 0) {
        throw new CommitConflictError(
          `table ${formatTable(table)} is no longer at ${expected.metadataLocation}: another commit came first`,
        );
      }
    },

    async forget(table) {
      database.prepare(`delete from iceberg_tables where ${isTable} and table_name = ?`).run(...keyOf(table));
    },

    close() {
      database.close();
    },
  };
}
