import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';

/** Structured logs; service and level come from the environment. Rows and file contents are never logged. */
export const logger = new Logger();
/** Traces of the AWS calls that a function makes. */
export const tracer = new Tracer();
const metrics = new Metrics();

/** A measured value and what it counts. */
export type Measurement = {
  readonly name: string;
  readonly unit: keyof typeof MetricUnit;
  readonly value: number;
};

/** Writes metrics of one pack (CloudWatch embedded metric format: no call, one log line). */
export function measure(pack: string, measurements: readonly Measurement[]): void {
  for (const { name, unit, value } of measurements) {
    const one = metrics.singleMetric();
    one.addDimension('pack', pack);
    one.addMetric(name, MetricUnit[unit], value);
  }
}
