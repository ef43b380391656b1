import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type AwsLake, openAwsLake } from '../adapters/aws/aws-lake.ts';
import { createAwsClients } from '../adapters/aws/clients.ts';
import type { Pack } from '../core/contract/contract.ts';
import { loadPacks } from '../core/contract/load-pack.ts';
import { formatProblem } from '../core/contract/problem.ts';
import { tracer } from './telemetry.ts';

/** The variable of the function's environment. @throws Error that names it if the stack did not set it */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** The lake that the stack's environment variables describe; its AWS calls are traced. */
export function openLake(): AwsLake {
  const clients = createAwsClients();
  for (const client of Object.values(clients)) tracer.captureAWSv3Client(client);
  return openAwsLake(
    clients,
    {
      landing: variable('SHOPLAKE_LANDING'),
      bronze: variable('SHOPLAKE_BRONZE'),
      silver: variable('SHOPLAKE_SILVER'),
      gold: variable('SHOPLAKE_GOLD'),
      runs: variable('SHOPLAKE_RUNS'),
      ledgerTable: variable('SHOPLAKE_LEDGER'),
      workGroup: variable('SHOPLAKE_WORK_GROUP'),
    },
    tmpdir(),
  );
}

const packs = loadPacks(join(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), 'sql'));

/** A pack of the bundle, read once a process. @throws Error if there is none of the name, or it has mistakes */
export async function packNamed(name: string): Promise<Pack> {
  const { packs: all, problems } = await packs;
  if (problems[0] !== undefined) throw new Error(`the packs have mistakes: ${formatProblem(problems[0])}`);
  const pack = all.find((candidate) => candidate.name === name);
  if (pack === undefined) {
    throw new Error(
      `pack "${name}" is unknown, expected one of ${all.map((known) => known.name).join(', ')}`,
    );
  }
  return pack;
}
