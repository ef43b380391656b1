import { expect, test } from '@jest/globals';

import { createAthenaQueryEngine } from '../../../adapters/aws/athena-query-engine.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import { QueryFailedError } from '../../../core/ports/query-engine.ts';
import { type AwsAnswer, type AwsRequest, json, jsonError, startAwsServer } from './support/aws-server.ts';

/** An engine whose queries go through `states`, one at each look. */
async function openEngine(
  states: readonly string[],
  special?: (request: AwsRequest) => AwsAnswer | undefined,
) {
  const left = [...states];
  const pauses: number[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
    },
  };
  const server = await startAwsServer((request) => {
    const answer = special?.(request);
    if (answer !== undefined) {
      return answer;
    }
    if (request.operation === 'StartQueryExecution') {
      return json({ QueryExecutionId: 'query-1' });
    }
    const State = left.length > 1 ? left.shift() : left[0];
    return json({
      QueryExecution: {
        QueryExecutionId: 'query-1',
        StatementType: 'DML',
        Status: { State, StateChangeReason: "line 1:8: Column 'x' cannot be resolved" },
        Statistics: { DataScannedInBytes: 1234, TotalExecutionTimeInMillis: 56 },
      },
    });
  });
  return {
    engine: createAthenaQueryEngine({ athena: server.clients.athena, workGroup: 'pipeline', clock }),
    pauses,
    sent: (operation: string) => server.requests.filter((request) => request.operation === operation),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test('waits longer between looks, up to two seconds', async () => {
  const running = Array.from({ length: 12 }, () => 'RUNNING');
  await using athena = await openEngine(['QUEUED', ...running, 'SUCCEEDED']);

  const execution = await athena.engine.run('select 1');

  expect(execution).toEqual({
    queryExecutionId: 'query-1',
    dataScannedInBytes: 1234,
    executionTimeInMillis: 56,
  });
  expect(athena.pauses[0]).toBe(100);
  expect(athena.pauses).toEqual([...athena.pauses].sort((a, b) => a - b));
  expect(athena.pauses.at(-1)).toBe(2_000);
});

test('starts one query when the answer to the first try is lost', async () => {
  let tries = 0;
  await using athena = await openEngine(['SUCCEEDED'], (request) => {
    if (request.operation !== 'StartQueryExecution') {
      return undefined;
    }
    tries += 1;
    return tries === 1 ? { drop: true } : undefined;
  });

  await athena.engine.run('insert into a select 1');

  const tokens = athena.sent('StartQueryExecution').map(({ body }) => JSON.parse(body).ClientRequestToken);
  expect(tokens).toHaveLength(2);
  expect(new Set(tokens).size).toBe(1);
});

test('gives each run a token of its own', async () => {
  await using athena = await openEngine(['SUCCEEDED']);

  await athena.engine.run('select 1');
  await athena.engine.run('select 1');

  const tokens = athena.sent('StartQueryExecution').map(({ body }) => JSON.parse(body).ClientRequestToken);
  expect(new Set(tokens).size).toBe(2);
});

test('outlives throttling', async () => {
  let tries = 0;
  await using athena = await openEngine(['SUCCEEDED'], () => {
    tries += 1;
    return tries <= 2 ? jsonError(400, 'TooManyRequestsException') : undefined;
  });

  await expect(athena.engine.run('select 1')).resolves.toBeDefined();
});

test.each(['FAILED', 'CANCELLED'])('tells why a query is %s', async (state) => {
  await using athena = await openEngine(['RUNNING', state]);

  const run = athena.engine.run('select x');

  await expect(run).rejects.toThrow(QueryFailedError);
  await expect(run).rejects.toThrow(`query-1 is ${state}: line 1:8: Column 'x' cannot be resolved`);
});

test('hands on what is no fault of the statement', async () => {
  await using athena = await openEngine([], () => jsonError(400, 'AccessDeniedException', 'not yours'));

  const error = await athena.engine.run('select 1').catch((reason: unknown) => reason);

  expect(error).not.toBeInstanceOf(QueryFailedError);
  expect(error).toMatchObject({ name: 'AccessDeniedException' });
});
