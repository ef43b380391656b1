import { uploadFile } from '../adapters/aws/landing-upload.ts';
import type { BronzeContract } from '../core/contract/contract.ts';
import { hashFile } from '../core/csv/csv-source.ts';
import { isSettled } from '../core/ingest/verdict.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { LoadLedger, LoadRecord } from '../core/ports/load-ledger.ts';
import type { ProgressListener } from '../core/ports/progress.ts';
import type { LoadBatch, PlannedFile } from './load-plan.ts';
import type { FileReport } from './load-report.ts';

/** What loading into a stage needs of it. */
export type StageLoading = {
  /** `s3://bucket` of the landing files. */
  readonly landing: string;
  readonly loads: Pick<LoadLedger, 'find'>;
  readonly clock: Clock;
  /** Puts a local file into the landing bucket. */
  upload(path: string, location: string): Promise<void>;
};

/** {@link StageLoading} of a deployed lake. */
export function stageLoading(lake: {
  readonly layout: { readonly landing: string };
  readonly loads: LoadLedger;
  readonly clock: Clock;
  readonly clients: { readonly s3: Parameters<typeof uploadFile>[0] };
}): StageLoading {
  return {
    landing: lake.layout.landing,
    loads: lake.loads,
    clock: lake.clock,
    upload: (path, location) => uploadFile(lake.clients.s3, path, location),
  };
}

const uploadsAtOnce = 6;
const pauseMilliseconds = 1500;
/** The queue gathers for up to 5 minutes, and one batch of files may take the ingest function 15. */
const patienceMilliseconds = 25 * 60 * 1000;

type Upload = {
  readonly contract: BronzeContract;
  readonly file: PlannedFile;
  readonly loadId: string;
  /** What the ledger said of this content before it was sent. */
  readonly before: LoadRecord | undefined;
};

/**
 * Puts files where a drop in the landing bucket would put them, and waits until the stage's ledger tells what became of each.
 * Stopping it stops nothing in the stage: what is uploaded is loaded.
 */
export async function loadIntoStage(
  stage: StageLoading,
  batches: readonly LoadBatch[],
  progress: ProgressListener,
): Promise<readonly FileReport[]> {
  const uploads = await uploadAll(stage, batches, progress);
  const records = await awaitRecords(stage, uploads, progress);
  return describe(uploads, records);
}

async function uploadAll(
  { landing, loads, upload }: StageLoading,
  batches: readonly LoadBatch[],
  progress: ProgressListener,
): Promise<readonly Upload[]> {
  const waiting = batches.flatMap(({ contract, files }) => files.map((file) => ({ contract, file })));
  const total = waiting.length;
  const uploads = new Array<Upload>(total);
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let at = next++; at < total; at = next++) {
      const { contract, file } = waiting[at]!;
      const { pack, dataset } = contract;
      const subject = `${dataset}/${file.sourceFile}`;
      progress({ task: 'upload', subject, step: 'uploading', done, total });
      const loadId = await hashFile(file.path);
      const [before] = await loads.find(pack, dataset, [loadId]);
      await upload(file.path, `${landing}/${pack}/${dataset}/${file.sourceFile}`);
      uploads[at] = { contract, file, loadId, before };
      done += 1;
      progress({ task: 'upload', subject, step: 'uploaded', done, total });
    }
  };
  await Promise.all(Array.from({ length: uploadsAtOnce }, work));
  return uploads;
}

/** What the ledger says of each upload, by `<dataset>/<load id>`; nothing for those that it was silent about for too long. */
async function awaitRecords(
  { loads, clock }: StageLoading,
  uploads: readonly Upload[],
  progress: ProgressListener,
): Promise<ReadonlyMap<string, LoadRecord>> {
  const total = uploads.length;
  const records = new Map<string, LoadRecord>();
  let missing: readonly Upload[] = uploads.filter((upload) => {
    const { before, contract, file } = upload;
    // Nothing more will be said of it.
    if (before !== undefined && isSettled(before, contract, file.sourceFile)) {
      records.set(keyOf(upload), before);
    }
    return !records.has(keyOf(upload));
  });
  let done = total - missing.length;
  for (let lastNews = clock.now(); missing.length > 0; ) {
    progress({ task: 'load', subject: '', step: 'waiting for the stage', done, total });
    await clock.sleep(pauseMilliseconds);
    for (const [contract, group] of Map.groupBy(missing, (upload) => upload.contract)) {
      const loadIds = [...new Set(group.map(({ loadId }) => loadId))];
      const found = await loads.find(contract.pack, contract.dataset, loadIds);
      const byId = new Map(found.map((record) => [record.loadId, record]));
      for (const upload of group) {
        const record = byId.get(upload.loadId);
        if (record === undefined || !isNews(upload, record)) continue;
        records.set(keyOf(upload), record);
        done += 1;
        lastNews = clock.now();
        const subject = `${contract.dataset}/${upload.file.sourceFile}`;
        progress({ task: 'load', subject, step: record.outcome.status, done, total });
      }
    }
    missing = missing.filter((upload) => !records.has(keyOf(upload)));
    if (clock.now() - lastNews > patienceMilliseconds) break;
  }
  return records;
}

function isNews({ before }: Upload, record: LoadRecord): boolean {
  return before === undefined || record.recordedAt !== before.recordedAt;
}

function keyOf({ contract, loadId }: Upload): string {
  return `${contract.dataset}/${loadId}`;
}

function describe(
  uploads: readonly Upload[],
  records: ReadonlyMap<string, LoadRecord>,
): readonly FileReport[] {
  // Of several files with the same bytes one is loaded: that which the ledger names.
  const told = new Set<string>();
  return uploads.map((upload) => {
    const { contract, file, before } = upload;
    const name = { dataset: contract.dataset, sourceFile: file.sourceFile };
    const record = records.get(keyOf(upload));
    if (record === undefined || record.outcome.status === 'failed') {
      const detail =
        record?.outcome.status === 'failed'
          ? `${record.outcome.reason}: ${record.outcome.detail}`
          : 'uploaded, but the stage has not said what became of it: look at the alarms and the dead-letter queue';
      return { ...name, status: 'failed', loadedRows: 0, quarantinedRows: 0, detail };
    }
    const { loadedRows, quarantinedRows } = record.outcome;
    const isFirst = before?.outcome.status !== 'loaded' && record.sourceFile === file.sourceFile;
    const isLoaded = isFirst && !told.has(keyOf(upload));
    if (isLoaded) told.add(keyOf(upload));
    return {
      ...name,
      status: isLoaded ? 'loaded' : 'already loaded',
      loadedRows,
      quarantinedRows,
      detail:
        isLoaded || record.sourceFile === file.sourceFile ? null : `same content as ${record.sourceFile}`,
    };
  });
}
