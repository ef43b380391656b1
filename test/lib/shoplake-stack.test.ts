import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { Match, type Template } from 'aws-cdk-lib/assertions';

import { createStateMachine } from '../../core/refresh/state-machine.ts';
import { stepFunctions } from '../../core/refresh/tasks.ts';
import type { TableGraph } from '../../core/sql/graph.ts';
import {
  buildStack,
  graphOfPack,
  readGraphs,
  type StageName,
  stages,
  templateOf,
} from './support/synthesise.ts';

type Resource = {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's own shapes, of which each test looks at a part
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata: { readonly 'aws:cdk:path': string };
};

let graphs: readonly TableGraph[];
let templates: Readonly<Record<StageName, Template>>;

beforeAll(async () => {
  graphs = await readGraphs();
  templates = {
    dev: templateOf('dev', graphs),
    staging: templateOf('staging', graphs),
    prod: templateOf('prod', graphs),
  };
});

function resourcesOf(stage: StageName, type: string): readonly Resource[] {
  return Object.values(templates[stage].findResources(type)) as unknown as readonly Resource[];
}

function named(stage: StageName, type: string, path: string): Resource {
  const found = resourcesOf(stage, type).find(({ Metadata }) =>
    Metadata['aws:cdk:path'].startsWith(`Shoplake-${stage}/${path}/`),
  );
  if (found === undefined) throw new Error(`${stage} has no ${type} at ${path}`);
  return found;
}

