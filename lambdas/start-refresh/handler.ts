import { createHash } from 'node:crypto';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { variable } from '../environment.ts';
import { readRequestedPack } from '../refresh-request.ts';
import { logger } from '../telemetry.ts';

const stepFunctions = new SFNClient({});
const machines = JSON.parse(variable('SHOPLAKE_STATE_MACHINES')) as Readonly<Record<string, string>>;

/**
 * Starts one execution a pack for all requests of a batch. A run that is at work already makes the new one end at once, and
 * looks for new loads itself after it has given its lease back: so no request is lost, whoever comes first.
 */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const byPack = Map.groupBy(event.Records, (record) => readRequestedPack(record.body));
  const failures: string[] = [];
  for (const [pack, records] of byPack) {
    try {
      await start(
        pack,
        records.map(({ messageId }) => messageId),
      );
    } catch (error) {
      logger.error('refresh not started', { pack, error: error as Error });
      failures.push(...records.map(({ messageId }) => messageId));
    }
  }
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** The name is made from the messages, so that a batch that is delivered again starts nothing twice. */
async function start(pack: string, messageIds: readonly string[]): Promise<void> {
  const stateMachineArn = machines[pack];
  if (stateMachineArn === undefined) throw new Error(`pack "${pack}" has no state machine`);
  const name = `loads-${createHash('sha256')
    .update([...messageIds].sort().join())
    .digest('hex')
    .slice(0, 32)}`;
  try {
    await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: '{}' }));
    logger.info('refresh started', { pack, name, requests: messageIds.length });
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
