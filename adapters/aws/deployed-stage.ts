import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';

import type { LakeLayout } from '../../core/ports/lake-layout.ts';
import { isServiceError } from './service-errors.ts';

/** Where the parts of a deployed stage are, from the outputs of its stack. */
export type DeployedStage = {
  /** `dev`. */
  readonly name: string;
  readonly layout: LakeLayout;
  /** DynamoDB table of the ledgers. */
  readonly ledgerTable: string;
  /** Athena work groups for people's queries. */
  readonly workGroups: { readonly analysts: string; readonly stewards: string };
  /** ARN of the refresh state machine, by pack. */
  readonly stateMachines: Readonly<Record<string, string>>;
};

/** There is no stage of the name here, or it is not in a state to be used; the message says which. */
export class StageNotFoundError extends Error {
  override readonly name = 'StageNotFoundError';
}

/** `Shoplake-dev`: the stack of a stage. */
export function stackNameOf(stage: string): string {
  return `Shoplake-${stage}`;
}

/** Finds a stage by its stack's outputs. @throws StageNotFoundError */
export async function findStage(cloudFormation: CloudFormationClient, name: string): Promise<DeployedStage> {
  const stackName = stackNameOf(name);
  const stack = await findStack(cloudFormation, stackName);
  if (stack === undefined) {
    throw new StageNotFoundError(
      `no stack ${stackName} in ${await placeOf(cloudFormation)}, expected one made by lake deploy --stage ${name}`,
    );
  }
  const outputs = new Map(stack.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const output = (key: string): string => {
    const value = outputs.get(key);
    if (value === undefined || value === '') {
      throw new StageNotFoundError(
        `stack ${stackName} is ${stack.StackStatus ?? 'in no state'} and has no output ${key}, expected a stage deployed by this version`,
      );
    }
    return value;
  };
  return {
    name,
    layout: {
      landing: output('LandingLocation'),
      bronze: output('BronzeLocation'),
      silver: output('SilverLocation'),
      gold: output('GoldLocation'),
      runs: output('RunsLocation'),
    },
    ledgerTable: output('LedgerTableName'),
    workGroups: { analysts: output('AnalystsWorkGroup'), stewards: output('StewardsWorkGroup') },
    stateMachines: JSON.parse(output('StateMachines')) as Readonly<Record<string, string>>,
  };
}

/** The stack of this name, or undefined if there is none. */
export async function findStack(
  cloudFormation: CloudFormationClient,
  stackName: string,
): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return Stacks?.[0];
  } catch (error) {
    // CloudFormation has no error of its own for this.
    if (isServiceError(error, 'ValidationError') && error.message.includes('does not exist')) {
      return undefined;
    }
    if (isServiceError(error, 'CredentialsProviderError') || isRegionMissing(error)) {
      throw new Error(
        `cannot look for stack ${stackName}: ${error.message}; expected a region and credentials of AWS in the environment, such as AWS_REGION and AWS_PROFILE`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** The SDK has no class or name for it. */
function isRegionMissing(error: unknown): error is Error {
  return error instanceof Error && error.message === 'Region is missing';
}

/** Names or ids of the stack's resources of a type, those that are there still. */
export async function listResources(
  client: CloudFormationClient,
  stackName: string,
  type: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const { ResourceType, ResourceStatus, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (ResourceType === type && ResourceStatus !== 'DELETE_COMPLETE' && PhysicalResourceId) {
        found.push(PhysicalResourceId);
      }
    }
  }
  return found;
}

async function placeOf(cloudFormation: CloudFormationClient): Promise<string> {
  return `region ${await cloudFormation.config.region()} of this account`;
}
