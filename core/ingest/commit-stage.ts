import type { DuckDBConnection } from '@duckdb/node-api';
import type { BronzeContract } from '../contract/contract.ts';
import { stageTable } from '../csv/stage-csv.ts';
import { lineOutcome } from '../csv/stage-sql.ts';
import { type IcebergIo, loadTable } from '../iceberg/table.ts';
import { quoteIdentifier, quoteText } from '../sql/quoting.ts';
import { ensureBronzeTable, ensureQuarantineTable, quarantineTable } from './bronze-table.ts';
import type { IngestEnvironment } from './environment.ts';
import { type CommittedLoad, commitLoads, committedLoads } from './load-commit.ts';
import type { ReadFile } from './read-batch.ts';

/** Version of the table specification that the rows follow. */
const specVersion = '1.1';

/** What the commits did: bronze's new snapshot, and what was there before, brought by another writer or an earlier try. */
export type StageCommit = {
  readonly snapshotId: bigint | undefined;
  /** Loads that had been in bronze, with the rows that they have there and in quarantine. */
  readonly alreadyLoaded: ReadonlyMap<string, { readonly loaded: number; readonly rejected: number }>;
  /**
   * Loads whose rejects had been committed under another contract, but not their rows: an earlier try was cut off, and the contract
   * changed before the next. Their rows would be in both tables, or in none, so nothing was committed.
   */
  readonly torn: ReadonlySet<string>;
  /** Tries of the commits that lost to other writers. */
  readonly commitRetries: number;
};

/** Commits the staged files: rejects to quarantine first, then rows to bronze, each load at most once. */
export async function commitStage(
  environment: IngestEnvironment,
  contract: BronzeContract,
  connection: DuckDBConnection,
  files: readonly ReadFile[],
  loadedAt: number,
): Promise<StageCommit> {
  const { store, catalog, clock, layout, scratch } = environment;
  const { dataset, hash: contractHash } = contract;
  const io: IcebergIo = { store, catalog, clock };
  await createSourceTable(connection, files, loadedAt);
  const table = await ensureBronzeTable(io, layout, contract);
  const shared = { dataset, contractHash, connection, scratch };
  // What is in bronze is complete, since its rejects were committed before, maybe under another contract.
  const before = committedLoads(table.metadata, dataset);
  const fresh = files.filter(({ loadId }) => !before.has(loadId));

  let commitRetries = 0;
  const torn = new Set<string>();
  const rejecting = fresh.filter(({ staged }) => staged.rejected > 0);
  const quarantine =
    rejecting.length > 0
      ? await ensureQuarantineTable(io, layout, contract.pack)
      : await loadTable(io, quarantineTable(contract.pack));
  const quarantined = new Map(quarantine && committedLoads(quarantine.metadata, dataset));
  const isTorn = ({ loadId }: ReadFile) => {
    const earlier = quarantined.get(loadId);
    return earlier !== undefined && earlier.contractHash !== contractHash;
  };
  if (quarantine !== undefined && rejecting.length > 0) {
    const { alreadyThere, retries } = await commitLoads(io, {
      ...shared,
      table: quarantine,
      parts: rejecting.map(({ loadId, index, staged }) => ({ loadId, file: index, rows: staged.rejected })),
      select: (numbers) => quarantineSelect(contract, numbers),
    });
    commitRetries += retries;
    for (const [loadId, load] of alreadyThere) quarantined.set(loadId, load);
  }
  for (const file of fresh) if (isTorn(file)) torn.add(file.loadId);

  const loading = fresh.filter(({ loadId, staged }) => staged.loaded > 0 && !torn.has(loadId));
  const outcome =
    loading.length === 0
      ? { snapshotId: undefined, alreadyThere: new Map<string, CommittedLoad>(), retries: 0 }
      : await commitLoads(io, {
          ...shared,
          table,
          parts: loading.map(({ loadId, index, staged }) => ({ loadId, file: index, rows: staged.loaded })),
          select: (numbers) => bronzeSelect(contract, numbers),
        });
  const there = [...before.values(), ...outcome.alreadyThere.values()].map(
    ({ loadId, rows }) => [loadId, { loaded: rows, rejected: quarantined.get(loadId)?.rows ?? 0 }] as const,
  );
  commitRetries += outcome.retries;
  return { snapshotId: outcome.snapshotId, alreadyLoaded: new Map(there), torn, commitRetries };
}

async function createSourceTable(
  connection: DuckDBConnection,
  files: readonly ReadFile[],
  loadedAt: number,
): Promise<void> {
  const rows = files.map(
    ({ index, sourceFile, loadId, modifiedAt }) =>
      `(${index}, ${quoteText(sourceFile)}, ${quoteText(loadId)}, make_timestamp(${modifiedAt * 1000}), make_timestamp(${loadedAt * 1000}))`,
  );
  await connection.run(
    `create or replace table _source (_file integer, source_file varchar, load_id varchar, source_modified_at timestamp, loaded_at timestamp);
     insert into _source values ${rows.join(', ')}`,
  );
}

function bronzeSelect(contract: BronzeContract, files: readonly number[]): string {
  const columns = [...contract.columns, ...contract.derivedColumns].map(
    ({ name }) => `s.${quoteIdentifier(name)}`,
  );
  return `
    select ${columns.join(', ')}, f.source_file, f.source_modified_at, s._line as source_line, f.load_id, f.loaded_at
    from ${stageTable} as s inner join _source as f on s._file = f._file
    where s._outcome = ${lineOutcome.loaded} and f._file in (${files.join(', ')})`;
}

function quarantineSelect({ dataset }: BronzeContract, files: readonly number[]): string {
  return `
    select ${quoteText(dataset)} as dataset, f.source_file, f.load_id, s._line as source_line, f.loaded_at, s._reason as reason,
      s._column as column_name, s._value as raw_value, s._record as raw_record, '${specVersion}' as spec_version
    from ${stageTable} as s inner join _source as f on s._file = f._file
    where s._outcome = ${lineOutcome.rejected} and f._file in (${files.join(', ')})`;
}
