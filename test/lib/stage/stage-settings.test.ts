import { describe, expect, test } from '@jest/globals';
import { RootConstruct } from 'constructs';

import { chooseDeployed, readStageSettings } from '../../../lib/stage/stage-settings.ts';
import { projectContext, stages } from '../support/synthesise.ts';

const dev = (projectContext().stages as Readonly<Record<string, object>>).dev;

function read(context: Readonly<Record<string, unknown>>) {
  // An App would leave a folder behind.
  const { node } = new RootConstruct();
  for (const [key, value] of Object.entries(context)) node.setContext(key, value);
  return readStageSettings(node);
}

test.each(stages)('reads the settings of %s from cdk.json', (stage) => {
  expect(read({ ...projectContext(), stage }).name).toBe(stage);
});

test('takes a single setting from the command line, where everything is text', () => {
  const settings = read({
    ...projectContext(),
    stage: 'prod',
    architecture: 'x86_64',
    ingestMemoryMiB: '4096',
  });

  expect(settings).toMatchObject({ architecture: 'x86_64', ingestMemoryMiB: 4096, removal: 'retain' });
});

describe('the deployed packs', () => {
  const packs = new Map([
    ['retail', 1],
    ['shop', 2],
    ['toys', 3],
  ]);
  const choose = (given: unknown, onCommandLine?: string) =>
    chooseDeployed(
      read({
        stage: 'dev',
        stages: { dev: { ...dev, deployedPacks: given } },
        ...(onCommandLine === undefined ? {} : { deployedPacks: onCommandLine }),
      }),
      packs,
    );

  test('are all of them, or those that the stage names, or the command line', () => {
    expect(choose(null)).toEqual([1, 2, 3]);
    expect(choose(['toys', 'retail'])).toEqual([1, 3]);
    expect(choose(null, 'shop,toys')).toEqual([2, 3]);
  });

  test('are packs that there are', () => {
    expect(() => choose(['shop', 'shoes'])).toThrow(
      'stage dev: deployedPacks names "shoes", expected some of retail, shop, toys',
    );
  });
});

describe('refuses', () => {
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['removal', 'keep', 'stage dev: removal is "keep"'],
    ['removal', undefined, 'stage dev: removal is undefined'],
    ['architecture', 'arm', 'stage dev: architecture is "arm"'],
    ['ingestMemoryMiB', 256, 'stage dev: ingestMemoryMiB is 256'],
    ['ingestScratchMiB', 20_000, 'stage dev: ingestScratchMiB is 20000'],
    ['ingestBatchWindowSeconds', 301, 'stage dev: ingestBatchWindowSeconds is 301'],
    ['ingestBatchWindowSeconds', 1.5, 'stage dev: ingestBatchWindowSeconds is 1.5'],
    ['scanCutoffGiB', 0, 'stage dev: scanCutoffGiB is 0'],
    ['logRetentionDays', '14', 'stage dev: logRetentionDays is "14"'],
    ['resultRetentionDays', -1, 'stage dev: resultRetentionDays is -1'],
    ['refreshSchedule', 'daily', 'stage dev: refreshSchedule is "daily"'],
    ['staleAfterHours', 200, 'stage dev: staleAfterHours is 200'],
    ['deployedPacks', [], 'stage dev: deployedPacks is []'],
    ['deployedPacks', 'retail', 'stage dev: deployedPacks is "retail"'],
  ];

  test.each(wrong)('%s: %j', (setting, value, message) => {
    const context = { stage: 'dev', stages: { dev: { ...dev, [setting]: value } } };

    expect(() => read(context)).toThrow(message);
  });

  test.each([
    [{ stage: 'dev' }, 'cdk.json: context.stages is missing'],
    [{ stage: 'test', stages: { dev } }, 'stage "test" is unknown, expected one of dev'],
    [{ stages: { dev } }, 'stage "undefined" is unknown'],
    [{ stage: 'Dev', stages: { Dev: dev } }, 'stage "Dev" is no name, expected up to 16 lower-case'],
    [{ stage: 'dev', stages: { dev: 'small' } }, 'context.stages.dev is no record'],
    [{ stage: 'dev', stages: { dev: { ...dev, colour: 'red' } } }, 'setting "colour" is unknown'],
  ])('%j', (context, message) => {
    expect(() => read(context)).toThrow(message);
  });
});