describe('buckets', () => {
  test.each(stages)('are private, encrypted and owned by the account in %s', (stage) => {
    const buckets = resourcesOf(stage, 'AWS::S3::Bucket');

    expect(buckets).toHaveLength(7);
    for (const { Properties, Metadata } of buckets) {
      const [rule] = Properties.BucketEncryption.ServerSideEncryptionConfiguration;
      const isLog = Metadata['aws:cdk:path'].includes('AccessLogs');
      expect(rule.ServerSideEncryptionByDefault.SSEAlgorithm).toBe(isLog ? 'AES256' : 'aws:kms');
      expect(rule.BucketKeyEnabled ?? false).toBe(!isLog);
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.OwnershipControls.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
      if (!isLog) expect(Properties.LoggingConfiguration.LogFilePrefix).toMatch(/^[a-z]+\/$/);
    }
  });

  test('refuse requests without TLS 1.2', () => {
    const policies = resourcesOf('dev', 'AWS::S3::BucketPolicy');

    expect(policies).toHaveLength(7);
    for (const { Properties } of policies) {
      const conditions = (
        Properties.PolicyDocument.Statement as readonly { Effect: string; Condition: unknown }[]
      )
        .filter(({ Effect }) => Effect === 'Deny')
        .map(({ Condition }) => Condition);
      expect(conditions).toEqual([
        { Bool: { 'aws:SecureTransport': 'false' } },
        { NumericLessThan: { 's3:TlsVersion': 1.2 } },
      ]);
    }
  });

  test('keep every version of what landed, and tell EventBridge of it', () => {
    const landing = named('prod', 'AWS::S3::Bucket', 'Storage/Landing').Properties;

    expect(landing.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(landing.NotificationConfiguration).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
  });

  test('let what is passing expire, and landed files of prod never', () => {
    const rules = (stage: StageName, bucket: string) =>
      named(stage, 'AWS::S3::Bucket', `Storage/${bucket}`).Properties.LifecycleConfiguration
        .Rules as readonly Readonly<Record<string, unknown>>[];

    expect(rules('dev', 'Results')).toContainEqual(expect.objectContaining({ ExpirationInDays: 7 }));
    expect(rules('prod', 'Results')).toContainEqual(expect.objectContaining({ ExpirationInDays: 30 }));
    expect(rules('prod', 'Runs')).toContainEqual(expect.objectContaining({ ExpirationInDays: 90 }));
    expect(JSON.stringify(rules('prod', 'Landing'))).toContain('GLACIER_IR');
    expect(JSON.stringify(rules('prod', 'Landing'))).not.toContain('Expiration');
    for (const layer of ['Bronze', 'Silver', 'Gold']) {
      // Which files a table needs is Iceberg's knowledge alone.
      expect(JSON.stringify(rules('prod', layer))).not.toContain('Expiration');
    }
    for (const bucket of ['Landing', 'Bronze', 'Silver', 'Gold', 'Runs', 'Results', 'AccessLogs']) {
      expect(JSON.stringify(rules('dev', bucket))).toContain('"DaysAfterInitiation":7');
    }
  });
});

describe('dashboard queries', () => {
  const queries = () => resourcesOf('dev', 'AWS::Athena::NamedQuery').map(({ Properties }) => Properties);

  test('are all saved for analysts, each under its pack and with its question', () => {
    const packs = graphs.map(({ pack }) => pack);

    expect(
      queries().map(({ Name, Description, Database, WorkGroup }) => [Name, Description, Database, WorkGroup]),
    ).toEqual(
      packs.flatMap((pack) =>
        pack.queries.map(({ name, question }) => [
          `${pack.name}.${name}`,
          question,
          `${pack.name}_gold`,
          'shoplake-dev-analysts',
        ]),
      ),
    );
    expect(queries().length).toBeGreaterThan(0);
  });

  test('are statements as Athena takes them, over gold alone', () => {
    for (const { QueryString } of queries()) {
      expect(QueryString).not.toMatch(/\$\{|_(bronze|silver)"|\b(upper|lower)\s*\(|;/);
      expect(QueryString).toMatch(/from "[a-z_]+_gold"\."/);
    }
  });

  test('are saved after their work group', () => {
    const [query] = Object.values(templates.dev.findResources('AWS::Athena::NamedQuery'));
    const groups = Object.keys(templates.dev.findResources('AWS::Athena::WorkGroup'));

    expect([query?.DependsOn].flat().sort()).toEqual(groups.sort());
  });
});

describe('stages', () => {
  const holdsData = [
    'AWS::S3::Bucket',
    'AWS::DynamoDB::Table',
    'AWS::KMS::Key',
    'AWS::Glue::Database',
    'AWS::Athena::WorkGroup',
    'AWS::Logs::LogGroup',
  ];

  test.each(holdsData)('keep each %s of prod and delete those of dev and staging', (type) => {
    for (const [stage, policy] of [
      ['dev', 'Delete'],
      ['staging', 'Delete'],
      ['prod', 'Retain'],
    ] as const) {
      for (const { DeletionPolicy, UpdateReplacePolicy } of resourcesOf(stage, type)) {
        expect([DeletionPolicy, UpdateReplacePolicy]).toEqual([policy, policy]);
      }
    }
  });

  test('protect the ledger of prod from deletion, and its past in every stage', () => {
    const ledgers = stages.map((stage) => named(stage, 'AWS::DynamoDB::Table', 'Ledger/Table').Properties);

    expect(ledgers.map(({ DeletionProtectionEnabled }) => DeletionProtectionEnabled)).toEqual([
      false,
      false,
      true,
    ]);
    for (const { PointInTimeRecoverySpecification, SSESpecification } of ledgers) {
      expect(PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(true);
      expect(SSESpecification.SSEType).toBe('KMS');
    }
  });

  test('have names, sizes and tags of their own', () => {
    for (const [stage, memory, days] of [
      ['dev', 2048, 14],
      ['staging', 3008, 30],
      ['prod', 3008, 365],
    ] as const) {
      const ingest = named(stage, 'AWS::Lambda::Function', 'Ingest/Function').Properties;
      expect(ingest.MemorySize).toBe(memory);
      expect(ingest.Tags).toEqual(
        expect.arrayContaining([
          { Key: 'application', Value: 'shoplake' },
          { Key: 'stage', Value: stage },
        ]),
      );
      for (const { Properties } of resourcesOf(stage, 'AWS::Logs::LogGroup')) {
        expect(Properties.RetentionInDays).toBe(days);
        expect(Properties.KmsKeyId).toBeDefined();
      }
    }
  });

  test('can be deleted by a command, save prod', () => {
    const isProtected = stages.map((stage) => {
      using built = buildStack(stage, graphs);
      return built.stack.terminationProtection;
    });

    expect(isProtected).toEqual([false, false, true]);
  });

  test('refresh on a schedule where one is set', () => {
    expect(resourcesOf('dev', 'AWS::Scheduler::Schedule')).toHaveLength(0);
    expect(resourcesOf('prod', 'AWS::Scheduler::Schedule')).toHaveLength(graphs.length);
  });
});

describe('ingestion', () => {
  test('gathers the files of a dataset for one commit and bounds who writes to a table', () => {
    templates.prod.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 60,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('hides a message for longer than a load may take, and sets it aside after the third failure', () => {
    const { Properties: queue } = named('prod', 'AWS::SQS::Queue', 'Ingestion/retail-invoices');
    const { Properties: ingest } = named('prod', 'AWS::Lambda::Function', 'Ingest/Function');

    expect(queue.VisibilityTimeout).toBeGreaterThan(ingest.Timeout + 60);
    expect(queue.RedrivePolicy.maxReceiveCount).toBe(3);
    expect(queue.KmsMasterKeyId).toBeDefined();
  });

  test('keeps dead letters as long as SQS can', () => {
    const letters = resourcesOf('dev', 'AWS::SQS::Queue').filter(
      ({ Properties }) => Properties.RedrivePolicy === undefined,
    );

    expect(letters.map(({ Properties }) => Properties.MessageRetentionPeriod)).toEqual([
      1_209_600, 1_209_600,
    ]);
  });

  test('hears of files that landed and that were deleted, of its dataset alone', () => {
    templates.dev.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        source: ['aws.s3'],
        'detail-type': ['Object Created', 'Object Deleted'],
        detail: { bucket: Match.anyValue(), object: { key: [{ prefix: 'retail/invoices/' }] } },
      }),
    });
  });

  test('lets nothing but TLS reach a queue or the topic', () => {
    for (const type of ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']) {
      for (const { Properties } of resourcesOf('dev', type)) {
        expect(JSON.stringify(Properties.PolicyDocument)).toContain('"aws:SecureTransport":"false"');
      }
    }
  });
});

describe('refresh', () => {
  test('deploys the document of the core as it is, with its functions put in', () => {
    const graph = graphOfPack(graphs, 'retail');
    const { Properties: machine } = named(
      'dev',
      'AWS::StepFunctions::StateMachine',
      'Refresh-retail/Machine',
    );

    expect(JSON.parse(machine.DefinitionString)).toEqual(createStateMachine(graph));
    expect(Object.keys(machine.DefinitionSubstitutions).sort()).toEqual(
      [...Object.values(stepFunctions), 'WorkGroup'].sort(),
    );
    const text: string = machine.DefinitionString;
    const used = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
    for (const name of used) expect(machine.DefinitionSubstitutions).toHaveProperty([name ?? '']);
  });

  test('is traced and logged without the payloads, and encrypted', () => {
    const { Properties: machine } = named(
      'prod',
      'AWS::StepFunctions::StateMachine',
      'Refresh-retail/Machine',
    );

    expect(machine.TracingConfiguration).toEqual({ Enabled: true });
    expect(machine.LoggingConfiguration).toMatchObject({ IncludeExecutionData: false, Level: 'ALL' });
    expect(machine.EncryptionConfiguration.Type).toBe('CUSTOMER_MANAGED_KMS_KEY');
  });

  test('has a state machine and four databases for each folder of sql/', () => {
    const databases = resourcesOf('dev', 'AWS::Glue::Database').map(
      ({ Properties }) => Properties.DatabaseInput.Name,
    );

    expect(resourcesOf('dev', 'AWS::StepFunctions::StateMachine')).toHaveLength(graphs.length);
    expect(databases.sort()).toEqual(
      graphs
        .flatMap(({ pack }) =>
          ['bronze', 'gold', 'silver', 'staging'].map((layer) => `${pack.name}_${layer}`),
        )
        .sort(),
    );
  });

  test('deploys another pack because there is one', () => {
    const graph = graphOfPack(graphs, 'retail');
    const second = { ...graph, pack: { ...graph.pack, name: 'outlet' } };

    const template = templateOf('dev', [graph, second]);

    template.resourceCountIs('AWS::StepFunctions::StateMachine', 2);
    template.resourceCountIs('AWS::Glue::Database', 8);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { object: { key: [{ prefix: 'outlet/invoices/' }] } } },
    });
    // The functions are the same for all packs.
    template.resourceCountIs('AWS::Lambda::Function', resourcesOf('dev', 'AWS::Lambda::Function').length);
  });

  test('keeps the databases of a pack that is no longer deployed, as they were, and grants nothing on them', () => {
    const graph = graphOfPack(graphs, 'retail');
    const outlet = { ...graph, pack: { ...graph.pack, name: 'outlet' } };

    const before = templateOf('dev', [graph, outlet]).findResources('AWS::Glue::Database');
    const after = templateOf('dev', [graph], ['outlet']);

    expect(after.findResources('AWS::Glue::Database')).toEqual(before);
    after.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    expect(JSON.stringify(after.findResources('AWS::IAM::Policy'))).not.toContain('outlet');
    expect(JSON.stringify(after.findResources('AWS::IAM::ManagedPolicy'))).not.toContain('outlet');
  });
});

