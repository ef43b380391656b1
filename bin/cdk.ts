import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandFailedError, UsageError } from './command-error.ts';
import type { GlobalOptions } from './session.ts';

const project = resolve(import.meta.dirname, '..');
const cdkScript = join(project, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** A folder to run cdk in: with `cdk.json` it knows the app, without one it must be told. */
export type CdkFolder = 'project' | { readonly folder: string };

/** Runs the project's own cdk to its end, on this process's terminal. @throws CommandFailedError if it failed */
export async function runCdk(where: CdkFolder, words: readonly string[]): Promise<void> {
  if (!existsSync(cdkScript)) {
    throw new CommandFailedError(`cdk is not installed, expected ${cdkScript}: run npm ci in ${project}`);
  }
  const child = spawn(process.execPath, [cdkScript, ...words], {
    cwd: where === 'project' ? project : where.folder,
    stdio: 'inherit',
    env: {
      ...process.env,
      // The app of cdk.json is started as `node`: it must be this Node and no older one.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
    },
  });
  // Ctrl-C reaches cdk by itself; it says how it ends.
  const outlive = () => undefined;
  process.on('SIGINT', outlive);
  try {
    const code = await new Promise<number | null>((done, fail) => child.on('error', fail).on('exit', done));
    if (code !== 0) {
      throw new CommandFailedError(`cdk ${words[0]} failed`);
    }
  } finally {
    process.off('SIGINT', outlive);
  }
}

/** What cdk.json says of a stage. @throws UsageError that names the stages there are */
export function readStage(name: string): { readonly removal: string } {
  const { context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')) as {
    readonly context: { readonly stages: Readonly<Record<string, { readonly removal: string }>> };
  };
  const stage = Object.hasOwn(context.stages, name) ? context.stages[name] : undefined;
  if (stage === undefined) {
    const known = Object.keys(context.stages).join(', ');
    throw new UsageError(`no stage "${name}" in cdk.json, expected one of: ${known}`);
  }
  return stage;
}

/** Where `--packs` names other packs than the project's, the app is told. */
export function packsContext(command: Command): readonly string[] {
  const isGiven = command.parent?.getOptionValueSource('packs') === 'cli';
  return isGiven ? ['-c', `packs=${resolve(command.optsWithGlobals<GlobalOptions>().packs)}`] : [];
}

/** Words that are passed on to the synthesis: options and their values. @throws UsageError for anything else */
export function readSynthOptions(words: readonly string[]): readonly string[] {
  if (words[0] !== undefined && !words[0].startsWith('-')) {
    throw new UsageError(
      `unexpected "${words[0]}", expected --stage NAME, and options of cdk behind --, as in -- -c architecture=x86_64`,
    );
  }
  return words;
}
