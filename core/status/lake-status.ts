import { databaseOf, type Layer, type Pack } from '../contract/contract.ts';
import { listSnapshots, type SnapshotInfo } from '../iceberg/publish.ts';
import { type IcebergIo, loadTable } from '../iceberg/table.ts';
import type { LoadLedger } from '../ports/load-ledger.ts';
import type { Severity } from '../ports/quality-result.ts';
import type { QueryEngine } from '../ports/query-engine.ts';
import type { Hold, RunLedger, RunRecord } from '../ports/run-ledger.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import { listStagingTables } from './staging-tables.ts';

/** What reading the status needs of a lake. */
export type StatusEnvironment = IcebergIo & {
  readonly engine: QueryEngine;
  readonly loads: LoadLedger;
  readonly runs: RunLedger;
};

/** How a lake's packs are doing. */
export type LakeStatus = {
  readonly packs: readonly PackStatus[];
  readonly holds: readonly Hold[];
};

export type PackStatus = {
  readonly pack: string;
  readonly tables: readonly TableStatus[];
  readonly loads: LoadStatus;
  readonly quarantine: readonly QuarantineCount[];
  /** Checks of silver and gold that passed when they were last made. */
  readonly passedChecks: number;
  readonly failingChecks: readonly FailingCheck[];
  /** Newest first. */
  readonly runs: readonly RunRecord[];
};

export type TableStatus = {
  readonly layer: Layer;
  /** `database.table`. */
  readonly table: string;
  /** What readers see; null before the first publish. */
  readonly published: TableVersion | null;
  /** Staged and not published, newest first: what failed its checks can be queried until it expires. */
  readonly unpublished: readonly TableVersion[];
  /** Earlier published versions that a rollback can go to, newest first. */
  readonly earlier: readonly TableVersion[];
};

export type TableVersion = {
  /** Decimal text: an int64 does not fit a JSON number. */
  readonly snapshotId: string;
  readonly rows: number | null;
  /** Milliseconds since 1970: when it was published, or staged if it never was. */
  readonly at: number;
};

export type LoadStatus = {
  readonly loadedFiles: number;
  readonly loadedRows: number;
  readonly quarantinedRows: number;
  /** Milliseconds since 1970; null before the first load. */
  readonly latestAt: number | null;
  readonly failedFiles: readonly {
    readonly dataset: string;
    readonly sourceFile: string;
    readonly reason: string;
    readonly detail: string;
    readonly recordedAt: number;
  }[];
};

export type QuarantineCount = { readonly dataset: string; readonly reason: string; readonly rows: number };

export type FailingCheck = {
  readonly layer: string;
  readonly tableName: string;
  readonly checkId: string;
  readonly severity: Severity;
  readonly failedRows: number;
  readonly observed: string | null;
  readonly expected: string | null;
};

const layers: readonly Layer[] = ['bronze', 'silver', 'gold'];
const runsShown = 5;

/** Reads the status of the given packs. */
export async function readLakeStatus(
  environment: StatusEnvironment,
  packs: readonly Pack[],
): Promise<LakeStatus> {
  const statuses: PackStatus[] = [];
  for (const pack of packs) {
    statuses.push(await readPackStatus(environment, pack));
  }
  return { packs: statuses, holds: await environment.runs.listHolds() };
}

async function readPackStatus(environment: StatusEnvironment, pack: Pack): Promise<PackStatus> {
  const tables = await readTables(environment, pack);
  const hasRows = (name: string) =>
    tables.some(({ table, published }) => table === name && published !== null);
  const quarantine = `${databaseOf(pack.name, 'bronze')}.quarantine`;
  const qualityResults = `${databaseOf(pack.name, 'gold')}.quality_results`;
  const { passed, failing } = hasRows(qualityResults)
    ? await readChecks(environment.engine, qualityResults)
    : { passed: 0, failing: [] };
  return {
    pack: pack.name,
    tables,
    loads: await readLoads(environment.loads, pack.name),
    quarantine: hasRows(quarantine) ? await countQuarantine(environment.engine, quarantine) : [],
    passedChecks: passed,
    failingChecks: addPending(failing, await readPendingFailures(environment.loads, pack.name)),
    runs: await environment.runs.listRuns(pack.name, runsShown),
  };
}

async function readTables(environment: StatusEnvironment, pack: Pack): Promise<readonly TableStatus[]> {
  const tables: TableStatus[] = [];
  for (const layer of layers) {
    const database = databaseOf(pack.name, layer);
    const contracts = layer === 'bronze' ? pack.bronze : pack.models.filter((model) => model.layer === layer);
    const existing = await environment.catalog.listTables(database);
    const names = new Set([...contracts.map(({ name }) => name), ...existing]);
    for (const table of names) {
      const snapshots = await readSnapshots(environment, { database, table });
      const staged: SnapshotInfo[] = [];
      for (const staging of await listStagingTables(environment.catalog, { database, table })) {
        staged.push(...(await readSnapshots(environment, staging)));
      }
      tables.push({ layer, table: `${database}.${table}`, ...arrangeVersions(snapshots, staged) });
    }
  }
  return tables;
}

async function readSnapshots(io: IcebergIo, table: TableIdentifier): Promise<readonly SnapshotInfo[]> {
  const loaded = await loadTable(io, table);
  return loaded === undefined ? [] : listSnapshots(io, loaded);
}

