/** What decides the files that a generator makes: the same options give the same bytes, everywhere. */
export type GeneratorOptions = {
  readonly seed: number;
  /** 1 is the pack's usual size (its generator says which); 0.1 is a tenth of it. */
  readonly scale: number;
  /** Share of broken records among all, 0 to 0.4. Broken records come in addition: the others do not change with it. */
  readonly dirtyShare: number;
  /** Only so many days from the pack's first; for generators that export `takesDays`. */
  readonly days?: number;
};

/** One CSV record with its line break, or a block of `count` records, which a generator in a hurry makes. */
export type GeneratedRecord = {
  readonly text: string;
  /** 1 unless given. A record that was broken on purpose stands alone, and so does the header. */
  readonly count?: number;
  /** What was broken on purpose: the reason with which the record must end in quarantine. */
  readonly planted?: { readonly reason: string; readonly columnName: string | null };
};

/** A file to be written; `records` is read once, and before the next file is asked for. */
export type GeneratedFile = {
  /** Relative to `landing/<pack>/`: `invoices/dt=2010-12-01/part-0001.csv`. */
  readonly path: string;
  /** In ISO-8859-1 the records hold no character beyond U+00FF. UTF-8 unless said otherwise. */
  readonly encoding?: 'utf8' | 'latin1';
  /** The header first. */
  readonly records: Iterable<GeneratedRecord>;
};

/**
 * Makes a pack's files, one after the other and record by record, so that any amount fits in constant memory.
 * A pack that has one exports it as `generate` from `sql/<pack>/generate.ts`, and `takesDays = true` if the number of
 * days can be chosen.
 */
export type PackGenerator = (options: GeneratorOptions) => Iterable<GeneratedFile>;

/** The path of a delivery to a dataset on a day (`2024-01-31`): its first, or a later part where it is long. */
export function partPath(dataset: string, date: string, part: number): string {
  return `${dataset}/dt=${date}/part-${String(part).padStart(4, '0')}.csv`;
}
