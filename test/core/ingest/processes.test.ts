import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type IngestLake, listLoads, makeLakeFolder, openIngestLake } from './ingest-lake.ts';

let lake: IngestLake;
beforeEach(() => {
  lake = openIngestLake(makeLakeFolder());
});
afterEach(() => {
  lake.close();
  rmSync(lake.folder, { recursive: true, force: true });
});

/** Lands files of one good row and one reject each; returns their keys. */
function landFiles(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `part ${index}.csv`;
    lake.land(name, `id,name,price,sold_at\n${index + 1},n,,\nx${index},n,,\n`);
    return name;
  });
}

function startWorker(batchSize: number, names: readonly string[]) {
  const script = join(import.meta.dirname, 'load-worker.ts');
  return spawn(process.execPath, [script, lake.folder, String(batchSize), ...names], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function expectEveryRowOnce(count: number): Promise<void> {
  const ids = await lake.rows(
    'test_bronze',
    'things',
    'select id::int, count(*)::int from table group by all order by all',
  );
  const rejects = await lake.rows(
    'test_bronze',
    'quarantine',
    'select count(*)::int, count(distinct raw_value)::int from table',
  );
  expect(ids).toEqual(Array.from({ length: count }, (_, index) => [index + 1, 1]));
  expect(rejects).toEqual([[count, count]]);
  const loads = await listLoads(lake.ledger, 'test');
  expect(loads.length).toBe(count);
}

describe('many processes', () => {
  test('load 120 files into one table at once, every row once', async () => {
    const names = landFiles(120);
    // Each file goes to two processes, which take two batches each.
    const shares = Array.from({ length: 6 }, (_, worker) =>
      names.filter((_, index) => index % 3 === worker % 3),
    );

    const workers = shares.map((share) => startWorker(20, share));
    const codes = await Promise.all(workers.map(async (worker) => (await once(worker, 'exit'))[0] as number));

    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    await expectEveryRowOnce(120);
  });

  test('killed at any moment and started again, load every row once', async () => {
    const names = landFiles(40);

    for (let round = 0; round < 4; round += 1) {
      const worker = startWorker(5, names);
      const exit = once(worker, 'exit');
      await sleep(300 + Math.random() * 1200);
      worker.kill('SIGKILL');
      await exit;
    }
    const [code] = (await once(startWorker(20, names), 'exit')) as [number];

    expect(code).toBe(0);
    await expectEveryRowOnce(40);
  });
});
