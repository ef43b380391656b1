import type { TableReference } from '../contract/contract.ts';
import type { PartitionSelector } from '../iceberg/commit.ts';
import { ObjectExistsError, ObjectNotFoundError, type ObjectStore } from '../ports/object-store.ts';
import type { Severity } from '../ports/quality-result.ts';
import type { RunReference } from './payloads.ts';

/** `silver.sales`: how plans, payloads and state names write a table of the pack. */
export function formatReference(reference: TableReference): string {
  return `${reference.layer}.${reference.name}`;
}

/** What Begin pins: the whole run reads these snapshots and no others. Snapshot ids are decimal text. */
export type RunPlan = {
  readonly runId: string;
  /** Milliseconds since 1970; gold's `built_at`. */
  readonly startedAt: number;
  readonly full: boolean;
  /** `current`: nothing was out of date, and nothing is built. */
  readonly decision: 'build' | 'current';
  /** `YYYY-MM-DD` if it was given. */
  readonly asOf?: string;
  /** `main` of every table of the pack when the run began; null: the table has none yet. */
  readonly pinned: Readonly<Record<string, string | null>>;
  /**
   * For tables whose pinned snapshot is a rewrite of the same rows (compaction): the snapshot that these rows came with, which
   * is what lineage compares.
   */
  readonly rowsOf?: Readonly<Record<string, string>>;
  /** Tables that were rolled back and not released. */
  readonly held: readonly string[];
};

/** A check's answer. */
export type CheckVerdict = {
  readonly checkId: string;
  readonly severity: Severity;
  readonly status: 'pass' | 'fail';
  readonly failedRows: number;
  readonly observed: string | null;
  readonly expected: string | null;
  /** In whose contract the check stands. */
  readonly owner: string;
  /** Tables that it belongs to. */
  readonly tables: readonly string[];
};

/** What has become of one table in a run. */
export type TableOutcome =
  | { readonly state: 'current' | 'held' }
  /** `cause`: an input is not to be published, or there is no fact that could tell `as_of`. */
  | {
      readonly state: 'skipped';
      readonly cause: 'input' | 'no facts';
      readonly reason: string;
    }
  | { readonly state: 'failed'; readonly reason: string }
  /** Attached and not judged, if the run ends here. */
  | ({ readonly state: 'attached' } & AttachedSnapshot)
  | ({
      readonly state: 'judged';
      readonly verdicts: readonly CheckVerdict[];
      /** Milliseconds since 1970. */
      readonly checkedAt: number;
    } & AttachedSnapshot);

/** A table and snapshot as SQL names them. */
export type ReadAt = {
  readonly database: string;
  readonly table: string;
  /** Absent for a table that was never built: only a table that is there can be read. */
  readonly snapshotId?: string;
};

/** A snapshot that stands in the table's metadata and not yet in `main`. */
export type AttachedSnapshot = {
  readonly snapshotId: string;
  /** What `main` must be when it is moved; null for a first build. */
  readonly parent: string | null;
  readonly attempt: number;
  /** Where audits and dependants read it: the table itself, or its staging table if the schema changes. */
  readonly readAt: ReadAt;
  /** Queries that built and checked it, by their ids in the engine; an audit comes last. */
  readonly queries?: readonly string[];
  /** Rows that were staged for it. */
  readonly writtenRows?: number;
};

/** What has become of the checks of a group, or of `as_of`. */
export type GroupOutcome =
  | {
      readonly state: 'judged';
      readonly verdicts: readonly CheckVerdict[];
      readonly checkedAt: number;
      readonly queries?: readonly string[];
    }
  | { readonly state: 'failed'; readonly reason: string };

/** The rows of the partitions that are replaced: an Athena condition over one column of the table. */
export type ReplacedRows = { readonly column: string; readonly condition: string };

/** A try to build a table. */
export type AttemptPlan = {
  readonly table: string;
  readonly attempt: number;
  readonly staging: { readonly database: string; readonly table: string };
  /** Where the staged files go; ends with `/`. */
  readonly location: string;
  readonly targetLocation: string;
  /** `all`, or the partitions that are replaced. */
  readonly replace: 'all' | { readonly partitions: readonly PartitionSelector[] };
  /** Snapshot id of `main` that the partitions were told against; absent with `all`. */
  readonly base?: string;
  /** Which rows are those of the partitions that are replaced; absent with `all`. */
  readonly changed?: ReplacedRows;
  /** Queries that told what to replace, by their ids in the engine. */
  readonly surveys?: readonly string[];
  /** Goes into the snapshot's summary: what the table was built from. */
  readonly summary: Readonly<Record<string, string>>;
};

