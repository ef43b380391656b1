import { columnsOfTable } from '../contract/columns-of-table.ts';
import type { Follow, ModelContract, ScalarType, TableReference } from '../contract/contract.ts';
import { changedPartitions } from '../iceberg/changed-partitions.ts';
import type { PartitionSelector } from '../iceberg/commit.ts';
import { partitionSpecOf } from '../iceberg/partition-spec.ts';
import { schemaOf } from '../iceberg/schema.ts';
import { loadTable } from '../iceberg/table.ts';
import type { QueryResult } from '../ports/query-engine.ts';
import type { ModelNode } from '../sql/graph.ts';
import { type KeySurvey, readKeyAnswer, renderKeySurvey } from './key-survey.ts';
import { hashBuild, inputSnapshots, isOutOfDate, type Lineage, readLineage } from './lineage.ts';
import {
  anyPartition,
  orderTuples,
  type PartitionedColumn,
  type PartitionTuple,
  partitionedColumns,
} from './partition-conditions.ts';
import { icebergOf, identifierOf, type ReadTable, type RunContext } from './run-context.ts';
import { formatReference, type ReplacedRows } from './run-store.ts';

/** What a table's rebuild reads and replaces. */
export type BuildPlan = {
  readonly lineage: Lineage;
  readonly replace: 'all' | { readonly partitions: readonly PartitionSelector[] };
  /**
   * The table's `main` that the changes are counted from; absent for a rebuild of everything. It was published with the lineage's own
   * `build`, contract and checks among it: its rows have passed C1, C2 and C3 as they are asked now.
   */
  readonly base?: string;
  /** The rows of the replaced partitions, in the base as in the version that is built over it; absent where that is. */
  readonly changed?: ReplacedRows;
  /**
   * Condition over the output columns. Absent for a rebuild of everything, and where all inputs are restricted to the same partitions: a row that
   * comes out elsewhere then shows that the contract's `follows` is wrong, and Attach fails, where a condition would
   * drop it unseen.
   */
  readonly where?: string;
  /** Conditions on inputs by name: only these of their partitions can reach the rebuilt ones. */
  readonly restrict: Readonly<Record<string, string>>;
  /** The partitions that are written, where that is known without asking. */
  readonly tuples?: readonly PartitionTuple[];
};

/** A rebuild whose extent has to be asked for first: which partitions the rows of the changed keys are in. */
export type AskedBuild = {
  readonly lineage: Lineage;
  readonly survey: string;
  readonly decide: (answer: QueryResult) => BuildPlan;
};

/** What must be rebuilt of a table, or undefined if it is as its inputs, SQL and contract say. */
export async function planBuild(
  context: RunContext,
  node: ModelNode,
  read: ReadTable,
  asOf: string | undefined,
): Promise<BuildPlan | AskedBuild | undefined> {
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

  const everything = wholeBuild(lineage);
  const isSameBuild = built !== undefined && built.build === lineage.build;
  if (plan.full || !isSameBuild || built.asOf !== lineage.asOf) return everything;
  const base = String(table?.metadata['current-snapshot-id']);
  return (await planPartitions(context, node, read, { built, lineage, base })) ?? everything;
}

/** A rebuild of everything. */
export function wholeBuild(lineage: Lineage): BuildPlan {
  return { lineage, replace: 'all', restrict: {} };
}

/** What a table was built from, what it would be built from now, and the `main` that this was told of. */
type Versions = { readonly built: Lineage; readonly lineage: Lineage; readonly base: string };

/** What follows from the changes of the followed inputs. */
type Scope = Pick<Versions, 'lineage' | 'base'> & {
  readonly model: ModelContract;
  readonly own: OwnPartition;
  readonly follows: readonly (Follow & { readonly type: ScalarType })[];
  /** Rows may come out in other partitions than those that are replaced. */
  readonly isOpen: boolean;
};

