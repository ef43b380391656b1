import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join, relative } from 'node:path';

import { buildSync } from 'esbuild';

import type { StageSettings } from '../stage/stage-settings.ts';

type Architecture = StageSettings['architecture'];

const projectFolder = join(import.meta.dirname, '..', '..');
const cacheFolder = join(projectFolder, 'node_modules', '.cache', 'shoplake');

/** Packages that are copied beside the bundle: a native binding and a WASM file cannot be inlined in JavaScript. */
const copiedPackages = ['@duckdb/node-api', '@duckdb/node-bindings', '@polyglot-sql/sdk', 'detect-libc'];

/**
 * Builds the code of all functions into one folder: every `lambdas/<name>/handler.ts` as `<name>.mjs`, their shared modules,
 * the packs, and DuckDB's binding for `architecture`, whatever the building machine is. One folder means one upload for all.
 * Needs no Docker. The folder is gone when the process ends; by then the synthesis has its copy. A binding that npm did not install here is fetched by `npm pack` and checked against package-lock.json.
 */
export function buildFunctionCode(architecture: Architecture, packsFolder: string): string {
  mkdirSync(cacheFolder, { recursive: true });
  // A folder of its own, since two synths may run at once.
  const folder = mkdtempSync(join(cacheFolder, 'functions-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  buildSync({
    entryPoints: functionNames().map((name) => ({
      in: join(projectFolder, 'lambdas', name, 'handler.ts'),
      out: name,
    })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    external: copiedPackages,
    // CommonJS packages in an ES module bundle ask for `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  copyRuntimePackages(folder, architecture);
  cpSync(packsFolder, join(folder, 'sql'), {
    recursive: true,
    filter: (path) => isPipelineFile(relative(packsFolder, path)),
  });
  return folder;
}

/** Names of the functions: the folders of `lambdas/` that hold a handler. */
export function functionNames(): readonly string[] {
  const folder = join(projectFolder, 'lambdas');
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'handler.ts')));
}

/** Sample data and generators are for laptops; the functions need contracts and SQL. */
function isPipelineFile(path: string): boolean {
  return !/\/sample(\/|$)|\.ts$/.test(path);
}

function copyRuntimePackages(folder: string, architecture: Architecture): void {
  const modules = join(folder, 'node_modules');
  for (const name of copiedPackages) {
    cpSync(join(projectFolder, 'node_modules', name), join(modules, name), {
      recursive: true,
      filter: isNeededAtRunTime,
    });
  }
  const binding = `@duckdb/node-bindings-linux-${architecture === 'arm64' ? 'arm64' : 'x64'}`;
  cpSync(bindingFolder(binding), join(modules, binding), { recursive: true });
}

/** Of the SQL parser's three builds (ES module, CommonJS, browser) the functions load one. */
function isNeededAtRunTime(path: string): boolean {
  return (
    !/\/cdn(\/|$)|\.cjs$|\.d\.c?ts$|\.map$|\/dist\/manual|\/dist\/index\.js$/.test(path) ||
    path.includes('@duckdb')
  );
}

function bindingFolder(name: string): string {
  const installed = join(projectFolder, 'node_modules', name);
  if (existsSync(installed)) return installed;
  const { version, integrity } = lockedPackage(name);
  const unpacked = join(cacheFolder, `${name.replace('/', '-')}-${version}`);
  if (existsSync(unpacked)) return join(unpacked, 'package');
  const folder = mkdtempSync(join(cacheFolder, 'fetching-'));
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', `${name}@${version}`, '--json', '--pack-destination', folder], {
      cwd: cacheFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as readonly { readonly filename: string }[];
  const tarball = join(folder, packed?.filename ?? '');
  const digest = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (digest !== integrity)
    throw new Error(
      `${name}@${version}: its content is ${digest}, expected ${integrity} by package-lock.json`,
    );
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  rmSync(tarball);
  renameSync(folder, unpacked);
  return join(unpacked, 'package');
}

function lockedPackage(name: string): { readonly version: string; readonly integrity: string } {
  const lock = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined)
    throw new Error(`${name} is not in package-lock.json: run npm install on a complete checkout`);
  return locked;
}
