import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import { acceptCheckov } from '../governance/template-findings.ts';
import type { StageSettings } from '../stage/stage-settings.ts';

/** Props of {@link LakeBuckets}. */
export type LakeBucketsProps = {
  readonly settings: StageSettings;
  /** Encrypts every object. */
  readonly key: Key;
};

/** One bucket a layer, and one each for what runs leave behind, query results and access logs. Encrypted, TLS only, private. */
export class LakeBuckets extends Construct {
  /** CSV files as delivered, `<pack>/<dataset>/…`; versioned, since a delivery may overwrite an earlier one. */
  readonly landing: Bucket;
  readonly bronze: Bucket;
  readonly silver: Bucket;
  readonly gold: Bucket;
  /** Plans, SQL texts and check results of refresh runs. */
  readonly runs: Bucket;
  /** Results of Athena queries, a folder a work group. */
  readonly results: Bucket;
  readonly #logs: Bucket;
  readonly #props: LakeBucketsProps;

  constructor(scope: Construct, id: string, props: LakeBucketsProps) {
    super(scope, id);
    this.#props = props;
    this.#logs = this.#addLogBucket();
    this.landing = this.#addBucket('Landing', {
      versioned: true,
      eventBridgeEnabled: true,
      rules: landingRules(props.settings),
    });
    this.bronze = this.#addBucket('Bronze', {});
    this.silver = this.#addBucket('Silver', {});
    this.gold = this.#addBucket('Gold', {});
    this.runs = this.#addBucket('Runs', { rules: [expireAfter(90)] });
    this.results = this.#addBucket('Results', { rules: [expireAfter(props.settings.resultRetentionDays)] });
  }

  /** Buckets that hold tables, bronze to gold. */
  get layers(): readonly Bucket[] {
    return [this.bronze, this.silver, this.gold];
  }

  #addBucket(
    id: string,
    options: {
      readonly versioned?: boolean;
      readonly eventBridgeEnabled?: boolean;
      readonly rules?: LifecycleRule[];
    },
  ): Bucket {
    const bucket = new Bucket(this, id, {
      ...this.#privacy(),
      encryption: BucketEncryption.KMS,
      encryptionKey: this.#props.key,
      // One data key a bucket and not one an object: Iceberg writes many small files, and each would be a KMS request.
      bucketKeyEnabled: true,
      versioned: options.versioned ?? false,
      serverAccessLogsBucket: this.#logs,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      lifecycleRules: [abortUploads, ...(options.rules ?? [])],
    });
    if (!options.versioned) {
      acceptCheckov(bucket, {
        CKV_AWS_21:
          "Tables' files never change and their snapshots are the versions; the bucket's own would keep what expiry removes. The rest is passing.",
      });
    }
    if (options.eventBridgeEnabled) {
      // CloudFormation can do this by itself; the prop of the construct would add a function with broad rights for it.
      (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
        eventBridgeConfiguration: { eventBridgeEnabled: true },
      };
    }
    return bucket;
  }

  /** S3's log delivery cannot use a customer key without opening the key to the service; SSE-S3 is its documented choice. */
  #addLogBucket(): Bucket {
    const logs = new Bucket(this, 'AccessLogs', {
      ...this.#privacy(),
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [abortUploads, expireAfter(this.#props.settings.logRetentionDays)],
    });
    acceptCheckov(logs, {
      CKV_AWS_18: 'Logs of the log bucket would be logged for ever.',
      CKV_AWS_21: 'Log files are written once and expire.',
    });
    return logs;
  }

  #privacy() {
    const destroy = this.#props.settings.removal === 'destroy';
    return {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: destroy ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    };
  }
}

const abortUploads: LifecycleRule = {
  id: 'abort-uploads',
  abortIncompleteMultipartUploadAfter: Duration.days(7),
};

function expireAfter(days: number): LifecycleRule {
  return { id: 'expire', expiration: Duration.days(days) };
}

/** Landed files are read once, then kept cheaply: they are the proof of what was delivered. */
function landingRules(settings: StageSettings): LifecycleRule[] {
  if (settings.removal === 'destroy')
    return [{ id: 'expire-old-versions', noncurrentVersionExpiration: Duration.days(30) }];
  return [
    {
      id: 'archive',
      transitions: [
        { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) },
      ],
      noncurrentVersionTransitions: [
        { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) },
      ],
    },
  ];
}
