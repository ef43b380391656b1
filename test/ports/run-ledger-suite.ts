import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { LeaseLostError, type RunLedger, type RunRecord } from '../../core/ports/run-ledger.ts';

/** A ledger under test; it starts empty. */
export type RunLedgerSubject = { readonly ledger: RunLedger; cleanUp(): Promise<void> };

/** What every ledger of runs must do. The same tests run on SQLite and on DynamoDB. */
export function describeRunLedger(name: string, open: () => Promise<RunLedgerSubject>): void {
  describe(`${name} as a ledger of runs`, () => {
    let subject: RunLedgerSubject;
    const lease = (pack: string, runId: string, expiresAt = 1_000) => ({ pack, runId, expiresAt });

    beforeAll(async () => {
      subject = await open();
    });
    afterAll(async () => {
      await subject.cleanUp();
    });

    test('gives a free lease, and tells others who holds it', async () => {
      const { ledger } = subject;

      const first = await ledger.acquireLease(lease('free', 'run 1'), 0);
      const second = await ledger.acquireLease(lease('free', 'run 2', 2_000), 10);

      expect(first).toEqual({ acquired: true, holder: lease('free', 'run 1') });
      expect(second).toEqual({ acquired: false, holder: lease('free', 'run 1') });
    });

    test('gives the holder its own lease again', async () => {
      const { ledger } = subject;
      await ledger.acquireLease(lease('own', 'run 1'), 0);

      const again = await ledger.acquireLease(lease('own', 'run 1', 3_000), 500);

      expect(again).toEqual({ acquired: true, holder: lease('own', 'run 1', 3_000) });
      expect((await ledger.acquireLease(lease('own', 'run 2'), 2_000)).acquired).toBe(false);
    });

    test('gives an expired lease to another run, from the moment of expiry', async () => {
      const { ledger } = subject;
      await ledger.acquireLease(lease('expired', 'run 1', 1_000), 0);

      const early = await ledger.acquireLease(lease('expired', 'run 2', 9_000), 999);
      const late = await ledger.acquireLease(lease('expired', 'run 2', 9_000), 1_001);

      expect(early.acquired).toBe(false);
      expect(late).toEqual({ acquired: true, holder: lease('expired', 'run 2', 9_000) });
    });

    test('moves a lease on for its holder alone', async () => {
      const { ledger } = subject;
      await ledger.acquireLease(lease('renewed', 'run 1', 1_000), 0);

      await ledger.renewLease(lease('renewed', 'run 1', 5_000));

      await expect(ledger.renewLease(lease('renewed', 'run 2', 9_000))).rejects.toThrow(LeaseLostError);
      expect(await ledger.acquireLease(lease('renewed', 'run 2', 9_000), 4_000)).toEqual({
        acquired: false,
        holder: lease('renewed', 'run 1', 5_000),
      });
    });

    test('tells a run whose lease was taken over that it lost it', async () => {
      const { ledger } = subject;
      await ledger.acquireLease(lease('lost', 'run 1', 1_000), 0);
      await ledger.acquireLease(lease('lost', 'run 2', 9_000), 2_000);

      await expect(ledger.renewLease(lease('lost', 'run 1', 5_000))).rejects.toThrow(LeaseLostError);
    });

    test('gives up a lease of this run and none of another', async () => {
      const { ledger } = subject;
      await ledger.acquireLease(lease('released', 'run 1'), 0);

      await ledger.releaseLease('released', 'run 2');
      const kept = await ledger.acquireLease(lease('released', 'run 3'), 10);
      await ledger.releaseLease('released', 'run 1');
      await ledger.releaseLease('released', 'run 1');
      const given = await ledger.acquireLease(lease('released', 'run 3'), 10);

      expect(kept.acquired).toBe(false);
      expect(given.acquired).toBe(true);
    });

    test('gives a free lease to one of twenty racing runs', async () => {
      const { ledger } = subject;
      const runIds = Array.from({ length: 20 }, (_, index) => `run ${index}`);

      const answers = await Promise.all(runIds.map((runId) => ledger.acquireLease(lease('raced', runId), 0)));

      const winners = runIds.filter((_, index) => answers[index]?.acquired);
      expect(winners).toHaveLength(1);
      expect(new Set(answers.map(({ holder }) => holder.runId))).toEqual(new Set(winners));
    });

    test('lists the latest runs first, each as it was recorded last', async () => {
      const { ledger } = subject;
      const runs = [1, 2, 3, 4].map((number) => run('listed', `run ${number}`, number * 1_000_000_000));
      for (const record of [runs[2], runs[0], runs[3], runs[1]]) {
        await ledger.recordRun(record as RunRecord);
      }
      const finished: RunRecord = {
        ...(runs[1] as RunRecord),
        finishedAt: 9_000_000_000,
        status: 'failed',
        message: 'RET-S2 of silver.sales: 3 rows',
        tables: { 'silver.sales': 'failed', 'gold.daily_sales': 'skipped' },
        rows: { 'silver.sales': { written: 5, read: 7, checked: 12 }, 'gold.daily_sales': { written: 0 } },
      };
      await ledger.recordRun(finished);

      expect(await ledger.listRuns('listed', 3)).toEqual([runs[3], runs[2], finished]);
      expect(await ledger.listRuns('listed', 100)).toHaveLength(4);
      expect(await ledger.listRuns('nothing', 10)).toEqual([]);
    });

    test('holds tables until they are released', async () => {
      const { ledger } = subject;
      const sales = { table: 'retail_silver.sales', snapshotId: '9223372036854775807', heldAt: 10 };
      const daily = { table: 'retail_gold.daily_sales', snapshotId: '1', heldAt: 20 };
      await ledger.hold(sales);
      await ledger.hold(daily);
      await ledger.hold({ ...daily, snapshotId: '2', heldAt: 30 });

      const held = await ledger.listHolds();
      const released = await ledger.release(sales.table);
      const releasedAgain = await ledger.release(sales.table);

      expect([...held].sort((a, b) => a.heldAt - b.heldAt)).toEqual([
        sales,
        { ...daily, snapshotId: '2', heldAt: 30 },
      ]);
      expect([released, releasedAgain]).toEqual([true, false]);
      expect((await ledger.listHolds()).map(({ table }) => table)).toEqual([daily.table]);
    });
  });
}

function run(pack: string, runId: string, startedAt: number): RunRecord {
  return {
    pack,
    runId,
    startedAt,
    finishedAt: null,
    status: 'running',
    message: null,
    tables: { 'silver.sales': 'published' },
  };
}
