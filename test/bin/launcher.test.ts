import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeFolder, project, removeFolder } from './lake-process.ts';

let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(async () => {
  await removeFolder(folder);
});

test('starts with the Node that the system has, whichever that is', () => {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((part) => !part.includes('node_modules'))
    .join(delimiter);

  const { status, stdout } = spawnSync(join(project, 'bin', 'lake.mjs'), ['--help'], {
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });

  // Without any Node on the path, `env` answers 127.
  expect([0, 127]).toContain(status);
  expect(status === 127 || stdout.includes('Usage: lake')).toBe(true);
});

test('starts below node_modules, where Node itself strips no types, and without warnings', async () => {
  const installed = join(folder, 'node_modules', 'shoplake');
  await mkdir(installed, { recursive: true });
  for (const part of ['bin', 'core', 'adapters', 'sql', 'package.json']) {
    await cp(join(project, part), join(installed, part), { recursive: true });
  }
  await symlink(join(project, 'node_modules'), join(installed, 'node_modules'));
  await mkdir(join(folder, 'lake'));

  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(installed, 'bin', 'lake.mjs'), 'status', '--lake', join(folder, 'lake')],
    { encoding: 'utf8' },
  );

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('not built yet');
});

test('tells the exit code of the program', () => {
  const { status } = spawnSync(process.execPath, [join(project, 'bin', 'lake.mjs'), 'fly'], {
    encoding: 'utf8',
  });

  expect(status).toBe(2);
});

test('an older Node passes a signal on to the Node that took over', async () => {
  const older =
    "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})";
  const launched = spawn(
    process.execPath,
    ['--import', older, join(project, 'bin', 'lake.mjs'), 'watch', '--lake', join(folder, 'watched')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = [launched.stdout, launched.stderr];
  const ready = Promise.race(output.map((stream) => once(stream, 'data')));
  const ended = once(launched, 'exit');

  await ready;
  launched.kill('SIGINT');

  expect(await ended).toEqual([0, null]);
});
