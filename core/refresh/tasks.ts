import type { AslCatcher, AslRetrier, AslState, JsonValue } from './asl.ts';

/** Lambda functions of a refresh by the definition substitution that carries each one's ARN. */
export const stepFunctions = {
  begin: 'BeginFunctionArn',
  prepare: 'PrepareFunctionArn',
  render: 'RenderFunctionArn',
  attach: 'AttachFunctionArn',
  judge: 'JudgeFunctionArn',
  gather: 'GatherFunctionArn',
  asOf: 'AsOfFunctionArn',
  publish: 'PublishFunctionArn',
  finish: 'FinishFunctionArn',
} as const;

/** A step that a Lambda function carries out. */
export type StepName = keyof typeof stepFunctions;

/** Substitution that carries the name of the pipeline's Athena work group. */
export const workGroupSubstitution = 'WorkGroup';

/** Step Functions' own integration: starts the query and waits for its end. */
export const athenaResource = 'arn:aws:states:::athena:startQueryExecution.sync';

/** A Lambda function may run 15 minutes; the rest is for starting it. */
const lambdaTimeoutSeconds = 960;
/** Athena stops a query after 30 minutes; before that it may wait in the queue of the work group. */
const queryTimeoutSeconds = 2400;
/** The service refused or lost the call of a function, and a later one may succeed. */
const lambdaRetry: AslRetrier = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 2,
  MaxAttempts: 6,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
};

/**
 * Athena refused to start the query (rate, full queue): nothing was written, so the same statement is sent again. A
 * query that started and failed has left files in its location: that is retried from Prepare, with a new location.
 */
const athenaRetry: AslRetrier = {
  ErrorEquals: ['Athena.TooManyRequestsException', 'Athena.AthenaException', 'Athena.SdkClientException'],
  IntervalSeconds: 5,
  MaxAttempts: 8,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  JitterStrategy: 'FULL',
};

/** A state that calls a step's Lambda function. */
export function lambdaTask(
  step: StepName,
  options: {
    readonly parameters: JsonValue;
    /** Absent: the result takes the payload's place. */
    readonly resultPath?: string | null;
    /** Absent: the branch ends here. */
    readonly next?: string;
    readonly retries?: readonly AslRetrier[];
    readonly catchers?: readonly AslCatcher[];
  },
): AslState {
  return {
    Type: 'Task',
    Resource: `\${${stepFunctions[step]}}`,
    Parameters: options.parameters,
    ...(options.resultPath === undefined ? {} : { ResultPath: options.resultPath }),
    TimeoutSeconds: lambdaTimeoutSeconds,
    Retry: [lambdaRetry, ...(options.retries ?? [])],
    ...(options.catchers ? { Catch: options.catchers } : {}),
    ...(options.next === undefined ? { End: true } : { Next: options.next }),
  };
}

/** A state that runs a statement in Athena and keeps its id. */
export function athenaTask(options: {
  readonly sql: string;
  /** Absent: the result takes the payload's place. */
  readonly resultPath?: string | null;
  readonly next?: string;
}): AslState {
  return {
    Type: 'Task',
    Resource: athenaResource,
    Parameters: { 'QueryString.$': options.sql, WorkGroup: `\${${workGroupSubstitution}}` },
    // The answer repeats the whole query text; its id is all that is needed.
    ResultSelector: { 'queryExecutionId.$': '$.QueryExecution.QueryExecutionId' },
    ...(options.resultPath === undefined ? {} : { ResultPath: options.resultPath }),
    TimeoutSeconds: queryTimeoutSeconds,
    Retry: [athenaRetry],
    ...(options.next === undefined ? { End: true } : { Next: options.next }),
  };
}
