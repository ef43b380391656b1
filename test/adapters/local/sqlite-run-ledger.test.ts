import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { openSqliteRunLedger } from '../../../adapters/local/sqlite-run-ledger.ts';
import { describeRunLedger } from '../../ports/run-ledger-suite.ts';

describeRunLedger('a SQLite file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'run-ledger-'));
  const ledger = openSqliteRunLedger(join(folder, 'ledger.db'));
  return {
    ledger,
    cleanUp: async () => {
      ledger[Symbol.dispose]();
      await rm(folder, { recursive: true });
    },
  };
});

describe('a SQLite run ledger among processes', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-ledger-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const module = resolve(import.meta.dirname, '../../../adapters/local/sqlite-run-ledger.ts');
  const startProcess = (file: string, script: string) =>
    spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { openSqliteRunLedger } from ${JSON.stringify(module)};
         const ledger = openSqliteRunLedger(${JSON.stringify(file)});
         ${script}`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
  const firstOutput = async (process: ReturnType<typeof startProcess>) => {
    const stream = process.stdout;
    if (stream === null) throw new Error('the process has no output');
    const [chunk] = (await once(stream, 'data')) as [Buffer];
    return chunk.toString().trim();
  };

  test('gives the lease of a killed process to the next run at once', async () => {
    const file = join(folder, 'killed.db');
    const holder = startProcess(
      file,
      `await ledger.acquireLease({ pack: 'shop', runId: 'killed', expiresAt: 9e15 }, Date.now());
       console.log('held');
       setInterval(() => {}, 1000);`,
    );
    await firstOutput(holder);
    using ledger = openSqliteRunLedger(file);
    const next = { pack: 'shop', runId: 'next', expiresAt: 9e15 };

    const whileAlive = await ledger.acquireLease(next, Date.now());
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const afterKill = await ledger.acquireLease(next, Date.now());

    expect(whileAlive.acquired).toBe(false);
    expect(whileAlive.holder.runId).toBe('killed');
    expect(afterKill.acquired).toBe(true);
  });

  test('lets one of several processes that ask at the same moment have the lease', async () => {
    const file = join(folder, 'race.db');
    openSqliteRunLedger(file)[Symbol.dispose]();
    const start = Date.now() + 600;
    const script = (index: number) =>
      `while (Date.now() < ${start}) {}
       const { acquired } = await ledger.acquireLease({ pack: 'shop', runId: 'run ${index}', expiresAt: 9e15 }, Date.now());
       console.log(acquired);
       setInterval(() => {}, 1000);`;
    const processes = [1, 2, 3, 4].map((index) => startProcess(file, script(index)));

    const answers = await Promise.all(processes.map(firstOutput));
    for (const started of processes) started.kill('SIGKILL');

    expect(answers.filter((answer) => answer === 'true')).toHaveLength(1);
  });
});
