import type { DeployedLake } from '../adapters/aws/deployed-lake.ts';
import { type DeployedRefreshResult, refreshDeployed } from '../adapters/aws/deployed-refresh.ts';
import type { Pack } from '../core/contract/contract.ts';
import { formatProblem } from '../core/contract/problem.ts';
import type { ProgressListener } from '../core/ports/progress.ts';
import type { RefreshRequest } from '../core/refresh/payloads.ts';
import { readTableGraph } from '../core/sql/graph.ts';
import { CommandFailedError } from './command-error.ts';

/** Refreshes a pack of a stage by its state machine, and waits for the end. */
export async function refreshStage(
  lake: Pick<DeployedLake, 'stage' | 'stepFunctions' | 'clock'>,
  pack: Pack,
  request: RefreshRequest,
  progress: ProgressListener,
): Promise<DeployedRefreshResult> {
  const { stage, stepFunctions, clock } = lake;
  const stateMachineArn = stage.stateMachines[pack.name];
  if (stateMachineArn === undefined) {
    const deployed = Object.keys(stage.stateMachines).join(', ');
    throw new CommandFailedError(
      `pack ${pack.name} is not deployed in stage ${stage.name}, expected one of: ${deployed}`,
    );
  }
  const { graph, problems } = await readTableGraph(pack);
  if (graph === undefined) {
    throw new CommandFailedError(problems.map(formatProblem).join('\n'));
  }
  return await refreshDeployed({ stepFunctions, stateMachineArn, graph, request, clock, progress });
}
