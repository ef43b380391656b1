import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { PackRefresh } from '../refresh/pack-refresh.ts';
import type { StageSettings } from '../stage/stage-settings.ts';

/** Props of {@link LakeAlarms}. */
export type LakeAlarmsProps = {
  readonly settings: StageSettings;
  /** Told of every alarm. */
  readonly topic: Topic;
  /** Queues that should stay empty. */
  readonly deadLetters: readonly Queue[];
  readonly refreshes: ReadonlyMap<string, PackRefresh>;
};

/** Share of rejected rows, in percent, above which a pack's loads are looked at. */
const rejectSharePercent = 5;

/** The alarms. Each one's text names its section of docs/runbook.md. */
export class LakeAlarms extends Construct {
  readonly alarms: Alarm[] = [];
  readonly #props: LakeAlarmsProps;

  constructor(scope: Construct, id: string, props: LakeAlarmsProps) {
    super(scope, id);
    this.#props = props;
    for (const queue of props.deadLetters) this.#addDeadLetterAlarm(queue);
    for (const [pack, refresh] of props.refreshes) {
      this.#addFailedRunAlarm(pack, refresh);
      this.#addFailedCheckAlarm(pack);
      this.#addStaleAlarm(pack, refresh);
      this.#addRejectAlarm(pack);
    }
  }

  #addDeadLetterAlarm(queue: Queue): void {
    this.#addAlarm(`${queue.node.scope?.node.id ?? ''}DeadLetters`, {
      metric: queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      threshold: 0,
      text: 'Messages could not be processed and lie in the dead-letter queue.',
      section: 'dead-letters',
    });
  }

  #addFailedRunAlarm(pack: string, refresh: PackRefresh): void {
    this.#addAlarm(`${pack}-failed-run`, {
      metric: refresh.machine.metricFailed({ period: Duration.minutes(5), statistic: 'Sum' }),
      threshold: 0,
      text: `A refresh of ${pack} failed; what it failed on keeps its last good version.`,
      section: 'failed-run',
    });
  }

  #addFailedCheckAlarm(pack: string): void {
    this.#addAlarm(`${pack}-failed-check`, {
      metric: packMetric('FailedChecks', pack, 'finish', 'Sum'),
      threshold: 0,
      text: `A check of severity error failed in ${pack}; the tables that it names were not published.`,
      section: 'failed-check',
    });
  }

  #addStaleAlarm(pack: string, refresh: PackRefresh): void {
    const hours = this.#props.settings.staleAfterHours;
    if (hours === null) return;
    this.#addAlarm(`${pack}-stale`, {
      metric: refresh.machine.metricSucceeded({ period: Duration.hours(1), statistic: 'Sum' }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: hours,
      missing: TreatMissingData.BREACHING,
      text: `No refresh of ${pack} succeeded in ${hours} hours: its tables are stale.`,
      section: 'stale-tables',
    });
  }

  #addRejectAlarm(pack: string): void {
    this.#addAlarm(`${pack}-reject-share`, {
      metric: packMetric('RejectSharePercent', pack, 'ingest', 'Maximum'),
      threshold: rejectSharePercent,
      text: `More than ${rejectSharePercent} % of the rows of a load of ${pack} were rejected.`,
      section: 'reject-share',
    });
  }

  #addAlarm(
    id: string,
    options: {
      readonly metric: IMetric;
      readonly threshold: number;
      readonly text: string;
      readonly section: string;
      /** @default above the threshold */
      readonly comparison?: ComparisonOperator;
      /** @default 1 */
      readonly periods?: number;
      /** @default what is not measured is in order */
      readonly missing?: TreatMissingData;
    },
  ): void {
    const alarm = new Alarm(this, id, {
      alarmName: `shoplake-${this.#props.settings.name}-${id}`,
      alarmDescription: `${options.text} What to do: docs/runbook.md#${options.section}`,
      metric: options.metric,
      threshold: options.threshold,
      comparisonOperator: options.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: options.periods ?? 1,
      treatMissingData: options.missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.#props.topic));
    this.alarms.push(alarm);
  }
}

/** A metric that a function writes, by pack (lambdas/telemetry.ts). */
export function packMetric(name: string, pack: string, service: string, statistic: string): Metric {
  return new Metric({
    namespace: 'Shoplake',
    metricName: name,
    dimensionsMap: { service, pack },
    period: Duration.minutes(5),
    statistic,
  });
}
