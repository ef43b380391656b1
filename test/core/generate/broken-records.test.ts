import { describe, expect, test } from '@jest/globals';
import { createDirt, recordDefects, replaceField } from '../../../core/generate/broken-records.ts';
import { createChooser, createRandom } from '../../../core/generate/random.ts';

const defects = [replaceField('missing_required', 'id', 0, ''), ...recordDefects(1)];
const rows = Array.from({ length: 1_000 }, (_, index) => [String(index), 'tea']);

function dirtyRecords(share: number, seed = 1) {
  return [...createDirt(share, createRandom(seed), defects).addTo('id,name\n', rows)];
}

describe('dirt', () => {
  test('of share 0 leaves the rows as they are', () => {
    const records = dirtyRecords(0);

    expect(records).toHaveLength(1_001);
    expect(records[0]).toEqual({ text: 'id,name\n' });
    expect(records[1_000]).toEqual({ text: '999,tea\n' });
  });

  test.each([0.01, 0.1, 0.4])('makes %d of all records, besides the good ones', (share) => {
    const records = dirtyRecords(share).slice(1);
    const broken = records.filter((record) => record.planted !== undefined);
    const good = records.filter((record) => record.planted === undefined).map((record) => record.text);

    expect(good).toEqual(rows.map((fields) => `${fields.join(',')}\n`));
    expect(Math.abs(broken.length / records.length - share)).toBeLessThan(0.25 * share + 0.005);
  });

  test('gives each defect its turn before one comes again', () => {
    const broken = dirtyRecords(0.2).filter((record) => record.planted !== undefined);

    const texts = broken
      .slice(0, 5)
      .map((record) => `${record.planted!.reason} ${record.text.split(',').length}`);

    expect(new Set(texts).size).toBe(5);
  });

  test('follows a record with a copy of it, and never outnumbers the good ones', () => {
    let [good, broken] = [0, 0];
    let last = '';
    for (const { text, planted } of dirtyRecords(0.4).slice(1)) {
      if (planted === undefined) {
        good += 1;
        last = text.split(',')[0]!;
      } else {
        broken += 1;
        expect(['', last]).toContain(text.trimEnd().split(',')[0]);
      }
      expect(broken).toBeLessThanOrEqual(good);
    }
  });

  test('leaves a quote open only behind the last record, which is then the last of the file', () => {
    const files = Array.from({ length: 50 }, (_, seed) => dirtyRecords(0.3, seed));

    const reasons = files.map((records) => records.map((record) => record.planted?.reason));
    const open = reasons.filter((each) => each.includes('unterminated_quote'));

    expect(open.length).toBeGreaterThan(5);
    expect(open.length).toBeLessThan(45);
    expect(open.every((each) => each.indexOf('unterminated_quote') === each.length - 1)).toBe(true);
  });
});

describe('createChooser', () => {
  test('picks each item as often as it weighs, and never one without weight', () => {
    const choose = createChooser([
      ['a', 1],
      ['none', 0],
      ['b', 2],
      ['c', 1],
    ]);
    const counts = new Map<string, number>();

    for (let step = 0; step < 400; step += 1) {
      const item = choose(step / 400);
      counts.set(item, (counts.get(item) ?? 0) + 1);
    }

    expect(Object.fromEntries(counts)).toEqual({ a: 100, b: 200, c: 100 });
    expect(choose(1 - 2 ** -32)).toBe('c');
  });
});
