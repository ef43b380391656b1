import { describe, expect, test } from '@jest/globals';

import { findWithheld, type RunOutcomes } from '../../../core/refresh/publication.ts';
import type { CheckVerdict, GroupOutcome, TableOutcome } from '../../../core/refresh/run-store.ts';
import { sketchGraph } from './support/sketch-graph.ts';

const graph = sketchGraph(
  {
    'silver.a': ['bronze.x'],
    'silver.b': ['silver.a'],
    'silver.c': ['silver.a'],
    'gold.d': ['silver.b'],
    'gold.e': ['silver.c'],
    'gold.f': ['gold.e'],
  },
  {
    ACROSS: { tables: ['silver.b', 'silver.c', 'silver.a'] },
    'GOLD-D': { tables: ['gold.d', 'silver.b'] },
  },
);

const built = (verdicts: readonly CheckVerdict[] = []): TableOutcome => ({
  state: 'judged',
  snapshotId: '1',
  parent: null,
  attempt: 1,
  readAt: { database: 'sketch_silver', table: 't', snapshotId: '1' },
  verdicts,
  checkedAt: 0,
});
const verdict = (
  checkId: string,
  tables: readonly string[],
  more: Partial<CheckVerdict> = {},
): CheckVerdict => ({
  checkId,
  severity: 'error',
  status: 'fail',
  failedRows: 3,
  observed: null,
  expected: null,
  owner: tables[0] ?? '',
  tables,
  ...more,
});
const provenGroup: GroupOutcome = { state: 'judged', verdicts: [], checkedAt: 0 };
const outcomes = (
  changed: Readonly<Record<string, TableOutcome>> = {},
  group: GroupOutcome = provenGroup,
): RunOutcomes => ({
  tables: new Map(
    Object.entries({
      'silver.a': built(),
      'silver.b': built(),
      'silver.c': built(),
      'gold.d': built(),
      'gold.e': built(),
      'gold.f': built(),
      ...changed,
    }),
  ),
  groups: new Map([['silver 2', group]]),
});
const withheldOf = (given: RunOutcomes) =>
  Object.fromEntries([...findWithheld(graph, given, true)].map(([table, { reason }]) => [table, reason]));

describe('what a run may publish', () => {
  test('everything, if every check passed', () => {
    expect(withheldOf(outcomes())).toEqual({});
  });

  test('nothing of the table whose check failed, nor of what reads it, and all the others', () => {
    const failing = built([verdict('C1', ['silver.c'])]);

    expect(withheldOf(outcomes({ 'silver.c': failing }))).toEqual({
      'silver.c': 'check C1 of silver.c failed: 3 rows',
      'gold.e': 'it reads silver.c, which is not published',
      'gold.f': 'it reads gold.e, which is not published',
    });
  });

  test('none of the tables that a failing check names', () => {
    const failing = built([
      verdict('GOLD-D', ['gold.d', 'silver.b'], { failedRows: 1, observed: '5', expected: '6' }),
    ]);

    expect(withheldOf(outcomes({ 'gold.d': failing }))).toEqual({
      'gold.d': 'check GOLD-D of gold.d failed: 1 row (observed 5, expected 6)',
      'silver.b': 'check GOLD-D of gold.d failed: 1 row (observed 5, expected 6)',
    });
  });

  test('a table with failing warnings', () => {
    const warned = built([verdict('W', ['silver.c'], { severity: 'warn' })]);

    expect(withheldOf(outcomes({ 'silver.c': warned }))).toEqual({});
  });

  test('no table whose audit did not come to its end', () => {
    const attached: TableOutcome = { ...built(), state: 'attached' } as TableOutcome;

    expect(Object.keys(withheldOf(outcomes({ 'gold.f': attached })))).toEqual(['gold.f']);
  });

  test('no table beside one that could not be built, if a check across them stays unproven', () => {
    const withheld = withheldOf(
      outcomes({
        'silver.b': { state: 'failed', reason: 'overflow' },
        'gold.d': { state: 'skipped', cause: 'input', reason: 'it reads silver.b, which failed' },
      }),
    );

    expect(withheld['silver.c']).toBe('check ACROSS could not be run without silver.b');
  });

  test('the tables that a failed one is built from: they are sound without it', () => {
    const withheld = withheldOf(outcomes({ 'gold.d': { state: 'failed', reason: 'overflow' } }));

    expect(withheld).toEqual({});
  });

  test('no table of a check across tables that could not be run', () => {
    const withheld = withheldOf(outcomes({}, { state: 'failed', reason: 'timeout' }));

    expect(Object.keys(withheld)).toEqual(expect.arrayContaining(['silver.a', 'silver.b', 'silver.c']));
  });

  test('tables beside a held one, which is old on purpose', () => {
    expect(withheldOf(outcomes({ 'silver.b': { state: 'held' } }))).toEqual({});
  });
});
