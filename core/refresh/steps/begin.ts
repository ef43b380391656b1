import { type BronzeContract, isDated, type TableReference } from '../../contract/contract.ts';
import { commitSnapshot } from '../../iceberg/commit.ts';
import { rowsSnapshotId } from '../../iceberg/compaction.ts';
import { loadTable } from '../../iceberg/table.ts';
import { mainSnapshot, type TableMetadata } from '../../iceberg/table-metadata.ts';
import { ensureBronzeTable } from '../../ingest/bronze-table.ts';
import { formatTable } from '../../ports/table-catalog.ts';
import type { TableGraph } from '../../sql/graph.ts';
import { recallAsOf } from '../as-of-memory.ts';
import { removeLeftovers } from '../cleaning.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { hashBuild, inputSnapshots, isOutOfDate, readLineage } from '../lineage.ts';
import type { BeginInput, BeginOutput, RefreshRequest, RunReference } from '../payloads.ts';
import { graphOf, icebergOf, identifierOf, leaseEnd } from '../run-context.ts';
import { formatReference, openRunStore, type RunPlan, readJson, runFolder } from '../run-store.ts';

/**
 * Takes the pack's lease, pins `main` of every table, and tells whether anything is out of date. Called again for the same
 * execution and round it goes on with what it pinned the first time.
 */
export async function begin(environment: RefreshEnvironment, input: BeginInput): Promise<BeginOutput> {
  const request = readRequest(input.request);
  const run = { pack: environment.pack.name, runId: runIdOf(input) };
  const lease = { ...run, expiresAt: leaseEnd(environment) };
  const { acquired, holder } = await environment.runs.acquireLease(lease, environment.clock.now());
  if (!acquired) {
    return {
      run,
      decision: 'busy',
      message: `run ${holder.runId} is refreshing pack ${run.pack} already`,
    };
  }
  try {
    return await pinRun(environment, run, request);
  } catch (error) {
    await environment.runs.releaseLease(run.pack, run.runId);
    throw error;
  }
}

async function pinRun(
  environment: RefreshEnvironment,
  run: RunReference,
  request: RefreshRequest,
): Promise<BeginOutput> {
  const { clock, layout, runs, store } = environment;
  const graph = await graphOf(environment);
  const known = await readJson<RunPlan>(store, `${runFolder(layout.runs, run)}/run.json`);
  const plan = known ?? (await makePlan(environment, graph, run, request));
  if (known === undefined) {
    await endAbandonedRuns(environment, run);
    await removeLeftovers(environment, run);
    await openRunStore(store, layout.runs, run).writePlan(plan);
    await runs.recordRun({
      ...run,
      startedAt: clock.now(),
      finishedAt: null,
      status: 'running',
      message: null,
      tables: {},
    });
  }
  return {
    run,
    decision: plan.decision,
    message: plan.decision === 'current' ? 'nothing is out of date' : 'tables are out of date',
  };
}

async function makePlan(
  environment: RefreshEnvironment,
  graph: TableGraph,
  run: RunReference,
  request: RefreshRequest,
): Promise<RunPlan> {
  const { catalog, clock, pack, runs } = environment;
  // A CTAS needs its database, and readers find an empty layer rather than none.
  for (const database of ['silver', 'gold', 'staging'].map((layer) => `${pack.name}_${layer}`)) {
    await catalog.ensureDatabase(database);
  }
  const holds = new Set((await runs.listHolds()).map(({ table }) => table));
  const models = new Map(
    await Promise.all(
      graph.nodes.map(
        async ({ model }) => [formatReference(model), await loadMetadata(environment, model)] as const,
      ),
    ),
  );
  const bronze = await Promise.all(
    pack.bronze.map(
      async (contract) => [formatReference(contract), await pinBronze(environment, contract)] as const,
    ),
  );
  const pinned = {
    ...Object.fromEntries(bronze.map(([name, metadata]) => [name, mainId(metadata)])),
    ...Object.fromEntries([...models].map(([name, metadata]) => [name, mainId(metadata)])),
  };
  const plan: RunPlan = {
    runId: run.runId,
    startedAt: clock.now(),
    full: request.full ?? false,
    decision: 'build',
    ...(request.asOf === undefined ? {} : { asOf: request.asOf }),
    pinned,
    rowsOf: Object.fromEntries(
      [...bronze, ...models].flatMap(([name, metadata]) => rewritten(name, metadata)),
    ),
    held: graph.nodes
      .filter(({ model }) => holds.has(formatTable(identifierOf(pack.name, model))))
      .map(({ model }) => formatReference(model)),
  };
  const isCurrent = !plan.full && (await isEverythingCurrent(environment, graph, plan, models));
  return isCurrent ? { ...plan, decision: 'current' } : plan;
}

