import { CfnNamedQuery } from 'aws-cdk-lib/aws-athena';
import { Construct } from 'constructs';

import { databaseOf, type Pack } from '../../core/contract/contract.ts';
import { renderDashboardQuery } from '../../core/sql/dashboard-query.ts';
import type { LakeWorkGroups } from './lake-work-groups.ts';

/** Props of {@link DashboardQueries}. */
export type DashboardQueriesProps = {
  readonly packs: readonly Pack[];
  readonly workGroups: LakeWorkGroups;
};

/** The dashboard queries of the packs, saved in the analysts' work group as `<pack>.<name>`, each with its question. */
export class DashboardQueries extends Construct {
  constructor(scope: Construct, id: string, props: DashboardQueriesProps) {
    super(scope, id);
    for (const pack of props.packs) {
      for (const query of pack.queries) {
        const saved = new CfnNamedQuery(this, `${pack.name}-${query.name}`, {
          name: `${pack.name}.${query.name}`,
          description: query.question,
          database: databaseOf(pack.name, 'gold'),
          queryString: renderDashboardQuery(pack, query),
          workGroup: props.workGroups.analysts.name,
        });
        // The name alone is text, in which CloudFormation sees no order.
        saved.node.addDependency(props.workGroups);
      }
    }
  }
}
