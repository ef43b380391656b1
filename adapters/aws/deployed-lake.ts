import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SFNClient } from '@aws-sdk/client-sfn';

import type { QueryEngine } from '../../core/ports/query-engine.ts';
import { exportFromAthena } from './athena-export.ts';
import { type AwsLake, openAwsLake } from './aws-lake.ts';
import { type AwsClients, closeAwsClients, createAwsClients, regionOf } from './clients.ts';
import { type DeployedStage, findStage } from './deployed-stage.ts';

/** Who asks: their queries' results lie where only their like may read. */
export type Audience = keyof DeployedStage['workGroups'];

/** A stage's lake as its users have it, with an end. */
export type DeployedLake = AsyncDisposable &
  Omit<AwsLake, 'engine'> & {
    readonly stage: DeployedStage;
    readonly clients: AwsClients;
    readonly stepFunctions: SFNClient;
    readonly engine: QueryEngine & {
      /** Runs a select and writes its typed rows to a local file. @throws QueryFailedError */
      copyTo(
        sql: string,
        target: { readonly file: string; readonly format: 'csv' | 'json' | 'parquet' },
      ): Promise<{ readonly rows: number }>;
    };
  };

/** Finds the stage of the environment's account and region, and opens its lake. @throws StageNotFoundError */
export async function openDeployedLake(stageName: string, audience: Audience): Promise<DeployedLake> {
  const cloudFormation = createCloudFormationClient();
  const stage = await findStage(cloudFormation, stageName).finally(() => cloudFormation.destroy());
  const clients = createAwsClients();
  const stepFunctions = new SFNClient({ ...regionOf(), maxAttempts: 8 });
  const scratch = await mkdtemp(join(tmpdir(), 'shoplake-'));
  const { layout, ledgerTable, workGroups } = stage;
  const lake = openAwsLake(clients, { ...layout, ledgerTable, workGroup: workGroups[audience] }, scratch);
  const { athena } = clients;
  return {
    ...lake,
    engine: {
      ...lake.engine,
      copyTo: (sql, target) => exportFromAthena({ athena, engine: lake.engine, scratch }, sql, target),
    },
    stage,
    clients,
    stepFunctions,
    [Symbol.asyncDispose]: async () => {
      closeAwsClients(clients);
      stepFunctions.destroy();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** A client of the environment's account and region. */
export function createCloudFormationClient(): CloudFormationClient {
  return new CloudFormationClient({ ...regionOf(), maxAttempts: 8 });
}
