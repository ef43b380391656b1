import {
  isDated,
  type Layer,
  type ModelCheck,
  type ModelContract,
  type Pack,
  type TableReference,
} from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';
import {
  areProblems,
  distinctReferences,
  type PackSql,
  type PackTable,
  placeholderValues,
  readPackSql,
  SAMPLE_DAY,
  startOf,
} from './pack-sql.ts';
import { prepareParser } from './parse.ts';

/** A model and what its select reads. */
export type ModelNode = {
  readonly model: ModelContract;
  /** Tables that the select reads, each once, in order of appearance. */
  readonly inputs: readonly TableReference[];
  /** Whether the select mentions `${as_of}`. */
  readonly usesAsOf: boolean;
};

/** A check and the silver and gold tables that it belongs to: those its SQL reads. */
export type CheckNode = {
  readonly check: ModelCheck;
  /** The model in whose YAML it stands. */
  readonly owner: TableReference;
  /** Every table that its SQL reads, bronze too. */
  readonly reads: readonly TableReference[];
};

/** The tables of a pack by what they are built from. */
export type TableGraph = {
  readonly pack: Pack;
  /** Every model, in an order in which each comes after its inputs. */
  readonly nodes: readonly ModelNode[];
  /** Models by depth: those of a level read only bronze and earlier levels, and can be built side by side. */
  readonly levels: readonly (readonly ModelNode[])[];
  readonly checks: readonly CheckNode[];
};

/** Reads the graph from the models' SQL; what is wrong is told by file, line and column, and then there is no graph. */
export async function readTableGraph(
  pack: Pack,
): Promise<{ readonly graph?: TableGraph; readonly problems: readonly Problem[] }> {
  await prepareParser();
  const problems: Problem[] = [];
  const read = pack.models.flatMap((model) => {
    const sql = readModelSql(pack, model);
    if (areProblems(sql)) {
      problems.push(...sql);
      return [];
    }
    problems.push(...findLayerProblems(model, sql));
    const inputs = distinctReferences(sql.tables.map(({ reference }) => reference));
    return [{ node: { model, inputs, usesAsOf: model.sql.includes('${as_of}') }, tables: sql.tables, sql }];
  });
  const checks = pack.models.flatMap((model) =>
    model.checks.flatMap((check): readonly CheckNode[] => {
      const sql = readCheckSql(pack, model, check);
      if (areProblems(sql)) {
        problems.push(...sql);
        return [];
      }
      problems.push(...findLayerProblems(model, sql));
      const reads = distinctReferences(sql.tables.map(({ reference }) => reference));
      return [{ check, owner: { layer: model.layer, name: model.name }, reads }];
    }),
  );
  if (problems.length > 0) return { problems };
  const nodes = read.map(({ node }) => node);
  const levels = sortByDepth(nodes);
  if (!levels) return { problems: findCycles(read) };
  return { graph: { pack, nodes: levels.flat(), levels, checks }, problems };
}

/** A model's select, filled in with the pack's defaults. Silver, and gold that is made for no day, have no `${as_of}`. */
export function readModelSql(pack: Pack, model: ModelContract): PackSql | readonly Problem[] {
  const values = placeholderValues(pack, isDated(model) ? SAMPLE_DAY : undefined);
  return readPackSql(pack, model.sql, values, startOf(model.sqlFile));
}

/** A check's select, filled in with the pack's defaults. */
export function readCheckSql(
  pack: Pack,
  model: ModelContract,
  check: ModelCheck,
): PackSql | readonly Problem[] {
  const values = placeholderValues(pack, isDated(model) ? SAMPLE_DAY : undefined);
  return readPackSql(pack, check.sql, values, check.position);
}

/** Silver and gold tables that a check proves: none of them is published while it fails. */
export function tablesOf(check: CheckNode): readonly TableReference[] {
  const tables = check.reads.filter(({ layer }) => layer !== 'bronze');
  return tables.length > 0 ? tables : [check.owner];
}

/** The graph as a Mermaid flow chart, bronze on the left. */
export function renderMermaid(graph: TableGraph): string {
  const lines = ['flowchart LR'];
  const groups: readonly (readonly [Layer, readonly string[]])[] = [
    ['bronze', graph.pack.bronze.map(({ name }) => name)],
    ['silver', graph.nodes.filter(({ model }) => model.layer === 'silver').map(({ model }) => model.name)],
    ['gold', graph.nodes.filter(({ model }) => model.layer === 'gold').map(({ model }) => model.name)],
  ];
  for (const [layer, names] of groups) {
    lines.push(`    subgraph ${layer}`);
    for (const name of names) lines.push(`        ${layer}_${name}["${name}"]`);
    lines.push('    end');
  }
  for (const { model, inputs } of graph.nodes) {
    for (const input of inputs)
      lines.push(`    ${input.layer}_${input.name} --> ${model.layer}_${model.name}`);
  }
  return `${lines.join('\n')}\n`;
}

const DEPTHS: Readonly<Record<Layer, number>> = { bronze: 0, silver: 1, gold: 2 };

function findLayerProblems(model: ModelContract, sql: PackSql): readonly Problem[] {
  return sql.tables
    .filter(({ reference }) => DEPTHS[reference.layer] > DEPTHS[model.layer])
    .map(({ start, reference }) =>
      sql.source.problemAt(
        start,
        `${model.layer}.${model.name} reads ${reference.layer}.${reference.name}, expected tables of bronze${model.layer === 'gold' ? ', silver and gold' : ' and silver'}`,
      ),
    );
}

const keyOf = ({ layer, name }: TableReference): string => `${layer}.${name}`;

/** Levels of models, or undefined if some read each other in a circle. */
function sortByDepth(nodes: readonly ModelNode[]): readonly (readonly ModelNode[])[] | undefined {
  const levels: (readonly ModelNode[])[] = [];
  const done = new Set<string>();
  let left = nodes;
  while (left.length > 0) {
    const ready = left.filter(({ inputs }) =>
      inputs.every((input) => input.layer === 'bronze' || done.has(keyOf(input))),
    );
    if (ready.length === 0) return undefined;
    levels.push(ready);
    for (const { model } of ready) done.add(keyOf(model));
    left = left.filter((node) => !ready.includes(node));
  }
  return levels;
}

type ReadNode = { readonly node: ModelNode; readonly tables: readonly PackTable[]; readonly sql: PackSql };

/** One problem for each circle, at the place in the SQL that closes it. */
function findCycles(read: readonly ReadNode[]): readonly Problem[] {
  const byName = new Map(read.map((one) => [keyOf(one.node.model), one]));
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const one = byName.get(name);
    if (!one || seen.has(name)) return;
    for (const table of one.tables) {
      const input = keyOf(table.reference);
      const from = [...path, name].indexOf(input);
      if (from >= 0) {
        const circle = [...[...path, name].slice(from), input].join(' reads ');
        problems.push(one.sql.source.problemAt(table.start, `a circle: ${circle}`));
      } else {
        visit(input, [...path, name]);
      }
    }
    seen.add(name);
  };
  for (const name of byName.keys()) visit(name, []);
  return problems;
}
