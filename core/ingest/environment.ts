import type { Clock } from '../ports/clock.ts';
import type { LakeLayout } from '../ports/lake-layout.ts';
import type { LoadLedger } from '../ports/load-ledger.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { TableCatalog } from '../ports/table-catalog.ts';

/** All that a load needs of the world. */
export type IngestEnvironment = {
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly ledger: LoadLedger;
  readonly clock: Clock;
  readonly layout: LakeLayout;
  /** A local folder for temporary files; made if missing. A load removes what it put there. */
  readonly scratch: string;
  /**
   * Memory that DuckDB may use before it spills to `scratch`, e.g. `1GB`.
   * @default four fifths of the machine's memory (DuckDB's own)
   */
  readonly memoryLimit?: string;
  /** @default one a core */
  readonly threads?: number;
};

/** A file that has landed. */
export type LandedFile = {
  /** Where it is stored; a key is not URL-encoded. Its name tells whether it is gzipped. */
  readonly location: string;
  /** Object key after `landing/<pack>/<dataset>/`. */
  readonly sourceFile: string;
};
