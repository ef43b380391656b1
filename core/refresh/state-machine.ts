import { createHash } from 'node:crypto';

import type { CheckNode, ModelNode, TableGraph } from '../sql/graph.ts';
import type {
  AslBranch,
  AslCatcher,
  AslDocument,
  AslParallel,
  AslRetrier,
  AslState,
  JsonValue,
} from './asl.ts';
import { planLevels, type RefreshLevel } from './levels.ts';
import { formatReference } from './run-store.ts';
import { athenaTask, lambdaTask } from './tasks.ts';

export {
  athenaResource,
  type StepName,
  stepFunctions,
  workGroupSubstitution,
} from './tasks.ts';

/** What a lost lease is called in `Retry` and `Catch`: the `name` of LeaseLostError. */
const leaseLost = 'LeaseLostError';

/** A run that takes longer than this is stuck. */
const runTimeoutSeconds = 24 * 3600;

/** Another run has the lease, or a statement is too long: trying again would only lose time. Anything else is tried twice more from the start. */
const attemptRetries: readonly AslRetrier[] = [
  {
    ErrorEquals: [leaseLost, 'StatementTooLongError'],
    MaxAttempts: 0,
  },
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 10,
    MaxAttempts: 2,
    BackoffRate: 3,
    MaxDelaySeconds: 120,
    JitterStrategy: 'FULL',
  },
];

