import type { SQSEvent, SQSRecord } from 'aws-lambda';

import type { Log } from '../../../lambdas/telemetry.ts';

/** A message of a queue; `receives` tells how often it was handed out. */
export function message(messageId: string, body: string, receives = 1): SQSRecord {
  return {
    messageId,
    body,
    receiptHandle: messageId,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '0',
      SenderId: 'events',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:111122223333:queue',
    awsRegion: 'eu-central-1',
  };
}

export function batch(...records: readonly SQSRecord[]): SQSEvent {
  return { Records: [...records] };
}

/** S3's event as EventBridge hands it to a queue. */
export function objectEvent(key: string, detailType = 'Object Created'): string {
  return JSON.stringify({
    version: '0',
    source: 'aws.s3',
    'detail-type': detailType,
    detail: { bucket: { name: 'landing' }, object: { key, size: 1 } },
  });
}

/** A log that keeps its lines. */
export function memoryLog(): Log & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (text: unknown, ...rest: readonly unknown[]) => {
      lines.push(`${level} ${String(text)} ${JSON.stringify(rest)}`);
    };
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') } as Log & {
    readonly lines: readonly string[];
  };
}
