import type { Command } from 'commander';
import type { Audience } from '../adapters/aws/deployed-lake.ts';

/** Adds `--steward` to a command that reads rows. */
export function addStewardOption(command: Command): Command {
  return command.option(
    '--steward',
    "on a stage: run in the data stewards' work group, whose results analysts cannot read",
  );
}

/** For whom a command's queries run. */
export function audienceOf(command: Command): Audience {
  return command.opts<{ readonly steward?: boolean }>().steward ? 'stewards' : 'analysts';
}