/** What Publish did. */
export type PublishReport = {
  readonly published: readonly string[];
  /** Tables that were attached and not published, and why. */
  readonly withheld: Readonly<Record<string, string>>;
};

/** Plans, SQL texts and outcomes of one run, under `<runs>/<pack>/<run id>/`. */
export type RunStore = {
  readonly folder: string;
  readPlan(): Promise<RunPlan>;
  writePlan(plan: RunPlan): Promise<void>;
  /** The resolved `as_of`: null if there is no fact, undefined if it is not resolved. */
  readAsOf(): Promise<string | null | undefined>;
  writeAsOf(asOf: string | null): Promise<void>;
  readOutcome(table: string): Promise<TableOutcome | undefined>;
  writeOutcome(table: string, outcome: TableOutcome): Promise<void>;
  readGroup(group: string): Promise<GroupOutcome | undefined>;
  writeGroup(group: string, outcome: GroupOutcome): Promise<void>;
  /** Takes the next number of a try. */
  claimAttempt(table: string): Promise<number>;
  writeAttempt(plan: AttemptPlan): Promise<void>;
  readAttempt(table: string, attempt: number): Promise<AttemptPlan>;
  /** Says that the attempt's files may from now on be part of a table. */
  markAttaching(table: string, attempt: number): Promise<void>;
  /** Stores a SQL text and tells its key. */
  writeSql(table: string, attempt: number, name: string, sql: string): Promise<string>;
  readSql(key: string): Promise<string>;
  readReport(): Promise<PublishReport | undefined>;
  writeReport(report: PublishReport): Promise<void>;
};

/** Opens the folder of a run in the runs store. */
export function openRunStore(store: ObjectStore, runsRoot: string, run: RunReference): RunStore {
  const folder = `${runFolder(runsRoot, run)}/`;
  const attempts = (table: string) => `${folder}attempts/${table}/`;
  const read = async <T>(key: string): Promise<T | undefined> => readJson<T>(store, `${folder}${key}`);
  const write = (key: string, value: unknown) => writeJson(store, `${folder}${key}`, value);
  const demand = async <T>(key: string): Promise<T> => {
    const value = await read<T>(key);
    if (value === undefined) throw new Error(`run ${run.runId} has no ${key} in ${folder}`);
    return value;
  };
  return {
    folder,
    readPlan: () => demand<RunPlan>('run.json'),
    writePlan: (plan) => write('run.json', plan),
    readAsOf: async () => (await read<{ asOf: string | null }>('as-of.json'))?.asOf,
    writeAsOf: (asOf) => write('as-of.json', { asOf }),
    readOutcome: (table) => read<TableOutcome>(`tables/${table}.json`),
    writeOutcome: (table, outcome) => write(`tables/${table}.json`, outcome),
    readGroup: (group) => read<GroupOutcome>(`groups/${group}.json`),
    writeGroup: (group, outcome) => write(`groups/${group}.json`, outcome),
    claimAttempt: async (table) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await store.writeIfAbsent(`${attempts(table)}${attempt}/claimed`, new Uint8Array());
          return attempt;
        } catch (error) {
          if (!(error instanceof ObjectExistsError)) throw error;
        }
      }
    },
    writeAttempt: (plan) => write(`attempts/${plan.table}/${plan.attempt}/plan.json`, plan),
    readAttempt: (table, attempt) => demand<AttemptPlan>(`attempts/${table}/${attempt}/plan.json`),
    markAttaching: (table, attempt) =>
      store.write(`${attempts(table)}${attempt}/attaching`, new Uint8Array()),
    writeSql: async (table, attempt, name, sql) => {
      const key = `attempts/${table}/${attempt}/${name}.sql`;
      await store.write(`${folder}${key}`, new TextEncoder().encode(sql));
      return key;
    },
    readSql: async (key) => new TextDecoder().decode(await store.read(`${folder}${key}`)),
    readReport: () => read<PublishReport>('published.json'),
    writeReport: (report) => write('published.json', report),
  };
}

/** Folder of a run, without a trailing slash. */
export function runFolder(runsRoot: string, run: RunReference): string {
  return `${runsRoot}/${run.pack}/${run.runId}`;
}

/** A JSON object of the store, or undefined if there is none. */
export async function readJson<T>(store: ObjectStore, location: string): Promise<T | undefined> {
  try {
    return JSON.parse(new TextDecoder().decode(await store.read(location))) as T;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

/** Replaces a JSON object of the store. */
export async function writeJson(store: ObjectStore, location: string, value: unknown): Promise<void> {
  await store.write(location, new TextEncoder().encode(JSON.stringify(value)));
}
