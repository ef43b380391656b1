import { expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';

import { type BuiltStack, buildStack, readGraphs, stages } from './support/synthesise.ts';

/** Synthesises with the rules of AWS Solutions. @throws with the rules that are broken without an acknowledged reason */
function synthesise({ app }: BuiltStack): void {
  delete process.env.CDK_VALIDATION;
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

test.each(stages)('%s breaks no rule of AWS Solutions that has no reason beside it', async (stage) => {
  using built = buildStack(stage, await readGraphs());

  expect(() => synthesise(built)).not.toThrow();
});

test('a bucket that breaks the rules would be told', async () => {
  using built = buildStack('dev', await readGraphs());
  new Bucket(built.stack, 'Careless');

  expect(() => synthesise(built)).toThrow(/Careless[\s\S]*AwsSolutions-S1/);
});
