import { createHash } from 'node:crypto';

import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

import { readRequestedPack } from '../refresh-request.ts';
import type { Log } from '../telemetry.ts';

/** What starting refreshes needs of the world. */
export type StartIo = {
  /** ARN of the state machine by pack. */
  readonly machines: Readonly<Record<string, string>>;
  /** Starts an execution; false if there is one of this name already. */
  readonly start: (machine: string, name: string) => Promise<boolean>;
  readonly log: Log;
};

/**
 * Starts one execution a pack for all requests of a batch. A run that is at work already makes the new one end at once, and
 * looks for new loads itself after it has given its lease back: so no request is lost, whoever comes first.
 */
export async function startRefreshes(io: StartIo, event: SQSEvent): Promise<SQSBatchResponse> {
  const failures: SQSRecord[] = [];
  const byPack = new Map<string, SQSRecord[]>();
  for (const record of event.Records) {
    try {
      const pack = readRequestedPack(record.body);
      byPack.set(pack, [...(byPack.get(pack) ?? []), record]);
    } catch (error) {
      io.log.error('request not understood', { messageId: record.messageId, error: error as Error });
      failures.push(record);
    }
  }
  for (const [pack, records] of byPack) {
    try {
      const machine = io.machines[pack];
      if (machine === undefined) throw new Error(`pack "${pack}" has no state machine`);
      const name = executionName(records);
      const isNew = await io.start(machine, name);
      io.log.info(isNew ? 'refresh started' : 'refresh was started before', { pack, name });
    } catch (error) {
      io.log.error('refresh not started', { pack, error: error as Error });
      failures.push(...records);
    }
  }
  return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** Made from the messages, so that a batch that is delivered again starts nothing twice. */
function executionName(records: readonly SQSRecord[]): string {
  const ids = records.map(({ messageId }) => messageId).sort();
  return `loads-${createHash('sha256').update(ids.join()).digest('hex').slice(0, 32)}`;
}
