import { databaseOf, type TableReference } from '../contract/contract.ts';
import { formatProblem } from '../contract/problem.ts';
import type { IcebergIo } from '../iceberg/table.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import { type ModelNode, readTableGraph, type TableGraph } from '../sql/graph.ts';
import { defaultLeaseMilliseconds, type RefreshEnvironment } from './environment.ts';
import { planLevels } from './levels.ts';
import type { RunReference } from './payloads.ts';
import type { RunOutcomes } from './publication.ts';
import { formatReference, openRunStore, type ReadAt, type RunPlan, type RunStore } from './run-store.ts';

/** A run that a step goes on with. */
export type RunContext = {
  readonly environment: RefreshEnvironment;
  readonly run: RunReference;
  readonly graph: TableGraph;
  readonly store: RunStore;
  readonly plan: RunPlan;
};

/**
 * Goes on with a run: renews its lease and reads its plan.
 * @throws LeaseLostError if another run has taken over; then nothing more may be written to tables
 */
export async function resumeRun(environment: RefreshEnvironment, run: RunReference): Promise<RunContext> {
  await renewLease(environment, run);
  const store = openRunStore(environment.store, environment.layout.runs, run);
  const [graph, plan] = await Promise.all([graphOf(environment), store.readPlan()]);
  return { environment, run, graph, store, plan };
}

/** Moves the lease on. @throws LeaseLostError */
export async function renewLease(environment: RefreshEnvironment, run: RunReference): Promise<void> {
  await environment.runs.renewLease({ ...run, expiresAt: leaseEnd(environment) });
}

/** When a lease that is taken now expires. */
export function leaseEnd({ clock, leaseMilliseconds }: RefreshEnvironment): number {
  return clock.now() + (leaseMilliseconds ?? defaultLeaseMilliseconds);
}

const graphs = new WeakMap<object, Promise<TableGraph>>();

/** The pack's graph, parsed once a process. @throws if the pack's SQL is wrong, which `lake lint` and synth tell before */
export function graphOf({ pack }: Pick<RefreshEnvironment, 'pack'>): Promise<TableGraph> {
  const known = graphs.get(pack);
  if (known !== undefined) return known;
  const reading = readTableGraph(pack).then(({ graph, problems }) => {
    if (graph !== undefined) return graph;
    const first = problems[0];
    throw new Error(
      `pack ${pack.name} has no table graph: ${first === undefined ? 'no reason given' : formatProblem(first)}`,
    );
  });
  graphs.set(pack, reading);
  return reading;
}

/** The node of a model by its name in the pack, `silver.sales`. */
export function nodeNamed(graph: TableGraph, table: string): ModelNode {
  const node = graph.nodes.find(({ model }) => formatReference(model) === table);
  if (node === undefined) throw new Error(`pack ${graph.pack.name} has no model "${table}"`);
  return node;
}

/** The catalog's name of a table of the pack. */
export function identifierOf(pack: string, reference: TableReference): TableIdentifier {
  return { database: databaseOf(pack, reference.layer), table: reference.name };
}

/** What the Iceberg modules need of the environment. */
export function icebergOf({ store, catalog, clock }: RefreshEnvironment): IcebergIo {
  return { store, catalog, clock };
}

/** Everything that has been decided in the run so far. */
export async function readOutcomes({
  graph,
  store,
}: Pick<RunContext, 'graph' | 'store'>): Promise<RunOutcomes> {
  const names = graph.nodes.map(({ model }) => formatReference(model));
  const groups = planLevels(graph).filter(({ checks }) => checks.length > 0);
  const [tables, across] = await Promise.all([
    Promise.all(names.map(async (name) => [name, await store.readOutcome(name)] as const)),
    Promise.all(groups.map(async ({ name }) => [name, await store.readGroup(name)] as const)),
  ]);
  return {
    tables: new Map(tables.flatMap(([name, value]) => (value ? [[name, value]] : []))),
    groups: new Map(across.flatMap(([name, value]) => (value ? [[name, value]] : []))),
  };
}

/** Where the run reads a table: its new snapshot if it has one, else the pinned one. */
export type ReadTable = (reference: TableReference) => ReadAt & {
  /** What lineage records: the snapshot that the rows came with. */
  readonly recordedId: string | null;
  /** The table's own snapshot; differs from what is read while a changed schema is not published. */
  readonly ownId: string | null;
};

/** How the run reads each table of the pack. */
export function tableReader({ run, plan }: RunContext, { tables }: RunOutcomes): ReadTable {
  return (reference) => {
    const name = formatReference(reference);
    const outcome = tables.get(name);
    if (outcome?.state === 'judged' || outcome?.state === 'attached') {
      return { ...outcome.readAt, recordedId: outcome.snapshotId, ownId: outcome.snapshotId };
    }
    const pinned = plan.pinned[name] ?? null;
    return {
      ...identifierOf(run.pack, reference),
      ...(pinned === null ? {} : { snapshotId: pinned }),
      recordedId: plan.rowsOf?.[name] ?? pinned,
      ownId: pinned,
    };
  };
}
