import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { ProgressListener } from '../core/ports/progress.ts';
import type { Terminal } from './terminal.ts';

type ProgressDisplay = Disposable & { readonly listener: ProgressListener };

/**
 * Shows on stderr how far the work is: a bar for each task on a terminal, plain lines elsewhere, so that logs stay
 * readable. Bars are gone when this returns; results are printed after it.
 */
export async function withProgress<T>(
  terminal: Terminal,
  work: (listener: ProgressListener) => Promise<T>,
): Promise<T> {
  using display = terminal.isInteractive ? drawBars() : writeLines(terminal);
  return await work(display.listener);
}

function drawBars(): ProgressDisplay {
  const display = new MultiBar(
    {
      format: '{task} {bar} {value}/{total}  {subject} {step}',
      clearOnComplete: true,
      hideCursor: true,
      linewrap: false,
      // Ctrl-C is the command's business.
      gracefulExit: false,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  const bars = new Map<string, SingleBar>();
  return {
    listener: ({ task, subject, step, done, total }) => {
      const payload = { task: task.padEnd(8), subject, step };
      const format = total === undefined ? { format: '{task} {value}  {subject} {step}' } : {};
      const bar = bars.get(task) ?? display.create(total ?? 1, done, payload, format);
      bars.set(task, bar);
      if (total !== undefined) {
        bar.setTotal(total);
      }
      bar.update(done, payload);
    },
    [Symbol.dispose]: () => display.stop(),
  };
}

/** A line each time that something is finished: all the steps between would bury what matters. */
function writeLines(terminal: Terminal): ProgressDisplay {
  const finished = new Map<string, number>();
  return {
    listener: ({ task, subject, step, done, total }) => {
      if (done > (finished.get(task) ?? 0)) {
        finished.set(task, done);
        terminal.note(`${task} ${subject}: ${step} (${total === undefined ? done : `${done}/${total}`})`);
      }
    },
    [Symbol.dispose]: () => undefined,
  };
}