/** Told from metadata alone: no query runs where nothing changed. */
async function isEverythingCurrent(
  environment: RefreshEnvironment,
  graph: TableGraph,
  plan: RunPlan,
  models: ReadonlyMap<string, TableMetadata | undefined>,
): Promise<boolean> {
  const snapshotOf = (table: string) => plan.rowsOf?.[table] ?? plan.pinned[table] ?? null;
  const asOf = plan.asOf ?? (await recallAsOf(environment, snapshotOf));
  return graph.nodes.every((node) => {
    const table = formatReference(node.model);
    if (plan.held.includes(table)) return true;
    // Without a fact gold is not built; without knowing that, it has to be asked.
    if (isDated(node.model) && asOf === null) return true;
    if (isDated(node.model) && asOf === undefined) return false;
    const metadata = models.get(table);
    return !isOutOfDate(metadata && readLineage(metadata), {
      build: hashBuild(environment.pack, node),
      inputs: inputSnapshots(node, snapshotOf),
      ...(isDated(node.model) && asOf ? { asOf } : {}),
    });
  });
}

/**
 * A bronze table with a snapshot to read, which has all columns of the contract. A table that holds nothing yet gets an empty snapshot:
 * without one there would be nothing to pin, and a load that lands during the run would be seen by half of it.
 */
async function pinBronze(environment: RefreshEnvironment, contract: BronzeContract): Promise<TableMetadata> {
  const identifier = identifierOf(contract.pack, contract);
  const io = icebergOf(environment);
  // A column that the contract has gained is there for the SQL before the first load brings it: a snapshot is read with the
  // schema that it was made with, so one of the new schema is needed.
  const table = await ensureBronzeTable(io, environment.layout, contract);
  if (hasCurrentMain(table.metadata)) return table.metadata;
  const outcome = await commitSnapshot(io, identifier, async (current) =>
    hasCurrentMain(current.metadata) ? undefined : { operation: 'append', add: [] },
  );
  const pinned = outcome.table.metadata;
  if (mainSnapshot(pinned) === undefined) {
    throw new Error(`${formatTable(identifier)} has no snapshot to pin`);
  }
  return pinned;
}

/** Whether `main` is there and has the table's columns. */
function hasCurrentMain(metadata: TableMetadata): boolean {
  const main = mainSnapshot(metadata);
  const schemaId = main?.['schema-id'] ?? metadata['current-schema-id'];
  return main !== undefined && schemaId === metadata['current-schema-id'];
}

/** Runs that say they are running while this one has the lease were killed. */
async function endAbandonedRuns({ clock, runs }: RefreshEnvironment, run: RunReference): Promise<void> {
  const recent = await runs.listRuns(run.pack, 20);
  for (const other of recent) {
    if (other.status !== 'running' || other.runId === run.runId) continue;
    await runs.recordRun({
      ...other,
      status: 'abandoned',
      finishedAt: clock.now(),
      message: 'it was stopped before its end, or lost its lease',
    });
  }
}

async function loadMetadata(
  environment: RefreshEnvironment,
  reference: TableReference,
): Promise<TableMetadata | undefined> {
  const identifier = identifierOf(environment.pack.name, reference);
  return (await loadTable(icebergOf(environment), identifier))?.metadata;
}

/** The entry of `rowsOf`, for a table that was rewritten since its rows last changed. */
function rewritten(
  name: string,
  metadata: TableMetadata | undefined,
): readonly (readonly [string, string])[] {
  const main = metadata && mainSnapshot(metadata);
  if (metadata === undefined || main === undefined) return [];
  const rows = rowsSnapshotId(metadata, main);
  return rows === main['snapshot-id'] ? [] : [[name, String(rows)]];
}

function mainId(metadata: TableMetadata | undefined): string | null {
  const main = metadata && mainSnapshot(metadata);
  return main === undefined ? null : String(main['snapshot-id']);
}

/** The execution's name, and the round from the second on, of characters that keys and table names take. */
function runIdOf({ execution, round }: BeginInput): string {
  const name = execution.replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return round === 1 ? name : `${name}-${round}`;
}

/** The execution's input may be written by hand. */
function readRequest(request: RefreshRequest): RefreshRequest {
  const { asOf, full } = request;
  if (asOf !== undefined && !isDate(asOf)) {
    throw new Error(`asOf is ${JSON.stringify(asOf)}, expected a day such as "2011-12-09"`);
  }
  if (full !== undefined && typeof full !== 'boolean') {
    throw new Error(`full is ${JSON.stringify(full)}, expected true or false`);
  }
  return { ...(asOf === undefined ? {} : { asOf }), ...(full === undefined ? {} : { full }) };
}

function isDate(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}