function arrangeVersions(
  snapshots: readonly SnapshotInfo[],
  staged: readonly SnapshotInfo[],
): Pick<TableStatus, 'published' | 'unpublished' | 'earlier'> {
  const main = snapshots.find(({ isMain }) => isMain);
  return {
    published: main === undefined ? null : versionOf(main),
    unpublished: [
      ...snapshots.filter(({ isMain, publishedAt }) => !isMain && publishedAt === undefined).map(versionOf),
      // `main` of a staging table is no publish: when the snapshot was made is all there is to say.
      ...staged.map((snapshot) => versionOf({ ...snapshot, publishedAt: undefined })),
    ].sort((a, b) => b.at - a.at),
    earlier: snapshots
      .filter(({ isMain, publishedAt }) => !isMain && publishedAt !== undefined)
      .map(versionOf),
  };
}

function versionOf({ snapshotId, summary, publishedAt, timestamp }: SnapshotInfo): TableVersion {
  const rows = summary['total-records'];
  return {
    snapshotId: String(snapshotId),
    rows: rows === undefined ? null : Number(rows),
    at: publishedAt ?? timestamp,
  };
}

async function readLoads(loads: LoadLedger, pack: string): Promise<LoadStatus> {
  const failedFiles: LoadStatus['failedFiles'][number][] = [];
  let [loadedFiles, loadedRows, quarantinedRows] = [0, 0, 0];
  let latestAt: number | null = null;
  for await (const { dataset, sourceFile, outcome, recordedAt } of loads.list(pack)) {
    latestAt = Math.max(latestAt ?? 0, recordedAt);
    if (outcome.status === 'loaded') {
      loadedFiles += 1;
      loadedRows += outcome.loadedRows;
      quarantinedRows += outcome.quarantinedRows;
    } else {
      const { reason, detail } = outcome;
      failedFiles.push({ dataset, sourceFile, reason, detail, recordedAt });
    }
  }
  return { loadedFiles, loadedRows, quarantinedRows, latestAt, failedFiles };
}

async function countQuarantine(engine: QueryEngine, table: string): Promise<readonly QuarantineCount[]> {
  const rows = await query(
    engine,
    `select dataset, reason, count(*) as row_count from ${table} group by dataset, reason order by 3 desc, 1, 2`,
  );
  return rows.map(([dataset, reason, count]) => ({
    dataset: dataset ?? '',
    reason: reason ?? '',
    rows: Number(count),
  }));
}

/**
 * A silver or gold check fails if it did so in the latest run that made it. A bronze check is of one file each time: it
 * counts what all loads found.
 */
async function readChecks(
  engine: QueryEngine,
  table: string,
): Promise<{ readonly passed: number; readonly failing: readonly FailingCheck[] }> {
  const rows = await query(
    engine,
    `with ranked as (
      select layer, table_name, check_id, severity, status, failed_rows, observed, expected,
        row_number() over (
          partition by layer, table_name, check_id order by checked_at desc, run_id desc
        ) as recency
      from ${table}
      where layer <> 'bronze'
    )
    select status, layer, table_name, check_id, severity, failed_rows, observed, expected
    from ranked
    where recency = 1
    union all
    select status, layer, table_name, check_id, severity, cast(sum(failed_rows) as bigint) as failed_rows,
      cast(null as varchar) as observed, cast(null as varchar) as expected
    from ${table}
    where layer = 'bronze' and status = 'fail'
    group by status, layer, table_name, check_id, severity`,
  );
  const failing = rows.filter(([status]) => status === 'fail');
  return { passed: rows.length - failing.length, failing: failing.map(readFailingCheck) };
}

function readFailingCheck(row: readonly (string | null)[]): FailingCheck {
  const [, layer, tableName, checkId, severity, failedRows, observed, expected] = row;
  return {
    layer: layer ?? '',
    tableName: tableName ?? '',
    checkId: checkId ?? '',
    severity: (severity ?? 'error') as Severity,
    failedRows: Number(failedRows),
    observed: observed ?? null,
    expected: expected ?? null,
  };
}

/** Results of loads wait in the ledger until the next refresh appends them. */
async function readPendingFailures(loads: LoadLedger, pack: string): Promise<readonly FailingCheck[]> {
  const { results } = await loads.pendingResults(pack);
  return results
    .filter(({ status }) => status === 'fail')
    .map(({ layer, tableName, checkId, severity, failedRows }) => ({
      layer,
      tableName,
      checkId,
      severity,
      failedRows,
      observed: null,
      expected: null,
    }));
}

const severityOrder: readonly Severity[] = ['error', 'warn', 'info'];

function addPending(
  recorded: readonly FailingCheck[],
  pending: readonly FailingCheck[],
): readonly FailingCheck[] {
  const checks = new Map<string, FailingCheck>();
  for (const check of [...recorded, ...pending]) {
    const key = [check.layer, check.tableName, check.checkId, check.severity].join('\n');
    const known = checks.get(key);
    checks.set(key, known ? { ...known, failedRows: known.failedRows + check.failedRows } : check);
  }
  return [...checks.values()].sort(
    (a, b) =>
      severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) ||
      layers.indexOf(a.layer as Layer) - layers.indexOf(b.layer as Layer) ||
      a.tableName.localeCompare(b.tableName, 'en') ||
      a.checkId.localeCompare(b.checkId, 'en'),
  );
}

async function query(engine: QueryEngine, sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const { queryExecutionId } = await engine.run(sql);
  return (await engine.results(queryExecutionId)).rows;
}