describe('functions', () => {
  test.each(stages)('are traced, encrypted and of the processor of the stage in %s', (stage) => {
    for (const { Properties } of resourcesOf(stage, 'AWS::Lambda::Function')) {
      expect(Properties.Runtime).toBe('nodejs24.x');
      expect(Properties.Architectures).toEqual(['arm64']);
      expect(Properties.TracingConfig).toEqual({ Mode: 'Active' });
      expect(Properties.KmsKeyArn).toBeDefined();
      expect(Properties.LoggingConfig.LogGroup).toBeDefined();
      expect(Properties.Environment.Variables.SHOPLAKE_STAGE).toBe(stage);
    }
  });
});

describe('work groups', () => {
  test('enforce engine 3, encrypted results and a place for them', () => {
    const groups = resourcesOf('prod', 'AWS::Athena::WorkGroup').map(({ Properties }) => Properties);

    expect(groups.map(({ Name }) => Name).sort()).toEqual([
      'shoplake-prod-analysts',
      'shoplake-prod-pipeline',
      'shoplake-prod-stewards',
    ]);
    for (const { WorkGroupConfiguration } of groups) {
      expect(WorkGroupConfiguration).toMatchObject({
        EnforceWorkGroupConfiguration: true,
        PublishCloudWatchMetricsEnabled: true,
        EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } },
      });
    }
  });

  test('stop a query of a person that scans too much, and none of the pipeline', () => {
    const cutoffs = Object.fromEntries(
      resourcesOf('dev', 'AWS::Athena::WorkGroup').map(({ Properties }) => [
        Properties.Name,
        Properties.WorkGroupConfiguration.BytesScannedCutoffPerQuery,
      ]),
    );

    expect(cutoffs).toEqual({
      'shoplake-dev-analysts': 10 * 1024 ** 3,
      'shoplake-dev-stewards': 10 * 1024 ** 3,
      'shoplake-dev-pipeline': undefined,
    });
  });
});

