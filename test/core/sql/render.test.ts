import { describe, expect, test } from '@jest/globals';
import type { TableReference } from '../../../core/contract/contract.ts';
import {
  type ChangedRows,
  renderAsOf,
  renderAudit,
  renderSelect,
  renderStage,
  stagingTable,
} from '../../../core/sql/render.ts';
import { openAthenaSession } from './duckdb-session.ts';
import { makePack, type SmallModel } from './small-pack.ts';

const resolve = ({ layer, name }: TableReference) => ({ database: `shop_${layer}`, table: name });
const sales: SmallModel = {
  name: 'sales',
  layer: 'silver',
  sql: "-- one row\nselect\n    upper(o.country) as country, -- kept\n    o.order_id\nfrom ${bronze}.orders as o\nwhere lower(country) <> 'upper(x)'; -- last",
  columns: [
    { name: 'country', type: { kind: 'varchar' }, notNull: true, description: '', pii: 'none' },
    { name: 'order_id', type: { kind: 'bigint' }, notNull: true, description: '', pii: 'none' },
  ],
};
const top: SmallModel = {
  name: 'top',
  layer: 'gold',
  sql: "select order_id from ${silver}.sales where order_id > ${least} and date '${as_of}' is not null",
  mainInput: { layer: 'silver', name: 'sales' },
  mainInputWhere: "country <> '${word}' and date '${as_of}' is not null",
};
const pack = makePack([sales, top], { parameters: { least: '5', word: "it's" } });
const [salesModel, topModel] = pack.models as [(typeof pack.models)[0], (typeof pack.models)[0]];
const run = { pack, resolve, runId: "r'1", builtAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };

describe('renderSelect', () => {
  test('keeps the text, reads pinned snapshots, makes upper and lower ASCII, casts in the declared order', async () => {
    const sql = await renderSelect(salesModel, {
      ...run,
      resolve: (reference) => ({ ...resolve(reference), snapshotId: '9007199254740993' }),
    });

    expect(sql).toBe(`select
    cast("country" as varchar) as "country",
    cast("order_id" as bigint) as "order_id"
from (
-- one row
select
    translate(o.country, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') as country, -- kept
    o.order_id
from "shop_bronze"."orders" for version as of 9007199254740993 as o
where translate(country, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') <> 'upper(x)' -- last
) as built`);
  });

  test('gives gold its audit columns and restricts inputs and output', async () => {
    const sql = await renderSelect(topModel, {
      ...run,
      asOf: '2026-01-31',
      parameters: { least: '7' },
      where: 'order_id < 100',
      resolve: (reference) => ({ ...resolve(reference), snapshotId: '1', restrict: "country = 'DE'" }),
    });

    expect(sql).toContain(`date '2026-01-31' as as_of`);
    expect(sql).toContain(`cast('r''1' as varchar) as run_id`);
    expect(sql).toContain(`timestamp '2026-01-02 03:04:05.678000' as built_at`);
    expect(sql).toContain(
      `from (select * from "shop_silver"."sales" for version as of 1 where country = 'DE') as "sales" where order_id > 7`,
    );
    expect(sql.endsWith('where order_id < 100')).toBe(true);
  });

  test.each(["2026-01-31' or '1'='1", '2026-02-30', 'today'])('refuses the day %s', async (asOf) => {
    await expect(renderSelect(topModel, { ...run, asOf })).rejects.toThrow(`as_of "${asOf}", expected a day`);
  });

  test('refuses gold without a day, SQL as a parameter, and a snapshot that is none', async () => {
    await expect(renderSelect(topModel, run)).rejects.toThrow('needs an as_of');
    await expect(
      renderSelect(topModel, { ...run, asOf: '2026-01-31', parameters: { least: '1 or true' } }),
    ).rejects.toThrow('parameter least');
    await expect(
      renderSelect(salesModel, {
        ...run,
        resolve: (reference) => ({ ...resolve(reference), snapshotId: '1 or' }),
      }),
    ).rejects.toThrow('snapshot id "1 or", expected digits');
  });
});

test('renderStage writes a CTAS and an insert for each further condition', () => {
  const statements = renderStage({
    staging: { database: 'shop_staging', table: stagingTable('sales', '20260102T0304Z-AB', 2) },
    location: "s3://it's/sales/data/r-2/",
    partitioning: [
      { transform: 'identity', column: 'country' },
      { transform: 'month', column: 'day' },
      { transform: 'bucket', column: 'id', argument: 16 },
    ],
    select: 'select 1 as id',
    conditions: ["country = 'a'", "country = 'b'"],
  });

  expect(statements).toHaveLength(2);
  expect(statements[0]).toContain('create table "shop_staging"."sales__20260102t0304z_ab_2"');
  expect(statements[0]).toContain("location = 's3://it''s/sales/data/r-2/'");
  expect(statements[0]).toContain("partitioning = array['country', 'month(day)', 'bucket(id, 16)']");
  expect(statements[0]).toContain("where country = 'a'");
  expect(statements[1]).toMatch(/^insert into "shop_staging"[\s\S]*where country = 'b'$/);
});

