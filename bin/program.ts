import { Command, CommanderError, Option } from 'commander';
import { CommandFailedError, UsageError } from './command-error.ts';
import { addDagCommand } from './commands/dag.ts';
import { addDeployCommand } from './commands/deploy.ts';
import { addDestroyCommand } from './commands/destroy.ts';
import { addExportCommand } from './commands/export.ts';
import { addGenerateCommand } from './commands/generate.ts';
import { addLintCommand } from './commands/lint.ts';
import { addLoadCommand } from './commands/load.ts';
import { addQueriesCommand } from './commands/queries.ts';
import { addQueryCommand } from './commands/query.ts';
import { addRefreshCommand } from './commands/refresh.ts';
import { addReleaseCommand } from './commands/release.ts';
import { addRollbackCommand } from './commands/rollback.ts';
import { addStatusCommand } from './commands/status.ts';
import { addWatchCommand } from './commands/watch.ts';
import { type GlobalOptions, packsFolder } from './session.ts';

/** What a caller's script can rely on. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** The command line with all its commands. */
export function createProgram(): Command {
  const program = new Command('lake')
    .description('An e-commerce lakehouse you own: load CSV files, refresh trusted tables, query them.')
    .option('--lake <dir>', 'folder of the lake', '.lake')
    .option('--stage <name>', 'a stage deployed on AWS, in place of the lake in a folder')
    .addOption(
      new Option('--packs <dir>', 'folder of the packs').default(packsFolder, 'those of this program'),
    )
    .option('--verbose', 'print the stack of an error')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride()
    .hook('preAction', refuseMisplacedStage);
  addGenerateCommand(program);
  addLoadCommand(program);
  addWatchCommand(program);
  addRefreshCommand(program);
  addQueryCommand(program);
  addQueriesCommand(program);
  addExportCommand(program);
  addStatusCommand(program);
  addLintCommand(program);
  addDagCommand(program);
  addRollbackCommand(program);
  addReleaseCommand(program);
  addDeployCommand(program);
  addDestroyCommand(program);
  program.addHelpText(
    'after',
    `
Examples:
  $ lake load retail ../data/retail
  $ lake refresh retail
  $ lake query "select * from retail_gold.daily_sales order by sale_date limit 10"
  $ lake query --name best_sellers
  $ lake deploy && lake --stage dev status

Exit codes: 0 ok, 1 failed, 2 wrong usage.`,
  );
  return program;
}

/** Commands whose work is on this machine, whatever is deployed. */
const localCommands: ReadonlySet<string> = new Set(['generate', 'watch', 'lint', 'dag', 'queries']);

function refuseMisplacedStage(program: Command, command: Command): void {
  const { stage } = program.opts<GlobalOptions>();
  if (stage === undefined) return;
  if (!/^[a-z][a-z0-9]{0,15}$/.test(stage)) {
    throw new UsageError(`no stage is named "${stage}", expected up to 16 lower-case letters and digits`);
  }
  if (localCommands.has(command.name())) {
    const advice = command.name() === 'watch' ? ': a stage loads what lands in its bucket by itself' : '';
    throw new UsageError(`lake ${command.name()} does not work on a stage, expected no --stage${advice}`);
  }
  if (program.getOptionValueSource('lake') === 'cli') {
    throw new UsageError('--lake and --stage are given, expected one of them');
  }
}

/** Runs one command line to its end and gives its exit code; tells errors on stderr. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has written its message, or the help that was asked for.
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    process.stderr.write(
      `${describeError(error, program.opts<{ readonly verbose?: boolean }>().verbose === true)}\n`,
    );
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

/** An error as a person reads it; with its stack if that was asked for. */
export function describeError(error: unknown, isVerbose: boolean): string {
  if (!(error instanceof Error)) {
    return `error: ${String(error)}`;
  }
  const isOurs = error instanceof UsageError || error instanceof CommandFailedError;
  if (!isOurs && (isVerbose || process.env.DEBUG)) {
    return `error: ${error.stack ?? error.message}${error.cause ? `\ncaused by: ${String(error.cause)}` : ''}`;
  }
  return `error: ${error.message}`;
}
