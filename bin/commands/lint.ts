import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadPacks } from '../../core/contract/load-pack.ts';
import { formatProblem, type Problem } from '../../core/contract/problem.ts';
import { lintPack } from '../../core/sql/lint.ts';
import { CommandFailedError } from '../command-error.ts';
import type { GlobalOptions } from '../session.ts';
import { formatQuantity, openTerminal } from '../terminal.ts';

/** `lake lint`: what is wrong with the packs, by file, line and column. */
export function addLintCommand(program: Command): void {
  program
    .command('lint')
    .description("check the packs' contracts and SQL")
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  $ lake lint\n  $ lake lint --packs my-packs')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly json?: boolean }>();
      const terminal = openTerminal();
      const { packs, problems } = await loadPacks(resolve(options.packs));
      const found: Problem[] = [...problems];
      for (const pack of packs) {
        found.push(...(await lintPack(pack)));
      }
      if (options.json) {
        terminal.print(JSON.stringify(found, null, 2));
      } else {
        for (const problem of found) {
          terminal.print(formatProblem(problem));
        }
      }
      if (found.length > 0) {
        throw new CommandFailedError(formatQuantity(found.length, 'problem'));
      }
      if (!options.json) {
        const tables = packs.reduce((sum, pack) => sum + pack.bronze.length + pack.models.length, 0);
        terminal.print(
          `${formatQuantity(packs.length, 'pack')}, ${formatQuantity(tables, 'table')}: no problem`,
        );
      }
    });
}
