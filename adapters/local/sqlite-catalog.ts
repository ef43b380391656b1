import type { TableCatalog } from '../../core/ports/table-catalog.ts';

/** A catalog in a SQLite file, shared by many processes, in the schema of Iceberg's JDBC catalog (its name: `shoplake`). */
export function openSqliteCatalog(_file: string): TableCatalog & { close(): void } {
  throw new Error('not written yet');
}