describe('renderAudit', () => {
  const audit = async (
    rows: string,
    input = "(1::bigint, 'DE')",
    changed?: ChangedRows,
    key: readonly string[] = topModel.key,
  ): Promise<readonly (readonly string[])[]> => {
    const columns = [
      { name: 'order_id', type: 'bigint' },
      { name: 'country', type: 'varchar' },
    ];
    const session = await openAthenaSession({ 'shop_gold.top': columns, 'shop_silver.sales': columns });
    await session.connection.run(
      `create table shop_gold_top(order_id bigint, country varchar); create table shop_silver_sales(order_id bigint, country varchar)`,
    );
    if (rows) await session.connection.run(`insert into shop_gold_top values ${rows}`);
    if (input) await session.connection.run(`insert into shop_silver_sales values ${input}`);
    const check = {
      id: "it's",
      severity: 'error',
      description: '',
      position: { file: 'a.yaml', line: 1, column: 1 },
      sql: "select sum(case when country = 'XX' then 1 end) as failed_rows, count(*) as expected from ${gold}.top",
    } as const;
    const sql = await renderAudit(
      { ...topModel, key },
      [check],
      { pack, resolve, asOf: '2026-01-31' },
      changed,
    );
    const answer = await session.ask(`select * from (${sql}) as audit order by check_id`);
    session.close();
    return answer.rows;
  };

  test('passes a table that keeps its contract', async () => {
    expect(await audit("(1, 'DE'), (2, 'DE')")).toEqual([
      ['C1', '0', 'null', 'null'],
      ['C2', '0', 'null', 'null'],
      ['C3', '0', '2', 'more than 0'],
      ["it's", '0', 'null', '2'],
    ]);
  });

  test('counts rows without key, rows beyond the first of a key, and nulls', async () => {
    expect(await audit("(1, 'DE'), (1, 'XX'), (1, 'DE'), (null, 'XX'), (null, 'DE')")).toEqual([
      ['C1', '4', 'null', 'null'],
      ['C2', '2', 'order_id', 'null'],
      ['C3', '0', '5', 'more than 0'],
      ["it's", '2', 'null', '5'],
    ]);
  });

  test('finds a table empty only while the part of the main input that counts is not', async () => {
    expect((await audit(''))[2]).toEqual(['C3', '1', '0', 'more than 0']);
    expect((await audit('', "(1, 'it''s')"))[2]).toEqual(['C3', '0', '0', '0']);
    expect((await audit('', ''))[2]).toEqual(['C3', '0', '0', '0']);
  });

  describe('of changed rows', () => {
    const german = { column: 'country', condition: "(country = 'DE')" };
    const rows =
      "(1, 'DE'), (2, 'DE'), (2, 'DE'), (null, 'DE'), (1, 'FR'), (3, 'FR'), (3, 'FR'), (null, 'FR')";

    test('asks of them alone, and the given checks of all', async () => {
      const found = await audit(rows, undefined, { ...german, written: 4 }, ['country', 'order_id']);

      expect(found).toEqual([
        ['C1', '2', 'null', 'null'],
        ['C2', '1', 'order_id', 'null'],
        ['C3', '0', '4', 'more than 0'],
        ["it's", '0', 'null', '8'],
      ]);
    });

    test('asks for keys in the whole table where these do not tell a changed row', async () => {
      const [keys, nulls] = await audit(rows, undefined, { ...german, written: 4 }, ['order_id']);

      expect([keys, nulls]).toEqual([
        ['C1', '5', 'null', 'null'],
        ['C2', '1', 'order_id', 'null'],
      ]);
    });

    test('finds a table empty that all rows were taken from, and one that does not have what was written', async () => {
      const compare = async (found: string, input: string, written: number) =>
        (await audit(found, input, { ...german, written }))[2];

      expect(await compare('', "(1, 'DE')", 0)).toEqual(['C3', '1', '0', 'more than 0']);
      expect(await compare('', '', 0)).toEqual(['C3', '0', '0', '0']);
      expect(await compare("(1, 'FR')", "(1, 'DE')", 0)).toEqual(['C3', '0', '1', 'more than 0']);
      expect(await compare("(1, 'FR')", "(1, 'DE')", 2)).toEqual(['C3', '1', '0', 'more than 0']);
    });

    test('takes a condition for no row, and one for null', async () => {
      const none = { column: 'country', condition: 'false', written: 0 };
      const ofNull = { column: 'country', condition: '("country" is null)', written: 2 };
      const key = ['country', 'order_id'];

      expect((await audit(rows, undefined, none, key)).slice(0, 3)).toEqual([
        ['C1', '0', 'null', 'null'],
        ['C2', '0', 'null', 'null'],
        ['C3', '0', '8', 'more than 0'],
      ]);
      expect((await audit(`${rows}, (7, null), (7, null)`, undefined, ofNull, key)).slice(0, 3)).toEqual([
        ['C1', '2', 'null', 'null'],
        ['C2', '0', 'null', 'null'],
        ['C3', '0', '2', 'more than 0'],
      ]);
    });
  });
});

test('renderAsOf asks for the greatest day of all facts', async () => {
  const columns = [{ name: 'day', type: 'date' }];
  const session = await openAthenaSession({ 'shop_silver.a': columns, 'shop_silver.b': columns });
  await session.connection.run(
    `create table shop_silver_a as select date '2026-01-05' as day; create table shop_silver_b(day date)`,
  );
  const fact = (table: string) => ({ table: { database: 'shop_silver', table }, eventDate: 'day' });

  expect((await session.ask(renderAsOf([fact('a'), fact('b')]))).rows).toEqual([['2026-01-05']]);
  expect((await session.ask(renderAsOf([fact('b')]))).rows).toEqual([['null']]);
  expect((await session.ask(renderAsOf([]))).rows).toEqual([['null']]);
  session.close();
});
