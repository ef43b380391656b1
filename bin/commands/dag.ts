import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatProblem } from '../../core/contract/problem.ts';
import { readTableGraph, renderMermaid } from '../../core/sql/graph.ts';
import { CommandFailedError } from '../command-error.ts';
import { findPack, type GlobalOptions, readPacks } from '../session.ts';
import { openTerminal } from '../terminal.ts';

/** `lake dag`: which table is built from which. */
export function addDagCommand(program: Command): void {
  program
    .command('dag')
    .description('print the table graph as a Mermaid flow chart')
    .argument('[pack]', 'the pack; default: all, one chart each')
    .addHelpText('after', '\nExamples:\n  $ lake dag retail > retail.mmd')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const packs = await readPacks(resolve(command.optsWithGlobals<GlobalOptions>().packs));
      const terminal = openTerminal();
      for (const pack of name === undefined ? packs : [findPack(packs, name)]) {
        const { graph, problems } = await readTableGraph(pack);
        if (graph === undefined) {
          throw new CommandFailedError(problems.map(formatProblem).join('\n'));
        }
        terminal.print(renderMermaid(graph).trimEnd());
      }
    });
}
