import { expect, test } from '@jest/globals';

import type { QueryEngine } from '../../../core/ports/query-engine.ts';
import { countBuildRows } from '../../../core/refresh/build-rows.ts';
import type { RunOutcomes } from '../../../core/refresh/publication.ts';
import type { AttachedSnapshot } from '../../../core/refresh/run-store.ts';

const attached: AttachedSnapshot = {
  snapshotId: '2',
  parent: '1',
  attempt: 1,
  readAt: { database: 'shop_silver', table: 'orders' },
  queries: ['survey', 'stage'],
  writtenRows: 5,
};
const outcomes: RunOutcomes = {
  tables: new Map([
    ['silver.left', { state: 'attached', ...attached }],
    [
      'silver.judged',
      {
        state: 'judged',
        ...attached,
        queries: ['survey', 'stage', 'audit'],
        verdicts: [],
        checkedAt: 0,
      },
    ],
    ['silver.current', { state: 'current' }],
  ]),
  groups: new Map(),
};
const silent: QueryEngine = {
  run: () => Promise.reject(new Error('nothing is to be run')),
  results: () => Promise.reject(new Error('nothing is to be read')),
};

test('rows of surveys and statements are read, those of the audit checked', async () => {
  const rows: Readonly<Record<string, number>> = { survey: 100, stage: 20, audit: 3 };
  const engine: QueryEngine = { ...silent, scannedRows: async (query) => rows[query] ?? Number.NaN };

  expect(await countBuildRows(engine, outcomes)).toEqual({
    'silver.left': { written: 5, read: 120 },
    'silver.judged': { written: 5, read: 120, checked: 3 },
  });
});

test('an engine that counts none has none, and not 0', async () => {
  expect(await countBuildRows(silent, outcomes)).toEqual({
    'silver.left': { written: 5 },
    'silver.judged': { written: 5 },
  });
});
