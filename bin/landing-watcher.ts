import { mkdir, stat } from 'node:fs/promises';
import { watch } from 'chokidar';
import type { BronzeContract, Pack } from '../core/contract/contract.ts';
import { isCsv, locateLanded, type PlannedFile } from './load-plan.ts';

/** Files of one dataset that landed together. */
export type LandedBatch = {
  readonly pack: Pack;
  readonly contract: BronzeContract;
  readonly files: readonly PlannedFile[];
};

/** What a watcher does with what it sees. */
export type LandingWork = {
  /** Loads a batch; true if the pack has new rows. What throws is tried again. */
  load(batch: LandedBatch): Promise<boolean>;
  /** Refreshes a pack; false if another run is at work and it must be asked again. */
  refresh(pack: Pack): Promise<boolean>;
  /** Told of what went wrong; the watcher goes on. */
  report(error: unknown): void;
  /** Told of a CSV file that lies where no dataset expects it. */
  misplaced(path: string): void;
};

export type WatchOptions = {
  readonly landing: string;
  readonly packs: readonly Pack[];
  /** Stops the watcher once the step at hand is done. */
  readonly signal: AbortSignal;
  /** A file is complete when it has not grown for this long. @default 1000 */
  readonly settleMilliseconds?: number;
  /** What could not be done is tried again after this long. @default 5000 */
  readonly againMilliseconds?: number;
};

/** Another refresh holds the pack, or a load failed: try again after this long. */
const againMilliseconds = 5000;
/** Files that come within this time of each other are one batch, and so one commit. */
const gatherMilliseconds = 250;
/** So often a batch that fails is tried as it is; then in halves, until a file that no load gets over stands alone. */
const triesTogether = 3;

/** Files of one dataset whose load threw: a full disk, a lock that another process held, a file that may not be read. */
type FailedBatch = { readonly paths: readonly string[]; readonly tries: number };

/**
 * Loads files as they arrive below the landing folder, then refreshes their packs, until the signal. What lies there
 * already is loaded first: content that is in the lake is known by its hash, and a stop at any moment loses nothing.
 */
export async function watchLanding(options: WatchOptions, work: LandingWork): Promise<void> {
  await mkdir(options.landing, { recursive: true });
  const settle = options.settleMilliseconds ?? 1000;
  const landed = new Set<string>();
  let failed: readonly FailedBatch[] = [];
  let failures = 0;
  const again = options.againMilliseconds ?? againMilliseconds;
  let wake = Promise.withResolvers<void>();
  const watcher = watch(options.landing, {
    awaitWriteFinish: { stabilityThreshold: settle, pollInterval: Math.max(20, settle / 10) },
    ignored: (path, stats) => stats?.isFile() === true && !isCsv(path),
  });
  const take = (path: string) => {
    landed.add(path);
    wake.resolve();
  };
  watcher.on('add', take).on('change', take).on('error', work.report);
  watcher.on('ready', () => wake.resolve());
  options.signal.addEventListener('abort', () => wake.resolve());

  // Loads of an earlier watch that was stopped before its refresh.
  const stale = new Set(options.packs);
  try {
    while (true) {
      const isLeft = stale.size > 0 || failed.length > 0;
      // What fails time after time is asked more and more seldom, by and by every five minutes.
      const pause = again * 2 ** Math.min(Math.max(failures - 1, 0), 6);
      await waitFor(wake.promise, isLeft ? (stale.size > 0 ? again : pause) : undefined);
      if (options.signal.aborted) {
        return;
      }
      await waitFor(undefined, landed.size > 0 ? gatherMilliseconds : 0);
      wake = Promise.withResolvers<void>();
      const fresh = [...landed];
      landed.clear();
      const due = [{ paths: fresh, tries: 0 }, ...(await againOf(failed, new Set(fresh)))];
      const failing: FailedBatch[] = [];
      let hasLoaded = false;
      for (const { paths, tries } of due) {
        for (const batch of arrangeBatches(options, paths, work)) {
          const outcome = options.signal.aborted ? 'failed' : await loadBatch(work, batch);
          if (outcome === 'new rows') stale.add(batch.pack);
          if (outcome === 'failed')
            failing.push({ paths: batch.files.map(({ path }) => path), tries: tries + 1 });
          else hasLoaded = true;
        }
      }
      failed = failing;
      failures = failed.length === 0 ? 0 : hasLoaded ? 1 : failures + 1;
      for (const pack of stale) {
        // A refresh that failed is not asked again until there is news; it would fail the same way.
        if (!options.signal.aborted && (await isRefreshed(work, pack))) {
          stale.delete(pack);
        }
      }
    }
  } finally {
    await watcher.close();
  }
}

/** The batches to try again, apart from what has landed anew: what cannot be loaded must not hold up the rest. */
async function againOf(
  failed: readonly FailedBatch[],
  landed: ReadonlySet<string>,
): Promise<readonly FailedBatch[]> {
  const batches: FailedBatch[] = [];
  for (const { paths, tries } of failed) {
    const left = (await keepPresent(paths)).filter((path) => !landed.has(path));
    const middle = tries < triesTogether ? left.length : Math.ceil(left.length / 2);
    for (const part of [left.slice(0, middle), left.slice(middle)]) {
      if (part.length > 0) batches.push({ paths: part, tries });
    }
  }
  return batches;
}

/** A file that was taken away meanwhile needs no load any more. */
async function keepPresent(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map(async (path) => ((await stat(path).catch(() => undefined))?.isFile() ? [path] : [])),
  );
  return found.flat();
}

async function loadBatch(
  work: LandingWork,
  batch: LandedBatch,
): Promise<'new rows' | 'nothing new' | 'failed'> {
  try {
    return (await work.load(batch)) ? 'new rows' : 'nothing new';
  } catch (error) {
    work.report(error);
    return 'failed';
  }
}

/** True also for a refresh that threw. */
async function isRefreshed(work: LandingWork, pack: Pack): Promise<boolean> {
  try {
    return await work.refresh(pack);
  } catch (error) {
    work.report(error);
    return true;
  }
}

function arrangeBatches(
  options: WatchOptions,
  paths: readonly string[],
  work: LandingWork,
): readonly LandedBatch[] {
  const batches = new Map<BronzeContract, { pack: Pack; contract: BronzeContract; files: PlannedFile[] }>();
  for (const path of [...paths].sort()) {
    const place = locateLanded(options.packs, options.landing, path);
    if (place === undefined) {
      work.misplaced(path);
      continue;
    }
    const batch = batches.get(place.contract) ?? { pack: place.pack, contract: place.contract, files: [] };
    batch.files.push(place.file);
    batches.set(place.contract, batch);
  }
  return [...batches.values()];
}

/** Until the promise, or for so long; without a time for as long as it takes. */
async function waitFor(promise: Promise<void> | undefined, milliseconds: number | undefined): Promise<void> {
  if (milliseconds === undefined) {
    return promise;
  }
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([time, ...(promise === undefined ? [] : [promise])]);
  clearTimeout(timer);
}
