import { jest } from '@jest/globals';

import { createMeasure, type Measure } from '../../../lambdas/telemetry.ts';
import { metricNamespace } from '../../../lib/functions/lake-function.ts';

/** A metric as CloudWatch takes it out of a function's log. */
export type EmittedMetric = {
  readonly namespace: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly dimensions: Readonly<Record<string, string>>;
};

type EmbeddedMetrics = {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
};

/** What a function of the name writes when it measures in the stage. */
export async function captureMetrics(
  functionName: string,
  stage: string,
  work: (measure: Measure) => void | Promise<void>,
): Promise<readonly EmittedMetric[]> {
  Object.assign(process.env, {
    // To the console of the test, which would turn metrics off.
    POWERTOOLS_DEV: 'true',
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_SERVICE_NAME: functionName,
    POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
  });
  const lines: string[] = [];
  const spy = jest.spyOn(console, 'log').mockImplementation((line) => {
    lines.push(String(line));
  });
  try {
    await work(createMeasure(stage));
  } finally {
    spy.mockRestore();
  }
  return lines.flatMap(readMetrics);
}

function readMetrics(line: string): readonly EmittedMetric[] {
  const log = JSON.parse(line) as EmbeddedMetrics & Readonly<Record<string, string | number>>;
  return log._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((set) =>
      Metrics.map(({ Name, Unit }) => ({
        namespace: Namespace,
        name: Name,
        unit: Unit,
        value: Number([log[Name]].flat()[0]),
        dimensions: Object.fromEntries(set.map((name) => [name, String(log[name])])),
      })),
    ),
  );
}