test('stays far from what CloudFormation and Step Functions refuse, with all packs in it', () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  using built = buildStack('prod', graphs);
  const { templateFullPath } = built.app.synth().getStackByName('Shoplake-prod');
  const text = readFileSync(templateFullPath, 'utf8');
  const { Resources } = JSON.parse(text) as { readonly Resources: Readonly<Record<string, Resource>> };
  const definitions = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine')
    .map(({ Properties }) => Buffer.byteLength(Properties.DefinitionString));

  expect(Object.keys(Resources).length).toBeLessThan(0.6 * 500);
  expect(Buffer.byteLength(text)).toBeLessThan(0.8 * 1024 ** 2);
  expect(Math.max(...definitions)).toBeLessThan(0.25 * 1024 ** 2);
});

test('gives out what a user and the command line need to find the lake', () => {
  expect(Object.keys(templates.dev.findOutputs('*')).sort()).toEqual(
    expect.arrayContaining([
      'AnalystsWorkGroup',
      'BronzeLocation',
      'GoldLocation',
      'IngestDeadLettersUrl',
      'LandingLocation',
      'LedgerTableName',
      'NotificationsTopicArn',
      'PipelineWorkGroup',
      'RefreshDeadLettersUrl',
      'RunsLocation',
      'SilverLocation',
      'StateMachines',
      'StewardsWorkGroup',
    ]),
  );
});
