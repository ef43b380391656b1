import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import type { LakeWorkGroup } from '../query/lake-work-groups.ts';
import type { StageSettings } from '../stage/stage-settings.ts';
import type { LakeBuckets } from '../storage/lake-buckets.ts';
import {
  type Grantee,
  grantCatalog,
  grantQueryRead,
  grantQueryResults,
  queryCatalogActions,
} from './grants.ts';
import type { DatabaseLayer, LakeDatabases } from './lake-databases.ts';

/** Props of {@link ReaderPolicies}. */
export type ReaderPoliciesProps = {
  readonly settings: StageSettings;
  readonly buckets: LakeBuckets;
  readonly databases: LakeDatabases;
  /** The work groups in which people ask. */
  readonly workGroups: { readonly analysts: LakeWorkGroup; readonly stewards: LakeWorkGroup };
};

/**
 * Managed policies to attach to the roles of people: analysts read gold, which holds neither names nor addresses; data
 * stewards read bronze with its quarantine, silver and gold.
 */
export class ReaderPolicies extends Construct {
  readonly #props: ReaderPoliciesProps;

  constructor(scope: Construct, id: string, props: ReaderPoliciesProps) {
    super(scope, id);
    this.#props = props;
    const { analysts, stewards } = props.workGroups;
    this.#addPolicy('Analysts', 'Asks the gold tables.', analysts, ['gold']);
    this.#addPolicy('Stewards', 'Reads every layer, quarantined rows included.', stewards, [
      'bronze',
      'silver',
      'gold',
    ]);
  }

  #addPolicy(
    role: string,
    description: string,
    workGroup: LakeWorkGroup,
    layers: readonly Exclude<DatabaseLayer, 'staging'>[],
  ): void {
    const { settings, buckets, databases } = this.#props;
    const policy = new ManagedPolicy(this, role, {
      managedPolicyName: `shoplake-${settings.name}-${role.toLowerCase()}`,
      description,
    });
    const grantee: Grantee = {
      scope: policy,
      allow: (actions, resources) =>
        policy.addStatements(
          new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
        ),
    };
    grantee.allow(
      [
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:GetWorkGroup',
        'athena:ListNamedQueries',
        'athena:GetNamedQuery',
      ],
      [workGroup.arn],
    );
    grantee.allow(
      [
        'athena:GetDataCatalog',
        'athena:ListDatabases',
        'athena:ListTableMetadata',
        'athena:GetTableMetadata',
      ],
      [
        Stack.of(this).formatArn({
          service: 'athena',
          resource: 'datacatalog',
          resourceName: 'AwsDataCatalog',
        }),
      ],
    );
    grantCatalog(grantee, databases, { layers }, queryCatalogActions);
    for (const layer of layers) grantQueryRead(grantee, buckets[layer]);
    grantQueryResults(grantee, buckets.results, workGroup.resultsPrefix);
    new CfnOutput(this, `${role}PolicyArn`, { value: policy.managedPolicyArn });
  }
}
