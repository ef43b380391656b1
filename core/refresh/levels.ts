import type { TableReference } from '../contract/contract.ts';
import { type CheckNode, type ModelNode, type TableGraph, tablesOf } from '../sql/graph.ts';
import { formatReference } from './run-store.ts';

/** Tables that are built side by side, and the checks across tables that can be proven after them. */
export type RefreshLevel = {
  /** `silver 1`, in document and runs store. */
  readonly name: string;
  readonly layer: 'silver' | 'gold';
  readonly nodes: readonly ModelNode[];
  /** Checks that no single table's audit can prove; all their tables stand after this level. */
  readonly checks: readonly CheckNode[];
};

/** Silver levels, then gold levels: `as_of` is resolved between them, once silver stands. */
export function planLevels(graph: TableGraph): readonly RefreshLevel[] {
  const across = graph.checks.filter((check) => auditingTable(graph, check) === undefined);
  const levels = (['silver', 'gold'] as const).flatMap((layer) =>
    graph.levels
      .map((level) => level.filter(({ model }) => model.layer === layer))
      .filter((nodes) => nodes.length > 0)
      .map((nodes, index) => ({ name: `${layer} ${index + 1}`, layer, nodes })),
  );
  const levelOf = new Map(
    levels.flatMap(({ nodes }, index) => nodes.map(({ model }) => [formatReference(model), index] as const)),
  );
  const completeAt = (check: CheckNode) =>
    Math.max(0, ...tablesOf(check).map((table) => levelOf.get(formatReference(table)) ?? 0));
  return levels.map((level, index) => ({
    ...level,
    checks: across.filter((check) => completeAt(check) === index),
  }));
}

/**
 * The table whose audit proves the check: the one among its tables that is built from all the others, so that they all
 * stand when it is attached. None for a check of tables side by side.
 */
export function auditingTable(graph: TableGraph, check: CheckNode): ModelNode | undefined {
  const tables = new Set(tablesOf(check).map(formatReference));
  if (tables.size === 0) tables.add(formatReference(check.owner));
  return graph.nodes.find(({ model }) => {
    const name = formatReference(model);
    if (!tables.has(name)) return false;
    const sources = ancestorsOf(graph, model);
    return [...tables].every((table) => table === name || sources.has(table));
  });
}

/** Every silver and gold table that the table is built from, directly or not. */
export function ancestorsOf(graph: TableGraph, table: TableReference): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string) => {
    const node = graph.nodes.find(({ model }) => formatReference(model) === name);
    for (const input of node?.inputs ?? []) {
      const inputName = formatReference(input);
      if (input.layer === 'bronze' || found.has(inputName)) continue;
      found.add(inputName);
      visit(inputName);
    }
  };
  visit(formatReference(table));
  return found;
}
