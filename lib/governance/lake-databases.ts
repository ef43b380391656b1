import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';

import { databaseOf, type Layer } from '../../core/contract/contract.ts';
import type { StageSettings } from '../stage/stage-settings.ts';
import type { LakeBuckets } from '../storage/lake-buckets.ts';
import type { CatalogScope } from './grants.ts';

/** Props of {@link LakeDatabases}. */
export type LakeDatabasesProps = {
  readonly settings: StageSettings;
  readonly buckets: LakeBuckets;
  /** Names of the packs that are deployed. */
  readonly packs: readonly string[];
  /**
   * Names of further packs, which have databases and nothing else.
   * @default none
   */
  readonly idlePacks?: readonly string[];
};

/** A layer, or the databases where tables are built aside. */
export type DatabaseLayer = Layer | 'staging';

const layers: readonly Layer[] = ['bronze', 'silver', 'gold'];

/** The Glue databases `<pack>_bronze`, `_silver`, `_gold`, and `<pack>_staging`, where tables are built aside. */
export class LakeDatabases extends Construct {
  readonly #packs: readonly string[];

  constructor(scope: Construct, id: string, props: LakeDatabasesProps) {
    super(scope, id);
    this.#packs = props.packs;
    for (const pack of [...props.packs, ...(props.idlePacks ?? [])]) {
      for (const layer of layers)
        this.#addDatabase(props, databaseOf(pack, layer), props.buckets[layer].s3UrlForObject());
      // Staged files lie in the folder of the table that they become, so the staging database has no folder of its own.
      this.#addDatabase(props, `${pack}_staging`);
    }
  }

  /** ARNs by which IAM grants the catalog, the databases of the scope, and the tables in them. */
  arns({ layers: which, pack, table = '*' }: CatalogScope): readonly string[] {
    const stack = Stack.of(this);
    const arn = (resource: string, name?: string) =>
      stack.formatArn({ service: 'glue', resource, ...(name === undefined ? {} : { resourceName: name }) });
    const packs = pack === undefined ? this.#packs : [pack];
    const databases = packs.flatMap((name) => which.map((layer) => `${name}_${layer}`));
    return [
      arn('catalog'),
      ...databases.map((database) => arn('database', database)),
      ...databases.map((database) => arn('table', `${database}/${table}`)),
    ];
  }

  #addDatabase(props: LakeDatabasesProps, name: string, location?: string): void {
    const database = new CfnDatabase(this, name, {
      catalogId: Stack.of(this).account,
      databaseInput: { name, ...(location === undefined ? {} : { locationUri: `${location}/${name}/` }) },
    });
    database.applyRemovalPolicy(
      props.settings.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    );
  }
}
