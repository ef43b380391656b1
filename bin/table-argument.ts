import { type Command, InvalidArgumentError } from 'commander';
import { formatTable, type TableCatalog, type TableIdentifier } from '../core/ports/table-catalog.ts';
import { CommandFailedError } from './command-error.ts';

/** Reads `database.table` off the command line. */
export function parseTable(text: string): TableIdentifier {
  const [database, table, ...rest] = text.split('.');
  if (!database || !table || rest.length > 0 || !/^[a-z0-9_.]+$/.test(text)) {
    throw new InvalidArgumentError('expected database.table, as in retail_gold.daily_sales.');
  }
  return { database, table };
}

/** Reads a snapshot id off the command line. */
export function parseSnapshot(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) {
    throw new InvalidArgumentError('expected a snapshot id as lake status prints it.');
  }
  return BigInt(text);
}

/** @throws CommandFailedError that names the tables there are, if this one is not among them */
export async function requireTable(catalog: TableCatalog, identifier: TableIdentifier): Promise<void> {
  if ((await catalog.load(identifier)) !== undefined) {
    return;
  }
  const tables: string[] = [];
  for (const database of await catalog.listDatabases()) {
    for (const table of await catalog.listTables(database)) {
      tables.push(formatTable({ database, table }));
    }
  }
  const expected =
    tables.length === 0 ? 'the lake has no tables yet' : `expected one of: ${tables.join(', ')}`;
  throw new CommandFailedError(`no table "${formatTable(identifier)}", ${expected}`);
}

/** What all commands on one table look like. */
export function addTableCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<table>', 'database.table, e.g. retail_gold.daily_sales', parseTable);
}
