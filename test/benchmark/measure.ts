import { availableParallelism } from 'node:os';

/** What an action took: time on the clock, and processor time of all threads, which other work on the machine sways less. */
export type Cost = { readonly seconds: number; readonly cpuSeconds: number };

export async function measure(action: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await action();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

export function addCosts(first: Cost, second: Cost): Cost {
  return {
    seconds: first.seconds + second.seconds,
    cpuSeconds: first.cpuSeconds + second.cpuSeconds,
  };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** `1.2 (1.1-1.9)`: the median of the runs, and the least and the most. */
export function formatSpread(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)})`;
}

/** What figures of a run depend on. */
export function describeMachine(): string {
  return `${availableParallelism()} cores, Node ${process.versions.node}`;
}
