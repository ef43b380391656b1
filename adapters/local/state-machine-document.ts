import type { AslBranch, AslDocument, AslState, JsonValue } from '../../core/refresh/asl.ts';
import type { StepName } from '../../core/refresh/state-machine.ts';
import { athenaResource, stepFunctions, workGroupSubstitution } from '../../core/refresh/state-machine.ts';

/** The document uses what the local interpreter does not carry out, or would silently ignore. */
export class UnsupportedDocumentError extends Error {
  override readonly name = 'UnsupportedDocumentError';
}

/** What a Task state does: a step of the refresh, or a query. */
export type TaskTarget = { readonly kind: 'step'; readonly step: StepName } | { readonly kind: 'query' };

/** A Task state of a document, at whatever depth. */
export type DocumentTask = {
  readonly name: string;
  readonly target: TaskTarget;
  readonly timeoutSeconds: number;
};

const transition = ['Next', 'End'];
const dataFlow = ['Parameters', 'ResultPath'];
const guards = ['Retry', 'Catch'];

/** Fields that the interpreter carries out, by type of state; all others are refused. */
const stateFields: Readonly<Record<string, readonly string[]>> = {
  Task: ['Resource', 'ResultSelector', 'TimeoutSeconds', ...dataFlow, ...guards, ...transition],
  Pass: [...dataFlow, ...transition],
  Choice: ['Choices', 'Default'],
  Parallel: ['Branches', ...dataFlow, ...guards, ...transition],
  Map: [
    'ItemsPath',
    'ItemSelector',
    'MaxConcurrency',
    'ItemProcessor',
    'ResultPath',
    ...guards,
    ...transition,
  ],
  Succeed: ['OutputPath'],
  Fail: ['Error', 'CausePath'],
};
const choiceFields = ['Variable', 'StringEquals', 'BooleanEquals', 'Next'];
const retryFields = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
];
const catchFields = ['ErrorEquals', 'ResultPath', 'Next'];
/** The interpreter fills in no other part of the context object, or fills it in differently inside branches. */
const contextPaths = ['$$.Execution.Name', '$$.Map.Item.Value', '$$.Map.Item.Index'];
const intrinsics = ['States.MathAdd('];

/**
 * Every Task of the document, if the interpreter does with the document what Step Functions does.
 * @throws UnsupportedDocumentError for whatever it would ignore or do differently
 */
export function readTasks(document: AslDocument): readonly DocumentTask[] {
  checkFields('document', document, ['Comment', 'StartAt', 'TimeoutSeconds', 'States']);
  const tasks: DocumentTask[] = [];
  const names = new Set<string>();
  visitBranch('document', document, tasks, names);
  return tasks;
}

function visitBranch(place: string, branch: AslBranch, tasks: DocumentTask[], names: Set<string>) {
  if (branch.States[branch.StartAt] === undefined) {
    refuse(`${place} starts at "${branch.StartAt}", which is no state of it`);
  }
  for (const [name, state] of Object.entries(branch.States)) {
    if (name.length > 80) refuse(`state "${name}" has a name of more than 80 characters`);
    if (names.has(name)) refuse(`state "${name}" stands twice in the document`);
    names.add(name);
    visitState(`state "${name}"`, name, state, tasks, names);
    checkTargets(`state "${name}"`, state, branch);
  }
}

