import type { Command } from 'commander';
import { formatTable, type TableIdentifier } from '../../core/ports/table-catalog.ts';
import { releaseTable } from '../../core/refresh/rollback.ts';
import { withLake } from '../session.ts';
import { addTableCommand, requireTable } from '../table-argument.ts';

/** `lake release`: refreshes build a rolled-back table again. */
export function addReleaseCommand(program: Command): void {
  addTableCommand(program, 'release', 'let refreshes build a rolled-back table again')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lake release retail_gold.daily_sales\n  $ lake --stage dev release retail_gold.daily_sales',
    )
    .action(async (table: TableIdentifier, _options: unknown, command: Command) => {
      await withLake(command, async ({ lake, terminal }) => {
        await requireTable(lake.catalog, table);
        const wasHeld = await releaseTable(lake, table);
        terminal.print(
          wasHeld
            ? `${formatTable(table)}: released, the next refresh builds it if it is out of date`
            : `${formatTable(table)}: was not held`,
        );
      });
    });
}
