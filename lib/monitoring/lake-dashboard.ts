import { AlarmStatusWidget, Dashboard, GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import type { PackRefresh } from '../refresh/pack-refresh.ts';
import type { StageSettings } from '../stage/stage-settings.ts';
import { type LakeAlarms, packMetric } from './alarms.ts';

/** Props of {@link LakeDashboard}. */
export type LakeDashboardProps = {
  readonly settings: StageSettings;
  readonly alarms: LakeAlarms;
  readonly refreshes: ReadonlyMap<string, PackRefresh>;
  /** Names of each pack's tables, such as `silver.sales`. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
};

/** The stage on one page: alarms, rows in and rejected, runs, checks, commit retries and bytes scanned. */
export class LakeDashboard extends Construct {
  constructor(scope: Construct, id: string, props: LakeDashboardProps) {
    super(scope, id);
    const packs = [...props.refreshes.keys()];
    const stage = props.settings.name;
    const graph = (title: string, names: readonly string[], service: string, statistic = 'Sum') =>
      new GraphWidget({
        title,
        width: 12,
        left: packs.flatMap((pack) =>
          names.map((name) =>
            packMetric({ stage, pack, name, service, statistic }).with({ label: `${pack} ${name}` }),
          ),
        ),
      });
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: `shoplake-${props.settings.name}` });
    dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', width: 24, alarms: props.alarms.alarms }));
    dashboard.addWidgets(
      graph('Rows loaded and rejected', ['RowsLoaded', 'RowsRejected'], 'ingest'),
      graph('Files failed, commits retried', ['FilesFailed', 'CommitRetries'], 'ingest'),
    );
    dashboard.addWidgets(
      new GraphWidget({
        title: 'Refresh runs',
        width: 12,
        left: [...props.refreshes].flatMap(([pack, { machine }]) => [
          machine.metricSucceeded({ label: `${pack} succeeded` }),
          machine.metricFailed({ label: `${pack} failed` }),
        ]),
      }),
      graph('Failed checks', ['FailedChecks'], 'finish'),
    );
    dashboard.addWidgets(
      graph('Bytes scanned', ['BytesScanned'], 'finish'),
      new GraphWidget({
        title: 'Hours since a table was up to date',
        width: 12,
        left: [...props.tables].flatMap(([pack, tables]) =>
          tables.map((table) =>
            packMetric({
              stage,
              pack,
              table,
              name: 'FreshnessHours',
              service: 'finish',
              statistic: 'Maximum',
            }).with({ label: `${pack} ${table}` }),
          ),
        ),
      }),
    );
  }
}
