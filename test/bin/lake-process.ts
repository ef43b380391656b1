import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The checkout that the tests run in. */
export const project = resolve(import.meta.dirname, '..', '..');

/** What a finished command left. */
export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A temporary folder that goes away with its test. */
export async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'lake-bin-'));
}

/** Removes a folder made by {@link makeFolder}. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Runs `lake` with these words, in a folder, to its end. */
export function runLake(folder: string, ...words: readonly string[]): Promise<CommandResult> {
  return runScript(folder, join(project, 'bin', 'lake.mjs'), ...words);
}

/** Runs a script of the project with this process's own Node. */
export function runScript(
  folder: string,
  script: string,
  ...words: readonly string[]
): Promise<CommandResult> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...words], {
    cwd: folder,
    env: withoutNpm(),
  });
  return collect(child);
}

/** Starts `lake` and leaves it running. */
export function startLake(folder: string, ...words: readonly string[]) {
  const child = spawn(process.execPath, [join(project, 'bin', 'lake.mjs'), ...words], {
    cwd: folder,
    env: withoutNpm(),
  });
  return { child, finished: collect(child) };
}

function collect(child: ReturnType<typeof spawn>): Promise<CommandResult> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? -1, stdout, stderr }));
  });
}

/** `npm test` sets variables that change where the command line takes its folder from. */
function withoutNpm(): NodeJS.ProcessEnv {
  const { npm_lifecycle_event: _event, INIT_CWD: _folder, DEBUG: _debug, ...rest } = process.env;
  return rest;
}
