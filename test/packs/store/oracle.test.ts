import { afterAll, beforeAll, describe, test } from '@jest/globals';
import * as fc from 'fast-check';
import { expectTables } from '../../support/oracle/expect-tables.ts';
import { openPackHarness } from '../../support/pack-tables.ts';
import type { SqlHarness } from '../../support/sql-harness.ts';
import { computeStore } from './oracle.ts';
import { days, putStore, storeRows } from './oracle-rows.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('store');
});
afterAll(() => harness.close());

describe('every cell of the seventeen tables is what the specification says', () => {
  test('for rows full of corrections, ties, orphans and unknown parents, at any as_of', async () => {
    await fc.assert(
      fc.asyncProperty(storeRows(12), days, async (rows, asOf) => {
        await putStore(harness, rows);

        await harness.build(asOf);

        await expectTables(harness, computeStore(rows, asOf).tables);
      }),
      { numRuns: 14, endOnFailure: true },
    );
  });

  test('for no row at all', async () => {
    const none = { customers: [], products: [], orders: [], order_items: [] };
    await putStore(harness, none);

    await harness.build('2024-02-29');

    await expectTables(harness, computeStore(none, '2024-02-29').tables);
  });
});
