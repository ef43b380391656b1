import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { LocalLake } from '../../adapters/local/local-lake.ts';
import { type LandingWork, watchLanding } from '../landing-watcher.ts';
import { formatReports, sumReports } from '../load-report.ts';
import { withProgress } from '../progress-display.ts';
import { type GlobalOptions, readPacks, type Session, withLocalLake } from '../session.ts';
import { formatTime } from '../terminal.ts';

type WatchCommandOptions = GlobalOptions & { readonly landing?: string };

/** `lake watch`: loads and refreshes as files arrive. */
export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .description('load files as they arrive in the landing folder, and refresh after them, until Ctrl-C')
    .option('--landing <dir>', "the landing folder; default: the lake's own")
    .addHelpText(
      'after',
      `
Files belong in <landing>/<pack>/<dataset>/. Those that lie there already are loaded first.

Examples:
  $ lake watch
  $ mkdir -p .lake/landing/retail/invoices && cp today.csv .lake/landing/retail/invoices/`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { landing, lake: root, packs: packsRoot } = command.optsWithGlobals<WatchCommandOptions>();
      await withLocalLake(root, await readPacks(resolve(packsRoot)), async (session) => {
        const { lake, packs, terminal } = session;
        const folder = landing === undefined ? join(lake.folder, 'landing') : resolve(landing);
        const stop = new AbortController();
        const interrupt = () => {
          if (stop.signal.aborted) {
            process.exit(130);
          }
          terminal.note('stopping after the step at hand; once more to stop at once, which loses nothing');
          stop.abort();
        };
        process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
        terminal.note(`watching ${folder}; Ctrl-C stops`);
        try {
          await watchLanding({ landing: folder, packs, signal: stop.signal }, landingWork(session));
        } finally {
          process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
        }
        terminal.note('stopped');
      });
    });
}

function landingWork({ lake, terminal, load, refresh }: Session<LocalLake>): LandingWork {
  const say = (line: string) => terminal.print(`${formatTime(lake.clock.now())} ${line}`);
  return {
    async load({ pack, contract, files }) {
      const reports = await withProgress(terminal, (listener) => load([{ contract, files }], listener));
      const news = reports.filter(({ status }) => status !== 'already loaded');
      if (news.length > 0) {
        say(`${pack.name}: ${formatReports(news, undefined).at(-1)}`);
      }
      for (const { dataset, sourceFile, detail } of news.filter(({ status }) => status === 'failed')) {
        say(`${pack.name}: ${dataset}/${sourceFile} failed: ${detail}`);
      }
      return sumReports(reports).loaded > 0;
    },
    async refresh(pack) {
      const { status, message } = await withProgress(terminal, (listener) => refresh(pack, {}, listener));
      say(`${pack.name}: refresh ${status}: ${message}`);
      return status !== 'busy';
    },
    report: (error) => terminal.note(`error: ${error instanceof Error ? error.message : String(error)}`),
    misplaced: (path) => terminal.note(`${path}: no pack expects a file here, expected <pack>/<dataset>/…`),
  };
}
