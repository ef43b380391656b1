/** What can be wrong with a whole file. `record_too_large` is beside the spec's codes: no record of sane data is that long. */
export type FileFailure =
  | 'empty_file'
  | 'missing_column'
  | 'duplicate_header'
  | 'bad_encoding'
  | 'bad_gzip'
  | 'too_many_rejects'
  | 'record_too_large'
  | `rule:${string}`;

/** The file breaks a file-level rule: nothing of it is loaded. The message holds no value of a row. */
export class CsvFileError extends Error {
  override readonly name = 'CsvFileError';
  readonly reason: FileFailure;
  constructor(reason: FileFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}
