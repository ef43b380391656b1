import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { stepFunctions } from '../../../core/refresh/tasks.ts';
import { buildFunctionCode, functionNames } from '../../../lib/functions/function-code.ts';

const projectFolder = resolve(import.meta.dirname, '../../..');
// The processor of this machine: its binding is here. That of the other is fetched, which the conformance tests do.
const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
let folder: string;

beforeAll(() => {
  folder = buildFunctionCode(architecture, join(projectFolder, 'sql'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every folder of lambdas/ with a handler is a function', () => {
  const handlers = readdirSync(join(projectFolder, 'lambdas')).filter((name) =>
    existsSync(join(projectFolder, 'lambdas', name, 'handler.ts')),
  );

  expect(functionNames()).toEqual(handlers);
  for (const name of handlers) {
    expect(readFileSync(join(folder, `${name}.mjs`), 'utf8')).toMatch(/export\s*\{[^}]*\bhandler\b/);
  }
});

test('every step of the state machine has a function of its name', () => {
  const steps = Object.keys(stepFunctions).map((step) =>
    step.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  );

  expect(functionNames()).toEqual(expect.arrayContaining(steps));
});

test('the code holds the packs, and neither their samples nor their generators', () => {
  const packs = readdirSync(join(projectFolder, 'sql'));

  expect(readdirSync(join(folder, 'sql')).sort()).toEqual(packs.sort());
  for (const pack of packs) {
    expect(existsSync(join(folder, 'sql', pack, 'pack.yaml'))).toBe(true);
    expect(existsSync(join(folder, 'sql', pack, 'sample'))).toBe(false);
    expect(existsSync(join(folder, 'sql', pack, 'generate.ts'))).toBe(false);
  }
});

test('the code holds one binding of DuckDB and stays below what Lambda unpacks, 250 MB', () => {
  const bindings = readdirSync(join(folder, 'node_modules', '@duckdb')).filter((name) =>
    name.startsWith('node-bindings-'),
  );

  expect(bindings).toEqual([`node-bindings-linux-${architecture === 'arm64' ? 'arm64' : 'x64'}`]);
  expect(sizeOf(folder)).toBeLessThan(200 * 1024 * 1024);
});

test('two builds of the same sources are the same, so that a deployment without changes changes nothing', () => {
  const first = contentsOf(folder);

  const again = buildFunctionCode(architecture, join(projectFolder, 'sql'));
  const second = contentsOf(again);
  rmSync(again, { recursive: true, force: true });

  expect(second).toEqual(first);
});

function contentsOf(root: string): Readonly<Record<string, string>> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => statSync(join(root, path)).isFile() && !path.startsWith('node_modules'),
  );
  return Object.fromEntries(files.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

function sizeOf(root: string): number {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(root, path)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}
