import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

import { variable } from '../environment.ts';
import { logger, tracer } from '../telemetry.ts';
import { type StartIo, startRefreshes } from './start-refreshes.ts';

const stepFunctions = tracer.captureAWSv3Client(new SFNClient({}));

const io: StartIo = {
  machines: JSON.parse(variable('SHOPLAKE_STATE_MACHINES')) as Readonly<Record<string, string>>,
  start: async (stateMachineArn, name) => {
    try {
      await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: '{}' }));
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  },
  log: logger,
};

/** Starts the refreshes that a batch of messages asks for. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return await startRefreshes(io, event);
}
