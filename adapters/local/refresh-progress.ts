import type { ProgressListener } from '../../core/ports/progress.ts';
import type { TableGraph } from '../../core/sql/graph.ts';
import type { TaskEvent } from './state-machine-runner.ts';

/** What is told of a table while a step of it is under way. */
const steps: Readonly<Record<string, string>> = {
  prepare: 'preparing',
  render: 'staging',
  attach: 'attaching',
  judge: 'checking',
};

/** Tells a refresh's progress in tables, from the tasks of its state machine. */
export function createRefreshProgress(
  graph: TableGraph,
  progress: ProgressListener,
): (event: TaskEvent) => void {
  const total = graph.nodes.length;
  const finished = new Set<string>();
  const tell = (subject: string, step: string) =>
    progress({ task: 'refresh', subject, step, done: finished.size, total });
  return ({ target, phase, input, output }) => {
    if (target.kind !== 'step') return;
    const { table: named, key } = input as { readonly table?: string; readonly key?: string };
    // Render is asked by the key of a statement, which holds the table's name.
    const table = named ?? key?.split('/')[1];
    if (table === undefined) {
      if (phase === 'entered' && target.step === 'publish') tell(graph.pack.name, 'publishing');
      if (phase === 'done' && target.step === 'finish') tell(graph.pack.name, 'finished');
      return;
    }
    const step = steps[target.step];
    if (phase === 'entered' && step !== undefined) tell(table, step);
    if (phase !== 'done') return;
    if (target.step === 'judge') {
      finished.add(table);
      tell(table, (output as { readonly verdict?: string }).verdict ?? 'checked');
    }
    if (target.step === 'prepare' && (output as { readonly action?: string }).action === 'done') {
      finished.add(table);
      tell(table, 'left as it is');
    }
  };
}
