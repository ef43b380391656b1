import { Duration } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { LakeFunction } from '../functions/lake-function.ts';
import type { PackRefresh } from './pack-refresh.ts';

/** Props of {@link RefreshRequests}. */
export type RefreshRequestsProps = {
  readonly key: Key;
  /** The refresh of each pack, by the pack's name. */
  readonly refreshes: ReadonlyMap<string, PackRefresh>;
  /** Starts the executions. */
  readonly starter: LakeFunction;
  /** How long requests are gathered, in seconds, so that the loads of one burst start one run. */
  readonly windowSeconds: number;
};

/** Requests for a refresh, sent by loads: gathered for a while, then one execution a pack is started. */
export class RefreshRequests extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: RefreshRequestsProps) {
    super(scope, id);
    const defaults = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: props.key,
      enforceSSL: true,
    } as const;
    this.deadLetters = new Queue(this, 'DeadLetters', { ...defaults, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...defaults,
      visibilityTimeout: Duration.seconds(6 * 60 + props.windowSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    props.starter.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 1000,
        maxBatchingWindow: Duration.seconds(Math.max(1, props.windowSeconds)),
        maxConcurrency: 2,
        reportBatchItemFailures: true,
      }),
    );
    for (const { machine } of props.refreshes.values()) {
      props.starter.allow(['states:StartExecution'], [machine.stateMachineArn]);
    }
  }
}
