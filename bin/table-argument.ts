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

/** @throws CommandFailedError that names the tables of its database, or the databases, if this one is not among them */
export async function requireTable(catalog: TableCatalog, identifier: TableIdentifier): Promise<void> {
  if ((await catalog.load(identifier)) !== undefined) {
    return;
  }
  const { database } = identifier;
  const databases = await catalog.listDatabases();
  const tables = await catalog.listTables(database);
  const names = tables.map((table) => formatTable({ database, table }));
  throw new CommandFailedError(
    `no table "${formatTable(identifier)}", ${describeExpected(database, databases, names)}`,
  );
}

function describeExpected(database: string, databases: readonly string[], tables: readonly string[]): string {
  if (databases.length === 0) {
    return 'the lake has no tables yet';
  }
  if (!databases.includes(database)) {
    return `no database "${database}", expected one of: ${databases.join(', ')}`;
  }
  return tables.length === 0
    ? `database ${database} has no tables yet`
    : `expected one of: ${tables.join(', ')}`;
}

/** What all commands on one table look like. */
export function addTableCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<table>', 'database.table, e.g. retail_gold.daily_sales', parseTable);
}
