import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

import type { IngestEnvironment } from '../../core/ingest/environment.ts';
import { loadFiles } from '../../core/ingest/load-files.ts';
import { openLake, packNamed, variable } from '../environment.ts';
import type { RefreshRequestMessage } from '../refresh-request.ts';
import { createMeasure, logger, tracer } from '../telemetry.ts';
import { type LoadIo, loadMessages } from './load-messages.ts';
import { measureLoad } from './load-metrics.ts';

const queues = tracer.captureAWSv3Client(new SQSClient({}));
const measure = createMeasure(variable('SHOPLAKE_STAGE'));
const lake = openLake();
const environment: IngestEnvironment = {
  ...lake,
  ledger: lake.loads,
  // DuckDB gets half of the memory: Node, the record reader and Parquet's buffers need the rest.
  memoryLimit: `${Math.floor(Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 2048) / 2)}MB`,
};

const io: LoadIo = {
  load: async (pack, dataset, files) => {
    const contract = (await packNamed(pack)).bronze.find((candidate) => candidate.dataset === dataset);
    if (contract === undefined) throw new Error(`pack ${pack} has no dataset "${dataset}"`);
    return await loadFiles(environment, contract, files);
  },
  requestRefresh: async (pack) => {
    const message: RefreshRequestMessage = { pack };
    await queues.send(
      new SendMessageCommand({
        QueueUrl: variable('SHOPLAKE_REFRESH_REQUESTS'),
        MessageBody: JSON.stringify(message),
      }),
    );
  },
  measure: (report) => measureLoad(measure, report),
  log: logger,
};

/** Loads the landed files that a batch of messages names. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return await loadMessages(io, event);
}
