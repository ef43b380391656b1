/**
 * What travels between the states of a refresh. The Lambda handlers, the stack and the local runtime all use these types.
 * SQL texts, plans and results stay in the runs store and travel as keys, since a payload may hold 256 KB (Step Functions).
 */

/** What a refresh is started with. */
export type RefreshRequest = {
  /** `YYYY-MM-DD`; resolved from the silver facts if absent. */
  readonly asOf?: string;
  /** Rebuild every table, also those that are up to date. */
  readonly full?: boolean;
};

/** The run that a step belongs to. Each step renews the pack's lease for it. */
export type RunReference = { readonly pack: string; readonly runId: string };

export type BeginInput = {
  /** One set of functions serves the state machines of all packs. */
  readonly pack: string;
  /** The execution's input. */
  readonly request: RefreshRequest;
  /** The execution's name. With the round it makes the run id, so that a repeated Begin is the same run. */
  readonly execution: string;
  /** 1, and one more each time that Finish found loads that landed meanwhile. */
  readonly round: number;
};

/** `busy`: another run holds the pack's lease. `current`: nothing is out of date, and no query is needed. */
export type BeginOutput = {
  readonly run: RunReference;
  readonly decision: 'build' | 'current' | 'busy';
  /** One line for a person. */
  readonly message: string;
};

export type PrepareInput = {
  readonly run: RunReference;
  /** `silver.sales`. */
  readonly table: string;
  /** The finished survey of the table's partitions, when Prepare asked for one. */
  readonly survey?: { readonly attempt: number; readonly queryExecutionId: string };
};

/**
 * `done`: there is nothing to build; why is in the runs store. `survey`: first ask which partitions the table will have
 * (the engine writes at most 100 in a statement). `stage`: run the statements, then attach.
 */
export type PrepareOutput = {
  readonly action: 'done' | 'survey' | 'stage';
  /** Counts the tries of this table in this run: a new location each time, since Athena refuses one that is not empty. */
  readonly attempt: number;
  /** Keys of SQL texts in the runs store, to be run one after another. */
  readonly statements: readonly { readonly key: string }[];
};

export type RenderInput = { readonly run: RunReference; readonly key: string };
export type RenderOutput = { readonly sql: string };

export type AttachInput = {
  readonly run: RunReference;
  readonly table: string;
  readonly attempt: number;
  /** The finished statements, for the record of what the run has scanned. */
  readonly written?: readonly { readonly queryExecutionId: string }[];
};
export type AttachOutput = {
  /** Decimal text: JSON numbers cannot hold an int64. */
  readonly snapshotId: string;
  /** The query that proves the table's checks on this snapshot. */
  readonly auditSql: string;
};

/** Judge reads an audit's result, or records why a table could not be built. */
export type JudgeInput =
  | {
      readonly run: RunReference;
      readonly table: string;
      readonly attempt: number;
      readonly queryExecutionId: string;
    }
  | { readonly run: RunReference; readonly table: string; readonly error: StateError }
  | { readonly run: RunReference; readonly group: string; readonly queryExecutionId: string }
  | { readonly run: RunReference; readonly group: string; readonly error: StateError };
export type JudgeOutput = { readonly verdict: 'passed' | 'failed' };

/** What a `Catch` puts into the payload. A timeout may come without a cause. */
export type StateError = { readonly Error: string; readonly Cause?: string };

/** Checks across tables that are complete after a level; `group` names them, e.g. `silver 1`. */
export type GatherInput = { readonly run: RunReference; readonly group: string };
export type GatherOutput = { readonly action: 'audit' | 'done'; readonly auditSql: string };

export type AsOfInput = {
  readonly run: RunReference;
  /** The finished query for the greatest event date, when AsOf asked for one. */
  readonly queryExecutionId?: string;
};
/** `none`: there is no silver fact, so gold is skipped. */
export type AsOfOutput = { readonly action: 'query' | 'resolved' | 'none'; readonly sql: string };

export type PublishInput = { readonly run: RunReference };
export type PublishOutput = { readonly published: number };

export type FinishInput = {
  readonly run: RunReference;
  readonly round: number;
  /** What stopped the run before its end, if anything did. */
  readonly error?: StateError;
};
export type FinishOutput = {
  readonly status: 'succeeded' | 'failed';
  /** What failed, or how many tables were published. */
  readonly message: string;
  /** Loads landed meanwhile and this round was not the last allowed: begin once more. */
  readonly again: boolean;
};
