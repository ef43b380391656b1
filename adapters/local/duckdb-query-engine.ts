import type { Clock } from '../../core/ports/clock.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { QueryEngine } from '../../core/ports/query-engine.ts';
import type { TableCatalog } from '../../core/ports/table-catalog.ts';

/** What the local engine stands on. */
export type DuckDbQueryEngineOptions = {
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly clock: Clock;
  /** Local folder for results, a file a query. */
  readonly resultsFolder: string;
  /** Local folder for DuckDB's spill and scratch files. */
  readonly scratchFolder: string;
  /** @default the machine's cores */
  readonly threads?: number;
  /** As DuckDB writes it, `2GB`. @default DuckDB's own, 80% of memory */
  readonly memoryLimit?: string;
};

/** A query engine with an end, and with typed export. */
export type DuckDbQueryEngine = QueryEngine & {
  /** Runs a select and writes its typed rows to a local file. @throws QueryFailedError */
  copyTo(
    sql: string,
    target: { readonly file: string; readonly format: 'csv' | 'json' | 'parquet' },
  ): Promise<{ readonly rows: number }>;
  close(): void;
};

/** Opens Athena's stand-in on one machine: the same statements, run by DuckDB over the lake's Iceberg tables. */
export async function openDuckDbQueryEngine(_options: DuckDbQueryEngineOptions): Promise<DuckDbQueryEngine> {
  throw new Error('not yet');
}
