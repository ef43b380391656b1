import { afterEach, beforeEach, expect, test } from '@jest/globals';

import type { QualityResult } from '../../../core/ports/quality-result.ts';
import type { RefreshEnvironment } from '../../../core/refresh/environment.ts';
import { appendQualityResults } from '../../../core/refresh/quality-results.ts';
import { openShop, type Shop } from './support/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const resultOf = (runId: string, checkId: string): QualityResult => ({
  runId,
  checkedAt: Date.parse('2024-01-01T00:00:00Z'),
  layer: 'bronze',
  tableName: 'orders',
  checkId,
  severity: 'error',
  status: 'pass',
  failedRows: 0,
  observed: null,
  expected: null,
});
const appended = async () =>
  (await shop.query('select check_id from shop_gold.quality_results order by check_id')).flat();

/** Does something between the look at what waits and the commit. */
function interrupt(environment: RefreshEnvironment, work: () => Promise<void>): RefreshEnvironment {
  let isDone = false;
  const { loads } = environment;
  return {
    ...environment,
    loads: {
      find: (...call) => loads.find(...call),
      record: (...call) => loads.record(...call),
      addResults: (...call) => loads.addResults(...call),
      list: (...call) => loads.list(...call),
      settleResults: (...call) => loads.settleResults(...call),
      pendingResults: async (pack) => {
        const pending = await loads.pendingResults(pack);
        if (!isDone) {
          isDone = true;
          await work();
        }
        return pending;
      },
    },
  };
}

test('results that wait are appended once by two runs that end at the same time', async () => {
  const environment = shop.environment();
  await environment.loads.addResults('shop', [resultOf('load', 'B1')]);
  const late = interrupt(environment, () =>
    appendQualityResults(environment, { pack: 'shop', runId: 'second' }, [resultOf('second', 'C2')]),
  );

  await appendQualityResults(late, { pack: 'shop', runId: 'first' }, [resultOf('first', 'C1')]);

  expect(await appended()).toEqual(['B1', 'C1', 'C2']);
});

test('results of a run are appended once, though it ends twice and loads land in between', async () => {
  const environment = shop.environment();
  const run = { pack: 'shop', runId: 'run' };
  await environment.loads.addResults('shop', [resultOf('load', 'B1')]);
  const late = interrupt(environment, async () => {
    await environment.loads.addResults('shop', [resultOf('load', 'B2')]);
    await appendQualityResults(environment, run, [resultOf('run', 'C1')]);
  });

  await appendQualityResults(late, run, [resultOf('run', 'C1')]);

  expect(await appended()).toEqual(['B1', 'B2', 'C1']);
});
