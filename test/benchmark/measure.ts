import { availableParallelism } from 'node:os';

/** Milliseconds that the action takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** `1.2 s (1.1-1.9)`: the median of runs, and the quickest and slowest one. */
export function formatTimes(milliseconds: readonly number[]): string {
  const seconds = (value: number) => (value / 1000).toFixed(1);
  return (
    `${seconds(median(milliseconds))} s ` +
    `(${seconds(Math.min(...milliseconds))}-${seconds(Math.max(...milliseconds))})`
  );
}

/** What figures of a run depend on. */
export function describeMachine(): string {
  return `${availableParallelism()} cores, Node ${process.versions.node}`;
}
