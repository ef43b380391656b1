import { createHash } from 'node:crypto';

import type { ModelContract, Pack } from '../contract/contract.ts';
import { mainSnapshot, snapshotById, type TableMetadata } from '../iceberg/table-metadata.ts';
import type { ModelNode } from '../sql/graph.ts';
import { formatReference } from './run-store.ts';

/** What a published version was built from, as its snapshot's summary says. All the state that a refresh keeps of a table. */
export type Lineage = {
  /** See {@link hashBuild}. */
  readonly build: string;
  /** Snapshot id, in decimal, of each input by its name in the pack (`bronze.invoices`). */
  readonly inputs: Readonly<Record<string, string>>;
  /** Gold only, `YYYY-MM-DD`. */
  readonly asOf?: string;
  readonly runId: string;
};

const properties = {
  build: 'shoplake.build',
  inputs: 'shoplake.inputs',
  asOf: 'shoplake.as-of',
  runId: 'shoplake.run-id',
} as const;

/** Raised when the same contract and SQL are rendered to something else, or its checks prove more: every table is then rebuilt once. */
const renderingVersion = '1';

/**
 * Hash of all that decides a table's content besides its inputs' rows: its SQL and contract, the pack's parameters, and
 * the contracts of the bronze tables that it reads.
 */
export function hashBuild(pack: Pack, { model, inputs }: ModelNode): string {
  const bronze = inputs
    .filter(({ layer }) => layer === 'bronze')
    .map(({ name }) => [name, pack.bronze.find((contract) => contract.name === name)?.hash ?? '']);
  const parameters = Object.entries(pack.parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([renderingVersion, model.hash, parameters, bronze.sort()]))
    .digest('hex');
}

/** The lineage as properties of a snapshot's summary. */
export function formatLineage(lineage: Lineage): Readonly<Record<string, string>> {
  return {
    [properties.build]: lineage.build,
    [properties.inputs]: JSON.stringify(lineage.inputs),
    ...(lineage.asOf === undefined ? {} : { [properties.asOf]: lineage.asOf }),
    [properties.runId]: lineage.runId,
  };
}

/** The lineage of `main`; undefined if it was not made by a refresh. */
export function readLineage(metadata: TableMetadata): Lineage | undefined {
  let snapshot = mainSnapshot(metadata);
  // Compaction writes a snapshot of its own with the same rows: what they were built from stands in the one before.
  while (snapshot?.summary.operation === 'replace' && !(properties.build in snapshot.summary)) {
    const parent: bigint | undefined = snapshot['parent-snapshot-id'];
    snapshot = parent === undefined ? undefined : snapshotById(metadata, parent);
  }
  const build = snapshot?.summary[properties.build];
  const inputs = snapshot?.summary[properties.inputs];
  if (snapshot === undefined || build === undefined || inputs === undefined) return undefined;
  const asOf = snapshot.summary[properties.asOf];
  return {
    build,
    inputs: JSON.parse(inputs) as Readonly<Record<string, string>>,
    ...(asOf === undefined ? {} : { asOf }),
    runId: snapshot.summary[properties.runId] ?? '',
  };
}

/** Whether the table would come out otherwise now: no version yet, or another build, input or day than `now`. */
export function isOutOfDate(built: Lineage | undefined, now: Omit<Lineage, 'runId'>): boolean {
  if (built === undefined) return true;
  const names = new Set([...Object.keys(built.inputs), ...Object.keys(now.inputs)]);
  return (
    built.build !== now.build ||
    built.asOf !== now.asOf ||
    [...names].some((name) => built.inputs[name] !== now.inputs[name])
  );
}

/** The silver facts whose event dates tell the default `as_of`. */
export function factsOf(pack: Pack): readonly (ModelContract & { readonly eventDate: string })[] {
  return pack.models.filter(
    (model): model is ModelContract & { readonly eventDate: string } =>
      model.layer === 'silver' && model.eventDate !== undefined,
  );
}

/** Inputs of a node by name with their snapshot ids; the value for an input without a snapshot is empty text. */
export function inputSnapshots(
  node: ModelNode,
  snapshotOf: (table: string) => string | null,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    node.inputs
      .map(formatReference)
      .sort()
      .map((input) => [input, snapshotOf(input) ?? '']),
  );
}
