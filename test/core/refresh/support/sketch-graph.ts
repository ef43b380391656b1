import type {
  ModelContract,
  Pack,
  PartitionTerm,
  TableReference,
} from '../../../../core/contract/contract.ts';
import type { Severity } from '../../../../core/ports/quality-result.ts';
import type { ModelNode, TableGraph } from '../../../../core/sql/graph.ts';

const position = { file: 'sketch.yaml', line: 1, column: 1 };

/** `silver.sales` as a reference. */
export function reference(name: string): TableReference {
  const [layer, table] = name.split('.');
  return { layer: layer as TableReference['layer'], name: table ?? '' };
}

/**
 * A graph for tests that look at its shape alone: tables in build order with their inputs, and checks with the tables
 * they name.
 */
export function sketchGraph(
  tables: Readonly<Record<string, readonly string[]>>,
  checks: Readonly<Record<string, { readonly tables: readonly string[]; readonly severity?: Severity }>> = {},
  partitioned: readonly string[] = [],
): TableGraph {
  const nodes = Object.entries(tables).map(
    ([name, inputs]): ModelNode => ({
      model: sketchModel(name, partitioned.includes(name) ? [{ transform: 'identity', column: 'id' }] : []),
      inputs: inputs.map(reference),
      usesAsOf: name.startsWith('gold.'),
    }),
  );
  const depths = new Map<string, number>();
  for (const [name, inputs] of Object.entries(tables)) {
    depths.set(name, 1 + Math.max(-1, ...inputs.map((input) => depths.get(input) ?? -1)));
  }
  const depthOf = ({ model }: ModelNode) => depths.get(`${model.layer}.${model.name}`) ?? 0;
  const levels = [...new Set(depths.values())]
    .sort((left, right) => left - right)
    .map((depth) => nodes.filter((node) => depthOf(node) === depth));
  const pack: Pack = {
    name: 'sketch',
    description: '',
    parameters: {},
    bronze: [],
    models: nodes.map(({ model }) => model),
    queries: [],
  };
  return {
    pack,
    nodes,
    levels,
    checks: Object.entries(checks).map(([id, check]) => ({
      check: { id, severity: check.severity ?? 'error', description: id, sql: '', position },
      owner: reference(check.tables[0] ?? ''),
      reads: check.tables.map(reference),
    })),
  };
}

function sketchModel(name: string, partitioning: readonly PartitionTerm[]): ModelContract {
  const { layer, name: table } = reference(name);
  return {
    layer: layer === 'gold' ? 'gold' : 'silver',
    pack: 'sketch',
    name: table,
    description: `Table ${table}`,
    grain: 'one row',
    key: ['id'],
    columns: [{ name: 'id', type: { kind: 'bigint' }, notNull: true, description: 'Id.', pii: 'none' }],
    partitioning,
    publish: { mode: 'replace' },
    checks: [],
    sql: '',
    hash: name,
    position,
    sqlFile: `${table}.sql`,
  };
}
