import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { packsContext, readStage, readSynthOptions, runCdk } from '../cdk.ts';
import { CommandFailedError, UsageError } from '../command-error.ts';
import type { GlobalOptions } from '../session.ts';
import { formatQuantity, openTerminal, type Terminal } from '../terminal.ts';

/** S3 delivers access logs late, and a run may still have been writing: then buckets are emptied again. */
const attempts = 3;

/** `lake destroy`: takes a stage down, data and all. */
export function addDestroyCommand(program: Command): void {
  program
    .command('destroy')
    .description('delete a deployed stage with all its data; prod, which keeps everything, is refused')
    .argument(
      '[cdk-options...]',
      'behind --: options of cdk destroy, such as the settings it was deployed with',
    )
    .option('--yes', 'ask nothing')
    .addHelpText('after', '\nExamples:\n  $ lake destroy --stage dev\n  $ lake destroy --stage dev --yes')
    .action(async (words: readonly string[], _options: unknown, command: Command) => {
      const { stage, yes } = command.optsWithGlobals<GlobalOptions & { readonly yes?: boolean }>();
      if (stage === undefined) {
        throw new UsageError('no stage is named, expected --stage NAME');
      }
      if (readStage(stage).removal === 'retain') {
        throw new UsageError(
          `stage ${stage} keeps its data (cdk.json: removal is "retain"), it is not destroyed`,
        );
      }
      const options = [...packsContext(command), ...readSynthOptions(words)];
      if (!yes && !process.stdin.isTTY) {
        throw new UsageError('nobody can be asked here whether to go on, expected --yes');
      }
      await destroyStage(openTerminal(), stage, yes === true, options);
    });
}

async function destroyStage(
  terminal: Terminal,
  stage: string,
  isSure: boolean,
  options: readonly string[],
): Promise<void> {
  const { createCloudFormationClient } = await import('../../adapters/aws/deployed-lake.ts');
  const { findStack, listResources, stackNameOf } = await import('../../adapters/aws/deployed-stage.ts');
  const { createAwsClients, closeAwsClients } = await import('../../adapters/aws/clients.ts');
  const { deleteTables, emptyBucket } = await import('../../adapters/aws/stage-removal.ts');
  const name = stackNameOf(stage);
  const cloudFormation = createCloudFormationClient();
  const clients = createAwsClients();
  try {
    const stack = await findStack(cloudFormation, name);
    if (stack === undefined) {
      throw new CommandFailedError(`no stack ${name} in this account and region`);
    }
    // Deployed with `-c removal=retain`, or protected by hand.
    if (stack.EnableTerminationProtection) {
      throw new CommandFailedError(`stack ${name} is protected against deletion, it is not destroyed`);
    }
    if (!isSure) await confirm(stage);
    for (let attempt = 1; ; attempt += 1) {
      for (const database of await listResources(cloudFormation, name, 'AWS::Glue::Database')) {
        const tables = await deleteTables(clients.glue, database);
        if (tables > 0) terminal.note(`${database}: ${formatQuantity(tables, 'table')} deleted`);
      }
      for (const bucket of await listResources(cloudFormation, name, 'AWS::S3::Bucket')) {
        const objects = await emptyBucket(clients.s3, bucket);
        if (objects > 0) terminal.note(`${bucket}: ${formatQuantity(objects, 'object')} deleted`);
      }
      try {
        await runCdk('project', ['destroy', name, '--force', '-c', `stage=${stage}`, ...options]);
        break;
      } catch (error) {
        if (attempt === attempts || !(error instanceof CommandFailedError)) throw error;
        terminal.note('not all of it could be deleted; trying again');
      }
    }
    terminal.note(`stage ${stage} is destroyed`);
  } finally {
    cloudFormation.destroy();
    closeAwsClients(clients);
  }
}

async function confirm(stage: string): Promise<void> {
  const question = `This deletes stage ${stage}: every file, table and record in it. Type ${stage} to go on: `;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if ((await prompt.question(question)).trim() !== stage) {
      throw new CommandFailedError('nothing is deleted');
    }
  } finally {
    prompt.close();
  }
}
