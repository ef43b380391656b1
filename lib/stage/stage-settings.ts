import type { Node } from 'constructs';

/** What differs between stages. The values stand in cdk.json under `context.stages.<name>`; all are required there. */
export type StageSettings = {
  /** `dev`, `staging`, `prod`: part of the stack's name and of the tags. */
  readonly name: string;
  /** `destroy` deletes buckets (emptied by `lake destroy`), tables and keys with the stack; `retain` keeps everything. */
  readonly removal: 'destroy' | 'retain';
  /** Processor of the functions. */
  readonly architecture: 'arm64' | 'x86_64';
  /** Memory of the ingest function, in MiB. */
  readonly ingestMemoryMiB: number;
  /** `/tmp` of the ingest function, in MiB: it holds the largest file, twice. */
  readonly ingestScratchMiB: number;
  /** How long the ingest queue gathers files for one commit, in seconds, 0 to 300. */
  readonly ingestBatchWindowSeconds: number;
  /** Bytes that one query of an analyst may scan, in GiB. */
  readonly scanCutoffGiB: number;
  /** Days that logs are kept; one of the values that CloudWatch Logs knows. */
  readonly logRetentionDays: number;
  /** Days that query results are kept. */
  readonly resultRetentionDays: number;
  /** EventBridge Scheduler expression, UTC, at which every pack is refreshed besides after loads; null for never. */
  readonly refreshSchedule: string | null;
  /** Hours without a successful refresh after which a pack is stale; null for no such alarm. */
  readonly staleAfterHours: number | null;
  /** Names of the packs that are deployed; null for all of them. On the command line separated by commas. */
  readonly deployedPacks: readonly string[] | null;
};

const shapes: Readonly<Record<Exclude<keyof StageSettings, 'name'>, (value: unknown) => boolean>> = {
  removal: (value) => value === 'destroy' || value === 'retain',
  architecture: (value) => value === 'arm64' || value === 'x86_64',
  ingestMemoryMiB: isWholeNumber(512, 10240),
  ingestScratchMiB: isWholeNumber(512, 10240),
  ingestBatchWindowSeconds: isWholeNumber(0, 300),
  scanCutoffGiB: isWholeNumber(1, 1_000_000),
  logRetentionDays: isWholeNumber(1, 3653),
  resultRetentionDays: isWholeNumber(1, 3653),
  refreshSchedule: (value) =>
    value === null || (typeof value === 'string' && /^(cron|rate)\(.+\)$/.test(value)),
  staleAfterHours: (value) => value === null || isWholeNumber(1, 24 * 7)(value),
  deployedPacks: (value) => value === null || isListOfNames(value),
};

/**
 * Reads the settings of the stage that `--context stage=NAME` names. Single settings can be overridden on the command line,
 * as in `--context architecture=x86_64`.
 * @throws Error that names the setting, its value and what was expected.
 */
export function readStageSettings(node: Node): StageSettings {
  const name: unknown = node.tryGetContext('stage');
  const stages: unknown = node.tryGetContext('stages');
  if (!isRecord(stages)) throw new Error('cdk.json: context.stages is missing, expected a record of stages');
  if (typeof name !== 'string' || !Object.hasOwn(stages, name)) {
    throw new Error(`stage "${String(name)}" is unknown, expected one of ${Object.keys(stages).join(', ')}`);
  }
  if (!/^[a-z][a-z0-9]{0,15}$/.test(name)) {
    throw new Error(`stage "${name}" is no name, expected up to 16 lower-case letters and digits`);
  }
  const given = stages[name];
  if (!isRecord(given)) throw new Error(`cdk.json: context.stages.${name} is no record`);
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(shapes, key));
  if (unknown.length > 0) throw new Error(`stage ${name}: setting "${unknown[0]}" is unknown`);

  const settings: Record<string, unknown> = { name };
  for (const [key, fits] of Object.entries(shapes)) {
    const value = override(key, given[key], node.tryGetContext(key));
    if (!fits(value))
      throw new Error(`stage ${name}: ${key} is ${JSON.stringify(value)}, see lib/stage/stage-settings.ts`);
    settings[key] = value;
  }
  return settings as StageSettings;
}

/** Context from the command line is text; it takes the type of the setting that it overrides. */
function override(key: string, configured: unknown, fromCommandLine: unknown): unknown {
  if (fromCommandLine === undefined) return configured;
  if (key === 'deployedPacks' && typeof fromCommandLine === 'string') return fromCommandLine.split(',');
  return typeof configured === 'number' ? Number(fromCommandLine) : fromCommandLine;
}

function isWholeNumber(least: number, most: number): (value: unknown) => boolean {
  return (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isListOfNames(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== '')
  );
}

/**
 * The packs, by name, that the stage's settings deploy.
 * @throws Error for a name that is no pack's
 */
export function chooseDeployed<T>(
  { name: stage, deployedPacks }: StageSettings,
  packs: ReadonlyMap<string, T>,
): readonly T[] {
  if (deployedPacks === null) return [...packs.values()];
  const unknown = deployedPacks.find((name) => !packs.has(name));
  if (unknown !== undefined) {
    const known = [...packs.keys()].join(', ');
    throw new Error(`stage ${stage}: deployedPacks names "${unknown}", expected some of ${known}`);
  }
  return [...packs].filter(([name]) => deployedPacks.includes(name)).map(([, pack]) => pack);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
