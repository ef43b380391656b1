import { randomBytes } from 'node:crypto';

import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  type HistoryEvent,
  paginateGetExecutionHistory,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

import type { Clock } from '../../core/ports/clock.ts';
import type { ProgressListener } from '../../core/ports/progress.ts';
import { planLevels } from '../../core/refresh/levels.ts';
import type { RefreshRequest } from '../../core/refresh/payloads.ts';
import { formatReference } from '../../core/refresh/run-store.ts';
import { explainError } from '../../core/refresh/state-error.ts';
import { stateName } from '../../core/refresh/state-machine.ts';
import type { TableGraph } from '../../core/sql/graph.ts';

/** How a refresh ended. */
export type DeployedRefreshResult = {
  readonly status: 'succeeded' | 'failed' | 'busy';
  /** Name of the execution. */
  readonly runId: string;
  /** One line for a person. */
  readonly message: string;
};

/** What a refresh of a deployed stage is started with. */
export type DeployedRefresh = {
  readonly stepFunctions: SFNClient;
  readonly stateMachineArn: string;
  readonly graph: TableGraph;
  readonly request: RefreshRequest;
  readonly clock: Clock;
  readonly progress: ProgressListener;
  /** Between two looks at the execution, in milliseconds. @default 2000 */
  readonly pause?: number;
};

/** Starts an execution of a pack's state machine and waits for its end. A failed run is a result and not an error. */
export async function refreshDeployed(refresh: DeployedRefresh): Promise<DeployedRefreshResult> {
  const { stepFunctions, stateMachineArn, request, clock, pause = 2000 } = refresh;
  const name = nameExecution(clock);
  // The name makes a repeated request the same execution.
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(request) }),
  );
  const tell = createHistoryProgress(refresh.graph, refresh.progress);
  for (let seen = 0; ; ) {
    await clock.sleep(pause);
    // Asked before the history is read, so that the last events are told too.
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    const events = await readNewEvents(stepFunctions, executionArn ?? '', seen);
    events.forEach(tell);
    seen = events.at(-1)?.id ?? seen;
    if (execution.status !== 'RUNNING') {
      return { ...conclude(execution), runId: name };
    }
  }
}

function conclude({
  status,
  output,
  error,
  cause,
}: DescribeExecutionOutput): Pick<DeployedRefreshResult, 'status' | 'message'> {
  if (status === 'SUCCEEDED') {
    const { decision, message } = JSON.parse(output ?? '{}') as {
      readonly decision?: string;
      readonly message?: string;
    };
    return { status: decision === 'busy' ? 'busy' : 'succeeded', message: message ?? '' };
  }
  if (status !== 'FAILED') {
    return {
      status: 'failed',
      message: status === 'ABORTED' ? 'the execution was stopped' : 'the execution timed out',
    };
  }
  const message =
    error === 'RefreshFailed'
      ? (cause ?? '')
      : explainError({ Error: error ?? 'States.TaskFailed', Cause: cause ?? '' });
  return { status: 'failed', message };
}

/** Events after the one with id `seen`, oldest first. The newest are asked for first, since a long run has thousands. */
async function readNewEvents(
  client: SFNClient,
  executionArn: string,
  seen: number,
): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  const pages = paginateGetExecutionHistory(
    { client, pageSize: 200 },
    { executionArn, reverseOrder: true, includeExecutionData: false },
  );
  for await (const { events: page = [] } of pages) {
    const fresh = page.filter(({ id = 0 }) => id > seen);
    events.push(...fresh);
    if (fresh.length < page.length) break;
  }
  return events.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

/** What is told of a table when one of its states is entered; the last three end its part of the run. */
const actions = {
  Prepare: { step: 'preparing', isEnd: false },
  Stage: { step: 'staging', isEnd: false },
  Attach: { step: 'attaching', isEnd: false },
  Audit: { step: 'checking', isEnd: false },
  Judge: { step: 'checked', isEnd: true },
  Leave: { step: 'left as it is', isEnd: true },
  Failed: { step: 'failed', isEnd: true },
} as const;

/** Tells a refresh's progress in tables, from the names of the states that its execution enters. */
export function createHistoryProgress(
  graph: TableGraph,
  progress: ProgressListener,
): (event: HistoryEvent) => void {
  const states = new Map(
    graph.nodes.flatMap(({ model }) =>
      Object.entries(actions).map(([action, told]) => {
        const table = formatReference(model);
        return [stateName(action, table), { ...told, table }] as const;
      }),
    ),
  );
  const levels = new Map(
    planLevels(graph).map(({ name, nodes }) => [
      `Build ${name}`,
      nodes.map(({ model }) => formatReference(model)),
    ]),
  );
  const finished = new Set<string>();
  const tell = (subject: string, step: string) =>
    progress({ task: 'refresh', subject, step, done: finished.size, total: graph.nodes.length });
  return ({ stateEnteredEventDetails, stateExitedEventDetails }) => {
    // Whatever became of its tables: a level that is left has no table under way.
    for (const table of levels.get(stateExitedEventDetails?.name ?? '') ?? []) {
      if (finished.has(table)) continue;
      finished.add(table);
      tell(table, 'done');
    }
    const name = stateEnteredEventDetails?.name;
    const state = name === undefined ? undefined : states.get(name);
    if (state !== undefined) {
      if (state.isEnd) finished.add(state.table);
      tell(state.table, state.step);
    } else if (name === 'Publish') {
      tell(graph.pack.name, 'publishing');
    }
  };
}

/** `cli-20261121T120000Z-3f9a2c`: sorts by time, and is no other's. */
function nameExecution(clock: Clock): string {
  const time = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `cli-${time}-${randomBytes(3).toString('hex')}`;
}
