import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';

import { type QueryEngine, QueryFailedError } from '../../core/ports/query-engine.ts';
import type { AslBranch, AslDocument, AslState } from '../../core/refresh/asl.ts';
import { type StepName, stepFunctions, workGroupSubstitution } from '../../core/refresh/state-machine.ts';
import { type DocumentTask, readTasks } from './state-machine-document.ts';

/** The interpreter's type of payloads, which it does not export. */
type Payload = Parameters<StateMachine['run']>[0];

/** What Step Functions takes as the input or output of a state. */
const maxPayloadBytes = 256 * 1024;
/** Nothing is throttled on one machine, so that a retry need not wait for a service to recover. */
const retryMilliseconds = 100;

/** How the local run of a document calls the outside. */
export type RunnerOptions = {
  readonly engine: QueryEngine;
  /** Carries out a step, as the Lambda function does on AWS. */
  readonly callStep: (step: StepName, input: unknown) => Promise<unknown>;
  /** The execution's name, as in `$$.Execution.Name`. */
  readonly execution: string;
  /** Told before each Task, with its state's name and input, and after it. */
  readonly onTask?: (event: TaskEvent) => void;
  /** Between the tries of a state that failed. @default 100 ms */
  readonly retryMilliseconds?: number;
};

export type TaskEvent = {
  readonly state: string;
  readonly target: DocumentTask['target'];
  readonly phase: 'entered' | 'done' | 'failed';
  readonly input: unknown;
  readonly output?: unknown;
};

/** The execution ended in a Fail state, or by an error that no state caught. */
export class ExecutionFailedError extends Error {
  override readonly name = 'ExecutionFailedError';
  /** Step Functions' error name, as `RefreshFailed`. */
  readonly error: string;
  constructor(error: string, cause: string, options?: ErrorOptions) {
    super(cause, options);
    this.error = error;
  }
}

/**
 * Runs a state machine document as Step Functions would: Lambda tasks are calls of the steps, Athena tasks are statements of
 * the local engine.
 * @throws UnsupportedDocumentError before anything runs, if the interpreter would not do what Step Functions does
 * @throws ExecutionFailedError if the execution fails
 */
export async function runStateMachine(
  document: AslDocument,
  input: unknown,
  options: RunnerOptions,
): Promise<unknown> {
  const tasks = readTasks(document);
  const machine = new StateMachine(substitute(document) as unknown as StateMachineDefinition, {
    // Its JSON Schema knows the whole language, takes 0.7 s to compile, and lets pass what is refused here.
    validationOptions: { noValidate: true },
  });
  const execution = machine.run(demandSmall('the input', input ?? {}) as Payload, {
    context: { Execution: { Name: options.execution, Id: options.execution } },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map((task) => [task.name, createHandler(task, options)]),
      ),
      retryIntervalOverrides: Object.fromEntries(
        retriedStates(document).map((name) => [name, options.retryMilliseconds ?? retryMilliseconds]),
      ),
    },
  });
  try {
    return await execution.result;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const failure = cause instanceof Error ? cause : new Error(String(cause));
    throw new ExecutionFailedError(failure.name, failure.message, { cause: failure.cause });
  }
}

/** An error as Step Functions sees it: a name to branch on and a text. */
class StateFailure extends Error {
  override readonly name: string;
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

function createHandler(task: DocumentTask, options: RunnerOptions) {
  const tell = (phase: TaskEvent['phase'], input: unknown, output?: unknown) =>
    options.onTask?.({ state: task.name, target: task.target, phase, input, output });
  const work = (input: unknown) =>
    task.target.kind === 'query'
      ? runQuery(options.engine, input)
      : callStep(options, task.target.step, input);
  return async (input: Payload): Promise<Payload> => {
    demandSmall(`the input of state "${task.name}"`, input);
    tell('entered', input);
    try {
      const output = await withTimeout(task, work(input));
      demandSmall(`the output of state "${task.name}"`, output);
      tell('done', input, output);
      // As on AWS: what JSON cannot hold does not travel.
      return JSON.parse(JSON.stringify(output ?? null)) as Payload;
    } catch (error) {
      tell('failed', input);
      throw error;
    }
  };
}

/** Lambda's way of telling an error: its name, and a cause that is JSON. */
async function callStep(options: RunnerOptions, step: StepName, input: unknown) {
  try {
    return await options.callStep(step, input);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw new StateFailure(name, JSON.stringify({ errorType: name, errorMessage: message, trace: [] }), {
      cause: error,
    });
  }
}

/** The optimized integration's answer, of which documents use the id. */
async function runQuery(engine: QueryEngine, input: unknown) {
  const { QueryString: sql } = input as { readonly QueryString: string };
  try {
    const { queryExecutionId } = await engine.run(sql);
    return {
      QueryExecution: { QueryExecutionId: queryExecutionId, Status: { State: 'SUCCEEDED' } },
    };
  } catch (error) {
    if (!(error instanceof QueryFailedError)) throw error;
    throw new StateFailure(
      'States.TaskFailed',
      JSON.stringify({
        QueryExecution: { Status: { State: 'FAILED', StateChangeReason: error.message } },
      }),
      { cause: error },
    );
  }
}

/**
 * The runner keeps time itself: the interpreter's timer goes on after a task has failed, and would keep the process from
 * ending for as long.
 */
async function withTimeout<T>(task: DocumentTask, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new StateFailure('States.Timeout', `${task.name} took over ${task.timeoutSeconds} s`)),
      task.timeoutSeconds * 1000,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function demandSmall<T>(subject: string, payload: T): T {
  const bytes = Buffer.byteLength(JSON.stringify(payload ?? null));
  if (bytes > maxPayloadBytes) {
    throw new StateFailure(
      'States.DataLimitExceeded',
      `${subject} has ${bytes} bytes, expected at most ${maxPayloadBytes}`,
    );
  }
  return payload;
}

/** Puts local names where the deployment puts ARNs, and takes out the timeouts that {@link withTimeout} keeps. */
function substitute(document: AslDocument): AslDocument {
  let text = JSON.stringify(document, (key, value) =>
    key === 'TimeoutSeconds' ? undefined : (value as unknown),
  );
  for (const [step, substitution] of Object.entries(stepFunctions)) {
    text = text.replaceAll(`\${${substitution}}`, `arn:aws:lambda:us-east-1:000000000000:function:${step}`);
  }
  return JSON.parse(text.replaceAll(`\${${workGroupSubstitution}}`, 'local')) as AslDocument;
}

function retriedStates(branch: AslBranch): readonly string[] {
  return Object.entries(branch.States).flatMap(([name, state]) => [
    ...('Retry' in state && state.Retry ? [name] : []),
    ...innerBranches(state).flatMap(retriedStates),
  ]);
}

function innerBranches(state: AslState): readonly AslBranch[] {
  if (state.Type === 'Parallel') return state.Branches;
  return state.Type === 'Map' ? [state.ItemProcessor] : [];
}
