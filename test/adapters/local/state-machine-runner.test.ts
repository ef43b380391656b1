import { describe, expect, test } from '@jest/globals';

import { UnsupportedDocumentError } from '../../../adapters/local/state-machine-document.ts';
import {
  ExecutionFailedError,
  type RunnerOptions,
  runStateMachine,
  type TaskEvent,
} from '../../../adapters/local/state-machine-runner.ts';
import { QueryFailedError } from '../../../core/ports/query-engine.ts';
import type { AslDocument, AslState } from '../../../core/refresh/asl.ts';
import { athenaResource } from '../../../core/refresh/state-machine.ts';

const step = (parameters: object, more: object = { End: true }) =>
  ({
    Type: 'Task',
    Resource: `\${BeginFunctionArn}`,
    Parameters: parameters,
    TimeoutSeconds: 5,
    ...more,
  }) as unknown as AslState;

const query = (more: object = { End: true }) =>
  ({
    Type: 'Task',
    Resource: athenaResource,
    Parameters: { QueryString: 'select 1', WorkGroup: `\${WorkGroup}` },
    TimeoutSeconds: 5,
    ...more,
  }) as unknown as AslState;

const documentOf = (states: Record<string, AslState>): AslDocument => ({
  Comment: 'A document of a test',
  StartAt: Object.keys(states)[0] ?? '',
  TimeoutSeconds: 60,
  States: states,
});

const options = (more: Partial<RunnerOptions> = {}): RunnerOptions => ({
  engine: {
    run: async () => ({ queryExecutionId: 'q-1', dataScannedInBytes: 0, executionTimeInMillis: 1 }),
    results: async () => ({ columns: [], rows: [] }),
  },
  callStep: async (_, input) => input,
  execution: 'execution-1',
  retryMilliseconds: 1,
  ...more,
});

describe('runStateMachine', () => {
  test('calls steps with their parameters and the name of the execution', async () => {
    const document = documentOf({
      Begin: step({ 'name.$': '$$.Execution.Name', 'day.$': '$.day' }),
    });

    const output = await runStateMachine(document, { day: '2011-12-09' }, options());

    expect(output).toEqual({ name: 'execution-1', day: '2011-12-09' });
  });

  test('answers an Athena task with the id of its query', async () => {
    const document = documentOf({ Query: query() });

    const output = await runStateMachine(document, {}, options());

    expect(output).toMatchObject({ QueryExecution: { QueryExecutionId: 'q-1' } });
  });

  test('fails with the name of the error that a step threw, and a cause as of Lambda', async () => {
    class LeaseLostError extends Error {
      override readonly name = 'LeaseLostError';
    }
    const callStep = async () => {
      throw new LeaseLostError('run 1 has lost its lease');
    };

    const running = runStateMachine(documentOf({ Begin: step({}) }), {}, options({ callStep }));

    await expect(running).rejects.toBeInstanceOf(ExecutionFailedError);
    await expect(running).rejects.toMatchObject({
      error: 'LeaseLostError',
      message: expect.stringContaining('"errorMessage":"run 1 has lost its lease"'),
    });
  });

  test('makes a failed query States.TaskFailed with the reason in its cause', async () => {
    const engine = {
      run: async () => {
        throw new QueryFailedError('COLUMN_NOT_FOUND: line 1');
      },
      results: async () => ({ columns: [], rows: [] }),
    };
    const document = documentOf({
      Query: query({
        Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.error', Next: 'Caught' }],
        End: true,
      }),
      Caught: { Type: 'Succeed', OutputPath: '$.error' },
    });

    const output = await runStateMachine(document, {}, options({ engine }));

    expect(output).toMatchObject({
      Error: 'States.TaskFailed',
      Cause: expect.stringContaining('"StateChangeReason":"COLUMN_NOT_FOUND: line 1"'),
    });
  });

  test('starts all states of a branch over when the Parallel around them is retried', async () => {
    const calls: unknown[] = [];
    const callStep = async (_: string, input: unknown) => {
      calls.push(input);
      if (calls.length === 2) throw new Error('the first try fails in its second state');
      return {};
    };
    const document = documentOf({
      Try: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'First',
            States: {
              First: step({ state: 1 }, { ResultPath: null, Next: 'Second' }),
              Second: step({ state: 2 }),
            },
          },
        ],
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, MaxAttempts: 1 }],
        ResultPath: null,
        End: true,
      },
    });

    await runStateMachine(document, {}, options({ callStep }));

    expect(calls).toEqual([{ state: 1 }, { state: 2 }, { state: 1 }, { state: 2 }]);
  });

  test('refuses a payload of more than 256 KB, as Step Functions does', async () => {
    const callStep = async () => 'x'.repeat(256 * 1024);

    const running = runStateMachine(documentOf({ Begin: step({}) }), {}, options({ callStep }));

    await expect(running).rejects.toMatchObject({ error: 'States.DataLimitExceeded' });
  });

  test('stops waiting for a task at its timeout', async () => {
    const callStep = () => new Promise<never>(() => {});
    const document = documentOf({ Begin: step({}, { TimeoutSeconds: 0.05, End: true }) });

    const running = runStateMachine(document, {}, options({ callStep }));

    await expect(running).rejects.toMatchObject({ error: 'States.Timeout' });
  });

  test('tells of each task when it is entered and when it is done', async () => {
    const events: TaskEvent[] = [];

    await runStateMachine(
      documentOf({ Begin: step({ a: 1 }) }),
      {},
      options({ onTask: (event) => events.push(event) }),
    );

    expect(events.map(({ state, phase }) => [state, phase])).toEqual([
      ['Begin', 'entered'],
      ['Begin', 'done'],
    ]);
  });
});

