import { expect, test } from '@jest/globals';

import { openRunStore } from '../../../core/refresh/run-store.ts';
import { judge } from '../../../core/refresh/steps/judge.ts';
import { openShop } from './support/shop.ts';

test('a verdict is refused by another try than the one whose audit it is', async () => {
  await using shop = await openShop();
  await shop.deliver('1.csv', [{ id: 1, country: 'FR', amount: 250, day: '2024-01-05' }]);
  const run = { pack: 'shop', runId: (await shop.refresh()).runId };
  const { runs, store, layout } = shop.environment();
  const table = 'gold.country_sales';
  const outcome = await openRunStore(store, layout.runs, run).readOutcome(table);
  if (outcome?.state !== 'judged') throw new Error('not judged');
  const queryExecutionId = outcome.queries?.at(-1) ?? '';
  await runs.acquireLease({ ...run, expiresAt: Date.now() + 60_000 }, Date.now());
  const judgeTry = (attempt: number) => judge(shop.environment(), { run, table, attempt, queryExecutionId });

  expect(await judgeTry(1)).toEqual({ verdict: 'passed' });
  await expect(judgeTry(2)).rejects.toThrow('has try 1 attached, expected 2');
});
