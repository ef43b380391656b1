import type { ModelCheck, ModelContract, Pack, PartitionTerm, TableReference } from '../contract/contract.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';

/** Where a statement reads a table: the table, the snapshot (decimal), and a condition on its rows. */
export type ResolvedTable = TableIdentifier & {
  readonly snapshotId?: string;
  /** Athena condition over the table's columns. */
  readonly restrict?: string;
};

/** Says where each table of the pack is read. */
export type ResolveTable = (reference: TableReference) => ResolvedTable;

/** What a run fixes for the select of a model. */
export type SelectOptions = {
  readonly pack: Pack;
  readonly resolve: ResolveTable;
  /** `YYYY-MM-DD`; gold needs it. */
  readonly asOf?: string;
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly builtAt: number;
  /** Values in place of the pack's defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Athena condition over the output columns; only rows for which it is true are built. */
  readonly where?: string;
};

/** The select of a model for one run: inputs at their snapshots, each column cast to its declared type, gold with its audit columns. */
export async function renderSelect(_model: ModelContract, _options: SelectOptions): Promise<string> {
  throw new Error('not yet');
}

/** Name of a staging table: `<table>__<run>_<attempt>`, made of what Glue takes. */
export function stagingTable(_table: string, _runId: string, _attempt: number): string {
  throw new Error('not yet');
}

/** What a Stage statement writes, and where. */
export type StageOptions = {
  readonly staging: TableIdentifier;
  /** Ends with `/`; must be empty. */
  readonly location: string;
  readonly partitioning: readonly PartitionTerm[];
  /** From {@link renderSelect}. */
  readonly select: string;
  /**
   * Disjoint conditions over the output columns that together hold for every row (see {@link partitionConditions}); one statement
   * each. Absent: one statement for all.
   */
  readonly conditions?: readonly string[];
};

/** The statements that write the staging table: a CTAS, then inserts. They must run one after another. */
export function renderStage(_options: StageOptions): readonly string[] {
  throw new Error('not yet');
}

/** One check as a row of the audit query. */
export type AuditedCheck = { readonly checkId: string; readonly sql: string };

/**
 * One query with one row a check: `check_id`, `failed_rows`, `observed`, `expected`. Holds C1, C2 and C3 of the model,
 * made from its contract, and the given checks.
 */
export async function renderAudit(
  _model: ModelContract,
  _checks: readonly ModelCheck[],
  _options: Omit<SelectOptions, 'where' | 'runId' | 'builtAt'>,
): Promise<string> {
  throw new Error('not yet');
}

/** A query for the greatest event date of silver facts: one row, column `as_of` (date; null if there is no row). */
export function renderAsOf(
  _facts: readonly { readonly table: ResolvedTable; readonly eventDate: string }[],
): string {
  throw new Error('not yet');
}

/** An Athena string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A quoted identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