/** A rebuild of the partitions that changes of the followed inputs can reach; undefined where that cannot be told. */
async function planPartitions(
  context: RunContext,
  { model, inputs }: ModelNode,
  read: ReadTable,
  { built, lineage, base }: Versions,
): Promise<BuildPlan | AskedBuild | undefined> {
  if (model.publish.mode !== 'replace_partitions') return undefined;
  const { follows } = model.publish;
  const names = inputs.map(formatReference);
  const values = new Set<string | null>();
  let transform: string | undefined;
  let before: bigint | undefined;
  for (const name of names.filter((input) => built.inputs[input] !== lineage.inputs[input])) {
    const follow = follows.find(({ table }) => formatReference(table) === name);
    const from = built.inputs[name];
    const to = follow && read(follow.table).ownId;
    if (follow === undefined || !from || !to) return undefined;
    const changes = await changedPartitions(
      icebergOf(context.environment),
      identifierOf(context.run.pack, follow.table),
      {
        from: BigInt(from),
        to: BigInt(to),
        column: follow.column,
        columns: follow.key ?? [],
      },
    );
    if (changes.kind === 'all') return undefined;
    if (transform !== undefined && transform !== changes.transform) return undefined;
    transform = changes.transform;
    for (const value of changes.values) values.add(value);
    if (follow.key !== undefined) before = changes.before;
  }
  const own = transform === undefined ? undefined : ownPartition(model, transform, follows);
  if (own === undefined) return undefined;
  const typed = follows.flatMap((follow) => {
    const type = columnTypeOf(context, follow.table, follow.column);
    return type === undefined ? [] : [{ ...follow, type }];
  });
  if (typed.length < follows.length) return undefined;
  const keyed = typed.find(({ key }) => key !== undefined);
  const isOpen = keyed !== undefined || names.length > follows.length;
  const scope: Scope = { lineage, base, model, own, follows: typed, isOpen };
  const changed = orderTuples(values);
  return keyed?.key === undefined || changed.length === 0
    ? restrictedBuild(scope, changed, changed)
    : askedBuild(context, scope, read, { ...keyed, key: keyed.key }, before, changed);
}

/** A build that a survey of the followed keys is needed for. */
function askedBuild(
  { run }: RunContext,
  scope: Scope,
  read: ReadTable,
  follow: Scope['follows'][number] & { readonly key: readonly string[] },
  before: bigint | undefined,
  changed: readonly PartitionTuple[],
): AskedBuild | undefined {
  const { recordedId: _recorded, ownId: _own, ...after } = read(follow.table);
  const survey: KeySurvey = {
    column: { term: { ...scope.own.column.term, column: follow.column }, type: follow.type },
    key: follow.key,
    after,
    ...(before === undefined
      ? {}
      : { before: { ...identifierOf(run.pack, follow.table), snapshotId: String(before) } }),
    changed,
  };
  const sql = renderKeySurvey(survey);
  if (sql === undefined || Buffer.byteLength(sql) > maxConditionsBytes) return undefined;
  return {
    lineage: scope.lineage,
    survey: sql,
    decide: (answer) => {
      const { targets, sources } = readKeyAnswer(survey, answer);
      return restrictedBuild(scope, targets, sources) ?? wholeBuild(scope.lineage);
    },
  };
}

/**
 * Replaces the `targets`. An input followed by key is read in the `sources`, the others in the targets; undefined where SQL has no
 * conditions for these or they are too long.
 */
function restrictedBuild(
  { lineage, base, model, own, follows, isOpen }: Scope,
  targets: readonly PartitionTuple[],
  sources: readonly PartitionTuple[],
): BuildPlan | undefined {
  const where = anyPartition([own.column], targets);
  const restrict = follows.map(({ table, column, type, key }) => {
    const followed = { term: { ...own.column.term, column }, type };
    return [formatReference(table), anyPartition([followed], key === undefined ? targets : sources)] as const;
  });
  const known = restrict.flatMap(([name, condition]) =>
    condition === undefined ? [] : [[name, condition] as const],
  );
  if (where === undefined || known.length < restrict.length) return undefined;
  // Nearly everything: leaving it to one pass over the inputs is cheaper than long conditions.
  const bytes = [where, ...known.map(([, condition]) => condition)].map((condition) =>
    Buffer.byteLength(condition),
  );
  if (bytes.reduce((sum, count) => sum + count, 0) > maxConditionsBytes) return undefined;
  return {
    lineage,
    base,
    changed: { column: own.column.term.column, condition: where },
    replace: { partitions: targets.map(([value]) => ({ [own.fieldName]: value ?? null })) },
    ...(isOpen ? { where } : {}),
    restrict: Object.fromEntries(known),
    ...(model.partitioning.length === 1 ? { tuples: targets } : {}),
  };
}

/**
 * Changed partitions whose conditions, on the table and on all that it follows, are longer than this are rebuilt as a whole: a statement
 * holds 200 KB and the table's select as well, and a table with some 600 changed partitions has changed all over.
 */
const maxConditionsBytes = 120_000;

type OwnPartition = { readonly column: PartitionedColumn; readonly fieldName: string };

/** The table's own partition field that follows: of the same transform, by name if there are several. */
function ownPartition(
  model: ModelContract,
  transform: string,
  follows: readonly Follow[],
): OwnPartition | undefined {
  const columns = partitionedColumns(model);
  const spec = partitionSpecOf(
    schemaOf(columns.map(({ term, type }) => ({ name: term.column, type }))),
    model.partitioning,
  );
  const followed = new Set(follows.map(({ column }) => column));
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
  return contract && columnsOfTable(contract).find(({ name }) => name === column)?.type;
}
