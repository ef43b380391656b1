import type { DuckDBConnection } from '@duckdb/node-api';
import { commitSnapshot } from '../iceberg/commit.ts';
import type { DataFile } from '../iceberg/data-file.ts';
import type { IcebergIo, IcebergTable } from '../iceberg/table.ts';
import { currentSchema, currentSpec, type TableMetadata } from '../iceberg/table-metadata.ts';
import { writeDataFiles } from '../iceberg/write-data-files.ts';
import { CommitConflictError, formatTable } from '../ports/table-catalog.ts';

/**
 * Snapshot property: the loads whose rows a commit brought, as `<load id>:<dataset>:<rows>:<contract hash>`, parted by commas. It
 * bridges the time between the commit and the ledger, which remembers longer than snapshots live.
 */
export const loadsProperty = 'shoplake.loads';

/** A load's part of a commit. */
export type CommitPart = {
  readonly loadId: string;
  /** Number of its rows that belong into the table. */
  readonly rows: number;
  /** The file's number in the stage. */
  readonly file: number;
};

/** A load that a snapshot of the table brought. */
export type CommittedLoad = {
  readonly loadId: string;
  readonly rows: number;
  readonly contractHash: string;
};

/** The loads of a dataset that the table's snapshots brought, by load id. */
export function committedLoads(metadata: TableMetadata, dataset: string): ReadonlyMap<string, CommittedLoad> {
  const loads = new Map<string, CommittedLoad>();
  for (const { summary } of metadata.snapshots) {
    for (const entry of (summary[loadsProperty] ?? '').split(',')) {
      const [loadId, of, rows, contractHash] = entry.split(':');
      if (loadId === undefined || of !== dataset || contractHash === undefined) continue;
      loads.set(loadId, { loadId, rows: Number(rows), contractHash });
    }
  }
  return loads;
}

/** What is committed to one table. */
export type LoadCommit = {
  readonly table: IcebergTable;
  readonly dataset: string;
  readonly contractHash: string;
  readonly parts: readonly CommitPart[];
  /** DuckDB's select of the rows of the given files of the stage. */
  readonly select: (files: readonly number[]) => string;
  readonly connection: DuckDBConnection;
  readonly scratch: string;
};

/** The snapshot, if there was one, and the loads that were in the table already, whose rows were left out. */
export type LoadCommitOutcome = {
  readonly snapshotId: bigint | undefined;
  readonly alreadyThere: ReadonlyMap<string, CommittedLoad>;
  /** Tries of the commit that lost to other writers. */
  readonly retries: number;
};

/**
 * Appends the rows of those loads that are not in the table. Which are is decided against the metadata that the swap depends on, so
 * that of two loaders of the same content one finds the other's rows.
 */
export async function commitLoads(io: IcebergIo, commit: LoadCommit): Promise<LoadCommitOutcome> {
  const { table, dataset, contractHash, parts } = commit;
  let written: { readonly key: string; readonly files: readonly DataFile[] } | undefined;
  let alreadyThere = new Map<string, CommittedLoad>();
  const discard = async () => {
    const locations = written?.files.map(({ path }) => path) ?? [];
    written = undefined;
    if (locations.length > 0) await io.store.remove(locations);
  };
  try {
    const outcome = await commitSnapshot(io, table.identifier, async (current) => {
      const committed = committedLoads(current.metadata, dataset);
      alreadyThere = new Map();
      const missing = parts.filter(({ loadId }) => {
        const found = committed.get(loadId);
        if (found !== undefined) alreadyThere.set(loadId, found);
        return found === undefined;
      });
      const schema = currentSchema(current.metadata);
      const key = JSON.stringify([missing.map(({ file }) => file), schema['schema-id']]);
      if (written?.key !== key) await discard();
      if (missing.length === 0) return undefined;
      if (written === undefined) written = { key, files: await write(current, missing) };
      return {
        operation: 'append',
        add: written.files,
        summary: {
          [loadsProperty]: missing
            .map(({ loadId, rows }) => `${loadId}:${dataset}:${rows}:${contractHash}`)
            .join(','),
        },
      };
    });
    return {
      snapshotId: outcome.status === 'committed' ? outcome.snapshotId : undefined,
      alreadyThere,
      retries: outcome.attempts - 1,
    };
  } catch (error) {
    // After any other error the commit may still have taken effect: its files must stay.
    if (error instanceof CommitConflictError) await discard();
    throw error;
  }

  async function write(current: IcebergTable, missing: readonly CommitPart[]): Promise<readonly DataFile[]> {
    const files = await writeDataFiles(commit.connection, {
      select: commit.select(missing.map(({ file }) => file)),
      schema: currentSchema(current.metadata),
      partitionSpec: currentSpec(current.metadata),
      tableLocation: current.metadata.location,
      folder: '',
      scratch: commit.scratch,
      store: io.store,
    });
    const rows = files.reduce((sum, { recordCount }) => sum + recordCount, 0n);
    const expected = missing.reduce((sum, part) => sum + part.rows, 0);
    if (rows !== BigInt(expected)) {
      throw new Error(
        `table ${formatTable(current.identifier)}: ${rows} rows were written of ${expected}: the counts do not reconcile, nothing is committed`,
      );
    }
    return files;
  }
}
