import type {
  ModelCheck,
  ModelContract,
  Pack,
  SourcePosition,
  TableReference,
} from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';

/** A table reference as it stands in SQL. */
export type PlacedReference = TableReference & { readonly position: SourcePosition };

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
  _pack: Pack,
): Promise<{ readonly graph?: TableGraph; readonly problems: readonly Problem[] }> {
  throw new Error('not yet');
}

/** Silver and gold tables that a check proves: none of them is published while it fails. */
export function tablesOf(_check: CheckNode): readonly TableReference[] {
  throw new Error('not yet');
}

/** The graph as a Mermaid flow chart, bronze on the left. */
export function renderMermaid(_graph: TableGraph): string {
  throw new Error('not yet');
}
