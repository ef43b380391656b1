/** How far a long work is; the command line draws bars or prints lines from it. */
export type ProgressEvent = {
  /** What is being done, e.g. `load`, `refresh`. */
  readonly task: string;
  /** What it is being done to: a file or a table. */
  readonly subject: string;
  /** What is happening to it now, e.g. `reading`, `staged`, `published`. */
  readonly step: string;
  readonly done: number;
  /** Absent where it is not known. */
  readonly total?: number;
};

/** Told of progress; must not throw and must not be slow. */
export type ProgressListener = (event: ProgressEvent) => void;
