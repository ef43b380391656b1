import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Audience } from '../adapters/aws/deployed-lake.ts';
import type { LocalLake, RefreshResult } from '../adapters/local/local-lake.ts';
import type { Pack } from '../core/contract/contract.ts';
import { loadPacks } from '../core/contract/load-pack.ts';
import { formatProblem } from '../core/contract/problem.ts';
import type { ProgressListener } from '../core/ports/progress.ts';
import type { QueryEngine } from '../core/ports/query-engine.ts';
import type { RefreshRequest } from '../core/refresh/payloads.ts';
import { CommandFailedError, UsageError } from './command-error.ts';
import type { LoadBatch } from './load-plan.ts';
import type { FileReport } from './load-report.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { explainUnbuilt } from './unbuilt-table.ts';

/** Options that every command has. */
export type GlobalOptions = {
  readonly lake: string;
  /** A deployed stage, in place of the lake in a folder. */
  readonly stage?: string;
  readonly packs: string;
  readonly verbose?: boolean;
};

/** A lake as commands use it, in a folder or in the cloud. */
export type Lake = Pick<LocalLake, 'store' | 'catalog' | 'loads' | 'runs' | 'clock'> & {
  readonly engine: QueryEngine & Pick<LocalLake['engine'], 'copyTo'>;
};

/** What a command works with. */
export type Session<L extends Lake = Lake> = {
  readonly lake: L;
  readonly packs: readonly Pack[];
  readonly terminal: Terminal;
  /** Loads files, a report each. */
  load(batches: readonly LoadBatch[], progress: ProgressListener): Promise<readonly FileReport[]>;
  /** Refreshes a pack. A run that failed is a result and no error. */
  refresh(pack: Pack, request: RefreshRequest, progress: ProgressListener): Promise<RefreshResult>;
};

/** The packs that come with the program. */
export const packsFolder = resolve(import.meta.dirname, '..', 'sql');

/** Every pack, all of them sound. @throws CommandFailedError with each problem's file and line. */
export async function readPacks(folder: string): Promise<readonly Pack[]> {
  const { packs, problems } = await loadPacks(folder);
  if (problems.length > 0) {
    throw new CommandFailedError(problems.map(formatProblem).join('\n'));
  }
  return packs;
}

/** The pack of this name. @throws UsageError that names those there are. */
export function findPack(packs: readonly Pack[], name: string): Pack {
  const pack = packs.find((each) => each.name === name);
  if (pack === undefined) {
    const names = packs.map((each) => each.name).join(', ');
    throw new UsageError(`no pack "${name}", expected one of: ${names}`);
  }
  return pack;
}

/** Commands that begin a lake where there is none. To the others an absent one is a mistyped one. */
const beginners: ReadonlySet<string> = new Set(['load', 'watch', 'refresh']);

function requireLake(folder: string): void {
  if (!existsSync(folder)) {
    throw new UsageError(
      `lake ${folder} does not exist, expected lake load before, or --lake DIR of another`,
    );
  }
}

/** Runs a command's work on the lake of its options. @param audience who asks, where that matters to a stage */
export async function withLake(
  command: Command,
  work: (session: Session) => Promise<void>,
  audience: Audience = 'analysts',
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>();
  if (options.stage === undefined && !beginners.has(command.name())) {
    requireLake(resolve(options.lake));
  }
  const packs = await readPacks(resolve(options.packs));
  if (options.stage === undefined) {
    await withLocalLake(options.lake, packs, work);
  } else {
    await withDeployedLake(options.stage, audience, packs, work);
  }
}

/** Runs work on a deployed stage. */
async function withDeployedLake(
  stage: string,
  audience: Audience,
  packs: readonly Pack[],
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const { openDeployedLake } = await import('../adapters/aws/deployed-lake.ts');
  const { loadIntoStage, stageLoading } = await import('./stage-loader.ts');
  const { refreshStage } = await import('./stage-refresh.ts');
  await using lake = await openDeployedLake(stage, audience);
  const deployed = packs.filter(({ name }) => Object.hasOwn(lake.stage.stateMachines, name));
  await work({
    lake,
    packs: deployed,
    terminal: openTerminal(),
    load: (batches, progress) => loadIntoStage(stageLoading(lake), batches, progress),
    refresh: (pack, request, progress) => refreshStage(lake, pack, request, progress),
  });
}

/** Runs work on the lake in a folder and closes the lake after it, also when the work fails. */
export async function withLocalLake<T>(
  folder: string,
  packs: readonly Pack[],
  work: (session: Session<LocalLake>) => Promise<T>,
): Promise<T> {
  // Help and usage errors should not wait for the engines to be read.
  const { openLocalLake, refreshPack } = await import('../adapters/local/local-lake.ts');
  const { loadPlannedFiles } = await import('./file-loader.ts');
  await using lake = await openLocalLake(resolve(folder), {
    explainMissing: (table) => explainUnbuilt(packs, table),
  });
  return await work({
    lake,
    packs,
    terminal: openTerminal(),
    load: (batches, progress) => loadPlannedFiles(lake, batches, progress),
    refresh: (pack, request, progress) => refreshPack(lake, pack, request, progress),
  });
}
