import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BronzeContract } from '../../../core/contract/contract.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { openUtf8 } from '../../../core/csv/csv-source.ts';
import { openCsvStage, stageTable } from '../../../core/csv/stage-csv.ts';
import { loadFiles } from '../../../core/ingest/load-files.ts';
import { type IngestLake, makeIngestLake } from '../../core/ingest/ingest-lake.ts';

const packFolder = join(import.meta.dirname, '../../../sql/supply_chain');
const sample = readFileSync(join(packFolder, 'sample/orders/2018-01-31.csv'));
const resent = readFileSync(join(packFolder, 'sample/orders/2018-02-01-resent-with-errors.csv'));
const [header, ...sampleLines] = sample.toString('latin1').trimEnd().split('\n');
const names = header!.split(',');

let contract: BronzeContract;
let lake: IngestLake;
beforeAll(async () => {
  const { pack, problems } = await loadPack(packFolder);
  if (!pack) throw new Error(JSON.stringify(problems));
  contract = pack.bronze[0]!;
  lake = makeIngestLake();
});
afterAll(() => lake.close());

const bronze = (select: string) => lake.rows('supply_chain_bronze', contract.name, select);
const quarantine = (select: string) => lake.rows('supply_chain_bronze', 'quarantine', select);
const load = async (name: string, content: string | Uint8Array) =>
  (await loadFiles(lake, contract, [lake.land(name, content)])).files[0]!.outcome;

/** The fields of a line of the sample, some of them changed. */
function fieldsOf(index: number, changes: Readonly<Record<string, string>> = {}): readonly string[] {
  const fields = sampleLines[index]!.split(',');
  return fields.map((field, at) => changes[names[at]!] ?? field);
}

const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** The hash as the contract promises it, made by hand: fields as they stand in the file, in the order of the contract. */
function hashOf(fields: readonly string[]): string {
  const texts = fields.map((field, at) =>
    names[at] === 'Customer Password' ? '' : field.replace(/^[\t-\r ]+|[\t-\r ]+$/g, ''),
  );
  return createHash('sha256').update(texts.join('\u001f')).digest('hex');
}

describe('the sample', () => {
  beforeAll(async () => {
    expect(await load('2018-01-31.csv', sample)).toMatchObject({
      status: 'loaded',
      loadedRows: 600,
      quarantinedRows: 0,
      warnings: { 'SUP-B3': 0, 'SUP-B4': 0, 'SUP-B5': 0, 'SUP-B6': 0, 'SUP-B7': 0, 'SUP-B8': 0 },
    });
  });

  test('is in 61 columns, the derived ones last', async () => {
    const rows = await bronze('select columns(*)::varchar from table where source_line = 2');

    expect(rows).toHaveLength(1);
    expect(rows[0]).toHaveLength(61);
    expect(rows[0]!.slice(28, 30)).toEqual(['2018-01-13 00:33:00', '75905']);
    expect(rows[0]!.slice(59)).toEqual(['2018-01-13', '2018-01-15']);
  });

  test('has the hash of each of its records in row_hash, ISO-8859-1 and trailing blanks included', async () => {
    const rows = await bronze('select row_hash from table where load_id is not null order by source_line');

    expect(rows.flat()).toEqual(sampleLines.map((_, index) => hashOf(fieldsOf(index))));
    expect(sampleLines.some((line) => /[\u0080-\u00ff]/.test(line) && / ,/.test(line))).toBe(true);
  });

  test('keeps the nine decimals of the source, its letters, and no password', async () => {
    const rows = await bronze(
      `select order_item_total::varchar, order_region, customer_password, product_name, customer_zipcode
       from table where order_item_id = 179220`,
    );
    const cities = await bronze(
      `select count(*)::int from table where order_city like '%ã%' or order_city like '%é%'`,
    );
    const secrets = await bronze('select distinct customer_password from table');

    expect(rows).toEqual([['317.920013400', 'Southeast Asia', 'REDACTED', 'Smart watch', '725.0']]);
    expect(Number(cities[0]![0])).toBe(sampleLines.filter((_, at) => /[ãé]/.test(fieldsOf(at)[25]!)).length);
    expect(secrets).toEqual([['REDACTED']]);
  });

  test('sent again with errors: eight rows with the hashes that they had, six rejects', async () => {
    const outcome = await load('2018-02-01-resent-with-errors.csv', resent);

    expect(outcome).toMatchObject({ status: 'loaded', loadedRows: 8, quarantinedRows: 6 });
    expect(await bronze('select count(*)::int, count(distinct row_hash)::int from table')).toEqual([
      [608, 600],
    ]);
    expect(
      await quarantine('select source_line::int, reason, column_name, raw_value from table order by all'),
    ).toEqual([
      [10, 'rule:SUP-B1', 'order_item_quantity', '0'],
      [11, 'rule:SUP-B2', 'order_item_discount', '-0.01'],
      [12, 'not_timestamp', 'order_date_dateorders', '13/1/2018 0:33'],
      [13, 'missing_required', 'order_item_id', ''],
      [14, 'out_of_range', 'order_item_profit_ratio', '1000.1'],
      [15, 'ragged_row', null, null],
    ]);
    expect(
      await quarantine(
        "select count(*)::int from table where raw_record is null or raw_record like '%,XXXXXXXXX,%,XXXXXXXXX,%'",
      ),
    ).toEqual([[1]]);
  });
});

