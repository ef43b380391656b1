import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

import type { BronzeContract } from '../../core/contract/contract.ts';
import type { IngestEnvironment } from '../../core/ingest/environment.ts';
import { loadFiles } from '../../core/ingest/load-files.ts';
import type { LoadReport } from '../../core/ingest/load-report.ts';
import { openLake, packNamed, variable } from '../environment.ts';
import type { RefreshRequestMessage } from '../refresh-request.ts';
import { logger } from '../telemetry.ts';
import { type ObjectEvent, readObjectEvent } from './landed-object.ts';
import { measureLoad } from './load-metrics.ts';

const queues = new SQSClient({});
const lake = openLake();
const environment: IngestEnvironment = {
  ...lake,
  ledger: lake.loads,
  // DuckDB gets half of the memory: Node, the record reader and Parquet's buffers need the rest.
  memoryLimit: `${Math.floor(Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 2048) / 2)}MB`,
};

type Arrival = { readonly record: SQSRecord; readonly event: ObjectEvent };

/**
 * Loads the files of a batch in one commit. A message that comes again is loaded by itself and in random order, so that a file that
 * brings the function down takes no other file to the dead letters with it.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failed = new Set<string>();
  const arrivals: Arrival[] = [];
  for (const record of event.Records) {
    const arrival = await readArrival(record, failed);
    if (arrival !== undefined) arrivals.push(arrival);
  }
  const [repeated, fresh] = split(
    arrivals,
    ({ record }) => Number(record.attributes.ApproximateReceiveCount) > 1,
  );
  for (const group of Map.groupBy(fresh, ({ event: { pack, dataset } }) => `${pack}/${dataset}`).values()) {
    if (!(await tryLoad(group))) repeated.push(...group);
  }
  for (const arrival of shuffle(repeated)) {
    if (!(await tryLoad([arrival]))) failed.add(arrival.record.messageId);
  }
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Undefined for what needs no load: a deletion, a folder marker, an object that is gone by now. */
async function readArrival(record: SQSRecord, failed: Set<string>): Promise<Arrival | undefined> {
  try {
    const event = readObjectEvent(record.body);
    const { kind, pack, dataset, file } = event;
    if (kind === 'deleted') {
      logger.info('landed file deleted: what was loaded of it stays', {
        pack,
        dataset,
        sourceFile: file.sourceFile,
      });
      return undefined;
    }
    if (file.sourceFile === '' || file.sourceFile.endsWith('/')) return undefined;
    if ((await lake.store.head(file.location)) === undefined) {
      logger.warn('landed file is gone before it was loaded', { pack, dataset, sourceFile: file.sourceFile });
      return undefined;
    }
    return { record, event };
  } catch (error) {
    logger.error('message not understood', { messageId: record.messageId, error: error as Error });
    failed.add(record.messageId);
    return undefined;
  }
}

async function tryLoad(group: readonly Arrival[]): Promise<boolean> {
  const first = group[0]?.event;
  if (first === undefined) return true;
  const { pack, dataset } = first;
  try {
    const contract = await contractOf(pack, dataset);
    const report = await loadFiles(
      environment,
      contract,
      group.map(({ event }) => event.file),
    );
    tell(report);
    // Duplicates too: an earlier try may have committed these rows and ended before it could ask for the refresh.
    if (report.files.some(({ outcome }) => outcome.status !== 'failed')) await requestRefresh(pack);
    return true;
  } catch (error) {
    logger.error('load not done', { pack, dataset, files: group.length, error: error as Error });
    return false;
  }
}

async function contractOf(pack: string, dataset: string): Promise<BronzeContract> {
  const contract = (await packNamed(pack)).bronze.find((candidate) => candidate.dataset === dataset);
  if (contract === undefined) throw new Error(`pack ${pack} has no dataset "${dataset}"`);
  return contract;
}

async function requestRefresh(pack: string): Promise<void> {
  const message: RefreshRequestMessage = { pack };
  await queues.send(
    new SendMessageCommand({
      QueueUrl: variable('SHOPLAKE_REFRESH_REQUESTS'),
      MessageBody: JSON.stringify(message),
    }),
  );
}

/** Counts and reasons; never a row, and of a failed file only what its report says for people. */
function tell(report: LoadReport): void {
  measureLoad(report);
  for (const { sourceFile, loadId, outcome } of report.files) {
    const subject = { pack: report.pack, dataset: report.dataset, sourceFile, loadId, ...outcome };
    if (outcome.status === 'failed') logger.error('file failed', subject);
    else logger.info(`file ${outcome.status}`, subject);
  }
}

function split<T>(items: readonly T[], first: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(first), items.filter((item) => !first(item))];
}

function shuffle<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, position: Math.random() }))
    .sort((a, b) => a.position - b.position)
    .map(({ item }) => item);
}