describe('what the interpreter would ignore or do otherwise is refused before anything runs', () => {
  const map = {
    Type: 'Map',
    ItemsPath: '$.items',
    ItemSelector: { 'item.$': '$$.Map.Item.Value' },
    MaxConcurrency: 1,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: 'Inner',
      States: { Inner: { Type: 'Pass', End: true } },
    },
    End: true,
  };
  const pass = { Type: 'Pass', End: true };
  const refused: readonly (readonly [string, object])[] = [
    ['JSONata in a state', { S: { ...pass, QueryLanguage: 'JSONata' } }],
    ['JSONata output', { S: { ...pass, Output: '{% 1 %}' } }],
    ['variables', { S: { ...pass, Assign: { a: 1 } } }],
    ['a heartbeat', { S: step({}, { HeartbeatSeconds: 5, End: true }) }],
    ['credentials', { S: step({}, { Credentials: {}, End: true }) }],
    ['an item reader', { S: { ...map, ItemReader: {} } }],
    ['item batches', { S: { ...map, ItemBatcher: {} } }],
    ['tolerated failures', { S: { ...map, ToleratedFailurePercentage: 5 } }],
    ['tolerated failure counts', { S: { ...map, ToleratedFailureCount: 5 } }],
    ['a result writer', { S: { ...map, ResultWriter: {} } }],
    [
      'a distributed map',
      { S: { ...map, ItemProcessor: { ...map.ItemProcessor, ProcessorConfig: { Mode: 'DISTRIBUTED' } } } },
    ],
    ['an unknown field of a retry', { S: step({}, { Retry: [{ ErrorEquals: ['x'], Max: 1 }], End: true }) }],
    ['an unknown resource', { S: { ...query(), Resource: 'arn:aws:states:::sns:publish' } }],
    ['an unknown substitution', { S: step({ bucket: '${Bucket}' }) }],
    ['a part of the context object that is not filled in', { S: step({ 'a.$': '$$.Execution.Input' }) }],
    ['a filter in a path', { S: step({ 'a.$': '$.items[?(@.a)]' }) }],
    ['an intrinsic function that is not used', { S: step({ 'a.$': 'States.UUID()' }) }],
    ['the whole payload as a result path', { S: { ...pass, ResultPath: '$' } }],
    ['an unknown type of state', { S: { Type: 'Wait', Seconds: 1, End: true } }],
    ['a target that is no state', { S: { Type: 'Pass', Next: 'Nowhere' } }],
    ['a state without an end', { S: { Type: 'Pass' } }],
    ['a long name', { ['S'.repeat(81)]: pass }],
    [
      'a name that stands twice',
      {
        S: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'S', States: { S: pass } }],
          End: true,
        },
      },
    ],
  ];

  test.each(refused)('%s', async (_, states) => {
    let called = 0;
    const callStep = async () => {
      called += 1;
      return {};
    };

    const running = runStateMachine(
      documentOf(states as Record<string, AslState>),
      {},
      options({ callStep }),
    );

    await expect(running).rejects.toBeInstanceOf(UnsupportedDocumentError);
    expect(called).toBe(0);
  });
});