function visitState(place: string, name: string, state: AslState, tasks: DocumentTask[], names: Set<string>) {
  const fields = stateFields[state.Type];
  if (fields === undefined) refuse(`${place} has the type "${state.Type}", which is not run locally`);
  checkFields(place, state, ['Type', 'Comment', ...(fields ?? [])]);
  if ('Parameters' in state && state.Parameters !== undefined) {
    checkTemplate(place, state.Parameters);
  }
  // The interpreter takes "$" for a field name; Step Functions takes it for the whole payload.
  if ('ResultPath' in state && typeof state.ResultPath === 'string') {
    if (!/^(\$\.[A-Za-z_]\w*)+$/.test(state.ResultPath)) {
      refuse(`${place} has the ResultPath "${state.ResultPath}", expected null or one field, "$.field"`);
    }
  }
  if ('Retry' in state) for (const retry of state.Retry ?? []) checkFields(place, retry, retryFields);
  if ('Catch' in state) for (const item of state.Catch ?? []) checkFields(place, item, catchFields);
  if (state.Type === 'Task') {
    if (state.ResultSelector !== undefined) checkTemplate(place, state.ResultSelector);
    tasks.push({ name, target: readTarget(place, state.Resource), timeoutSeconds: state.TimeoutSeconds });
  }
  if (state.Type === 'Choice') {
    for (const choice of state.Choices) checkFields(place, choice, choiceFields);
  }
  if (state.Type === 'Parallel') {
    for (const [index, branch] of state.Branches.entries()) {
      checkFields(`${place} branch ${index}`, branch, ['StartAt', 'States', 'Comment']);
      visitBranch(`${place} branch ${index}`, branch, tasks, names);
    }
  }
  if (state.Type === 'Map') {
    checkTemplate(place, state.ItemSelector);
    checkFields(place, state.ItemProcessor, ['ProcessorConfig', 'StartAt', 'States', 'Comment']);
    checkFields(place, state.ItemProcessor.ProcessorConfig, ['Mode']);
    if (state.ItemProcessor.ProcessorConfig.Mode !== 'INLINE') {
      refuse(`${place} is a map of mode "${state.ItemProcessor.ProcessorConfig.Mode}", expected INLINE`);
    }
    visitBranch(place, state.ItemProcessor, tasks, names);
  }
}

/** A state that does not exist would end the interpreter's run as if it were the last one. */
function checkTargets(place: string, state: AslState, branch: AslBranch) {
  const targets = [
    ...('Next' in state ? [state.Next] : []),
    ...('Catch' in state ? (state.Catch ?? []).map((item) => item.Next) : []),
    ...(state.Type === 'Choice' ? [...state.Choices.map((choice) => choice.Next), state.Default] : []),
  ];
  for (const target of targets) {
    if (branch.States[target] === undefined) {
      refuse(`${place} goes on to "${target}", which is no state beside it`);
    }
  }
  const ends = ['Choice', 'Succeed', 'Fail'].includes(state.Type);
  const isEnd = 'End' in state && state.End;
  const hasNext = 'Next' in state;
  if (!ends && isEnd === hasNext) refuse(`${place} needs either Next or End`);
}

function readTarget(place: string, resource: string): TaskTarget {
  if (resource === athenaResource) return { kind: 'query' };
  for (const [step, substitution] of Object.entries(stepFunctions)) {
    if (resource === `\${${substitution}}`) return { kind: 'step', step: step as StepName };
  }
  return refuse(`${place} calls the resource "${resource}", which is not known locally`);
}

function checkTemplate(place: string, template: JsonValue) {
  if (typeof template !== 'object' || template === null) return;
  for (const [key, value] of Object.entries(template)) {
    if (key.endsWith('.$') && typeof value === 'string') checkExpression(place, value);
    else if (typeof value === 'object') checkTemplate(place, value as JsonValue);
    else if (typeof value === 'string' && value.includes('${') && value !== `\${${workGroupSubstitution}}`) {
      refuse(`${place} has the substitution "${value}", which is not known locally`);
    }
  }
}

function checkExpression(place: string, expression: string) {
  if (expression.startsWith('$$')) {
    if (!contextPaths.some((path) => expression === path || expression.startsWith(`${path}.`))) {
      refuse(`${place} reads "${expression}" of the context object, which is not filled in locally`);
    }
    return;
  }
  if (expression.startsWith('$')) {
    if (!/^\$(\.[A-Za-z_]\w*|\[\d+\])*$/.test(expression)) {
      refuse(`${place} has the path "${expression}", expected fields and indexes only`);
    }
    return;
  }
  if (!intrinsics.some((name) => expression.startsWith(name))) {
    refuse(`${place} calls "${expression}", expected ${intrinsics.join(' or ')}…)`);
  }
}

function checkFields(place: string, value: object, known: readonly string[]) {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) refuse(`${place} has the field "${key}", which is not run locally`);
  }
}

function refuse(message: string): never {
  throw new UnsupportedDocumentError(message);
}
