import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

import { formatReference } from '../core/refresh/run-store.ts';
import { createStateMachine } from '../core/refresh/state-machine.ts';
import type { TableGraph } from '../core/sql/graph.ts';
import { LakeFunction } from './functions/lake-function.ts';
import { grantCatalog, grantObjects } from './governance/grants.ts';
import { LakeDatabases } from './governance/lake-databases.ts';
import { ReaderPolicies } from './governance/reader-policies.ts';
import { Ingestion } from './ingestion/ingestion.ts';
import { LedgerTable } from './ledger/ledger-table.ts';
import { LakeAlarms } from './monitoring/alarms.ts';
import { LakeDashboard } from './monitoring/lake-dashboard.ts';
import { DashboardQueries } from './query/dashboard-queries.ts';
import { LakeWorkGroups } from './query/lake-work-groups.ts';
import { PackRefresh } from './refresh/pack-refresh.ts';
import { RefreshRequests } from './refresh/refresh-requests.ts';
import { StepFunctionSet } from './refresh/step-functions.ts';
import type { StageSettings } from './stage/stage-settings.ts';
import { LakeBuckets } from './storage/lake-buckets.ts';

/** Props of {@link ShoplakeStack}. */
export type ShoplakeStackProps = StackProps & {
  readonly settings: StageSettings;
  /** The table graph of every pack that is deployed. */
  readonly graphs: readonly TableGraph[];
  /**
   * Names of packs that are known and not deployed. They have their databases all the same: one that was deployed before would lose with
   * them what leads to its tables, while the ledger would still take their loads for loaded.
   * @default none
   */
  readonly idlePacks?: readonly string[];
  /** Folder that `buildFunctionCode` made. */
  readonly functionCode: string;
};

/** How long one batch of files may take: the most that Lambda allows. */
const ingestTimeout = Duration.minutes(15);

/** A stage of Shoplake: buckets, databases, work groups, ingestion, a refresh a pack, alarms and a dashboard. */
export class ShoplakeStack extends Stack {
  readonly #settings: StageSettings;
  readonly #graphs: readonly TableGraph[];
  readonly #key: Key;
  readonly #code: Code;
  readonly #buckets: LakeBuckets;
  readonly #databases: LakeDatabases;
  readonly #workGroups: LakeWorkGroups;
  readonly #ledger: LedgerTable;
  readonly #topic: Topic;

