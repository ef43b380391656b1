import { type Command, InvalidArgumentError } from 'commander';
import type { RunLedger } from '../../core/ports/run-ledger.ts';
import type { RefreshRequest } from '../../core/refresh/payloads.ts';
import { CommandFailedError } from '../command-error.ts';
import { withProgress } from '../progress-display.ts';
import { findPack, type GlobalOptions, withLake } from '../session.ts';
import { formatDuration } from '../terminal.ts';

type RefreshOptions = GlobalOptions & {
  readonly asOf?: string;
  readonly full?: boolean;
  readonly json?: boolean;
};

/** `lake refresh`: builds, checks and publishes what is out of date. */
export function addRefreshCommand(program: Command): void {
  program
    .command('refresh')
    .description('build, check and publish the silver and gold tables that are out of date')
    .argument('[pack...]', 'the packs; default: all')
    .option('--as-of <date>', 'day that gold is computed for; default: the last day with facts', parseDay)
    .option('--full', 'rebuild every table, also those up to date')
    .option('--json', 'print JSON, with the rows that each table took')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lake refresh\n  $ lake refresh retail --as-of 2010-12-22 --full\n  $ lake --stage dev refresh retail',
    )
    .action(async (names: readonly string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<RefreshOptions>();
      await withLake(command, async ({ lake, packs, terminal, refresh }) => {
        const chosen = names.length === 0 ? packs : names.map((name) => findPack(packs, name));
        const request: RefreshRequest = {
          ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
          ...(options.full ? { full: true } : {}),
        };
        const results = [];
        for (const pack of chosen) {
          const startedAt = lake.clock.now();
          const result = await withProgress(terminal, (listener) => refresh(pack, request, listener));
          results.push({
            pack: pack.name,
            ...result,
            ...(options.json ? { runs: await readRounds(lake.runs, pack.name, result.runId) } : {}),
          });
          if (!options.json) {
            const duration = formatDuration(lake.clock.now() - startedAt);
            terminal.print(`${pack.name}: ${result.status} in ${duration}: ${result.message}`);
          }
        }
        if (options.json) {
          terminal.print(JSON.stringify(results, null, 2));
        }
        const bad = results.filter(({ status }) => status !== 'succeeded');
        if (bad.length > 0) {
          throw new CommandFailedError(
            bad
              .map(
                ({ pack, status }) =>
                  `refresh of ${pack}: ${status === 'busy' ? 'another run is at work' : status}`,
              )
              .join('\n'),
          );
        }
      });
    });
}

/** The records of an execution, a round each: what became of the tables, and the rows that building them moved. */
async function readRounds(runs: RunLedger, pack: string, execution: string) {
  const recent = await runs.listRuns(pack, 20);
  return recent
    .filter(({ runId }) => runId === execution || runId.startsWith(`${execution}-`))
    .map(({ runId, status, tables, rows }) => ({ runId, status, tables, rows: rows ?? {} }))
    .reverse();
}

function parseDay(text: string): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  if (day === undefined || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('expected a day as in 2010-12-31.');
  }
  return text;
}
