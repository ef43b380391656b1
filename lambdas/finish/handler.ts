import { AthenaClient, BatchGetQueryExecutionCommand } from '@aws-sdk/client-athena';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { FinishInput, FinishOutput } from '../../core/refresh/payloads.ts';
import { reportRun } from '../../core/refresh/run-report.ts';
import { finish } from '../../core/refresh/steps/finish.ts';
import type { Step } from '../../core/refresh/steps/index.ts';
import { variable } from '../environment.ts';
import { stepHandler } from '../step-handler.ts';
import { createMeasure, logger, tracer } from '../telemetry.ts';
import { type TellIo, tellRun } from './tell-run.ts';

const athena = tracer.captureAWSv3Client(new AthenaClient({}));
const topics = tracer.captureAWSv3Client(new SNSClient({}));
const stage = variable('SHOPLAKE_STAGE');

/** What one BatchGetQueryExecution takes. */
const queriesPerCall = 50;

const io: TellIo = {
  stage,
  measure: createMeasure(stage),
  scannedBytes: async (queries) => {
    let bytes = 0;
    for (let start = 0; start < queries.length; start += queriesPerCall) {
      const { QueryExecutions } = await athena.send(
        new BatchGetQueryExecutionCommand({
          QueryExecutionIds: queries.slice(start, start + queriesPerCall),
        }),
      );
      for (const { Statistics } of QueryExecutions ?? []) bytes += Statistics?.DataScannedInBytes ?? 0;
    }
    return bytes;
  },
  notify: async (Subject, Message) => {
    await topics.send(new PublishCommand({ TopicArn: variable('SHOPLAKE_TOPIC'), Subject, Message }));
  },
};

const finishAndTell: Step<FinishInput, FinishOutput> = async (environment, input) => {
  const output = await finish(environment, input);
  try {
    const report = await reportRun(environment, input.run);
    if (report !== undefined) await tellRun(io, report);
  } catch (error) {
    // The run is over and recorded: that telling of it failed must not make it a failed run. Alarms on the state machine tell too.
    logger.error('run not told', { ...input.run, error: error as Error });
  }
  return output;
};

/** Finishes a run, then writes its metrics and notifies if it failed. */
export const handler = stepHandler(finishAndTell);