  constructor(scope: Construct, id: string, props: ShoplakeStackProps) {
    super(scope, id, { terminationProtection: props.settings.removal === 'retain', ...props });
    const { settings } = props;
    this.#settings = settings;
    this.#graphs = props.graphs;
    this.#code = Code.fromAsset(props.functionCode);
    this.#key = this.#addKey();
    this.#buckets = new LakeBuckets(this, 'Storage', { settings, key: this.#key });
    this.#databases = new LakeDatabases(this, 'Databases', {
      settings,
      buckets: this.#buckets,
      packs: this.#graphs.map(({ pack }) => pack.name),
      idlePacks: props.idlePacks ?? [],
    });
    this.#workGroups = new LakeWorkGroups(this, 'WorkGroups', {
      settings,
      buckets: this.#buckets,
      key: this.#key,
    });
    new DashboardQueries(this, 'DashboardQueries', {
      packs: this.#graphs.map(({ pack }) => pack),
      workGroups: this.#workGroups,
    });
    this.#ledger = new LedgerTable(this, 'Ledger', { settings, key: this.#key });
    this.#topic = new Topic(this, 'Notifications', { masterKey: this.#key, enforceSSL: true });

    const refreshes = this.#addRefreshes();
    const requests = this.#addRequests(refreshes);
    const ingestion = this.#addIngestion(requests);
    const alarms = new LakeAlarms(this, 'Alarms', {
      settings,
      topic: this.#topic,
      deadLetters: [ingestion.deadLetters, requests.deadLetters],
      refreshes,
    });
    new LakeDashboard(this, 'Dashboard', {
      settings,
      alarms,
      refreshes,
      tables: new Map(
        this.#graphs.map(({ pack, nodes }) => [pack.name, nodes.map(({ model }) => formatReference(model))]),
      ),
    });
    new ReaderPolicies(this, 'Readers', {
      settings,
      buckets: this.#buckets,
      databases: this.#databases,
      workGroups: this.#workGroups,
    });
    this.#addOutputs(refreshes, { ingest: ingestion.deadLetters, refresh: requests.deadLetters });
    Tags.of(this).add('application', 'shoplake');
    Tags.of(this).add('stage', settings.name);
  }

  #addKey(): Key {
    const key = new Key(this, 'Key', {
      description: `Encrypts the Shoplake stage ${this.#settings.name}.`,
      enableKeyRotation: true,
      removalPolicy: this.#settings.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    // EventBridge sends to the encrypted queues, CloudWatch alarms to the topic, and CloudWatch Logs writes encrypted logs.
    for (const service of [
      'events.amazonaws.com',
      'cloudwatch.amazonaws.com',
      `logs.${this.region}.amazonaws.com`,
    ]) {
      key.grantEncryptDecrypt(new ServicePrincipal(service));
    }
    return key;
  }

  /** What every function is told: where the lake's parts are. */
  #environment(): Readonly<Record<string, string>> {
    const buckets = this.#buckets;
    return {
      SHOPLAKE_LANDING: buckets.landing.s3UrlForObject(),
      SHOPLAKE_BRONZE: buckets.bronze.s3UrlForObject(),
      SHOPLAKE_SILVER: buckets.silver.s3UrlForObject(),
      SHOPLAKE_GOLD: buckets.gold.s3UrlForObject(),
      SHOPLAKE_RUNS: buckets.runs.s3UrlForObject(),
      SHOPLAKE_LEDGER: this.#ledger.table.tableName,
      SHOPLAKE_WORK_GROUP: this.#workGroups.pipeline.name,
      SHOPLAKE_TOPIC: this.#topic.topicArn,
    };
  }

  #functionDefaults() {
    return {
      settings: this.#settings,
      code: this.#code,
      key: this.#key,
      environment: this.#environment(),
    } as const;
  }

  #addRefreshes(): ReadonlyMap<string, PackRefresh> {
    const steps = new StepFunctionSet(this, 'Steps', {
      ...this.#functionDefaults(),
      buckets: this.#buckets,
      databases: this.#databases,
      ledger: this.#ledger,
      workGroup: this.#workGroups.pipeline,
      packs: this.#graphs.map(({ pack }) => pack.name),
    });
    steps.functions.finish.allow(['sns:Publish'], [this.#topic.topicArn]);
    return new Map(
      this.#graphs.map((graph) => [
        graph.pack.name,
        new PackRefresh(this, `Refresh-${graph.pack.name}`, {
          settings: this.#settings,
          key: this.#key,
          pack: graph.pack.name,
          document: createStateMachine(graph),
          steps,
          workGroup: this.#workGroups.pipeline,
          buckets: this.#buckets,
          databases: this.#databases,
        }),
      ]),
    );
  }

  #addRequests(refreshes: ReadonlyMap<string, PackRefresh>): RefreshRequests {
    const defaults = this.#functionDefaults();
    const starter = new LakeFunction(this, 'StartRefresh', {
      ...defaults,
      name: 'start-refresh',
      description: 'Starts one refresh for the loads of a burst.',
      memory: 256,
      timeout: Duration.minutes(1),
      environment: {
        ...defaults.environment,
        SHOPLAKE_STATE_MACHINES: this.toJsonString(
          Object.fromEntries([...refreshes].map(([pack, { machine }]) => [pack, machine.stateMachineArn])),
        ),
      },
    });
    return new RefreshRequests(this, 'RefreshRequests', {
      key: this.#key,
      refreshes,
      starter,
      windowSeconds: this.#settings.ingestBatchWindowSeconds,
    });
  }

  #addIngestion(requests: RefreshRequests): Ingestion {
    const defaults = this.#functionDefaults();
    const ingest = new LakeFunction(this, 'Ingest', {
      ...defaults,
      name: 'ingest',
      description: 'Validates landed CSV files and commits them to bronze.',
      memory: this.#settings.ingestMemoryMiB,
      scratch: this.#settings.ingestScratchMiB,
      timeout: ingestTimeout,
      environment: { ...defaults.environment, SHOPLAKE_REFRESH_REQUESTS: requests.queue.queueUrl },
    });
    grantObjects(ingest, this.#buckets.landing, ['read']);
    // Removing: metadata that a lost commit wrote, and versions beyond the hundred that a table keeps.
    grantObjects(ingest, this.#buckets.bronze, ['read', 'upload', 'remove']);
    grantCatalog(ingest, this.#databases, { layers: ['bronze'] }, [
      'GetDatabase',
      'GetTable',
      'CreateTable',
      'UpdateTable',
    ]);
    this.#ledger.grant(ingest, ['BatchGetItem', 'PutItem']);
    ingest.allow(['sqs:SendMessage'], [requests.queue.queueArn]);
    return new Ingestion(this, 'Ingestion', {
      settings: this.#settings,
      key: this.#key,
      buckets: this.#buckets,
      packs: this.#graphs.map(({ pack }) => pack),
      ingest,
      ingestTimeout,
    });
  }

  /** What a user, and `lake --stage`, need to find the lake. */
  #addOutputs(
    refreshes: ReadonlyMap<string, PackRefresh>,
    deadLetters: { readonly ingest: Queue; readonly refresh: Queue },
  ): void {
    const outputs: Readonly<Record<string, string>> = {
      ...Object.fromEntries(
        (['landing', 'bronze', 'silver', 'gold', 'runs'] as const).map((name) => [
          `${name.charAt(0).toUpperCase()}${name.slice(1)}Location`,
          this.#buckets[name].s3UrlForObject(),
        ]),
      ),
      LedgerTableName: this.#ledger.table.tableName,
      PipelineWorkGroup: this.#workGroups.pipeline.name,
      AnalystsWorkGroup: this.#workGroups.analysts.name,
      StewardsWorkGroup: this.#workGroups.stewards.name,
      IngestDeadLettersUrl: deadLetters.ingest.queueUrl,
      RefreshDeadLettersUrl: deadLetters.refresh.queueUrl,
      NotificationsTopicArn: this.#topic.topicArn,
      StateMachines: this.toJsonString(
        Object.fromEntries([...refreshes].map(([pack, { machine }]) => [pack, machine.stateMachineArn])),
      ),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
