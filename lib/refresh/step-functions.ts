import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { type StepName, stepFunctions } from '../../core/refresh/state-machine.ts';
import { LakeFunction, type LakeFunctionProps } from '../functions/lake-function.ts';
import {
  grantCatalogForget,
  grantCatalogRead,
  grantCatalogWrite,
  grantRead,
  grantWrite,
} from '../governance/grants.ts';
import type { LakeDatabases } from '../governance/lake-databases.ts';
import type { LedgerTable } from '../ledger/ledger-table.ts';
import type { LakeWorkGroup } from '../query/lake-work-groups.ts';
import type { LakeBuckets } from '../storage/lake-buckets.ts';

/** Props of {@link StepFunctionSet}. */
export type StepFunctionSetProps = Omit<LakeFunctionProps, 'name' | 'description'> & {
  readonly buckets: LakeBuckets;
  readonly databases: LakeDatabases;
  readonly ledger: LedgerTable;
  readonly workGroup: LakeWorkGroup;
};

const descriptions: Readonly<Record<StepName, string>> = {
  begin: 'Takes the lease of a pack, pins its bronze snapshots and finds what is out of date.',
  prepare: 'Decides how a table is rebuilt and renders the statements.',
  render: 'Hands one statement of the run to Athena.',
  attach: 'Commits staged files to their table as a snapshot that readers do not see.',
  judge: 'Reads the result of the checks of a table.',
  gather: 'Collects the checks across tables that can be proven now.',
  asOf: 'Finds the day for which gold is built.',
  publish: 'Moves main of every table that may be published.',
  finish: 'Records the run and its quality results, and gives the lease back.',
};

/** One function a step of the refresh, shared by all packs, each with the rights of its step and no other. */
export class StepFunctionSet extends Construct {
  /** Definition substitutions of the state machine document: ARN by name. */
  readonly substitutions: Readonly<Record<string, string>>;
  readonly arns: readonly string[];
  readonly functions: Readonly<Record<StepName, LakeFunction>>;
  readonly #props: StepFunctionSetProps;

  constructor(scope: Construct, id: string, props: StepFunctionSetProps) {
    super(scope, id);
    this.#props = props;
    const steps = Object.keys(stepFunctions) as StepName[];
    this.functions = Object.fromEntries(steps.map((step) => [step, this.#addFunction(step)])) as Record<
      StepName,
      LakeFunction
    >;
    this.substitutions = Object.fromEntries(
      steps.map((step) => [stepFunctions[step], this.functions[step].function.functionArn]),
    );
    this.arns = Object.values(this.substitutions);
    this.#grantRunsAndLedger();
    this.#grantTables();
    this.#grantAnswers();
  }

  #addFunction(step: StepName): LakeFunction {
    return new LakeFunction(this, step, {
      ...this.#props,
      name: step.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      description: descriptions[step],
      timeout: Duration.minutes(10),
    });
  }

  /** Every step reads its run's plans and renews its lease. */
  #grantRunsAndLedger(): void {
    for (const step of Object.values(this.functions)) {
      grantWrite(step, this.#props.buckets.runs);
      this.#props.ledger.grantReadWrite(step);
    }
  }

  #grantTables(): void {
    const { buckets, databases } = this.#props;
    const { begin, prepare, attach, publish, finish } = this.functions;
    for (const step of [begin, prepare, attach, finish]) {
      for (const bucket of buckets.layers) grantRead(step, bucket);
      grantCatalogRead(step, databases, ['bronze', 'silver', 'gold', 'staging']);
    }
    for (const step of [attach, publish, finish]) {
      grantWrite(step, buckets.silver);
      grantWrite(step, buckets.gold);
      grantCatalogWrite(step, databases, ['silver', 'gold']);
      grantCatalogForget(step, databases, ['staging']);
    }
  }

  /** Steps that read back what a query answered. */
  #grantAnswers(): void {
    const { workGroup, buckets } = this.#props;
    const { judge, prepare, asOf } = this.functions;
    for (const step of [judge, prepare, asOf]) {
      step.allow(['athena:GetQueryExecution', 'athena:GetQueryResults'], [workGroup.arn]);
      grantRead(step, buckets.results, workGroup.resultsPrefix);
    }
  }
}
