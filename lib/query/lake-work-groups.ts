import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { StageSettings } from '../stage/stage-settings.ts';
import type { LakeBuckets } from '../storage/lake-buckets.ts';

/** Props of {@link LakeWorkGroups}. */
export type LakeWorkGroupsProps = {
  readonly settings: StageSettings;
  readonly buckets: LakeBuckets;
  readonly key: Key;
};

/** An Athena work group, and where its results go. */
export type LakeWorkGroup = { readonly name: string; readonly arn: string; readonly resultsPrefix: string };

const bytesPerGiB = 1024 ** 3;

/**
 * The pipeline's work group, and one each for analysts and data stewards, in which a query that scans too much is stopped. Stewards have their own since
 * results of theirs hold what analysts may not see.
 */
export class LakeWorkGroups extends Construct {
  readonly pipeline: LakeWorkGroup;
  readonly analysts: LakeWorkGroup;
  readonly stewards: LakeWorkGroup;
  readonly #props: LakeWorkGroupsProps;

  constructor(scope: Construct, id: string, props: LakeWorkGroupsProps) {
    super(scope, id);
    this.#props = props;
    this.pipeline = this.#addWorkGroup('pipeline', 'Statements of the refresh runs.');
    const scanCutoffBytes = props.settings.scanCutoffGiB * bytesPerGiB;
    this.analysts = this.#addWorkGroup('analysts', 'Questions to the gold tables.', scanCutoffBytes);
    this.stewards = this.#addWorkGroup('stewards', 'Questions to every layer.', scanCutoffBytes);
  }

  #addWorkGroup(role: string, description: string, scanCutoffBytes?: number): LakeWorkGroup {
    const { settings, buckets, key } = this.#props;
    const name = `shoplake-${settings.name}-${role}`;
    const group = new CfnWorkGroup(this, role, {
      name,
      description,
      state: 'ENABLED',
      recursiveDeleteOption: settings.removal === 'destroy',
      workGroupConfiguration: {
        // Clients can change neither where results go nor that they are encrypted.
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: buckets.results.s3UrlForObject(`${role}/`),
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
        ...(scanCutoffBytes === undefined ? {} : { bytesScannedCutoffPerQuery: scanCutoffBytes }),
      },
    });
    group.applyRemovalPolicy(settings.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN);
    return {
      name,
      arn: Stack.of(this).formatArn({ service: 'athena', resource: 'workgroup', resourceName: group.name }),
      resultsPrefix: `${role}/`,
    };
  }
}
