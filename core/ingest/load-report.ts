import type { QualityResult } from '../ports/quality-result.ts';

/** What became of one landed file. */
export type FileReport = {
  /** Object key after `landing/<pack>/<dataset>/`. */
  readonly sourceFile: string;
  /** Lower-case hex SHA-256 of the file's bytes as stored; null for a file that is missing. */
  readonly loadId: string | null;
  readonly outcome: FileOutcome;
};

/**
 * `loaded`: its rows are in bronze and quarantine, by this call. `duplicate`: the same bytes were loaded before, or stand
 * earlier in this batch; nothing was added. `missing`: nothing is stored there any more. `failed`: a file-level rule is broken and nothing of it is loaded;
 * `known` says that an earlier call found this out already, under the same contract, and the file was not read again.
 */
export type FileOutcome =
  | { readonly status: 'missing' }
  | {
      readonly status: 'loaded';
      readonly loadedRows: number;
      readonly quarantinedRows: number;
      /** Quarantined rows by reason, e.g. `not_integer`, `rule:RET-B9`. */
      readonly rejects: Readonly<Record<string, number>>;
      /** Rows (cells, for `extra_column`) by check id, of what was loaded all the same. */
      readonly warnings: Readonly<Record<string, number>>;
    }
  | {
      readonly status: 'duplicate';
      /** Rows that the first delivery of these bytes brought; null if it is not known. */
      readonly loadedRows: number | null;
      readonly quarantinedRows: number | null;
      /** The key under which the bytes came first; null if it is not known. */
      readonly firstSourceFile: string | null;
    }
  | {
      readonly status: 'failed';
      /** Code of the spec, e.g. `missing_column`. */
      readonly reason: string;
      /** One line for a person, without personal data. */
      readonly detail: string;
      readonly known: boolean;
    };

/** What one call of `loadFiles` did. */
export type LoadReport = {
  readonly pack: string;
  readonly dataset: string;
  /** One a file, in the order given. */
  readonly files: readonly FileReport[];
  /** The bronze snapshot that this call committed; undefined if it added no row. */
  readonly snapshotId: bigint | undefined;
  /** Tries of its commits that lost to other writers and were made again. */
  readonly commitRetries: number;
  /** What went to the ledger, to be appended to `quality_results` by the next refresh. */
  readonly results: readonly QualityResult[];
};
