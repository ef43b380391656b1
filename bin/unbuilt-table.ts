import { databaseOf, type Pack } from '../core/contract/contract.ts';
import { formatTable, type TableIdentifier } from '../core/ports/table-catalog.ts';

/** Why a table that a pack declares is not in the lake, and what brings it there; undefined if no pack declares it. */
export function explainUnbuilt(packs: readonly Pack[], identifier: TableIdentifier): string | undefined {
  const { database, table } = identifier;
  for (const pack of packs) {
    const isLoaded =
      database === databaseOf(pack.name, 'bronze') && pack.bronze.some(({ name }) => name === table);
    const isBuilt = pack.models.some(
      ({ layer, name }) => database === databaseOf(pack.name, layer) && name === table,
    );
    if (isLoaded || isBuilt) {
      const refresh = isBuilt ? ` and lake refresh ${pack.name}` : '';
      return `table ${formatTable(identifier)} is not built yet, expected lake load ${pack.name} PATH${refresh} before`;
    }
  }
  return undefined;
}
