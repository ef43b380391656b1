import type { Command } from 'commander';
import { formatTable, type TableIdentifier } from '../../core/ports/table-catalog.ts';
import { rollbackTable } from '../../core/refresh/rollback.ts';
import { withLake } from '../session.ts';
import { addTableCommand, parseSnapshot, requireTable } from '../table-argument.ts';

/** `lake rollback`: readers see an older version of a table again. */
export function addRollbackCommand(program: Command): void {
  addTableCommand(
    program,
    'rollback',
    'go back to an older version of a silver or gold table, and hold it there',
  )
    .option('--to <snapshot>', 'the snapshot; default: the one published before', parseSnapshot)
    .addHelpText(
      'after',
      `
Refreshes leave the table alone until lake release.

Examples:
  $ lake rollback retail_gold.daily_sales
  $ lake rollback retail_gold.daily_sales --to 3051729675574597004
  $ lake --stage dev rollback retail_gold.daily_sales`,
    )
    .action(async (table: TableIdentifier, options: { readonly to?: bigint }, command: Command) => {
      await withLake(command, async ({ lake, terminal }) => {
        await requireTable(lake.catalog, table);
        const { from, to } = await rollbackTable(lake, table, options.to);
        terminal.print(`${formatTable(table)}: from snapshot ${from} back to ${to}, held until lake release`);
      });
    });
}
