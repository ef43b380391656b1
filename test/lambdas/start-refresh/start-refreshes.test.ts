import { expect, test } from '@jest/globals';

import { type StartIo, startRefreshes } from '../../../lambdas/start-refresh/start-refreshes.ts';
import { batch, memoryLog, message } from '../support/messages.ts';

/** Step Functions in memory: an execution's name is taken for ever. */
function openWorld() {
  const executions = new Set<string>();
  const log = memoryLog();
  const io: StartIo = {
    machines: { retail: 'arn:retail', store: 'arn:store' },
    start: async (machine, name) => {
      const execution = `${machine} ${name}`;
      if (executions.has(execution)) return false;
      executions.add(execution);
      return true;
    },
    log,
  };
  return { io, executions, log };
}

const request = (id: string, pack: string) => message(id, JSON.stringify({ pack }));

test('starts one execution a pack for all requests of a batch', async () => {
  const { io, executions } = openWorld();

  const response = await startRefreshes(
    io,
    batch(request('1', 'retail'), request('2', 'store'), request('3', 'retail')),
  );

  expect(response.batchItemFailures).toEqual([]);
  expect([...executions].map((execution) => execution.split(' ')[0]).sort()).toEqual([
    'arn:retail',
    'arn:store',
  ]);
});

test('starts nothing twice when a batch is delivered again, in another order', async () => {
  const { io, executions } = openWorld();

  await startRefreshes(io, batch(request('1', 'retail'), request('2', 'retail')));
  const again = await startRefreshes(io, batch(request('2', 'retail'), request('1', 'retail')));

  expect(again.batchItemFailures).toEqual([]);
  expect(executions.size).toBe(1);
});

test('starts another execution for requests that came later', async () => {
  const { io, executions } = openWorld();

  await startRefreshes(io, batch(request('1', 'retail')));
  await startRefreshes(io, batch(request('2', 'retail')));

  expect(executions.size).toBe(2);
});

test('gives executions names that Step Functions takes', async () => {
  const { io, executions } = openWorld();

  await startRefreshes(io, batch(request('1', 'retail')));

  expect([...executions][0]).toMatch(/^arn:retail [A-Za-z0-9-]{1,80}$/);
});

test.each(['hello', '{}', '{"pack":7}', 'null'])(
  'hands back %s, and starts what the others ask for',
  async (body) => {
    const { io, executions } = openWorld();

    const response = await startRefreshes(io, batch(message('1', body), request('2', 'retail')));

    expect(response.batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
    expect(executions.size).toBe(1);
  },
);

test('hands back requests for a pack that is not deployed, or could not be started', async () => {
  const { io } = openWorld();
  const start: StartIo['start'] = (machine, name) =>
    machine === 'arn:store' ? Promise.reject(new Error('throttled')) : io.start(machine, name);

  const response = await startRefreshes(
    { ...io, start },
    batch(request('1', 'outlet'), request('2', 'store'), request('3', 'retail')),
  );

  expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['1', '2']);
});