/** What staging makes of one record. */
type Staged = {
  readonly reject: readonly unknown[] | undefined;
  /** Ids of the rules that only warn and that it breaks. */
  readonly warnings: readonly string[];
  readonly record: unknown;
  readonly hash: unknown;
};

/** Stages records under the sample's header, in one file. */
async function stageRecords(...records: readonly (readonly string[])[]): Promise<readonly Staged[]> {
  const path = join(lake.folder, 'records.csv');
  writeFileSync(path, `${[header, ...records.map((record) => record.join(','))].join('\n')}\n`, 'latin1');
  using stage = await openCsvStage({ ...contract, maxRejectShare: 1 }, { scratch: lake.folder, threads: 1 });
  await stage.stageFile(await openUtf8(path, false, contract.encoding), 0);
  const ids = contract.rules.filter(({ action }) => action === 'warn').map(({ id }) => id);
  const broken = ids.map((id, index) => `case when _warning${index} then '${id}' end`);
  const reader = await stage.connection.runAndReadAll(
    `select _reason, _column, _value, _record, row_hash, concat_ws(',', ${broken.join(', ')}) from ${stageTable} order by _line`,
  );
  return reader.getRowsJson().map(([reason, column, value, record, hash, warnings]) => ({
    reject: reason === null ? undefined : [reason, column, value],
    warnings: String(warnings) === '' ? [] : String(warnings).split(','),
    record,
    hash,
  }));
}

