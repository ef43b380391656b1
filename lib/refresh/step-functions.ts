import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { databaseOf } from '../../core/contract/contract.ts';
import { type StepName, stepFunctions } from '../../core/refresh/state-machine.ts';
import { LakeFunction, type LakeFunctionProps } from '../functions/lake-function.ts';
import { grantCatalog, grantObjects } from '../governance/grants.ts';
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
  /** Names of the packs. */
  readonly packs: readonly string[];
};

/** The table of check results, which Finish writes. */
const qualityTable = 'quality_results';

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
    this.#grantRuns();
    this.#grantLedger();
    this.#grantBegin();
    this.#grantPrepare();
    this.#grantSnapshots();
    this.#grantFinish();
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

  /** Plans, SQL texts and outcomes: every step reads them, most write, and Begin clears what earlier runs left. */
  #grantRuns(): void {
    const { runs } = this.#props.buckets;
    const { begin, prepare, render, attach, judge, gather, asOf, publish, finish } = this.functions;
    for (const step of [render, gather, finish]) grantObjects(step, runs, ['read']);
    for (const step of [prepare, attach, judge, asOf, publish]) grantObjects(step, runs, ['read', 'write']);
    grantObjects(begin, runs, ['read', 'write', 'remove']);
  }

  /** Every step renews the lease. */
  #grantLedger(): void {
    const { ledger } = this.#props;
    const { begin, publish, finish, ...others } = this.functions;
    for (const step of Object.values(others)) ledger.grant(step, ['PutItem']);
    ledger.grant(begin, ['PutItem', 'DeleteItem', 'Query']);
    ledger.grant(publish, ['PutItem', 'Query']);
    ledger.grant(finish, ['PutItem', 'DeleteItem', 'Query', 'GetItem', 'BatchWriteItem']);
  }

  /** Makes bronze tables that no load has made yet, looks at all others, and removes files of tries that came to nothing. */
  #grantBegin(): void {
    const { buckets, databases } = this.#props;
    const { begin } = this.functions;
    grantObjects(begin, buckets.bronze, ['read', 'write', 'remove']);
    for (const bucket of [buckets.silver, buckets.gold]) grantObjects(begin, bucket, ['read', 'remove']);
    grantCatalog(begin, databases, { layers: ['bronze'] }, [
      'GetDatabase',
      'GetTable',
      'CreateTable',
      'UpdateTable',
    ]);
    grantCatalog(begin, databases, { layers: ['silver', 'gold'] }, ['GetDatabase', 'GetTable']);
    grantCatalog(begin, databases, { layers: ['staging'] }, ['GetDatabase', 'DeleteTable']);
  }

  /** Compares snapshots: metadata and manifests of every layer. */
  #grantPrepare(): void {
    const { buckets, databases } = this.#props;
    const { prepare } = this.functions;
    for (const bucket of buckets.layers) grantObjects(prepare, bucket, ['read']);
    grantCatalog(prepare, databases, { layers: ['bronze', 'silver', 'gold'] }, ['GetTable']);
  }

  /** Attach and Publish commit to silver and gold, and take the staging entry out of the catalog. */
  #grantSnapshots(): void {
    const { buckets, databases } = this.#props;
    const { attach, publish } = this.functions;
    for (const step of [attach, publish]) {
      for (const bucket of [buckets.silver, buckets.gold]) {
        grantObjects(step, bucket, ['read', 'write', 'remove']);
      }
    }
    const tables = { layers: ['silver', 'gold'] } as const;
    const staging = { layers: ['staging'] } as const;
    grantCatalog(attach, databases, tables, ['GetDatabase', 'GetTable', 'CreateTable', 'UpdateTable']);
    grantCatalog(attach, databases, staging, ['GetTable', 'DeleteTable']);
    grantCatalog(publish, databases, tables, ['GetTable', 'UpdateTable']);
    grantCatalog(publish, databases, staging, ['DeleteTable']);
  }

  /** Appends to `quality_results` of each pack and to no other table, and sees whether bronze has moved on. */
  #grantFinish(): void {
    const { buckets, databases, packs, workGroup } = this.#props;
    const { finish } = this.functions;
    for (const pack of packs) {
      const folder = `${databaseOf(pack, 'gold')}/${qualityTable}/`;
      grantObjects(finish, buckets.gold, ['read', 'upload', 'remove'], folder);
    }
    grantCatalog(finish, databases, { layers: ['gold'], table: qualityTable }, [
      'GetDatabase',
      'GetTable',
      'CreateTable',
      'UpdateTable',
    ]);
    grantObjects(finish, buckets.bronze, ['read']);
    grantCatalog(finish, databases, { layers: ['bronze'] }, ['GetTable']);
    // What the run's queries have scanned, for the metric.
    finish.allow(['athena:BatchGetQueryExecution'], [workGroup.arn]);
  }

  /** Steps that read back what a query answered. */
  #grantAnswers(): void {
    const { workGroup, buckets } = this.#props;
    const { judge, prepare, asOf } = this.functions;
    for (const step of [judge, prepare, asOf]) {
      step.allow(['athena:GetQueryExecution', 'athena:GetQueryResults'], [workGroup.arn]);
      grantObjects(step, buckets.results, ['read'], workGroup.resultsPrefix);
    }
  }
}
