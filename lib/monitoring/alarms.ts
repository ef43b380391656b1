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

import { metricNamespace } from '../functions/lake-function.ts';
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
      this.#addFailedRunAlarms(pack, refresh);
      this.#addFailedCheckAlarm(pack);
      this.#addStaleAlarm(pack, refresh);
      this.#addStaleTableAlarm(pack);
      this.#addRejectAlarm(pack);
      this.#addFailedFileAlarm(pack);
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

  /** Three alarms, since Step Functions counts three ways in which a run does not end well. */
  #addFailedRunAlarms(pack: string, { machine }: PackRefresh): void {
    const counted = { period: Duration.minutes(5), statistic: 'Sum' } as const;
    const ways = [
      ['failed-run', 'failed', machine.metricFailed(counted)],
      ['timed-out-run', 'ran out of time', machine.metricTimedOut(counted)],
      ['stopped-run', 'was stopped', machine.metricAborted(counted)],
    ] as const;
    for (const [id, verb, metric] of ways) {
      this.#addAlarm(`${pack}-${id}`, {
        metric,
        threshold: 0,
        text: `A refresh of ${pack} ${verb}; what was not published keeps its last good version.`,
        section: 'failed-run',
      });
    }
  }

  #addFailedCheckAlarm(pack: string): void {
    this.#addAlarm(`${pack}-failed-check`, {
      metric: this.#metric('FailedChecks', pack, 'finish', 'Maximum'),
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

  /** Runs there are, and a table is left out of them: it fails again and again, or was rolled back and never released. */
  #addStaleTableAlarm(pack: string): void {
    const hours = this.#props.settings.staleAfterHours;
    if (hours === null) return;
    this.#addAlarm(`${pack}-stale-table`, {
      metric: this.#metric('FreshnessHours', pack, 'finish', 'Maximum'),
      threshold: hours,
      // Measured at the end of each run only: in between, what was seen last holds.
      missing: TreatMissingData.IGNORE,
      text: `A table of ${pack} has not been up to date for more than ${hours} hours.`,
      section: 'stale-tables',
    });
  }

  #addFailedFileAlarm(pack: string): void {
    this.#addAlarm(`${pack}-failed-file`, {
      metric: this.#metric('FilesFailed', pack, 'ingest', 'Sum'),
      threshold: 0,
      text: `A file of ${pack} could not be read as a whole; nothing of it was loaded.`,
      section: 'failed-file',
    });
  }

  #metric(name: string, pack: string, service: string, statistic: string): Metric {
    return packMetric({ stage: this.#props.settings.name, pack, name, service, statistic });
  }

  #addRejectAlarm(pack: string): void {
    this.#addAlarm(`${pack}-reject-share`, {
      metric: this.#metric('RejectSharePercent', pack, 'ingest', 'Maximum'),
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

/** Which metric of a function is meant: that of a pack, or of one of its tables. */
export type PackMetricProps = {
  readonly stage: string;
  readonly pack: string;
  readonly name: string;
  /** The function that writes it. */
  readonly service: string;
  readonly statistic: string;
  /** @default the pack as a whole */
  readonly table?: string;
};

/** A metric that a function writes (lambdas/telemetry.ts). */
export function packMetric({ stage, pack, name, service, statistic, table }: PackMetricProps): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName: name,
    dimensionsMap: { service, stage, pack, ...(table === undefined ? {} : { table }) },
    period: Duration.minutes(5),
    statistic,
  });
}
