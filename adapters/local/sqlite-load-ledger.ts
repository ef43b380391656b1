import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LoadLedger, LoadRecord } from '../../core/ports/load-ledger.ts';
import type { QualityResult } from '../../core/ports/quality-result.ts';

/** How long a statement waits for another process's write. */
const busyMilliseconds = 60_000;

/** Loads listed at a time, so that a long history is not held in memory. */
const pageSize = 1_000;

/** Ids in one statement: SQLite binds 32,766 at most. */
const idsAtOnce = 10_000;

const schema = `
  create table if not exists load (
    position integer primary key autoincrement,
    pack text not null,
    dataset text not null,
    load_id text not null,
    source_file text not null,
    status text not null,
    outcome text not null,
    recorded_at integer not null,
    unique (pack, dataset, load_id)
  ) strict;
  create table if not exists pending_result (
    position integer primary key autoincrement,
    pack text not null,
    result text not null
  ) strict;
`;

/** The ledger of loads in a SQLite file, shared by many processes. */
export function openSqliteLoadLedger(file: string): LoadLedger & Disposable {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: busyMilliseconds });
  // Write-ahead log: readers do not wait for writers. `full`: a load that was reported survives a power cut.
  database.exec('pragma journal_mode = wal; pragma synchronous = full;');
  database.exec(schema);

  const select = database.prepare(
    'select status, outcome from load where pack = ? and dataset = ? and load_id = ?',
  );
  const remove = database.prepare('delete from load where pack = ? and dataset = ? and load_id = ?');
  const insert = database.prepare(
    `insert into load (pack, dataset, load_id, source_file, status, outcome, recorded_at)
     values (?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertResult = database.prepare('insert into pending_result (pack, result) values (?, ?)');

  // `immediate` takes the write lock at once: a transaction that reads first could not wait for it later.
  const inTransaction = (work: () => void) => {
    database.exec('begin immediate');
    try {
      work();
      database.exec('commit');
    } catch (error) {
      database.exec('rollback');
      throw error;
    }
  };
  const recordOne = (load: LoadRecord, results: readonly QualityResult[]) => {
    const key = [load.pack, load.dataset, load.loadId] as const;
    const existing = select.get(...key);
    if (existing !== undefined && !gives(String(existing.outcome), load)) return;
    // A failure's verdict under another contract, or its success, takes its place and its position.
    if (existing !== undefined) remove.run(...key);
    insert.run(...key, load.sourceFile, load.outcome.status, JSON.stringify(load.outcome), load.recordedAt);
    for (const result of results) insertResult.run(load.pack, JSON.stringify(result));
  };

  return {
    async find(pack, dataset, loadIds) {
      const found: LoadRecord[] = [];
      for (let start = 0; start < loadIds.length; start += idsAtOnce) {
        const ids = JSON.stringify(loadIds.slice(start, start + idsAtOnce));
        const rows = database
          .prepare(
            `select * from load where pack = ? and dataset = ? and load_id in (select value from json_each(?))`,
          )
          .all(pack, dataset, ids);
        found.push(...rows.map(readLoad));
      }
      return found;
    },

    async record(entries) {
      inTransaction(() => {
        for (const { load, results } of entries) recordOne(load, results);
      });
    },

    async addResults(pack, results) {
      inTransaction(() => {
        for (const result of results) insertResult.run(pack, JSON.stringify(result));
      });
    },

    async *list(pack, dataset) {
      const page = database.prepare(
        `select * from load where pack = ? and (? is null or dataset = ?)
         and (recorded_at, position) > (?, ?) order by recorded_at, position limit ${pageSize}`,
      );
      let after: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0];
      for (;;) {
        const rows = page.all(pack, dataset ?? null, dataset ?? null, ...after);
        for (const row of rows) yield readLoad(row);
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageSize) return;
        after = [Number(last.recorded_at), Number(last.position)];
      }
    },

    async pendingResults(pack) {
      const rows = database
        .prepare('select position, result from pending_result where pack = ? order by position')
        .all(pack);
      const results = rows.map((row) => JSON.parse(String(row.result)) as QualityResult);
      return { results, mark: String(rows.at(-1)?.position ?? 0) };
    },

    async settleResults(pack, mark) {
      if (!/^\d+$/.test(mark)) throw new Error(`mark "${mark}" is none of this ledger, expected a number`);
      // Positions only grow (autoincrement), so what was recorded after the mark was handed out lies beyond it.
      database.prepare('delete from pending_result where pack = ? and position <= ?').run(pack, Number(mark));
    },

    [Symbol.dispose]() {
      database.close();
    },
  };
}

/** Whether what is recorded gives way: a failure does to a success, and to the verdict of another contract. */
function gives(recorded: string, load: LoadRecord): boolean {
  const before = JSON.parse(recorded) as LoadRecord['outcome'];
  if (before.status === 'loaded') return false;
  return load.outcome.status === 'loaded' || load.outcome.contractHash !== before.contractHash;
}

function readLoad(row: Readonly<Record<string, unknown>>): LoadRecord {
  return {
    pack: String(row.pack),
    dataset: String(row.dataset),
    loadId: String(row.load_id),
    sourceFile: String(row.source_file),
    outcome: JSON.parse(String(row.outcome)) as LoadRecord['outcome'],
    recordedAt: Number(row.recorded_at),
  };
}
