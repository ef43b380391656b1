import type { Severity } from '../ports/quality-result.ts';

/** The scalar types of the spec, in Athena's spelling. */
export type ScalarType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer' }
  | { readonly kind: 'bigint' }
  | { readonly kind: 'real' }
  | { readonly kind: 'double' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'timestamptz' }
  | { readonly kind: 'varchar' };

/** PII classes (spec README §6). */
export type PiiClass = 'none' | 'pseudonym' | 'direct' | 'quasi' | 'secret';

/** An Iceberg partition field as a contract writes it: `country`, `month(invoice_date)`, `truncate(10, sku)`. */
export type PartitionTerm = {
  readonly transform: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'truncate' | 'bucket';
  readonly column: string;
  /** Width of `truncate`, count of `bucket`. */
  readonly argument?: number;
};

/** Where a thing stands in a file, for messages: 1-based. */
export type SourcePosition = { readonly file: string; readonly line: number; readonly column: number };

/** A column of a bronze table and how CSV fields become its values (spec README §3). */
export type BronzeColumn = {
  readonly name: string;
  /** Header cells that match besides the name itself; compared after folding. */
  readonly aliases: readonly string[];
  readonly type: ScalarType;
  /** A null rejects the row with `missing_required`. */
  readonly required: boolean;
  readonly pii: PiiClass;
  readonly description: string;
  /** Inclusive bounds as SQL literals' text (`-1000000`, `0.01`); outside rejects with `out_of_range`. */
  readonly minimum?: string;
  readonly maximum?: string;
  /** Stored case of a varchar; `as_delivered` unless said otherwise. */
  readonly letterCase: 'as_delivered' | 'lower' | 'upper';
};

/** A column that a bronze table has besides those of the CSV file, and how its values are made of these. */
export type DerivedColumn = {
  readonly name: string;
  readonly type: ScalarType;
  /** A null rejects the row with `missing_required`. */
  readonly required: boolean;
  readonly pii: Exclude<PiiClass, 'secret'>;
  readonly description: string;
  readonly from: DerivedSource;
};

/**
 * `record_hash` is the SHA-256, in lower hex, of the record's trimmed texts in the order of the contract, joined by U+001F, the
 * empty text in place of a secret. An expression is Athena SQL over the contract's columns; NULL where it cannot be computed.
 */
export type DerivedSource =
  | { readonly kind: 'record_hash' }
  | {
      readonly kind: 'expression';
      readonly sql: string;
      /** Where the expression stands in the YAML file. */
      readonly position: SourcePosition;
    };

/** A row rule: what is wrong with a row, as a SQL condition over the typed columns. */
export type RowRule = {
  readonly id: string;
  readonly action: 'reject' | 'warn' | 'fail';
  /** What the rule is about: none, one or several. The first, as listed, that breaks it goes to quarantine's column_name. */
  readonly columns: readonly string[];
  readonly description: string;
  /**
   * Athena SQL over this table's columns, `${column}` standing for each of `columns` in turn; true means that the row
   * breaks the rule. NULL means that it does not, and so does what cannot be computed: an overflow, a division by zero.
   */
  readonly brokenWhen: string;
  /** Where the condition stands in the YAML file. @default where the contract stands */
  readonly position?: SourcePosition;
};

/** A bronze table and the dataset (landing folder) that feeds it. */
export type BronzeContract = {
  readonly layer: 'bronze';
  readonly pack: string;
  /** Table name: the file's name. */
  readonly name: string;
  /** Folder under `landing/<pack>/`. */
  readonly dataset: string;
  readonly description: string;
  readonly grain: string;
  readonly encoding: 'utf-8' | 'utf-8-or-iso-8859-1';
  /** Which columns a header must hold: every one, or those marked required. */
  readonly header: 'all' | 'required';
  /** Share of rejected records, 0..1, above which the file fails with `too_many_rejects`. */
  readonly maxRejectShare: number;
  /** Those of the CSV file, in the order of the table, where the audit columns and then the derived ones follow. */
  readonly columns: readonly BronzeColumn[];
  readonly derivedColumns: readonly DerivedColumn[];
  readonly rules: readonly RowRule[];
  readonly partitioning: readonly PartitionTerm[];
  /** SHA-256 of what decides a load's result. */
  readonly hash: string;
  readonly position: SourcePosition;
};

/** A column of a silver or gold table. */
export type ModelColumn = {
  readonly name: string;
  readonly type: ScalarType;
  /** Check `C2`. */
  readonly notNull: boolean;
  readonly description: string;
  readonly pii: PiiClass;
};

