import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';

/** Structured logs; service and level come from the environment. Rows and file contents are never logged. */
export const logger = new Logger();
/** Traces of the AWS calls that a function makes. */
export const tracer = new Tracer();

/** What a handler says: one line, and fields to search by. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** A measured value and what it counts. */
export type Measurement = {
  readonly name: string;
  readonly unit: keyof typeof MetricUnit;
  readonly value: number;
};

/** Writes measurements of a pack, or of one of its tables. */
export type Measure = (
  subject: { readonly pack: string; readonly table?: string },
  measurements: readonly Measurement[],
) => void;

/**
 * Writes metrics in CloudWatch's embedded metric format: no call, one log line each. Stages may share an account, so the stage is a dimension;
 * the namespace and the dimension `service` come from the environment.
 */
export function createMeasure(stage: string): Measure {
  const metrics = new Metrics();
  return (subject, measurements) => {
    for (const { name, unit, value } of measurements) {
      const one = metrics.singleMetric();
      // One by one: `addDimensions` would make a set of its own, and so another metric.
      for (const [dimension, of] of Object.entries({ stage, ...subject })) one.addDimension(dimension, of);
      one.addMetric(name, MetricUnit[unit], value);
    }
  };
}
