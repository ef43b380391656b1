import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

import {
  acknowledgeWildcard,
  type Grantee,
  grantCatalog,
  grantQueryRead,
  grantQueryResults,
  grantQueryTables,
  queryCatalogActions,
} from '../governance/grants.ts';
import type { LakeDatabases } from '../governance/lake-databases.ts';
import { acceptCfnLint } from '../governance/template-findings.ts';
import type { LakeWorkGroup } from '../query/lake-work-groups.ts';
import type { StageSettings } from '../stage/stage-settings.ts';
import type { LakeBuckets } from '../storage/lake-buckets.ts';
import type { StepFunctionSet } from './step-functions.ts';

/** Props of {@link PackRefresh}. */
export type PackRefreshProps = {
  readonly settings: StageSettings;
  readonly key: Key;
  readonly pack: string;
  /** The pack's state machine document, as the core makes it from the table graph. */
  readonly document: object;
  readonly steps: StepFunctionSet;
  readonly workGroup: LakeWorkGroup;
  readonly buckets: LakeBuckets;
  readonly databases: LakeDatabases;
};

/** The refresh of one pack: the core's own state machine document with this stage's functions put in, and its schedule. */
export class PackRefresh extends Construct {
  readonly machine: StateMachine;
  readonly #props: PackRefreshProps;

  constructor(scope: Construct, id: string, props: PackRefreshProps) {
    super(scope, id);
    this.#props = props;
    this.machine = this.#addMachine();
    this.#allowFunctions();
    this.#allowAthena();
    this.#addSchedule();
  }

  #addMachine(): StateMachine {
    const { settings, key, pack, document, steps, workGroup } = this.#props;
    const removalPolicy = settings.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const machine = new StateMachine(this, 'Machine', {
      stateMachineName: `shoplake-${settings.name}-${pack.replaceAll('_', '-')}`,
      comment: `Builds, checks and publishes the silver and gold tables of ${pack}.`,
      definitionBody: DefinitionBody.fromString(JSON.stringify(document)),
      definitionSubstitutions: { ...steps.substitutions, WorkGroup: workGroup.name },
      tracingEnabled: true,
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(key),
      logs: {
        // Payloads hold keys and not rows, but the queries' texts too: states and errors are enough to follow a run.
        includeExecutionData: false,
        level: LogLevel.ALL,
        destination: new LogGroup(this, 'Log', {
          retention: settings.logRetentionDays,
          encryptionKey: key,
          removalPolicy,
        }),
      },
      removalPolicy,
    });
    acceptCfnLint(machine, {
      E3601:
        'Its schema lacks Parameters of a Parallel state and OutputPath of Succeed, which the language has: https://states-language.net/#state-type-table. The core tests the document.',
    });
    return machine;
  }

  #allowFunctions(): void {
    this.#allow(['lambda:InvokeFunction'], this.#props.steps.arns);
  }

  /** Statements run with the state machine's own rights: it reads bronze, and writes what is staged. */
  #allowAthena(): void {
    const { workGroup, buckets, databases, pack } = this.#props;
    const grantee: Grantee = { scope: this, allow: this.#allow.bind(this) };
    grantee.allow(
      [
        'athena:StartQueryExecution',
        'athena:GetQueryExecution',
        'athena:StopQueryExecution',
        'athena:GetWorkGroup',
      ],
      [workGroup.arn],
    );
    grantee.allow(
      ['athena:GetDataCatalog'],
      [
        Stack.of(this).formatArn({
          service: 'athena',
          resource: 'datacatalog',
          resourceName: 'AwsDataCatalog',
        }),
      ],
    );
    grantQueryRead(grantee, buckets.bronze, `${pack}_bronze/`);
    grantQueryTables(grantee, buckets.silver, `${pack}_silver/`);
    grantQueryTables(grantee, buckets.gold, `${pack}_gold/`);
    grantQueryResults(grantee, buckets.results, workGroup.resultsPrefix);
    const layers = ['bronze', 'silver', 'gold', 'staging'] as const;
    grantCatalog(grantee, databases, { layers, pack }, queryCatalogActions);
    // Athena takes back the entry of a CREATE TABLE AS that failed.
    const staging = { layers: ['staging'], pack } as const;
    grantCatalog(grantee, databases, staging, ['CreateTable', 'UpdateTable', 'DeleteTable']);
    acknowledgeWildcard(
      this,
      'Resource::*',
      'X-Ray and the delivery of vended logs have no resources to name: AWS grants their actions on * only.',
    );
  }

  #addSchedule(): void {
    const { settings, pack } = this.#props;
    if (settings.refreshSchedule === null) return;
    new Schedule(this, 'Schedule', {
      description: `Refreshes ${pack} whether or not files landed: as_of, stale tables and what an earlier run left.`,
      schedule: ScheduleExpression.expression(settings.refreshSchedule),
      target: new StepFunctionsStartExecution(this.machine, {}),
      key: this.#props.key,
    });
  }

  #allow(actions: readonly string[], resources: readonly string[]): void {
    this.machine.addToRolePolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
    );
  }
}