/**
 * How a table is published (design: publish modes). `follows` of `replace_partitions` names, for each input that restricts
 * the rebuild, the input's partition column whose partitions are this table's own: a change in partition p of that
 * input changes partition p of this table and no other. An input that is read and not named forces a full rebuild when it changes.
 */
export type PublishMode =
  | { readonly mode: 'replace' }
  | { readonly mode: 'replace_partitions'; readonly follows: readonly Follow[] };

/** An input that `replace_partitions` follows, by the column that partitions it. */
export type Follow = {
  readonly table: TableReference;
  readonly column: string;
  /**
   * Columns of the input, for a rule that reaches over its partitions by key ("the latest row of a key wins"): the table's rows of
   * partition p are then made of the input's rows of p and of all other rows of the same keys. Absent: of its rows of p alone.
   */
  readonly key?: readonly string[];
};

/** A table within a pack: `silver.sales`. */
export type TableReference = { readonly layer: Layer; readonly name: string };

export type Layer = 'bronze' | 'silver' | 'gold';

/**
 * A check of a model: one select that returns one row with `failed_rows` (bigint) and, if the check is a
 * reconciliation, `observed` and `expected`. The tables it names are read from the SQL.
 */
export type ModelCheck = {
  readonly id: string;
  readonly severity: Severity;
  readonly description: string;
  /** Athena SQL with `${bronze}`, `${silver}`, `${gold}` and the model parameters. */
  readonly sql: string;
  /** Where the first character of `sql` stands in the YAML file. */
  readonly position: SourcePosition;
};

/** A silver or gold table: one SQL file and the YAML beside it. */
export type ModelContract = {
  readonly layer: 'silver' | 'gold';
  readonly pack: string;
  /** Table name: the file's name. */
  readonly name: string;
  readonly description: string;
  readonly grain: string;
  /** Check `C1`: unique and not null together. */
  readonly key: readonly string[];
  /** In the order of the SELECT. Gold's audit columns (`as_of`, `run_id`, `built_at`) are added by the pipeline and not listed. */
  readonly columns: readonly ModelColumn[];
  readonly partitioning: readonly PartitionTerm[];
  readonly publish: PublishMode;
  /** Gold only, `none`: the table is made for no day, reads all facts and has no column `as_of`. See {@link isDated}. */
  readonly asOf?: 'none';
  /** Silver facts only: the date column whose greatest value is the default `as_of`. */
  readonly eventDate?: string;
  /** Check `C3`: not empty when this input is not empty; absent for side tables, which may be empty. */
  readonly mainInput?: TableReference;
  /**
   * Which rows of `mainInput` the table must not be empty for, as a SQL condition over the input's columns (guest sales
   * make no customer): every row unless given. May use what the table's SQL may use, `date '${as_of}'` in gold.
   */
  readonly mainInputWhere?: string;
  /** Where that condition stands in the YAML file. @default where the contract stands */
  readonly mainInputWherePosition?: SourcePosition;
  readonly checks: readonly ModelCheck[];
  /** The select, with `${bronze}`, `${silver}`, `${gold}`, in gold `${as_of}` (write `date '${as_of}'`), and the pack's parameters. */
  readonly sql: string;
  /** SHA-256 of what decides the table's rows, schema, partitioning and whether it may be published (its checks too). */
  readonly hash: string;
  readonly position: SourcePosition;
  readonly sqlFile: string;
};

/** A question that the gold tables answer: a file in `sql/<pack>/queries/`. It is part of no table. */
export type DashboardQuery = {
  readonly pack: string;
  /** The file's name. */
  readonly name: string;
  /** The file's first line, for a person: `Which products bring in the most?` */
  readonly question: string;
  /** An ordered select with `${gold}` and the pack's parameters, its first line included. */
  readonly sql: string;
  /** The file's start. */
  readonly position: SourcePosition;
};

/** A pack: a folder `sql/<pack>/` with its tables. */
export type Pack = {
  readonly name: string;
  readonly description: string;
  /** Defaults of parameters that SQL files use as `${name}`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly bronze: readonly BronzeContract[];
  readonly models: readonly ModelContract[];
  /** By name. */
  readonly queries: readonly DashboardQuery[];
};

/** `<pack>_<layer>`, the database of a layer. */
export function databaseOf(pack: string, layer: Layer): string {
  return `${pack}_${layer}`;
}

/** Whether a table is made for the day of the build: gold is, unless its contract says otherwise. */
export function isDated({ layer, asOf }: Pick<ModelContract, 'layer' | 'asOf'>): boolean {
  return layer === 'gold' && asOf !== 'none';
}
