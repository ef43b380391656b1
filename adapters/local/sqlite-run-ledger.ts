import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';

import {
  type Hold,
  type Lease,
  LeaseLostError,
  type RunLedger,
  type RunRecord,
} from '../../core/ports/run-ledger.ts';

/** How long a statement waits for another process's write. */
const busyMilliseconds = 60_000;

const schema = `
  create table if not exists refresh_lease (
    pack text primary key,
    run_id text not null,
    expires_at integer not null,
    host text not null,
    pid integer not null,
    process_mark text not null
  ) strict;
  create table if not exists refresh_run (
    pack text not null,
    run_id text not null,
    started_at integer not null,
    finished_at integer,
    status text not null,
    message text,
    tables text not null,
    build_rows text,
    primary key (pack, run_id)
  ) strict;
  create table if not exists table_hold (
    table_name text primary key,
    snapshot_id text not null,
    held_at integer not null
  ) strict;
`;

/**
 * Leases, runs and holds in a SQLite file that several processes may use at once. A lease whose process is dead is free
 * at once: after a kill nobody has to wait until it expires.
 */
export function openSqliteRunLedger(file: string): RunLedger & Disposable {
  const database = new DatabaseSync(file, { timeout: busyMilliseconds });
  database.exec('pragma journal_mode = wal');
  // Without waiting for the disk at each of the many renewals: a power cut may take back the last of them, which is harmless.
  database.exec('pragma synchronous = normal');
  database.exec(schema);
  addColumn(database, 'refresh_run', 'build_rows text');

  const selectLease = database.prepare('select * from refresh_lease where pack = ?');
  const writeLease = database.prepare(
    `insert or replace into refresh_lease (pack, run_id, expires_at, host, pid, process_mark)
     values (?, ?, ?, ?, ?, ?)`,
  );
  const putLease = (lease: Lease) =>
    writeLease.run(
      lease.pack,
      lease.runId,
      lease.expiresAt,
      hostname(),
      process.pid,
      processMark(process.pid),
    );

  return {
    acquireLease: async (lease, now) =>
      inTransaction(database, () => {
        const row = selectLease.get(lease.pack);
        const holder = row === undefined ? undefined : readLease(row);
        const isFree =
          row === undefined ||
          holder === undefined ||
          holder.runId === lease.runId ||
          holder.expiresAt <= now ||
          isDead(row);
        if (!isFree) return { acquired: false, holder };
        putLease(lease);
        return { acquired: true, holder: lease };
      }),
    renewLease: async (lease) =>
      inTransaction(database, () => {
        const row = selectLease.get(lease.pack);
        const holder = row === undefined ? undefined : String(row.run_id);
        if (holder !== lease.runId) {
          throw new LeaseLostError(
            `run ${lease.runId} has lost the lease of pack ${lease.pack} to ${holder ?? 'nobody'}: it publishes nothing more`,
          );
        }
        putLease(lease);
      }),
    releaseLease: async (pack, runId) => {
      database.prepare('delete from refresh_lease where pack = ? and run_id = ?').run(pack, runId);
    },
    recordRun: async (run) => {
      database
        .prepare(
          `insert or replace into refresh_run
             (pack, run_id, started_at, finished_at, status, message, tables, build_rows)
           values (?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          run.pack,
          run.runId,
          run.startedAt,
          run.finishedAt,
          run.status,
          run.message,
          JSON.stringify(run.tables),
          run.rows === undefined ? null : JSON.stringify(run.rows),
        );
    },
    listRuns: async (pack, limit) =>
      database
        .prepare(`select * from refresh_run where pack = ? order by started_at desc, rowid desc limit ?`)
        .all(pack, limit)
        .map(readRun),
    hold: async (hold) => {
      database
        .prepare('insert or replace into table_hold (table_name, snapshot_id, held_at) values (?, ?, ?)')
        .run(hold.table, hold.snapshotId, hold.heldAt);
    },
    release: async (table) =>
      database.prepare('delete from table_hold where table_name = ?').run(table).changes > 0,
    listHolds: async () =>
      database.prepare('select * from table_hold order by table_name').all().map(readHold),
    [Symbol.dispose]: () => database.close(),
  };
}

type Row = Record<string, unknown>;

/** Brings a file of an earlier version up to date; another process may be doing the same. */
function addColumn(database: DatabaseSync, table: string, column: string): void {
  inTransaction(database, () => {
    const known = database.prepare(`select name from pragma_table_info(?)`).all(table);
    if (known.some(({ name }) => name === column.split(' ')[0])) return;
    database.exec(`alter table ${table} add column ${column}`);
  });
}

/** Takes the write lock first: two readers that both want to write would wait for each other. */
function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (error) {
    database.exec('rollback');
    throw error;
  }
}

function readLease(row: Row): Lease {
  return {
    pack: String(row.pack),
    runId: String(row.run_id),
    expiresAt: Number(row.expires_at),
  };
}

function readRun(row: Row): RunRecord {
  return {
    pack: String(row.pack),
    runId: String(row.run_id),
    startedAt: Number(row.started_at),
    finishedAt: row.finished_at === null ? null : Number(row.finished_at),
    status: row.status as RunRecord['status'],
    message: row.message === null ? null : String(row.message),
    tables: JSON.parse(String(row.tables)) as Readonly<Record<string, string>>,
    ...(row.build_rows === null
      ? {}
      : { rows: JSON.parse(String(row.build_rows)) as NonNullable<RunRecord['rows']> }),
  };
}

function readHold(row: Row): Hold {
  return {
    table: String(row.table_name),
    snapshotId: String(row.snapshot_id),
    heldAt: Number(row.held_at),
  };
}

/** Whether the lease's process is known to be gone; on another host that cannot be told. */
function isDead(row: Row): boolean {
  if (row.host !== hostname()) return false;
  const pid = Number(row.pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return processMark(pid) !== row.process_mark;
}

/** Tells a process from a later one with the same number: its start time, where the system shows it. */
function processMark(pid: number): string {
  try {
    // The fields after the name, which may hold blanks and parentheses itself; start time is the 22nd of all.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[19] ?? '';
  } catch {
    return '';
  }
}
