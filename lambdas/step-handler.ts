import { DuckDBInstance } from '@duckdb/node-api';

import type { RefreshEnvironment } from '../core/refresh/environment.ts';
import type { Step } from '../core/refresh/steps/index.ts';
import { openLake, packNamed } from './environment.ts';
import { logger } from './telemetry.ts';

/** Payload of any step: which pack it is about. */
type PackPayload =
  | { readonly pack: string }
  | { readonly run: { readonly pack: string; readonly runId: string } };

/** Makes a function's handler of a step of the refresh: the ports of the deployed lake, and the pack that the payload names. */
export function stepHandler<Input extends PackPayload, Output>(
  step: Step<Input, Output>,
): (input: Input) => Promise<Output> {
  const lake = openLake();
  return async (input) => {
    const pack = await packNamed('run' in input ? input.run.pack : input.pack);
    const environment: RefreshEnvironment = {
      ...lake,
      pack,
      openConnection: async () => (await DuckDBInstance.create(':memory:')).connect(),
    };
    const subject = { pack: pack.name, ...('run' in input ? { runId: input.run.runId } : {}) };
    logger.info('step begins', subject);
    const output = await step(environment, input);
    logger.info('step ends', subject);
    return output;
  };
}
