import type { Command } from 'commander';
import { CommandFailedError, UsageError } from '../command-error.ts';
import { planLoad } from '../load-plan.ts';
import { formatReports, sumReports } from '../load-report.ts';
import { withProgress } from '../progress-display.ts';
import { findPack, type GlobalOptions, withLake } from '../session.ts';
import { formatQuantity } from '../terminal.ts';

type LoadOptions = GlobalOptions & { readonly dataset?: string; readonly json?: boolean };

/** `lake load`: what a drop in the landing bucket does, for files that lie anywhere. */
export function addLoadCommand(program: Command): void {
  program
    .command('load')
    .description('load CSV files into bronze, each content once')
    .argument('<pack>', 'the pack, e.g. retail')
    .argument('<path...>', 'files (.csv, .csv.gz), or folders laid out as landing/<pack>/')
    .option('--dataset <name>', 'the dataset, where the path does not say it')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Files are read where they are and left there. The exit code is 1 if a file failed. With --stage they are uploaded to the
landing bucket, and the command waits until the stage has loaded them; stopping it then stops only the waiting.

Examples:
  $ lake load retail data/retail
  $ lake load retail invoices-2010-12.csv.gz --dataset invoices
  $ lake --stage dev load retail data/retail`,
    )
    .action(async (name: string, paths: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<LoadOptions>();
      await withLake(command, async ({ packs, terminal, load }) => {
        const pack = findPack(packs, name);
        const plan = await planLoad(pack, paths, options.dataset);
        if (plan.ignored.length > 0) {
          terminal.note(
            `${formatQuantity(plan.ignored.length, 'file')} not named .csv or .csv.gz left alone`,
          );
        }
        if (plan.datasets.length === 0) {
          throw new UsageError(`no .csv or .csv.gz file in ${paths.join(', ')}`);
        }
        const reports = await withProgress(terminal, (listener) => load(plan.datasets, listener));
        const lines = options.json
          ? [JSON.stringify(reports, null, 2)]
          : formatReports(reports, terminal.width);
        for (const line of lines) {
          terminal.print(line);
        }
        const { failed } = sumReports(reports);
        if (failed > 0) {
          throw new CommandFailedError(`${formatQuantity(failed, 'file')} failed, nothing of them is loaded`);
        }
      });
    });
}
