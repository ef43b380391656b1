import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Pack } from '../../../core/contract/contract.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { loadFiles } from '../../../core/ingest/load-files.ts';
import { type IngestLake, makeIngestLake } from '../../core/ingest/ingest-lake.ts';

let pack: Pack;
let lake: IngestLake;
beforeAll(async () => {
  ({ pack } = await loadPack(join(import.meta.dirname, '../../../sql/store')));
  lake = makeIngestLake();
});
afterAll(() => lake.close());

let files = 0;
/** Loads a file of these lines and tells its outcome. */
async function load(dataset: string, ...lines: readonly string[]) {
  const contract = pack.bronze.find((candidate) => candidate.dataset === dataset)!;
  files += 1;
  const file = lake.land(`${dataset}-${files}.csv`, `${lines.join('\n')}\n`);
  return (await loadFiles(lake, contract, [file])).files[0]!.outcome;
}

/** What was rejected of the last file, by line. */
const rejects = async () =>
  await lake.rows(
    'store_bronze',
    'quarantine',
    `select source_line::int, reason, column_name from table
     where regexp_extract(source_file, '-(\\d+)', 1) = '${files}' order by all`,
  );

describe('the contracts', () => {
  test('take headers of required columns alone, in any order, by name or alias', async () => {
    const outcome = await load('orders', 'Status;OrderDate;Order ID', 'paid;2026-01-31 10:00;O1');

    expect(outcome).toMatchObject({ status: 'loaded', loadedRows: 1, quarantinedRows: 0 });
    expect(
      await lake.rows('store_bronze', 'orders', 'select order_id, customer_id, order_ts::varchar from table'),
    ).toEqual([['O1', null, '2026-01-31 10:00:00']]);
  });

  test('count orders of guests and of a status without a group, and load them', async () => {
    const outcome = await load(
      'orders',
      'order_id,customer_id,order_date,status',
      'O1,C1,2026-01-31,On-Hold',
      'O2,,2026-01-31,REFUNDED',
      'O3,,2026-01-31,lost',
      'O4,C1,2026-01-31,',
    );

    expect(outcome).toMatchObject({ loadedRows: 3, warnings: { 'STO-B1': 2, 'STO-B3': 1 } });
    expect(await rejects()).toEqual([[5, 'missing_required', 'status']]);
  });

  test('count customers registered before their birth, and reject who is called UNKNOWN', async () => {
    const outcome = await load(
      'customers',
      'customer_id,Segment,birth_date,registration_date',
      'C1,Consumer,2000-01-02,2000-01-01',
      'C2,Consumer,2000-01-01,2000-01-01',
      'UNKNOWN,,,',
      'unknown,,,',
    );

    expect(outcome).toMatchObject({ loadedRows: 3, quarantinedRows: 1, warnings: { 'STO-B4': 1 } });
    expect(await rejects()).toEqual([[4, 'rule:STO-B5', 'customer_id']]);
  });

  test('hold products to prices and costs of 0 to a million', async () => {
    const outcome = await load(
      'products',
      'product_id,product_name,list_price,unit_cost,is_active',
      'P1,Lamp,0,0.01,yes',
      'P2,Lamp,1000000,1000000,n',
      'P3,Lamp,1000000.01,,',
      'P4,Lamp,-0.01,,',
      'P5,Lamp,1,1000000.01,',
      'UNKNOWN,Lamp,1,,',
      'P6,Lamp,-0.004,,',
      'P7,Lamp,1.005,,',
    );

    expect(outcome).toMatchObject({ loadedRows: 4, warnings: { 'STO-B2': 1 } });
    expect(await rejects()).toEqual([
      [4, 'out_of_range', 'list_price'],
      [5, 'out_of_range', 'list_price'],
      [6, 'out_of_range', 'unit_cost'],
      [7, 'rule:STO-B6', 'product_id'],
    ]);
    expect(
      await lake.rows(
        'store_bronze',
        'products',
        `select list_price::varchar from table where product_id in ('P6', 'P7') order by product_id`,
      ),
    ).toEqual([['0.00'], ['1.01']]);
  });

  test('hold items to their line numbers, quantities, prices and discounts', async () => {
    const outcome = await load(
      'order_items',
      'order_id,line_number,product_id,quantity,unit_price,discount_pct',
      'O1,1,P1,100000,1000000,1',
      'O1,2,P1,1,0,',
      'O1,3,P1,1.0,5,0.12345',
      'O1,4,P1,1,5,0',
      'O1,5,P1,1,5,0',
      'O1,6,P1,1,5,0',
      'O1,0,P1,1,1,0',
      'O1,8,P1,0,1,0',
      'O1,9,P1,100001,1,0',
      'O1,10,P1,1,-1,0',
      'O1,11,P1,1,1,1.00005',
      'O1,12,P1,1,1,15',
    );

    expect(outcome).toMatchObject({ loadedRows: 6, quarantinedRows: 6 });
    expect(await rejects()).toEqual([
      [8, 'out_of_range', 'line_number'],
      [9, 'out_of_range', 'quantity'],
      [10, 'out_of_range', 'quantity'],
      [11, 'out_of_range', 'unit_price'],
      [12, 'out_of_range', 'discount_pct'],
      [13, 'out_of_range', 'discount_pct'],
    ]);
  });
});
