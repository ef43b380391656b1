// Plain JavaScript that older Nodes read too. Two things keep the TypeScript programs here from being started directly: a
// Node before 24 knows neither TypeScript nor node:sqlite, so the Node that npm installed with this package takes over;
// and no Node strips types below node_modules, which is where an installed package lies.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const launcher = fileURLToPath(import.meta.url);
const require = nodeModule.createRequire(import.meta.url);

/** Runs `entry`, a program beside this file, with the words of this process: `lake.ts`. */
export async function launch(entry) {
  if (Number.parseInt(process.versions.node, 10) >= 24) {
    silenceExperimentalWarnings();
    keepWebAssemblySimple();
    stripTypesBelowNodeModules();
    await import(new URL(entry, import.meta.url).href);
  } else {
    startWith(findPackagedNode(), process.argv[1]);
  }
}

/** Type stripping and node:sqlite warn that they are new; people at a command line cannot do anything about it. */
function silenceExperimentalWarnings() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type;
    if (type !== 'ExperimentalWarning') {
      emitWarning.call(process, warning, ...rest);
    }
  };
}

/** The SQL parser is WebAssembly that runs for parts of a second: optimizing it takes more time than it ever gives back. */
function keepWebAssemblySimple() {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}

function stripTypesBelowNodeModules() {
  if (!/[\\/]node_modules[\\/]/.test(launcher)) {
    return;
  }
  nodeModule.registerHooks({
    load(url, context, next) {
      if (!url.startsWith('file:') || !url.endsWith('.ts')) {
        return next(url, context);
      }
      const source = nodeModule.stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

/** The Node of the optional dependencies: one of them fits this machine, and only that one is installed. */
function findPackagedNode() {
  for (const prefix of ['node', 'node-bin']) {
    try {
      const manifest = require.resolve(`${prefix}-${process.platform}-${process.arch}/package.json`);
      return join(dirname(manifest), 'bin', 'node');
    } catch {
      // Not this one.
    }
  }
  process.stderr.write(
    `error: this is Node ${process.versions.node}, and lake needs Node 24 or newer; npm brings one for ` +
      'Linux and macOS unless optional dependencies are left out\n',
  );
  process.exit(1);
}

function startWith(node, script) {
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl-C on a terminal reaches the child by itself, as it is of the same group; a signal sent to this process does not.
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) {
        child.kill(signal);
      }
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`error: cannot start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
