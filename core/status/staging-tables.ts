import type { TableCatalog, TableIdentifier } from '../ports/table-catalog.ts';

/**
 * Tables that runs staged for a silver or gold table and that are still in the catalog: versions whose schema or
 * partitioning differs from the published one's stay there until they are published.
 */
export async function listStagingTables(
  catalog: TableCatalog,
  target: TableIdentifier,
): Promise<readonly TableIdentifier[]> {
  const database = target.database.replace(/_(silver|gold)$/, '_staging');
  if (database === target.database) {
    return [];
  }
  const tables = await catalog.listTables(database);
  return tables
    .filter((table) => table.startsWith(`${target.table}__`))
    .map((table) => ({ database, table }));
}
