/** The part of the Amazon States Language that refreshes use: JSONPath, inline maps. */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type AslRetrier = {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
};

export type AslCatcher = {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string;
};

type Transition = { readonly Next: string } | { readonly End: true };

type Guarded = {
  readonly Retry?: readonly AslRetrier[];
  readonly Catch?: readonly AslCatcher[];
};

export type AslTask = {
  readonly Type: 'Task';
  readonly Comment?: string;
  readonly Resource: string;
  readonly Parameters: JsonValue;
  readonly ResultSelector?: JsonValue;
  readonly ResultPath?: string | null;
  readonly TimeoutSeconds: number;
} & Guarded &
  Transition;

export type AslPass = {
  readonly Type: 'Pass';
  readonly Comment?: string;
  readonly Parameters?: JsonValue;
  readonly ResultPath?: string | null;
} & Transition;

export type AslChoice = {
  readonly Type: 'Choice';
  readonly Comment?: string;
  readonly Choices: readonly {
    readonly Variable: string;
    readonly StringEquals?: string;
    readonly BooleanEquals?: boolean;
    readonly Next: string;
  }[];
  readonly Default: string;
};

export type AslParallel = {
  readonly Type: 'Parallel';
  readonly Comment?: string;
  readonly Branches: readonly AslBranch[];
  readonly Parameters?: JsonValue;
  readonly ResultPath?: string | null;
} & Guarded &
  Transition;

export type AslMap = {
  readonly Type: 'Map';
  readonly Comment?: string;
  readonly ItemsPath: string;
  readonly ItemSelector: JsonValue;
  readonly MaxConcurrency: number;
  readonly ItemProcessor: AslBranch & { readonly ProcessorConfig: { readonly Mode: 'INLINE' } };
  readonly ResultPath?: string | null;
} & Guarded &
  Transition;

export type AslEnd =
  | { readonly Type: 'Succeed'; readonly Comment?: string; readonly OutputPath?: string }
  | {
      readonly Type: 'Fail';
      readonly Comment?: string;
      readonly Error: string;
      readonly CausePath: string;
    };

export type AslState = AslTask | AslPass | AslChoice | AslParallel | AslMap | AslEnd;

export type AslBranch = {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, AslState>>;
};

/** A state machine document, with `${Name}` where the deployment puts ARNs and names. */
export type AslDocument = AslBranch & {
  readonly Comment: string;
  readonly TimeoutSeconds: number;
};
