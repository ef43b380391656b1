import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import type { BronzeContract } from '../contract/contract.ts';
import type { LoadRecord } from '../ports/load-ledger.ts';
import type { ProgressListener } from '../ports/progress.ts';
import type { QualityResult } from '../ports/quality-result.ts';
import { commitStage, type StageCommit } from './commit-stage.ts';
import type { IngestEnvironment, LandedFile } from './environment.ts';
import type { FileOutcome, FileReport, LoadReport } from './load-report.ts';
import { noticesOf, resultOfDuplicate, resultOfFailure, resultsOfLoad } from './quality.ts';
import { Batch, type Delivery, type ReadFile } from './read-batch.ts';
import { verdictHash } from './verdict.ts';

/**
 * Loads landed files of one dataset: every content once, whatever is redelivered, renamed or retried, and all of them in one commit
 * to bronze and one to quarantine. A file that breaks a file-level rule is reported and recorded, and does not hold up the others.
 *
 * Quarantine is committed first, then bronze, then the ledger is written. Wherever this stops, the next load of the same
 * content finds what is done in the tables' snapshots and does the rest.
 * @throws if the world fails, or counts do not reconcile; then nothing is recorded, and loading again is safe
 */
export async function loadFiles(
  environment: IngestEnvironment,
  contract: BronzeContract,
  files: readonly LandedFile[],
  progress: ProgressListener = () => {},
): Promise<LoadReport> {
  const { clock, ledger } = environment;
  const { pack, dataset } = contract;
  const loadedAt = clock.now();
  const scratch = `${environment.scratch}/load-${randomUUID()}`;
  await mkdir(scratch, { recursive: true });
  await removeLeftovers(environment.scratch, loadedAt);
  try {
    using batch = new Batch({ ...environment, scratch }, contract, progress);
    const deliveries = await batch.read(files);
    const read = deliveries.flatMap((delivery) => (delivery.kind === 'read' ? [delivery.file] : []));
    const stage = batch.stage;
    await stage?.seal();
    const commit =
      stage === undefined || read.length === 0
        ? nothingCommitted
        : await commitStage({ ...environment, scratch }, contract, stage.connection, read, loadedAt);
    const anothers = read.map(({ loadId }) => loadId).filter((loadId) => commit.alreadyLoaded.has(loadId));
    const found = anothers.length === 0 ? [] : await ledger.find(pack, dataset, anothers);
    const recorded = new Map(found.map((record) => [record.loadId, record]));
    const state = { contract, files, deliveries, commit, recorded, loadedAt };
    const conclusions = deliveries.map((delivery, index) => conclude(state, delivery, files[index]!));
    const entries = conclusions.flatMap(({ entry }) => entry ?? []);
    const notes = conclusions.flatMap(({ note }) => note ?? []);
    if (entries.length > 0) await ledger.record(entries);
    if (notes.length > 0) await ledger.addResults(pack, notes);
    progress({
      task: 'load',
      subject: contract.name,
      step: 'loaded',
      done: files.length,
      total: files.length,
    });
    return {
      pack,
      dataset,
      files: conclusions.map(({ report }) => report),
      snapshotId: commit.snapshotId,
      commitRetries: commit.commitRetries,
      results: [...entries.flatMap(({ results }) => results), ...notes],
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A folder of a load that nothing has been put into for so long belongs to a process that was killed. */
const leftoverAge = 60 * 60 * 1000;

async function removeLeftovers(scratch: string, now: number): Promise<void> {
  for (const name of await readdir(scratch)) {
    if (!name.startsWith('load-')) continue;
    const path = `${scratch}/${name}`;
    // Another load may be at the same: what is gone is no error.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > leftoverAge)
      await rm(path, { recursive: true, force: true });
  }
}

const nothingCommitted: StageCommit = {
  snapshotId: undefined,
  alreadyLoaded: new Map(),
  torn: new Set(),
  commitRetries: 0,
};

/** What a call has found and done. */
type LoadState = {
  readonly contract: BronzeContract;
  readonly files: readonly LandedFile[];
  readonly deliveries: readonly Delivery[];
  readonly commit: StageCommit;
  /** What another loader has recorded of contents while this call read them. */
  readonly recorded: ReadonlyMap<string, LoadRecord>;
  readonly loadedAt: number;
};

/** What is reported of a delivery, and what the ledger shall keep of it. */
type Conclusion = {
  readonly report: FileReport;
  readonly entry?: { readonly load: LoadRecord; readonly results: readonly QualityResult[] };
  readonly note?: QualityResult;
};

function conclude(state: LoadState, delivery: Delivery, file: LandedFile): Conclusion {
  const { sourceFile } = file;
  const { contract, loadedAt } = state;
  if (delivery.kind === 'missing') {
    return { report: { sourceFile, loadId: null, outcome: { status: 'missing' } } };
  }
  if (delivery.kind === 'read') return concludeRead(state, delivery.file);
  const { loadId } = delivery;
  if (delivery.kind === 'broken')
    return concludeFailed(state, file, loadId, delivery.reason, delivery.detail);
  const outcome =
    delivery.kind === 'known' ? knownOutcome(delivery.record) : repeatedOutcome(state, delivery.first);
  const report = { sourceFile, loadId, outcome };
  if (outcome.status !== 'duplicate') return { report };
  return { report, note: resultOfDuplicate({ loadId, checkedAt: loadedAt, tableName: contract.name }) };
}

function concludeRead(state: LoadState, file: ReadFile): Conclusion {
  const { loadId, sourceFile, staged } = file;
  const { contract, commit, recorded, loadedAt } = state;
  if (commit.torn.has(loadId)) {
    const detail =
      `${sourceFile}: its rejects are in quarantine under another contract and its rows are not in bronze: ` +
      `delete load ${loadId} from quarantine, then deliver the file with any byte changed`;
    return concludeFailed(state, file, loadId, 'contract_changed', detail);
  }
  const record = recorded.get(loadId);
  if (record?.outcome.status === 'loaded') return conclude(state, { kind: 'known', loadId, record }, file);
  const earlier = commit.alreadyLoaded.get(loadId);
  const loadedRows = earlier?.loaded ?? staged.loaded;
  const quarantinedRows = earlier?.rejected ?? staged.rejected;
  const { pack, dataset } = contract;
  const load: LoadRecord = {
    pack,
    dataset,
    loadId,
    sourceFile,
    outcome: { status: 'loaded', loadedRows, quarantinedRows },
    recordedAt: loadedAt,
  };
  const outcome: FileOutcome =
    earlier === undefined
      ? {
          status: 'loaded',
          loadedRows,
          quarantinedRows,
          rejects: staged.rejects,
          warnings: noticesOf(staged),
        }
      : { status: 'duplicate', loadedRows, quarantinedRows, firstSourceFile: null };
  const results = resultsOfLoad({ loadId, checkedAt: loadedAt, tableName: contract.name }, staged);
  return { report: { sourceFile, loadId, outcome }, entry: { load, results } };
}

function concludeFailed(
  { contract, loadedAt }: LoadState,
  { location, sourceFile }: LandedFile,
  loadId: string,
  reason: string,
  detail: string,
): Conclusion {
  const { pack, dataset, name } = contract;
  const contractHash = verdictHash(contract, location);
  const outcome = { status: 'failed', reason, detail, contractHash } as const;
  const result = resultOfFailure({ loadId, checkedAt: loadedAt, tableName: name }, reason);
  return {
    report: { sourceFile, loadId, outcome: { status: 'failed', reason, detail, known: false } },
    entry: {
      load: { pack, dataset, loadId, sourceFile, outcome, recordedAt: loadedAt },
      results: [result],
    },
  };
}

function knownOutcome({ outcome, sourceFile }: LoadRecord): FileOutcome {
  return outcome.status === 'loaded'
    ? {
        status: 'duplicate',
        loadedRows: outcome.loadedRows,
        quarantinedRows: outcome.quarantinedRows,
        firstSourceFile: sourceFile,
      }
    : { status: 'failed', reason: outcome.reason, detail: outcome.detail, known: true };
}

/** The outcome of bytes that stand in the batch a second time: that of their first delivery. */
function repeatedOutcome(state: LoadState, first: number): FileOutcome {
  const { deliveries, files } = state;
  const file = files[first]!;
  const { outcome } = conclude(state, deliveries[first]!, file).report;
  if (outcome.status === 'failed') return { ...outcome, known: true };
  if (outcome.status !== 'loaded') return outcome;
  const { loadedRows, quarantinedRows } = outcome;
  return { status: 'duplicate', loadedRows, quarantinedRows, firstSourceFile: file.sourceFile };
}
