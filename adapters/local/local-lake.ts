import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import type { Pack } from '../../core/contract/contract.ts';
import { type Clock, systemClock } from '../../core/ports/clock.ts';
import type { LakeLayout } from '../../core/ports/lake-layout.ts';
import type { LoadLedger } from '../../core/ports/load-ledger.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { ProgressListener } from '../../core/ports/progress.ts';
import type { QueryEngine } from '../../core/ports/query-engine.ts';
import type { RunLedger } from '../../core/ports/run-ledger.ts';
import type { TableCatalog } from '../../core/ports/table-catalog.ts';
import type { RefreshEnvironment } from '../../core/refresh/environment.ts';
import type { RefreshRequest } from '../../core/refresh/payloads.ts';
import { graphOf } from '../../core/refresh/run-context.ts';
import { explainError } from '../../core/refresh/state-error.ts';
import { createStateMachine, type StepName } from '../../core/refresh/state-machine.ts';
import { refreshSteps } from '../../core/refresh/steps/index.ts';
import {
  type DuckDbQueryEngine,
  type DuckDbQueryEngineOptions,
  openDuckDbQueryEngine,
} from './duckdb-query-engine.ts';
import { createFolderStore, locationOf } from './folder-store.ts';
import { createRefreshProgress } from './refresh-progress.ts';
import { openSqliteCatalog } from './sqlite-catalog.ts';
import { openSqliteLoadLedger } from './sqlite-load-ledger.ts';
import { openSqliteRunLedger } from './sqlite-run-ledger.ts';
import { ExecutionFailedError, runStateMachine } from './state-machine-runner.ts';

/** A lake in a folder of this machine: every port that the pipeline needs. */
export type LocalLake = AsyncDisposable & {
  /** Absolute path of the lake's folder, `.lake` by default. */
  readonly folder: string;
  readonly layout: LakeLayout;
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly engine: DuckDbQueryEngine;
  readonly loads: LoadLedger;
  readonly runs: RunLedger;
  readonly clock: Clock;
  /** Folder for temporary files. */
  readonly scratch: string;
};

/** Ports to use in place of the local ones, and what the query engine is told. */
export type LocalLakeOptions = { readonly clock?: Clock } & Pick<DuckDbQueryEngineOptions, 'explainMissing'>;

/** How a refresh ended. */
export type RefreshResult = {
  readonly status: 'succeeded' | 'failed' | 'busy';
  /** Names the execution; the run's id is this, or this and the number of a later round. */
  readonly runId: string;
  /** One line for a person: what failed, or what was done. */
  readonly message: string;
};

/** Opens the lake in `folder`, making what is missing. */
export async function openLocalLake(folder: string, options: LocalLakeOptions = {}): Promise<LocalLake> {
  const root = resolve(folder);
  const clock = options.clock ?? systemClock;
  const scratch = join(root, 'tmp');
  const resultsFolder = join(root, 'results');
  const roots = ['landing', 'bronze', 'silver', 'gold', 'runs'] as const;
  const folders = [...roots.map((name) => join(root, name)), scratch, resultsFolder];
  await Promise.all(folders.map((path) => mkdir(path, { recursive: true })));
  await Promise.all([scratch, resultsFolder].map((path) => removeOld(path, clock.now())));
  const rootOf = (name: (typeof roots)[number]) => locationOf(join(root, name)).replace(/\/$/, '');
  const layout: LakeLayout = {
    landing: rootOf('landing'),
    bronze: rootOf('bronze'),
    silver: rootOf('silver'),
    gold: rootOf('gold'),
    runs: rootOf('runs'),
  };
  const store = createFolderStore();
  const catalog = openSqliteCatalog(join(root, 'catalog.db'));
  const loads = openSqliteLoadLedger(join(root, 'ledger.db'));
  const runs = openSqliteRunLedger(join(root, 'ledger.db'));
  const engine = await openDuckDbQueryEngine({
    store,
    catalog,
    clock,
    resultsFolder,
    scratchFolder: scratch,
    ...(options.explainMissing === undefined ? {} : { explainMissing: options.explainMissing }),
  });
  return {
    folder: root,
    layout,
    store,
    catalog,
    engine,
    loads,
    runs,
    clock,
    scratch,
    [Symbol.asyncDispose]: async () => {
      engine.close();
      runs[Symbol.dispose]();
      loads[Symbol.dispose]();
      catalog.close();
    },
  };
}

/** Nobody reads a query's result, or works with a temporary file, for longer than this. */
const keptMilliseconds = 24 * 3600 * 1000;

/** Removes what queries and killed processes left in a folder of passing files. */
async function removeOld(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Another process may be removing it too.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > keptMilliseconds) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** What the steps of a refresh need, from the lake's ports. */
export function refreshEnvironment(lake: LocalLake, pack: Pack): RefreshEnvironment {
  return {
    pack,
    layout: lake.layout,
    store: lake.store,
    catalog: lake.catalog,
    engine: lake.engine as QueryEngine,
    loads: lake.loads,
    runs: lake.runs,
    clock: lake.clock,
    scratch: lake.scratch,
    openConnection: async () => (await DuckDBInstance.create(':memory:')).connect(),
  };
}

/** Runs the pack's state machine document on this machine, to its end. A failed run is a result and not an error. */
export async function refreshPack(
  lake: LocalLake,
  pack: Pack,
  request: RefreshRequest = {},
  progress?: ProgressListener,
): Promise<RefreshResult> {
  return runRefresh(refreshEnvironment(lake, pack), request, progress ? { progress } : {});
}

/** How {@link runRefresh} runs. */
export type RunRefreshOptions = {
  readonly progress?: ProgressListener;
  /** Between the tries of a state that failed. @default 100 ms */
  readonly retryMilliseconds?: number;
};

/** {@link refreshPack} with ports of one's own. */
export async function runRefresh(
  environment: RefreshEnvironment,
  request: RefreshRequest = {},
  options: RunRefreshOptions = {},
): Promise<RefreshResult> {
  const graph = await graphOf(environment);
  const execution = nameExecution(environment.clock);
  const onTask = options.progress && createRefreshProgress(graph, options.progress);
  try {
    const output = await runStateMachine(createStateMachine(graph), request, {
      engine: environment.engine,
      callStep: (step, input) => callStep(environment, step, input),
      execution,
      ...(onTask ? { onTask } : {}),
      ...(options.retryMilliseconds === undefined ? {} : { retryMilliseconds: options.retryMilliseconds }),
    });
    const { decision, message } = output as { readonly decision?: string; readonly message: string };
    return { status: decision === 'busy' ? 'busy' : 'succeeded', runId: execution, message };
  } catch (error) {
    if (!(error instanceof ExecutionFailedError)) throw error;
    return {
      status: 'failed',
      runId: execution,
      message:
        error.error === 'RefreshFailed'
          ? error.message
          : explainError({ Error: error.error, Cause: error.message }),
    };
  }
}

/** The input has the shape that the document gives it: its types are those of the step. */
function callStep(environment: RefreshEnvironment, step: StepName, input: unknown): Promise<unknown> {
  const run = refreshSteps[step] as (environment: RefreshEnvironment, input: unknown) => Promise<unknown>;
  return run(environment, input);
}

/** `20261121T120000Z-3f9a2c`: sorts by time, and is no other's. */
function nameExecution(clock: Clock): string {
  const time = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${time}-${randomBytes(3).toString('hex')}`;
}
