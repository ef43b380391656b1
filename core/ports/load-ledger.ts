import type { QualityResult } from './quality-result.ts';

/** What became of one file's content, told by its `load_id`. */
export type LoadRecord = {
  readonly pack: string;
  readonly dataset: string;
  /** Lower-case hex SHA-256 of the file's bytes as stored. */
  readonly loadId: string;
  /** Object key after `landing/<pack>/<dataset>/`. */
  readonly sourceFile: string;
  readonly outcome: LoadOutcome;
  /** Milliseconds since 1970. */
  readonly recordedAt: number;
};

/**
 * `loaded`: rows are in bronze and quarantine. `failed`: the file broke a file-level rule and nothing of it is loaded;
 * it is tried again only with other bytes, under another contract, or once its name says that it is gzipped (`contractHash`).
 */
export type LoadOutcome =
  | {
      readonly status: 'loaded';
      /** Rows in bronze; rows in quarantine; their sum is the file's non-blank records. */
      readonly loadedRows: number;
      readonly quarantinedRows: number;
    }
  | {
      readonly status: 'failed';
      /** Code of the spec, e.g. `missing_column`, `too_many_rejects`. */
      readonly reason: string;
      /** One line for a person: the file, the value, what was expected. No personal data. */
      readonly detail: string;
      /** Hash of the contract, and of whether the file was unzipped: a verdict under another takes this one's place. */
      readonly contractHash: string;
    };

/**
 * Remembers loads for longer than Iceberg snapshots live (DynamoDB, or SQLite on one machine). It is written after the
 * commit: what the ledger says is loaded is loaded, what it does not say may still be (see the snapshot summaries).
 */
export type LoadLedger = {
  /** Records of the given contents, for those that have one. */
  find(pack: string, dataset: string, loadIds: readonly string[]): Promise<readonly LoadRecord[]>;
  /**
   * Records outcomes together with their quality results, in one step. A record of `loaded` is never replaced;
   * recording the same content again changes nothing.
   */
  record(
    entries: readonly { readonly load: LoadRecord; readonly results: readonly QualityResult[] }[],
  ): Promise<void>;
  /** Keeps results that come with no new load (a second delivery of the same content) for the next run, as `record` does. */
  addResults(pack: string, results: readonly QualityResult[]): Promise<void>;
  /** All records of a pack, or of one dataset in it, oldest first. */
  list(pack: string, dataset?: string): AsyncIterable<LoadRecord>;
  /** Quality results of loads that no run has appended to `quality_results` yet, with a mark for {@link settleResults}. */
  pendingResults(
    pack: string,
  ): Promise<{ readonly results: readonly QualityResult[]; readonly mark: string }>;
  /** Forgets the pending results handed out with the mark, once they are committed. */
  settleResults(pack: string, mark: string): Promise<void>;
};
