import { join } from 'node:path';
import { SFNClient } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test } from '@jest/globals';

import { refreshDeployed } from '../../../adapters/aws/deployed-refresh.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import type { ProgressEvent } from '../../../core/ports/progress.ts';
import { readTableGraph, type TableGraph } from '../../../core/sql/graph.ts';

const clock = { now: () => Date.UTC(2026, 10, 21, 12), sleep: async () => undefined };

let graph: TableGraph;

beforeAll(async () => {
  const { pack } = await loadPack(join(import.meta.dirname, '../../../sql/retail'));
  const read = await readTableGraph(pack);
  graph = read.graph!;
});

type Look = {
  readonly status: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** States that the execution has entered so far, in order; `left X` for one that it has left. */
  readonly entered: readonly string[];
};

/** Refreshes with an execution that is as `looks` say, one after the other, handed out three events a page. */
async function refreshThrough(looks: readonly Look[]) {
  const client = new SFNClient({ region: 'eu-west-1' });
  const left = [...looks];
  let look = looks[0]!;
  const started: unknown[] = [];
  client.send = (async (command: {
    readonly constructor: { readonly name: string };
    readonly input: object;
  }) => {
    const { name } = command.constructor;
    if (name === 'StartExecutionCommand') {
      started.push(command.input);
      return { executionArn: 'arn:execution' };
    }
    if (name === 'DescribeExecutionCommand') {
      look = left.shift()!;
      return look;
    }
    const newestFirst = look.entered
      .map((state, index) => ({
        id: index + 1,
        ...(state.startsWith('left ')
          ? { stateExitedEventDetails: { name: state.slice('left '.length) } }
          : { stateEnteredEventDetails: { name: state } }),
      }))
      .reverse();
    const at = Number((command.input as { readonly nextToken?: string }).nextToken ?? 0);
    const nextToken = at + 3 < newestFirst.length ? { nextToken: String(at + 3) } : {};
    return { events: newestFirst.slice(at, at + 3), ...nextToken };
  }) as never;
  const told: ProgressEvent[] = [];
  const result = await refreshDeployed({
    stepFunctions: client,
    stateMachineArn: 'arn:machine',
    graph,
    request: { asOf: '2010-12-22', full: true },
    clock,
    progress: (event) => told.push(event),
  });
  return { result, told, started };
}

describe('a refresh of a stage', () => {
  test('starts the state machine with the request, and gives its message', async () => {
    const { result, started } = await refreshThrough([
      { status: 'RUNNING', entered: [] },
      { status: 'SUCCEEDED', output: '{"message":"8 tables published","again":false}', entered: [] },
    ]);

    expect(result).toMatchObject({ status: 'succeeded', message: '8 tables published' });
    expect(result.runId).toMatch(/^cli-20261121T120000Z-[0-9a-f]{6}$/);
    expect(started).toEqual([
      { stateMachineArn: 'arn:machine', name: result.runId, input: '{"asOf":"2010-12-22","full":true}' },
    ]);
  });

  test('tells each state of a table once, in order, over pages and looks', async () => {
    const tables = ['Prepare silver.sales', 'Stage silver.sales', 'Attach silver.sales'];
    const { told } = await refreshThrough([
      { status: 'RUNNING', entered: ['Begin', ...tables.slice(0, 1)] },
      { status: 'RUNNING', entered: ['Begin', ...tables, 'Audit silver.sales'] },
      {
        status: 'SUCCEEDED',
        output: '{}',
        entered: [
          'Begin',
          ...tables,
          'Audit silver.sales',
          'Judge silver.sales',
          'Leave gold.daily_sales',
          'Publish',
        ],
      },
    ]);

    const total = graph.nodes.length;
    expect(told.map(({ subject, step, done }) => [subject, step, done])).toEqual([
      ['silver.sales', 'preparing', 0],
      ['silver.sales', 'staging', 0],
      ['silver.sales', 'attaching', 0],
      ['silver.sales', 'checking', 0],
      ['silver.sales', 'checked', 1],
      ['gold.daily_sales', 'left as it is', 2],
      ['retail', 'publishing', 2],
    ]);
    expect(told.every((event) => event.total === total)).toBe(true);
  });

  test('has nothing under way in a level that it has left', async () => {
    const { told } = await refreshThrough([
      {
        status: 'SUCCEEDED',
        output: '{}',
        entered: ['Judge silver.invoice_lines', 'left Build silver 1', 'left Build silver 2'],
      },
    ]);

    expect(told.map(({ subject, step }) => `${subject} ${step}`)).toEqual([
      'silver.invoice_lines checked',
      'silver.excluded_lines done',
      'silver.returns done',
      'silver.sales done',
    ]);
  });

  test.each([
    [
      { status: 'SUCCEEDED', output: '{"decision":"busy","message":"run x is refreshing"}' },
      'busy',
      'run x is refreshing',
    ],
    [
      { status: 'FAILED', error: 'RefreshFailed', cause: 'check RET-S1 failed' },
      'failed',
      'check RET-S1 failed',
    ],
    [
      { status: 'FAILED', error: 'BeginFailed', cause: '{"errorMessage":"no such bucket"}' },
      'failed',
      'no such bucket',
    ],
    [{ status: 'ABORTED' }, 'failed', 'the execution was stopped'],
    [{ status: 'TIMED_OUT' }, 'failed', 'the execution timed out'],
  ])('that ends as %j is %s', async (end, status, message) => {
    const { result } = await refreshThrough([{ ...end, entered: [] }]);

    expect(result).toMatchObject({ status, message });
  });
});
