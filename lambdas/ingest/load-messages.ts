import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

import type { LandedFile } from '../../core/ingest/environment.ts';
import type { LoadReport } from '../../core/ingest/load-report.ts';
import type { Log } from '../telemetry.ts';
import { type ObjectEvent, readObjectEvent } from './landed-object.ts';

/** What loading the files of messages needs of the world. */
export type LoadIo = {
  /** Loads files of one dataset in one commit. @throws Error if there is no such dataset, or the world fails */
  readonly load: (pack: string, dataset: string, files: readonly LandedFile[]) => Promise<LoadReport>;
  /** Asks for a refresh of the pack. */
  readonly requestRefresh: (pack: string) => Promise<void>;
  readonly measure: (report: LoadReport) => void;
  readonly log: Log;
};

type Arrival = { readonly record: SQSRecord; readonly event: ObjectEvent };

/**
 * Loads the files of a batch in one commit a dataset. A message that comes again is loaded by itself and in random order, so
 * that a file that brings the function down takes no other file to the dead letters with it.
 */
export async function loadMessages(io: LoadIo, event: SQSEvent): Promise<SQSBatchResponse> {
  const failed = new Set<string>();
  const arrivals = event.Records.flatMap((record) => readArrival(io, record, failed) ?? []);
  const isRepeated = ({ record }: Arrival) => Number(record.attributes.ApproximateReceiveCount) > 1;
  const alone = arrivals.filter(isRepeated);
  const fresh = arrivals.filter((arrival) => !isRepeated(arrival));
  for (const group of Map.groupBy(fresh, ({ event: { pack, dataset } }) => `${pack}/${dataset}`).values()) {
    if (!(await tryLoad(io, group))) alone.push(...group);
  }
  for (const arrival of shuffle(alone)) {
    if (!(await tryLoad(io, [arrival]))) failed.add(arrival.record.messageId);
  }
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Undefined for what needs no load: a deletion, a folder marker, a message that cannot be read. */
function readArrival({ log }: LoadIo, record: SQSRecord, failed: Set<string>): Arrival | undefined {
  try {
    const event = readObjectEvent(record.body);
    const { kind, pack, dataset, file } = event;
    if (kind === 'deleted') {
      const subject = { pack, dataset, sourceFile: file.sourceFile };
      log.info('landed file deleted: what was loaded of it stays', subject);
      return undefined;
    }
    if (file.sourceFile === '' || file.sourceFile.endsWith('/')) return undefined;
    return { record, event };
  } catch (error) {
    log.error('message not understood', { messageId: record.messageId, error: error as Error });
    failed.add(record.messageId);
    return undefined;
  }
}

/** False if nothing is known to be loaded; loading again is safe. */
async function tryLoad(io: LoadIo, group: readonly Arrival[]): Promise<boolean> {
  const first = group[0]?.event;
  if (first === undefined) return true;
  const { pack, dataset } = first;
  try {
    const report = await io.load(
      pack,
      dataset,
      group.map(({ event }) => event.file),
    );
    tell(io, report);
    // Duplicates too: an earlier try may have committed these rows and ended before it could ask for the refresh.
    if (report.files.some(({ outcome: { status } }) => status === 'loaded' || status === 'duplicate')) {
      await io.requestRefresh(pack);
    }
    return true;
  } catch (error) {
    io.log.error('load not done', { pack, dataset, files: group.length, error: error as Error });
    return false;
  }
}

/** Counts and reasons; never a row, and of a failed file only what its report says for people. */
function tell({ measure, log }: LoadIo, report: LoadReport): void {
  measure(report);
  for (const { sourceFile, loadId, outcome } of report.files) {
    const subject = { pack: report.pack, dataset: report.dataset, sourceFile, loadId, ...outcome };
    if (outcome.status === 'failed') log.error('file failed', subject);
    else if (outcome.status === 'missing') log.warn('file was gone before it was loaded', subject);
    else log.info(`file ${outcome.status}`, subject);
  }
}

function shuffle<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, position: Math.random() }))
    .sort((a, b) => a.position - b.position)
    .map(({ item }) => item);
}