describe('a record', () => {
  const rejected: readonly (readonly [Readonly<Record<string, string>>, string, string, string])[] = [
    [{ 'Order Item Quantity': '0' }, 'rule:SUP-B1', 'order_item_quantity', '0'],
    [{ 'Order Item Quantity': '1000001' }, 'out_of_range', 'order_item_quantity', '1000001'],
    [
      { 'Order Item Discount': '-1', 'Order Item Product Price': '-2' },
      'rule:SUP-B2',
      'order_item_product_price',
      '-2',
    ],
    [{ 'Order Item Total': '-3', 'Order Item Discount': '-1' }, 'rule:SUP-B2', 'order_item_total', '-3'],
    [{ Sales: '-0.000000001', 'Order Item Total': '-3' }, 'rule:SUP-B2', 'sales', '-0.000000001'],
    [{ 'Order Item Quantity': '-1', Sales: '-1' }, 'rule:SUP-B1', 'order_item_quantity', '-1'],
    [{ 'Days for shipping (real)': '10001' }, 'out_of_range', 'days_for_shipping_real', '10001'],
    [{ 'Days for shipment (scheduled)': '-10001' }, 'out_of_range', 'days_for_shipment_scheduled', '-10001'],
    [
      { 'Order Item Discount Rate': '-1000.000000001' },
      'out_of_range',
      'order_item_discount_rate',
      '-1000.000000001',
    ],
    [{ Sales: '1000000000' }, 'out_of_range', 'sales', '1000000000'],
    [{ 'Order Status': ' ' }, 'missing_required', 'order_status', ''],
    [{ 'order date (DateOrders)': '' }, 'missing_required', 'order_date_dateorders', ''],
    [
      { 'shipping date (DateOrders)': '2/30/2018 0:00' },
      'not_timestamp',
      'shipping_date_dateorders',
      '2/30/2018 0:00',
    ],
  ];
  const loaded: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
    [{ 'shipping date (DateOrders)': '1/12/2018 23:59' }, ['SUP-B3']],
    [{ 'shipping date (DateOrders)': '1/13/2018 0:00' }, []],
    [{ 'shipping date (DateOrders)': '' }, []],
    [{ 'Order Customer Id': '1' }, ['SUP-B4']],
    [{ 'Order Item Cardprod Id': '1', 'Order Customer Id': '1' }, ['SUP-B4']],
    [{ 'Order Item Cardprod Id': '', 'Order Customer Id': '' }, []],
    [{ 'Order Status': 'pending_payment' }, []],
    [{ 'Order Status': 'RETURNED' }, ['SUP-B5']],
    [{ Sales: '10', 'Order Item Discount': '1', 'Order Item Total': '9.02' }, []],
    [{ Sales: '10', 'Order Item Discount': '1', 'Order Item Total': '9.020000001' }, ['SUP-B6']],
    [{ Sales: '10', 'Order Item Discount': '1', 'Order Item Total': '8.979999999' }, ['SUP-B6']],
    [{ Late_delivery_risk: '2' }, ['SUP-B7']],
    [{ Late_delivery_risk: '' }, []],
    [{ 'Benefit per order': '1' }, ['SUP-B8']],
    [{ 'Benefit per order': '' }, []],
  ];
  let staged: readonly Staged[];
  beforeAll(async () => {
    const changes = [...rejected, ...loaded].map(([change]) => fieldsOf(0, change));
    staged = await stageRecords(...changes);
  });

  test.each(rejected.map((one, index) => [...one, index] as const))(
    'with %j is rejected: %s of %s',
    (_, reason, column, value, index) => {
      expect(staged[index]!.reject).toEqual([reason, column, value]);
    },
  );

  test.each(loaded.map((one, index) => [...one, index] as const))(
    'with %j is loaded, with the warnings %j',
    (_, warnings, index) => {
      expect(staged[rejected.length + index]).toMatchObject({ reject: undefined, warnings });
    },
  );

  test('of the greatest values is loaded', async () => {
    const most = '999999999.999999999';
    const money = [
      'Benefit per order',
      'Sales per customer',
      'Order Item Discount',
      'Product Price',
      'Sales',
    ];
    const more = ['Order Item Product Price', 'Order Item Total', 'Order Profit Per Order'];
    const ids = names.filter((name) => / Id$/.test(name)).map((name) => [name, '9223372036854775807']);
    const most9 = [...money, ...more].map((name) => [name, most]);

    const [record] = await stageRecords(fieldsOf(0, Object.fromEntries([...most9, ...ids])));

    expect(record).toMatchObject({ reject: undefined, warnings: ['SUP-B6'] });
  });

  test('has the same hash quoted or not, with blanks around its fields, and whatever the password is', async () => {
    const plain = fieldsOf(3);
    const quoted = plain.map((field) => quote(` ${field}\t`));
    const otherPassword = fieldsOf(3, { 'Customer Password': 'hunter2' });
    const quotedPassword = fieldsOf(3, { 'Customer Password': quote('hunter,"2"') });

    const records = await stageRecords(plain, quoted, otherPassword, quotedPassword);

    expect(records.map(({ hash }) => hash)).toEqual(Array(4).fill(hashOf(plain)));
  });

  test('has another hash as soon as one text differs, where the value does not', async () => {
    const records = await stageRecords(
      fieldsOf(3),
      fieldsOf(3, { 'Order Item Quantity': '1.0' }),
      fieldsOf(3, { 'Order Item Quantity': '1' }),
      fieldsOf(3, { 'Order Item Quantity': '+1' }),
      fieldsOf(3, { 'Customer Fname': quote('Ann "A." O\'Neil') }),
    );

    const hashes = records.map(({ hash }) => hash);
    expect(hashes[3]).toBe(hashOf(fieldsOf(3, { 'Order Item Quantity': '+1' })));
    expect(hashes[4]).toBe(hashOf(fieldsOf(3, { 'Customer Fname': 'Ann "A." O\'Neil' })));
    expect(new Set(hashes.slice(1)).size).toBe(4);
  });

  test('leaves no password in the quarantine, wherever the record fails', async () => {
    const password = { 'Customer Password': 'hunter2' };
    const records = await stageRecords(
      fieldsOf(0, { ...password, Sales: '-1' }),
      fieldsOf(0, { 'Customer Password': quote('hunter2,'), 'Order Id': 'x' }),
      [...fieldsOf(0, password), 'more'],
    );

    expect(records.map(({ reject }) => reject?.[0])).toEqual(['rule:SUP-B2', 'not_integer', 'ragged_row']);
    expect(records[0]!.record).toContain(',Sharp,,Corporate,');
    expect(records[2]!.record).toBeNull();
    expect(JSON.stringify(records)).not.toContain('hunter2');
  });
});

test('a file without one of the 53 columns fails', async () => {
  const cut = [header!, sampleLines[0]!].map((line) => line.split(',').slice(0, -1).join(','));

  expect(await load('cut.csv', `${cut.join('\n')}\n`)).toMatchObject({
    status: 'failed',
    reason: 'missing_column',
  });
});
