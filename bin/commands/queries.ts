import { resolve } from 'node:path';
import type { Command } from 'commander';
import { listQueries } from '../dashboard-query.ts';
import { findPack, type GlobalOptions, readPacks } from '../session.ts';
import { openTerminal } from '../terminal.ts';
import { formatTable } from '../text-table.ts';

/** `lake queries`: the questions that the packs keep. */
export function addQueriesCommand(program: Command): void {
  program
    .command('queries')
    .description('list the dashboard queries of the packs, each with its question')
    .argument('[pack]', 'the pack; default: all')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lake queries\n  $ lake queries retail --json | jq -r .[].name\n  $ lake query --name best_sellers',
    )
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { json, packs: folder } = command.optsWithGlobals<GlobalOptions & { readonly json?: boolean }>();
      const packs = await readPacks(resolve(folder));
      const queries = listQueries(name === undefined ? packs : [findPack(packs, name)]);
      const terminal = openTerminal();
      if (json) {
        const listed = queries.map(({ query: { pack, name, question } }) => ({ pack, name, question }));
        terminal.print(JSON.stringify(listed, null, 2));
        return;
      }
      const lines = formatTable(
        [
          { title: 'name', align: 'left' },
          { title: 'pack', align: 'left' },
          { title: 'question', align: 'left' },
        ],
        queries.map(({ query }) => [query.name, query.pack, query.question]),
        { width: terminal.width, cellWidth: 120 },
      );
      for (const line of lines) {
        terminal.print(line);
      }
    });
}
