import { Duration } from 'aws-cdk-lib';
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { Pack } from '../../core/contract/contract.ts';
import type { LakeFunction } from '../functions/lake-function.ts';
import type { StageSettings } from '../stage/stage-settings.ts';
import type { LakeBuckets } from '../storage/lake-buckets.ts';

/** Props of {@link Ingestion}. */
export type IngestionProps = {
  readonly settings: StageSettings;
  readonly key: Key;
  readonly buckets: LakeBuckets;
  readonly packs: readonly Pack[];
  /** Loads the files that its messages name. */
  readonly ingest: LakeFunction;
  /** How long the ingest function may run. */
  readonly ingestTimeout: Duration;
};

/** Files of one commit at the most; a commit holds all files of one message batch. */
const filesPerBatch = 500;

/**
 * Invocations of one dataset's queue at one time: 2 is the least that Lambda accepts. They commit to the same table, and
 * more of them would mostly retry each other's commits.
 */
const concurrencyPerDataset = 2;

/**
 * The way of a landed file to the ingest function: S3 -> EventBridge -> a queue a dataset, with a dead-letter queue -> Lambda.
 * A queue a dataset gathers the files of a burst for one commit and bounds how many loaders write to one table.
 */
export class Ingestion extends Construct {
  /** Messages that failed three times. */
  readonly deadLetters: Queue;
  /** Queue by `<pack>/<dataset>`. */
  readonly queues: ReadonlyMap<string, Queue>;
  readonly #props: IngestionProps;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    this.#props = props;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...this.#queueDefaults(),
      retentionPeriod: Duration.days(14),
    });
    this.queues = new Map(
      props.packs.flatMap((pack) =>
        pack.bronze.map(
          ({ dataset }) => [`${pack.name}/${dataset}`, this.#addDataset(pack.name, dataset)] as const,
        ),
      ),
    );
  }

  #addDataset(pack: string, dataset: string): Queue {
    const { settings, ingest, ingestTimeout } = this.#props;
    const window = Duration.seconds(settings.ingestBatchWindowSeconds);
    const queue = new Queue(this, `${pack}-${dataset}`, {
      ...this.#queueDefaults(),
      // Twice the time that a batch may take, and not Lambda's usual six times: the event source's own concurrency limit
      // leaves no throttled polls to wait for, and a file loaded twice is loaded once.
      visibilityTimeout: Duration.seconds(2 * ingestTimeout.toSeconds() + window.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 3 },
    });
    new Rule(this, `${pack}-${dataset}-landed`, {
      description: `Files of ${pack}/${dataset} that landed, or were deleted.`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created', 'Object Deleted'],
        detail: {
          bucket: { name: [this.#props.buckets.landing.bucketName] },
          object: { key: [{ prefix: `${pack}/${dataset}/` }] },
        },
      } satisfies EventPattern,
      targets: [new SqsQueue(queue)],
    });
    ingest.function.addEventSource(
      new SqsEventSource(queue, {
        batchSize: filesPerBatch,
        // Lambda asks for a window of a second at least when a batch may hold more than ten messages.
        maxBatchingWindow: Duration.seconds(Math.max(1, settings.ingestBatchWindowSeconds)),
        maxConcurrency: concurrencyPerDataset,
        reportBatchItemFailures: true,
      }),
    );
    return queue;
  }

  #queueDefaults() {
    return {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.#props.key,
      enforceSSL: true,
    } as const;
  }
}
