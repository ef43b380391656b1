import { CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from '@jest/globals';

import { findStage, listResources, StageNotFoundError } from '../../../adapters/aws/deployed-stage.ts';

const outputs = {
  LandingLocation: 's3://shop-landing',
  BronzeLocation: 's3://shop-bronze',
  SilverLocation: 's3://shop-silver',
  GoldLocation: 's3://shop-gold',
  RunsLocation: 's3://shop-runs',
  LedgerTableName: 'ledger',
  PipelineWorkGroup: 'shoplake-dev-pipeline',
  AnalystsWorkGroup: 'shoplake-dev-analysts',
  StewardsWorkGroup: 'shoplake-dev-stewards',
  StateMachines: '{"retail":"arn:aws:states:eu-west-1:1:stateMachine:retail"}',
};

/** A client whose calls are answered here. */
function clientThat(answer: (input: unknown) => unknown): CloudFormationClient {
  const client = new CloudFormationClient({ region: 'eu-west-1' });
  client.send = (async (command: { readonly input: unknown }) => answer(command.input)) as never;
  return client;
}

function clientWith(
  found: Readonly<Record<string, string>>,
  status: Stack['StackStatus'] = 'CREATE_COMPLETE',
) {
  const Outputs = Object.entries(found).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  return clientThat(() => ({ Stacks: [{ StackStatus: status, Outputs }] }));
}

describe('a stage', () => {
  test('is found by the outputs of its stack', async () => {
    const stage = await findStage(clientWith(outputs), 'dev');

    expect(stage).toEqual({
      name: 'dev',
      layout: {
        landing: 's3://shop-landing',
        bronze: 's3://shop-bronze',
        silver: 's3://shop-silver',
        gold: 's3://shop-gold',
        runs: 's3://shop-runs',
      },
      ledgerTable: 'ledger',
      workGroups: { analysts: 'shoplake-dev-analysts', stewards: 'shoplake-dev-stewards' },
      stateMachines: { retail: 'arn:aws:states:eu-west-1:1:stateMachine:retail' },
    });
  });

  test('that was never deployed is an error that says where it was looked for and how it is made', async () => {
    const client = clientThat(() => {
      throw Object.assign(new Error('Stack with id Shoplake-dev does not exist'), {
        name: 'ValidationError',
      });
    });

    const found = findStage(client, 'dev');

    await expect(found).rejects.toBeInstanceOf(StageNotFoundError);
    await expect(found).rejects.toThrow(
      'no stack Shoplake-dev in region eu-west-1 of this account, expected one made by lake deploy --stage dev',
    );
  });

  test('whose deployment failed is an error that says so', async () => {
    const found = findStage(clientWith({}, 'ROLLBACK_COMPLETE'), 'dev');

    await expect(found).rejects.toThrow('stack Shoplake-dev is ROLLBACK_COMPLETE and has no output');
  });

  test.each([
    ['Error', 'Region is missing'],
    ['CredentialsProviderError', 'Could not load credentials from any providers'],
  ])('that nobody has the means to ask for: %s, %s', async (name, message) => {
    const client = clientThat(() => {
      throw Object.assign(new Error(message), { name });
    });

    await expect(findStage(client, 'dev')).rejects.toThrow(
      `cannot look for stack Shoplake-dev: ${message}; expected a region and credentials of AWS in the environment`,
    );
  });

  test('that cannot be asked for is not taken for absent', async () => {
    const client = clientThat(() => {
      throw Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
    });

    await expect(findStage(client, 'dev')).rejects.toThrow('not authorized');
  });
});

test('resources of a type are listed over all pages, without those that are gone', async () => {
  const resource = (id: string, status = 'CREATE_COMPLETE', type = 'AWS::S3::Bucket') => ({
    ResourceType: type,
    ResourceStatus: status,
    PhysicalResourceId: id,
  });
  const client = clientThat((input) =>
    (input as { readonly NextToken?: string }).NextToken === undefined
      ? {
          NextToken: 'more',
          StackResourceSummaries: [resource('a'), resource('q', 'CREATE_COMPLETE', 'AWS::SQS::Queue')],
        }
      : { StackResourceSummaries: [resource('b', 'DELETE_COMPLETE'), resource('c', 'DELETE_FAILED')] },
  );

  expect(await listResources(client, 'Shoplake-dev', 'AWS::S3::Bucket')).toEqual(['a', 'c']);
});
