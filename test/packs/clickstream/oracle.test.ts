import { afterAll, beforeAll, describe, test } from '@jest/globals';
import * as fc from 'fast-check';
import { expectTables } from '../../support/oracle/expect-tables.ts';
import { openPackHarness } from '../../support/pack-tables.ts';
import type { SqlHarness } from '../../support/sql-harness.ts';
import { days, eventRows, toCells } from './event-rows.ts';
import { computeClickstream } from './oracle.ts';

let harness: SqlHarness;
beforeAll(async () => {
  harness = await openPackHarness('clickstream');
});
afterAll(() => harness.close());

describe('every cell of the ten tables is what the specification says', () => {
  test('for events full of copies, ties, nulls and sessions over midnight, at any as_of', async () => {
    await fc.assert(
      fc.asyncProperty(eventRows(40), days, async (rows, asOf) => {
        await harness.putBronze('events_raw', rows.map(toCells));

        await harness.build(asOf);

        await expectTables(harness, computeClickstream(rows, asOf).tables);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  test('for no event at all', async () => {
    await harness.putBronze('events_raw', []);

    await harness.build('2019-10-31');

    await expectTables(harness, computeClickstream([], '2019-10-31').tables);
  });
});
