import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import { acknowledgeWildcard, type Grantee } from '../governance/grants.ts';
import { acceptCheckov } from '../governance/template-findings.ts';
import type { StageSettings } from '../stage/stage-settings.ts';

/** CloudWatch namespace of the metrics that the functions write. */
export const metricNamespace = 'Shoplake';

/** Props of {@link LakeFunction}. */
export type LakeFunctionProps = {
  readonly settings: StageSettings;
  /** The folder that `buildFunctionCode` made; one asset for all functions. */
  readonly code: Code;
  /** Name of the folder in `lambdas/`. */
  readonly name: string;
  readonly description: string;
  /** Encrypts the environment and the log. */
  readonly key: Key;
  readonly environment: Readonly<Record<string, string>>;
  /** MiB. @default 1024: the steps mostly wait for S3 and Glue, and processor time comes with memory */
  readonly memory?: number;
  /** `/tmp`, in MiB. @default 512 */
  readonly scratch?: number;
  /** @default 5 minutes */
  readonly timeout?: Duration;
};

/** A function of the pipeline: Node 24, traced, its log encrypted and kept as long as the stage says. */
export class LakeFunction extends Construct implements Grantee {
  readonly function: LambdaFunction;
  readonly scope = this;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: LakeFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.settings.logRetentionDays,
      encryptionKey: props.key,
      removalPolicy: props.settings.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    // A role of its own in place of AWSLambdaBasicExecutionRole, which may write to every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    this.function = new LambdaFunction(this, 'Function', {
      role,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: props.settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: props.code,
      handler: `${props.name}.handler`,
      memorySize: props.memory ?? 1024,
      ephemeralStorageSize: Size.mebibytes(props.scratch ?? 512),
      timeout: props.timeout ?? Duration.minutes(5),
      tracing: Tracing.ACTIVE,
      logGroup: this.logGroup,
      environmentEncryption: props.key,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: props.name,
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
        SHOPLAKE_STAGE: props.settings.name,
        ...props.environment,
      },
    });
    acceptCheckov(this.function, {
      CKV_AWS_115:
        'Concurrency is bounded where calls come from: by the event sources of the queues, and by the state machine.',
      CKV_AWS_116:
        'Lambda sends asynchronous calls alone to a dead-letter queue; these come from queues that have one, and from Step Functions.',
      CKV_AWS_117:
        'It talks to AWS services alone, by TLS and under its role. In a VPC it would need endpoints or a way to the internet for the same.',
    });
    acknowledgeWildcard(
      this,
      'Resource::*',
      'X-Ray has no resources to name: PutTraceSegments is granted on * only.',
    );
  }

  /** Allows `actions` on `resources`, and nothing else. */
  allow(actions: readonly string[], resources: readonly string[]): void {
    this.function.addToRolePolicy(
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
    );
  }
}
