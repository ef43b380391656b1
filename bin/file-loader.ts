import { stat } from 'node:fs/promises';
import { locationOf } from '../adapters/local/folder-store.ts';
import type { LocalLake } from '../adapters/local/local-lake.ts';
import type { BronzeContract } from '../core/contract/contract.ts';
import { loadFiles } from '../core/ingest/load-files.ts';
import type { FileReport as CoreReport } from '../core/ingest/load-report.ts';
import type { ProgressListener } from '../core/ports/progress.ts';
import type { LoadBatch, PlannedFile } from './load-plan.ts';
import type { FileReport } from './load-report.ts';

/** A batch is one commit, and lies converted in the scratch folder until then: it is kept to what any disk holds. */
const batchFiles = 256;
const batchBytes = 2 * 1024 ** 3;

/** Loads files, a dataset after the other. */
export async function loadPlannedFiles(
  lake: LocalLake,
  batches: readonly LoadBatch[],
  progress: ProgressListener,
): Promise<readonly FileReport[]> {
  const reports: FileReport[] = [];
  const total = batches.reduce((count, { files }) => count + files.length, 0);
  for (const { contract, files } of batches) {
    const before = reports.length;
    const listener: ProgressListener = (event) => progress({ ...event, done: before + event.done, total });
    reports.push(...(await loadDataset(lake, contract, files, listener)));
  }
  return reports;
}

/** Loads files of one dataset in batches, as the ingest function does with what lands in the bucket. */
async function loadDataset(
  lake: LocalLake,
  contract: BronzeContract,
  files: readonly PlannedFile[],
  progress: ProgressListener,
): Promise<readonly FileReport[]> {
  const environment = { ...lake, ledger: lake.loads };
  const reports: FileReport[] = [];
  for (const batch of await cutBatches(files)) {
    const landed = batch.map(({ path, sourceFile }) => ({ location: locationOf(path), sourceFile }));
    const before = reports.length;
    const listener: ProgressListener = (event) => progress({ ...event, done: before + event.done });
    const report = await loadFiles(environment, contract, landed, listener);
    reports.push(...report.files.map((file) => describeFile(contract.dataset, file)));
  }
  return reports;
}

async function cutBatches(files: readonly PlannedFile[]): Promise<readonly (readonly PlannedFile[])[]> {
  const batches: PlannedFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    // One that has gone since it was listed is reported by the load.
    const size = await stat(file.path).then(
      (found) => found.size,
      () => 0,
    );
    const current = batches.at(-1);
    if (current === undefined || current.length >= batchFiles || bytes + size > batchBytes) {
      batches.push([file]);
      bytes = size;
    } else {
      current.push(file);
      bytes += size;
    }
  }
  return batches;
}

function describeFile(dataset: string, { sourceFile, outcome }: CoreReport): FileReport {
  const name = { dataset, sourceFile };
  if (outcome.status === 'failed' || outcome.status === 'missing') {
    const detail =
      outcome.status === 'failed' ? `${outcome.reason}: ${outcome.detail}` : 'the file is there no more';
    return { ...name, status: 'failed', loadedRows: 0, quarantinedRows: 0, detail };
  }
  if (outcome.status === 'duplicate') {
    const first = outcome.firstSourceFile;
    return {
      ...name,
      status: 'already loaded',
      loadedRows: outcome.loadedRows ?? 0,
      quarantinedRows: outcome.quarantinedRows ?? 0,
      detail: first === null || first === sourceFile ? null : `same content as ${first}`,
    };
  }
  const reasons = Object.entries(outcome.rejects).map(([reason, rows]) => `${reason} ${rows}`);
  return {
    ...name,
    status: 'loaded',
    loadedRows: outcome.loadedRows,
    quarantinedRows: outcome.quarantinedRows,
    detail: reasons.length === 0 ? null : reasons.join(', '),
  };
}
