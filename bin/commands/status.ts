import type { Command } from 'commander';
import { readLakeStatus } from '../../core/status/lake-status.ts';
import { type GlobalOptions, withLake } from '../session.ts';
import { formatStatus } from '../status-report.ts';

/** `lake status`: what is in the lake and what is wrong with it. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('tables, rows, snapshots, loads, quarantine, failing checks, runs and holds')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lake status\n  $ lake status --json | jq .packs[0].tables\n  $ lake --stage dev status',
    )
    .action(async (_options: unknown, command: Command) => {
      const { json } = command.optsWithGlobals<GlobalOptions & { readonly json?: boolean }>();
      await withLake(command, async ({ lake, packs, terminal }) => {
        const status = await readLakeStatus(lake, packs);
        if (json) {
          terminal.print(JSON.stringify(status, null, 2));
          return;
        }
        for (const line of formatStatus(status, terminal.width)) {
          terminal.print(line);
        }
      });
    });
}
