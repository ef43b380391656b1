/** A command was called in a way that cannot mean anything: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command did its work and the outcome is a failure, already told on stdout: exit code 1. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
}
