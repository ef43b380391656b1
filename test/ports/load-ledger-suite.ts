import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { LoadLedger, LoadOutcome, LoadRecord } from '../../core/ports/load-ledger.ts';
import type { QualityResult } from '../../core/ports/quality-result.ts';

/** A ledger under test; packs named by the suite are its alone. */
export type LoadLedgerSubject = { readonly ledger: LoadLedger; cleanUp(): Promise<void> };

/** What every ledger of loads must do. The same tests run on SQLite and on DynamoDB. */
export function describeLoadLedger(name: string, open: () => Promise<LoadLedgerSubject>): void {
  describe(`${name} as a ledger of loads`, () => {
    let subject: LoadLedgerSubject;

    beforeAll(async () => {
      subject = await open();
    });
    afterAll(async () => {
      await subject.cleanUp();
    });

    test('finds the records of known contents and leaves out unknown ones', async () => {
      const { ledger } = subject;
      const [one, two] = [load('find', 'one'), load('find', 'two', failed('contract 1'))];
      await ledger.record([
        { load: one, results: [] },
        { load: two, results: [] },
      ]);

      const found = await ledger.find('find', 'orders', [one.loadId, two.loadId, idOf('three')]);

      expect([...found].sort(byTime)).toEqual([one, two].sort(byTime));
      expect(await ledger.find('find', 'orders', [])).toEqual([]);
      expect(await ledger.find('find', 'returns', [one.loadId])).toEqual([]);
      expect(await ledger.find('other', 'orders', [one.loadId])).toEqual([]);
    });

    test('never replaces a record of loaded', async () => {
      const { ledger } = subject;
      const first = load('loaded', 'one');
      await ledger.record([{ load: first, results: [] }]);

      await ledger.record([
        { load: { ...first, sourceFile: 'again.csv', recordedAt: 99 }, results: [] },
        { load: { ...first, outcome: failed('contract 1') }, results: [] },
      ]);

      expect(await ledger.find('loaded', 'orders', [first.loadId])).toEqual([first]);
    });

    test('replaces a failure by a success, and by the verdict of another contract', async () => {
      const { ledger } = subject;
      const first = load('failed', 'one', failed('contract 1'));
      const second = { ...first, outcome: failed('contract 2'), recordedAt: 20 };
      const third = { ...first, outcome: loaded(3), recordedAt: 30 };
      const find = async () => await ledger.find('failed', 'orders', [first.loadId]);

      await ledger.record([{ load: first, results: [] }]);
      await ledger.record([{ load: second, results: [] }]);
      expect(await find()).toEqual([second]);

      await ledger.record([{ load: third, results: [] }]);
      expect(await find()).toEqual([third]);
      expect(await collect(ledger.list('failed'))).toEqual([third]);
    });

    test('lists the oldest first, by pack or by dataset', async () => {
      const { ledger } = subject;
      const orders = { ...load('list', 'late'), recordedAt: 1_790_000_000_002 };
      const early = { ...load('list', 'early'), recordedAt: 5 };
      const returns = { ...load('list', 'middle'), dataset: 'returns', recordedAt: 1_790_000_000_001 };
      await ledger.record([orders, returns, early].map((record) => ({ load: record, results: [] })));

      expect(await collect(ledger.list('list'))).toEqual([early, returns, orders]);
      expect(await collect(ledger.list('list', 'orders'))).toEqual([early, orders]);
      expect(await collect(ledger.list('list', 'none'))).toEqual([]);
    });

    test('finds and lists more records than fit in one call', async () => {
      const { ledger } = subject;
      const loads = Array.from({ length: 230 }, (_, index) => ({
        ...load('many', `file ${index}`),
        recordedAt: index,
      }));

      await ledger.record(loads.map((record) => ({ load: record, results: [] })));

      const found = await ledger.find(
        'many',
        'orders',
        loads.map(({ loadId }) => loadId),
      );
      expect([...found].sort(byTime)).toEqual(loads);
      expect(await collect(ledger.list('many'))).toEqual(loads);
    });

    test('hands out results until they are settled', async () => {
      const { ledger } = subject;
      const entries = ['one', 'two'].map((content) => ({
        load: load('pending', content),
        results: [result(content, 'no_rows'), result(content, 'extra_column')],
      }));
      await ledger.record(entries);

      const first = await ledger.pendingResults('pending');
      const again = await ledger.pendingResults('pending');
      await ledger.settleResults('pending', again.mark);
      const after = await ledger.pendingResults('pending');

      const all = sorted(entries.flatMap(({ results }) => results));
      expect(sorted(first.results)).toEqual(all);
      expect(sorted(again.results)).toEqual(all);
      expect(again.mark).toBe(first.mark);
      expect(after.results).toEqual([]);
    });

    test('keeps the results that came after the mark', async () => {
      const { ledger } = subject;
      const [before, after] = [result('one', 'no_rows'), result('two', 'no_rows')];
      await ledger.record([{ load: load('mark', 'one'), results: [before] }]);
      const { mark } = await ledger.pendingResults('mark');
      await ledger.record([{ load: load('mark', 'two'), results: [after] }]);

      await ledger.settleResults('mark', mark);
      await ledger.settleResults('mark', mark);

      expect((await ledger.pendingResults('mark')).results).toEqual([after]);
    });

    test('settles one pack and not another', async () => {
      const { ledger } = subject;
      await ledger.record([
        { load: load('settled', 'one'), results: [result('one', 'no_rows')] },
        { load: load('waiting', 'one'), results: [result('one', 'no_rows')] },
      ]);

      await ledger.settleResults('settled', (await ledger.pendingResults('settled')).mark);

      expect((await ledger.pendingResults('settled')).results).toEqual([]);
      expect((await ledger.pendingResults('waiting')).results).toHaveLength(1);
    });

    test('adds no results when the same outcome is recorded again', async () => {
      const { ledger } = subject;
      const entries = [
        { load: load('again', 'one'), results: [result('one', 'no_rows')] },
        { load: load('again', 'two', failed('contract 1')), results: [result('two', 'empty_file')] },
      ];
      await ledger.record(entries);
      await ledger.record(entries);

      const pending = await ledger.pendingResults('again');
      await ledger.settleResults('again', pending.mark);
      await ledger.record(entries);

      expect(pending.results).toHaveLength(2);
      expect((await ledger.pendingResults('again')).results).toEqual([]);
    });

    test('hands out results that came with no load, beside those of loads', async () => {
      const { ledger } = subject;
      const [own, added] = [result('one', 'no_rows'), result('two', 'duplicate_file')];
      await ledger.record([{ load: load('added', 'one'), results: [own] }]);
      await ledger.addResults('added', [added]);
      await ledger.addResults('added', [added]);

      const { results, mark } = await ledger.pendingResults('added');
      await ledger.settleResults('added', mark);

      expect(sorted(results)).toEqual(sorted([own, added, added]));
      expect((await ledger.pendingResults('added')).results).toEqual([]);
    });

    test('keeps every result of a load that has very many', async () => {
      const { ledger } = subject;
      const results = Array.from({ length: 3_000 }, (_, index) => ({
        ...result('one', `check_${index}`),
        observed: 'x'.repeat(200),
      }));
      await ledger.record([{ load: load('large', 'one'), results }]);

      expect(sorted((await ledger.pendingResults('large')).results)).toEqual(sorted(results));
    });

    test('records one of several racing outcomes of a content', async () => {
      const { ledger } = subject;
      const racers = Array.from({ length: 10 }, (_, index) => ({
        load: { ...load('race', 'one', loaded(index)), recordedAt: index },
        results: [result(`run ${index}`, 'no_rows')],
      }));

      await Promise.all(racers.map((racer) => ledger.record([racer])));

      const [winner] = await ledger.find('race', 'orders', [idOf('one')]);
      const { results } = await ledger.pendingResults('race');
      expect(racers.map((racer) => racer.load)).toContainEqual(winner);
      expect(results).toEqual(racers.find((racer) => racer.load.recordedAt === winner?.recordedAt)?.results);
    });
  });
}

function idOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function loaded(rows: number): LoadOutcome {
  return { status: 'loaded', loadedRows: rows, quarantinedRows: 0 };
}

function failed(contractHash: string): LoadOutcome {
  return { status: 'failed', reason: 'empty_file', detail: 'one.csv holds no record', contractHash };
}

function load(pack: string, content: string, outcome: LoadOutcome = loaded(1)): LoadRecord {
  return {
    pack,
    dataset: 'orders',
    loadId: idOf(content),
    sourceFile: `dt=2026-01-31/${content} + 100%.csv`,
    outcome,
    recordedAt: 10,
  };
}

function result(runId: string, checkId: string): QualityResult {
  return {
    runId,
    checkedAt: 1_790_000_000_123,
    layer: 'bronze',
    tableName: 'orders',
    checkId,
    severity: 'warn',
    status: 'fail',
    failedRows: 1,
    observed: null,
    expected: '0',
  };
}

function sorted(results: readonly QualityResult[]): readonly QualityResult[] {
  return [...results].sort((a, b) => (a.runId + a.checkId < b.runId + b.checkId ? -1 : 1));
}

function byTime(a: LoadRecord, b: LoadRecord): number {
  return a.recordedAt - b.recordedAt || (a.loadId < b.loadId ? -1 : 1);
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}
