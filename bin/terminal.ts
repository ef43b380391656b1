/** Where a command writes: results to stdout, all else to stderr. */
export type Terminal = {
  /** A result line. */
  print(line: string): void;
  /** A note that is no result. */
  note(line: string): void;
  /** Whether a person watches stderr, so that a line may be drawn again. */
  readonly isInteractive: boolean;
  /** Whether stdout is a person's terminal: tables are then cut to its width. */
  readonly width: number | undefined;
};

/** A reader that has seen enough (`lake query … | head`) is no failure. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      process.exit(0);
    }
    throw error;
  });
}

/** This process's own terminal. */
export function openTerminal(): Terminal {
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    isInteractive: process.stderr.isTTY === true && process.env.TERM !== 'dumb' && !process.env.CI,
    width: process.stdout.isTTY ? process.stdout.columns : undefined,
  };
}

/** `1,234,567`. */
export function formatCount(count: number | bigint): string {
  return count.toLocaleString('en-US');
}

/** `1 file`, `2 files`, `3,000 rows`. */
export function formatQuantity(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2026-01-31 08:15:00`, UTC. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

/** `0.4 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) {
    return `${seconds.toFixed(1)} s`;
  }
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
