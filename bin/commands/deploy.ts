import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { packsContext, readStage, readSynthOptions, runCdk } from '../cdk.ts';
import { UsageError } from '../command-error.ts';
import type { GlobalOptions } from '../session.ts';
import { openTerminal } from '../terminal.ts';

/** What `cdk bootstrap` makes in an account and region. */
const bootstrapStack = 'CDKToolkit';

/** `lake deploy`: a stage in the AWS account of the environment. */
export function addDeployCommand(program: Command): void {
  program
    .command('deploy')
    .description('deploy a stage to the AWS account of the environment, or bring it up to date')
    .argument('[cdk-options...]', 'behind --: options of cdk synth, such as settings to override')
    .option('--yes', 'ask nothing')
    .addHelpText(
      'after',
      `
Deploys stage dev unless --stage says another; the stages and their settings are in cdk.json. An account and region that cdk
has not been used in is bootstrapped first.

Examples:
  $ lake deploy
  $ lake deploy --stage staging --yes
  $ lake deploy --stage dev -- -c architecture=x86_64`,
    )
    .action(async (words: readonly string[], _options: unknown, command: Command) => {
      const { stage = 'dev', yes } = command.optsWithGlobals<GlobalOptions & { readonly yes?: boolean }>();
      const terminal = openTerminal();
      readStage(stage);
      const options = [...packsContext(command), ...readSynthOptions(words)];
      if (!yes && !process.stdin.isTTY) {
        throw new UsageError('nobody can be asked here whether to go on, expected --yes');
      }
      const { createCloudFormationClient } = await import('../../adapters/aws/deployed-lake.ts');
      const { findStack, stackNameOf } = await import('../../adapters/aws/deployed-stage.ts');
      // Synthesised once, into a folder of its own: bootstrap and deploy then need the app no more.
      const assembly = await mkdtemp(join(tmpdir(), 'shoplake-cdk-'));
      const from = ['--app', assembly, '--progress', 'events'];
      const client = createCloudFormationClient();
      try {
        // Asked first: without credentials the rest would be in vain.
        const isBootstrapped = (await findStack(client, bootstrapStack)) !== undefined;
        terminal.note(`making the template of stage ${stage}`);
        await runCdk('project', [
          'synth',
          '--quiet',
          '--output',
          assembly,
          '-c',
          `stage=${stage}`,
          ...options,
        ]);
        if (!isBootstrapped) {
          terminal.note('bootstrapping this account and region for cdk');
          await runCdk({ folder: assembly }, ['bootstrap', '--app', assembly]);
        }
        const approval = yes ? 'never' : 'broadening';
        await runCdk({ folder: assembly }, [
          'deploy',
          stackNameOf(stage),
          ...from,
          '--require-approval',
          approval,
        ]);
      } finally {
        client.destroy();
        await rm(assembly, { recursive: true, force: true });
      }
      terminal.note(`stage ${stage} is deployed; next: lake --stage ${stage} load PACK PATH…`);
    });
}
