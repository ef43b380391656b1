import type { ModelContract, PublishMode, ScalarType, TableReference } from '../contract/contract.ts';
import { changedPartitions } from '../iceberg/changed-partitions.ts';
import type { PartitionSelector } from '../iceberg/commit.ts';
import { partitionSpecOf } from '../iceberg/partition-spec.ts';
import { schemaOf } from '../iceberg/schema.ts';
import { loadTable } from '../iceberg/table.ts';
import type { ModelNode } from '../sql/graph.ts';
import { hashBuild, inputSnapshots, isOutOfDate, type Lineage, readLineage } from './lineage.ts';
import { anyPartition, type PartitionTuple, partitionedColumns } from './partition-conditions.ts';
import { icebergOf, identifierOf, type ReadTable, type RunContext } from './run-context.ts';
import { formatReference } from './run-store.ts';

/** What a table's rebuild reads and replaces. */
export type BuildPlan = {
  readonly lineage: Lineage;
  readonly replace: 'all' | { readonly partitions: readonly PartitionSelector[] };
  /** The table's `main` that the changes are counted from; absent for a rebuild of everything. */
  readonly base?: string;
  /**
   * Condition over the output columns. Absent for a rebuild of everything, and where all inputs are restricted: a row that
   * comes out elsewhere then shows that the contract's `follows` is wrong, and Attach fails, where a condition would
   * drop it unseen.
   */
  readonly where?: string;
  /** Conditions on inputs by name: only these of their partitions can reach the rebuilt ones. */
  readonly restrict: Readonly<Record<string, string>>;
  /** The partitions that are written, where that is known without asking. */
  readonly tuples?: readonly PartitionTuple[];
};

/** What must be rebuilt of a table, or undefined if it is as its inputs, SQL and contract say. */
export async function planBuild(
  context: RunContext,
  node: ModelNode,
  read: ReadTable,
  asOf: string | undefined,
): Promise<BuildPlan | undefined> {
  const { environment, plan, run } = context;
  const { model } = node;
  const identifier = identifierOf(run.pack, model);
  const byName = new Map(node.inputs.map((input) => [formatReference(input), input]));
  const lineage: Lineage = {
    build: hashBuild(environment.pack, node),
    inputs: inputSnapshots(node, (name) => {
      const input = byName.get(name);
      return input === undefined ? null : read(input).recordedId;
    }),
    ...(asOf === undefined ? {} : { asOf }),
    runId: run.runId,
  };
  const table = await loadTable(icebergOf(environment), identifier);
  const built = table && readLineage(table.metadata);
  if (!plan.full && !isOutOfDate(built, lineage)) return undefined;

  const everything: BuildPlan = { lineage, replace: 'all', restrict: {} };
  const isSameBuild = built !== undefined && built.build === lineage.build;
  if (plan.full || !isSameBuild || built.asOf !== lineage.asOf) return everything;
  const partitions = await planPartitions(context, node, built, lineage);
  return partitions === undefined
    ? everything
    : { ...partitions, base: String(table?.metadata['current-snapshot-id']) };
}

type Follow = Extract<PublishMode, { mode: 'replace_partitions' }>['follows'][number];

/** A rebuild of the partitions that changes of the followed inputs can reach; undefined where that cannot be told. */
async function planPartitions(
  context: RunContext,
  { model, inputs }: ModelNode,
  built: Lineage,
  lineage: Lineage,
): Promise<BuildPlan | undefined> {
  if (model.publish.mode !== 'replace_partitions') return undefined;
  const follows = new Map(model.publish.follows.map((follow) => [formatReference(follow.table), follow]));
  const changed = inputs.map(formatReference).filter((name) => built.inputs[name] !== lineage.inputs[name]);
  const values = new Set<string | null>();
  let transform: string | undefined;
  for (const name of changed) {
    const follow = follows.get(name);
    const from = built.inputs[name];
    const to = lineage.inputs[name];
    if (follow === undefined || !from || !to) return undefined;
    const changes = await changedPartitions(
      icebergOf(context.environment),
      identifierOf(context.run.pack, follow.table),
      { from: BigInt(from), to: BigInt(to), column: follow.column },
    );
    if (changes.kind === 'all') return undefined;
    if (transform !== undefined && transform !== changes.transform) return undefined;
    transform = changes.transform;
    for (const value of changes.values) values.add(value);
  }
  const own = transform === undefined ? undefined : ownPartition(model, transform, follows.values());
  if (own === undefined) return undefined;
  const tuples = [...values].sort(compareNullable).map((value) => [value]);
  const where = anyPartition([own.column], tuples);
  if (where === undefined) return undefined;
  const isOpen = inputs.some((input) => !follows.has(formatReference(input)));
  const restrict = new Map<string, string>();
  for (const [name, follow] of follows) {
    const type = columnTypeOf(context, follow.table, follow.column);
    const condition =
      type && anyPartition([{ term: { ...own.column.term, column: follow.column }, type }], tuples);
    if (condition === undefined) return undefined;
    restrict.set(name, condition);
  }
  // Nearly everything: leaving it to one pass over the inputs is cheaper than long conditions.
  const length = [where, ...restrict.values()].reduce((sum, condition) => sum + condition.length, 0);
  if (length > maxConditionsLength) return undefined;
  return {
    lineage,
    replace: {
      partitions: tuples.map(([value]) => ({ [own.fieldName]: value ?? null })),
    },
    ...(isOpen ? { where } : {}),
    restrict: Object.fromEntries(restrict),
    ...(model.partitioning.length === 1 ? { tuples } : {}),
  };
}

/**
 * Changed partitions whose conditions, on the table and on all that it follows, are longer than this are rebuilt as a whole: a statement
 * holds 200 KB and the table's select as well, and a table with some 600 changed partitions has changed all over.
 */
const maxConditionsLength = 120_000;

/** The table's own partition field that follows: of the same transform, by name if there are several. */
function ownPartition(model: ModelContract, transform: string, follows: Iterable<Follow>) {
  const columns = partitionedColumns(model);
  const spec = partitionSpecOf(
    schemaOf(columns.map(({ term, type }) => ({ name: term.column, type }))),
    model.partitioning,
  );
  const followed = new Set([...follows].map(({ column }) => column));
  const candidates = columns
    .map((column, index) => ({
      column,
      fieldName: spec.fields[index]?.name ?? '',
      transform: spec.fields[index]?.transform,
    }))
    .filter((candidate) => candidate.transform === transform);
  return (
    candidates.find(({ column }) => followed.has(column.term.column)) ??
    (candidates.length === 1 ? candidates[0] : undefined)
  );
}

function columnTypeOf(
  { environment: { pack } }: RunContext,
  table: TableReference,
  column: string,
): ScalarType | undefined {
  const contract =
    table.layer === 'bronze'
      ? pack.bronze.find(({ name }) => name === table.name)
      : pack.models.find(({ name, layer }) => name === table.name && layer === table.layer);
  return contract?.columns.find(({ name }) => name === column)?.type;
}

function compareNullable(left: string | null, right: string | null): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  return left < right ? -1 : 1;
}
