import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { GetNamedQueryCommand, paginateListNamedQueries } from '@aws-sdk/client-athena';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { DescribeExecutionCommand, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';

import { type AwsLake, openAwsLake } from '../../../adapters/aws/aws-lake.ts';
import { type AwsClients, closeAwsClients, createAwsClients } from '../../../adapters/aws/clients.ts';

const project = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** The stage that the tests deploy, and its settings in cdk.json: what little it holds is deleted with it. */
const stage = 'conformance';
const stack = `Shoplake-${stage}`;

/** A stage that the tests have deployed, and may break. */
export type Deployment = {
  readonly clients: AwsClients;
  readonly lake: AwsLake;
  /** Analysts' work group, through which a reader asks. */
  readonly readers: AwsLake['engine'];
  /** What is saved in the analysts' work group. */
  namedQueries(): Promise<readonly NamedQuery[]>;
  /** Resolves when no message waits and no execution runs. @throws Error after `seconds` */
  untilIdle(seconds?: number): Promise<void>;
  /** Every execution of a pack's state machine, oldest first, with its output or its error. */
  executions(pack: string): Promise<readonly Execution[]>;
  /** Destroys the stage. */
  destroy(): Promise<void>;
};

/** A query saved in Athena. */
export type NamedQuery = {
  readonly name: string;
  readonly description: string;
  readonly database: string;
  readonly sql: string;
};

/** An execution of a state machine. */
export type Execution = {
  readonly name: string;
  readonly status: string;
  /** Output of one that succeeded, parsed; cause of one that failed. */
  readonly result: unknown;
};

/** Deploys the packs of a folder as a stage of their own. */
export async function deployStage(packsFolder: string): Promise<Deployment> {
  const context = [`packs=${packsFolder}`, `architecture=${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`];
  await lake('deploy', '--stage', stage, '--yes', '--', ...context.flatMap((pair) => ['-c', pair]));
  const clients = createAwsClients();
  const cloudFormation = new CloudFormationClient({});
  const sqs = new SQSClient({});
  const stepFunctions = new SFNClient({});
  const outputs = await readOutputs(cloudFormation);
  const queues = await readQueues(cloudFormation);
  const machines = JSON.parse(outputs.StateMachines ?? '{}') as Readonly<Record<string, string>>;
  const locations = {
    landing: outputs.LandingLocation ?? '',
    bronze: outputs.BronzeLocation ?? '',
    silver: outputs.SilverLocation ?? '',
    gold: outputs.GoldLocation ?? '',
    runs: outputs.RunsLocation ?? '',
    ledgerTable: outputs.LedgerTableName ?? '',
  };
  const open = (workGroup: string) => openAwsLake(clients, { ...locations, workGroup }, project);

  const waiting = async () => {
    const counts = await Promise.all(queues.map((url) => countMessages(sqs, url)));
    const running = await Promise.all(
      Object.values(machines).map(
        async (arn) => (await listExecutions(stepFunctions, arn, 'RUNNING')).length,
      ),
    );
    return [...counts, ...running].reduce((sum, count) => sum + count, 0);
  };

  return {
    clients,
    lake: open(outputs.PipelineWorkGroup ?? ''),
    readers: open(outputs.AnalystsWorkGroup ?? '').engine,
    async namedQueries() {
      const found: NamedQuery[] = [];
      const pages = paginateListNamedQueries(
        { client: clients.athena },
        { WorkGroup: outputs.AnalystsWorkGroup },
      );
      for await (const { NamedQueryIds } of pages) {
        for (const NamedQueryId of NamedQueryIds ?? []) {
          const { NamedQuery: saved } = await clients.athena.send(new GetNamedQueryCommand({ NamedQueryId }));
          found.push({
            name: saved?.Name ?? '',
            description: saved?.Description ?? '',
            database: saved?.Database ?? '',
            sql: saved?.QueryString ?? '',
          });
        }
      }
      return found;
    },
    async untilIdle(seconds = 600) {
      const end = Date.now() + seconds * 1000;
      // Between two queues nothing is to be seen for a moment, so it has to stay quiet for a while.
      for (let quiet = 0; quiet < 6; ) {
        quiet = (await waiting()) === 0 ? quiet + 1 : 0;
        if (Date.now() > end) throw new Error(`the stage is still busy after ${seconds} s`);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    },
    async executions(pack) {
      const arns = await listExecutions(stepFunctions, machines[pack] ?? '');
      const all = await Promise.all(
        arns.map((executionArn) => stepFunctions.send(new DescribeExecutionCommand({ executionArn }))),
      );
      return all
        .sort((a, b) => (a.startDate?.getTime() ?? 0) - (b.startDate?.getTime() ?? 0))
        .map(({ name = '', status = '', output, cause }) => ({
          name,
          status,
          result: status === 'SUCCEEDED' ? JSON.parse(output ?? 'null') : cause,
        }));
    },
    async destroy() {
      for (const client of [cloudFormation, sqs, stepFunctions]) client.destroy();
      closeAwsClients(clients);
      await lake('destroy', '--stage', stage, '--yes');
    },
  };
}

/** Runs the project's own command line, as a user would. */
async function lake(...words: readonly string[]): Promise<void> {
  try {
    await run(process.execPath, [join(project, 'bin', 'lake.ts'), ...words], {
      cwd: project,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`lake ${words[0]} failed:\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
  }
}

async function readOutputs(cloudFormation: CloudFormationClient): Promise<Readonly<Record<string, string>>> {
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stack }));
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}

async function readQueues(cloudFormation: CloudFormationClient): Promise<readonly string[]> {
  const urls: string[] = [];
  for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stack })) {
    for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (ResourceType === 'AWS::SQS::Queue' && PhysicalResourceId !== undefined)
        urls.push(PhysicalResourceId);
    }
  }
  return urls;
}

async function countMessages(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
}

async function listExecutions(
  stepFunctions: SFNClient,
  stateMachineArn: string,
  statusFilter?: 'RUNNING',
): Promise<readonly string[]> {
  const arns: string[] = [];
  const pages = paginateListExecutions(
    { client: stepFunctions },
    { stateMachineArn, ...(statusFilter === undefined ? {} : { statusFilter }) },
  );
  for await (const page of pages)
    arns.push(...(page.executions ?? []).flatMap(({ executionArn }) => executionArn ?? []));
  return arns;
}