/** What stops a whole run: the lease is another run's, or something that no branch could deal with. */
const runCatch: readonly AslCatcher[] = [
  { ErrorEquals: [leaseLost], ResultPath: '$.error', Next: 'Lease lost' },
  { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Finish stopped run' },
];

/** The run and nothing else goes into the branches: payloads stay small. */
const runParameters = { 'run.$': '$.run' };

/**
 * The state machine of a pack as an ASL document. The stack deploys it and the local runtime interprets it.
 *
 * Tables of one level of the graph are built side by side, each in a branch of a Parallel state. Inside the branch another
 * Parallel with one branch holds the steps, because only a Parallel can retry several states together: a failed try
 * starts over at Prepare, with a new location. A table that cannot be built ends its own branch and no other.
 * Loads that land meanwhile start another round in the same execution, under a run id of its own: that is one and the
 * same document for both runtimes, where starting a new execution would need a call that only AWS has.
 */
export function createStateMachine(graph: TableGraph): AslDocument {
  const levels = planLevels(graph);
  const silver = levels.filter((level) => level.layer === 'silver');
  const gold = levels.filter((level) => level.layer === 'gold');
  const chain = [
    ...silver.flatMap((level) => levelStates(level)),
    ...(gold.length > 0 ? [asOfState()] : []),
    ...gold.flatMap((level) => levelStates(level)),
  ];

  const states: Record<string, AslState> = {
    'Receive request': {
      Type: 'Pass',
      Parameters: { 'request.$': '$', 'execution.$': '$$.Execution.Name', round: 1 },
      Next: 'Begin',
    },
    Begin: lambdaTask('begin', {
      parameters: {
        pack: graph.pack.name,
        'request.$': '$.request',
        'execution.$': '$.execution',
        'round.$': '$.round',
      },
      resultPath: '$.begin',
      next: 'Is there work',
      // Nothing is known yet that could be finished.
      catchers: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Begin failed' }],
    }),
    'Is there work': {
      Type: 'Choice',
      Choices: [
        { Variable: '$.begin.decision', StringEquals: 'busy', Next: 'Another run is at work' },
        { Variable: '$.begin.decision', StringEquals: 'current', Next: 'Nothing is out of date' },
      ],
      Default: 'Pin run',
    },
    'Another run is at work': { Type: 'Succeed', OutputPath: '$.begin' },
    'Nothing is out of date': {
      Type: 'Pass',
      Parameters: runState(),
      Next: 'Finish',
    },
    'Pin run': {
      Type: 'Pass',
      Parameters: runState(),
      Next: chain[0]?.name ?? 'Publish',
    },
  };
  for (const [index, { name, state }] of chain.entries()) {
    states[name] = { ...state, Next: chain[index + 1]?.name ?? 'Publish', Catch: runCatch };
  }
  states.Publish = lambdaTask('publish', {
    parameters: runParameters,
    resultPath: null,
    next: 'Finish',
    retries: [publishRetry],
    catchers: runCatch,
  });
  states.Finish = lambdaTask('finish', {
    parameters: { ...runParameters, 'round.$': '$.round' },
    resultPath: '$.finish',
    next: 'How did it end',
    retries: [publishRetry],
    catchers: runCatch,
  });
  states['Finish stopped run'] = lambdaTask('finish', {
    parameters: { ...runParameters, 'round.$': '$.round', 'error.$': '$.error' },
    resultPath: '$.finish',
    next: 'Refresh failed',
    catchers: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.lost', Next: 'Run stopped' }],
  });
  states['How did it end'] = {
    Type: 'Choice',
    Choices: [
      { Variable: '$.finish.again', BooleanEquals: true, Next: 'Next round' },
      { Variable: '$.finish.status', StringEquals: 'failed', Next: 'Refresh failed' },
    ],
    Default: 'Refreshed',
  };
  states['Next round'] = {
    Type: 'Pass',
    Comment:
      'Loads landed during the run. What failed is out of date still, so the next round tells of it too.',
    Parameters: {
      'request.$': '$.request',
      'execution.$': '$.execution',
      'round.$': 'States.MathAdd($.round, 1)',
    },
    Next: 'Begin',
  };
  states.Refreshed = { Type: 'Succeed', OutputPath: '$.finish' };
  states['Refresh failed'] = {
    Type: 'Fail',
    Error: 'RefreshFailed',
    CausePath: '$.finish.message',
  };
  states['Run stopped'] = { Type: 'Fail', Error: 'RefreshStopped', CausePath: '$.error.Cause' };
  states['Begin failed'] = { Type: 'Fail', Error: 'BeginFailed', CausePath: '$.error.Cause' };
  states['Lease lost'] = { Type: 'Fail', Error: leaseLost, CausePath: '$.error.Cause' };

  return {
    Comment: `Refreshes the tables of the pack ${graph.pack.name}`,
    StartAt: 'Receive request',
    TimeoutSeconds: runTimeoutSeconds,
    States: states,
  };
}

/** Name of the state that builds a table; the others of the table carry the table's name in the same way. */
export function stateName(action: string, subject: string): string {
  const name = `${action} ${subject}`;
  // Step Functions takes 80 characters; the hash keeps shortened names apart.
  return name.length <= 80
    ? name
    : `${name.slice(0, 71)} ${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** Trying again is safe: what is published or written down already is found so. */
const publishRetry: AslRetrier = {
  ErrorEquals: ['CommitConflictError', 'CommitStateUnknownError', 'States.Timeout', 'Lambda.Unknown'],
  IntervalSeconds: 5,
  MaxAttempts: 3,
  BackoffRate: 2,
  JitterStrategy: 'FULL',
};

type ChainLink = { readonly name: string; readonly state: Omit<AslParallel, 'Next' | 'End'> };

/** A level: its tables side by side, then the checks across tables that are complete with it. */
function levelStates(level: RefreshLevel): readonly ChainLink[] {
  const build: ChainLink = {
    name: `Build ${level.name}`,
    state: {
      Type: 'Parallel',
      Branches: level.nodes.map(tableBranch),
      Parameters: runParameters,
      ResultPath: null,
    },
  };
  return level.checks.length === 0 ? [build] : [build, acrossState(level.name, level.checks)];
}

function tableBranch(node: ModelNode): AslBranch {
  const table = formatReference(node.model);
  const build = stateName('Build', table);
  const failure = stateName('Record failure of', table);
  const failed = stateName('Failed', table);
  return {
    StartAt: build,
    States: {
      [build]: {
        Type: 'Parallel',
        Comment: node.model.description,
        Branches: [attemptBranch(node, table)],
        ResultPath: null,
        Retry: attemptRetries,
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: failure }],
        End: true,
      },
      [failure]: lambdaTask('judge', {
        parameters: { ...runParameters, table, 'error.$': '$.error' },
        resultPath: null,
        next: failed,
        // Finish takes a table without a verdict for failed.
        catchers: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: failed }],
      }),
      [failed]: { Type: 'Pass', End: true },
    },
  };
}

/** One try of one table. */
function attemptBranch(node: ModelNode, table: string): AslBranch {
  const name = (action: string) => stateName(action, table);
  const target = { ...runParameters, table };
  const partitioned = node.model.partitioning.length > 0;
  const states: Record<string, AslState> = {
    [name('Prepare')]: lambdaTask('prepare', {
      parameters: target,
      resultPath: '$.plan',
      next: name('Decide on'),
    }),
    [name('Decide on')]: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.plan.action', StringEquals: 'stage', Next: name('Stage') },
        ...(partitioned
          ? [{ Variable: '$.plan.action', StringEquals: 'survey', Next: name('Write survey of') }]
          : []),
      ],
      Default: name('Leave'),
    },
    [name('Leave')]: { Type: 'Pass', End: true },
    [name('Stage')]: {
      Type: 'Map',
      ItemsPath: '$.plan.statements',
      ItemSelector: { ...runParameters, 'key.$': '$$.Map.Item.Value.key' },
      MaxConcurrency: 1,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: name('Render'),
        States: {
          [name('Render')]: lambdaTask('render', {
            parameters: { ...runParameters, 'key.$': '$.key' },
            next: name('Write'),
          }),
          [name('Write')]: athenaTask({ sql: '$.sql' }),
        },
      },
      ResultPath: '$.written',
      Next: name('Attach'),
    },
    [name('Attach')]: lambdaTask('attach', {
      parameters: { ...target, 'attempt.$': '$.plan.attempt', 'written.$': '$.written' },
      resultPath: '$.attached',
      next: name('Audit'),
    }),
    [name('Audit')]: athenaTask({
      sql: '$.attached.auditSql',
      resultPath: '$.audit',
      next: name('Judge'),
    }),
    [name('Judge')]: lambdaTask('judge', {
      parameters: {
        ...target,
        'attempt.$': '$.plan.attempt',
        'queryExecutionId.$': '$.audit.queryExecutionId',
      },
      resultPath: null,
    }),
  };
  if (partitioned) {
    states[name('Write survey of')] = lambdaTask('render', {
      parameters: { ...runParameters, 'key.$': '$.plan.statements[0].key' },
      resultPath: '$.survey',
      next: name('Survey'),
    });
    states[name('Survey')] = athenaTask({
      sql: '$.survey.sql',
      resultPath: '$.survey',
      next: name('Divide'),
    });
    states[name('Divide')] = lambdaTask('prepare', {
      parameters: {
        ...target,
        survey: {
          'attempt.$': '$.plan.attempt',
          'queryExecutionId.$': '$.survey.queryExecutionId',
        },
      },
      resultPath: '$.plan',
      next: name('Decide again on'),
    });
    states[name('Decide again on')] = {
      Type: 'Choice',
      Choices: [
        { Variable: '$.plan.action', StringEquals: 'stage', Next: name('Stage') },
        // The keys that it follows were found in too many partitions: rebuilt as a whole, it is asked for its own.
        { Variable: '$.plan.action', StringEquals: 'survey', Next: name('Write survey of') },
      ],
      Default: name('Leave'),
    };
  }
  return { StartAt: name('Prepare'), States: states };
}

/** Checks that no single table can prove, once all their tables are attached. */
function acrossState(group: string, checks: readonly CheckNode[]): ChainLink {
  const name = (action: string) => stateName(action, `checks across ${group}`);
  const target = { ...runParameters, group };
  const attempt: AslBranch = {
    StartAt: name('Gather'),
    States: {
      [name('Gather')]: lambdaTask('gather', {
        parameters: target,
        resultPath: '$.gathered',
        next: name('Decide on'),
      }),
      [name('Decide on')]: {
        Type: 'Choice',
        Choices: [{ Variable: '$.gathered.action', StringEquals: 'audit', Next: name('Audit') }],
        Default: name('Leave'),
      },
      [name('Leave')]: { Type: 'Pass', End: true },
      [name('Audit')]: athenaTask({
        sql: '$.gathered.auditSql',
        resultPath: '$.audit',
        next: name('Judge'),
      }),
      [name('Judge')]: lambdaTask('judge', {
        parameters: { ...target, 'queryExecutionId.$': '$.audit.queryExecutionId' },
        resultPath: null,
      }),
    },
  };
  return {
    name: `Check across ${group}`,
    state: guardedGroup(name, group, attempt, checks.map(({ check }) => check.id).join(', ')),
  };
}

/** The day of the gold build: given, or the greatest event date of the silver facts. */
function asOfState(): ChainLink {
  const group = 'as_of';
  const name = (action: string) => stateName(action, group);
  const attempt: AslBranch = {
    StartAt: name('Look up'),
    States: {
      [name('Look up')]: lambdaTask('asOf', {
        parameters: runParameters,
        resultPath: '$.asOf',
        next: name('Decide on'),
      }),
      [name('Decide on')]: {
        Type: 'Choice',
        Choices: [{ Variable: '$.asOf.action', StringEquals: 'query', Next: name('Query') }],
        Default: name('Leave'),
      },
      [name('Leave')]: { Type: 'Pass', End: true },
      [name('Query')]: athenaTask({ sql: '$.asOf.sql', resultPath: '$.found', next: name('Read') }),
      [name('Read')]: lambdaTask('asOf', {
        parameters: { ...runParameters, 'queryExecutionId.$': '$.found.queryExecutionId' },
        resultPath: null,
      }),
    },
  };
  return { name: 'Find as_of', state: guardedGroup(name, group, attempt, 'day of the gold build') };
}

/** Steps that belong to no table, with the same retries as a table's and their failure recorded in the same way. */
function guardedGroup(
  name: (action: string) => string,
  group: string,
  attempt: AslBranch,
  comment: string,
): ChainLink['state'] {
  const tries = name('Try');
  const failure = name('Record failure of');
  return {
    Type: 'Parallel',
    Comment: comment,
    Parameters: runParameters,
    ResultPath: null,
    Branches: [
      {
        StartAt: tries,
        States: {
          [tries]: {
            Type: 'Parallel',
            Branches: [attempt],
            ResultPath: null,
            Retry: attemptRetries,
            Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: failure }],
            End: true,
          },
          [failure]: lambdaTask('judge', {
            parameters: { ...runParameters, group, 'error.$': '$.error' },
            resultPath: null,
          }),
        },
      },
    ],
  };
}

function runState(): JsonValue {
  return {
    'request.$': '$.request',
    'execution.$': '$.execution',
    'round.$': '$.round',
    'run.$': '$.begin.run',
  };
}
