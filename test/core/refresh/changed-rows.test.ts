import { describe, expect, test } from '@jest/globals';

import type { ModelContract, Pack } from '../../../core/contract/contract.ts';
import { renderTableAudit } from '../../../core/refresh/audit-statement.ts';
import type { RefreshEnvironment } from '../../../core/refresh/environment.ts';
import { releaseTable, rollbackTable } from '../../../core/refresh/rollback.ts';
import { graphOf, nodeNamed, type ReadTable } from '../../../core/refresh/run-context.ts';
import { maxStatementBytes } from '../../../core/refresh/statement-length.ts';
import { compactTable, doubleRows } from './support/compact.ts';
import { type Order, openShop, type Shop } from './support/shop.ts';

/** A key that the month of a row follows from, and one that it does not. */
const withDay = ['order_date', 'order_id'];
const withoutDay = ['order_id'];

/** `deliveries` alone, by month, with a key of its own and a country in every row. */
const deliveriesBy =
  (key: readonly string[], change: Partial<ModelContract> = {}) =>
  (pack: Pack): Pack => ({
    ...pack,
    models: pack.models
      .filter(({ name }) => name === 'deliveries')
      .map((model) => ({
        ...model,
        key,
        columns: model.columns.map((column) =>
          column.name === 'country' ? { ...column, notNull: true } : column,
        ),
        ...change,
      })),
  });

const order = (id: number, day: string, country: string | null = 'FR'): Order => ({
  id,
  country,
  amount: 1,
  day,
});
const january = [order(1, '2024-01-05'), order(2, '2024-01-31')];
const february = [order(3, '2024-02-01'), order(4, '2024-02-29'), order(5, '2024-02-29')];
const march = [order(6, '2024-03-01')];

const table = { database: 'shop_silver', table: 'deliveries' };

/** Loads and refreshes one file; what became of it. */
async function arrive(shop: Shop, file: string, orders: readonly Order[], environment?: RefreshEnvironment) {
  await shop.deliver(file, orders);
  const { status, message } = await shop.refresh({}, environment);
  const [run] = await shop.lake.runs.listRuns('shop', 1);
  return { status, message, rows: run?.rows?.['silver.deliveries'] };
}

describe('a rebuild of some partitions checks', () => {
  test('the rows of these, and nothing else, where the key tells the partition', async () => {
    await using shop = await openShop(deliveriesBy(withDay));

    const first = await arrive(shop, '1.csv', january);
    const second = await arrive(shop, '2.csv', february);
    const third = await arrive(shop, '3.csv', march);

    // C1, C2 and C3 read the table, and C3 of a whole one its input too.
    expect(first).toMatchObject({ status: 'succeeded', rows: { checked: 4 * 2 } });
    expect(second).toMatchObject({ status: 'succeeded', rows: { checked: 3 * 3 } });
    expect(third).toMatchObject({ status: 'succeeded', rows: { checked: 3 * 1 } });
  });

  test('the key over the whole table where it does not', async () => {
    await using shop = await openShop(deliveriesBy(withoutDay));
    await arrive(shop, '1.csv', january);

    expect(await arrive(shop, '2.csv', february)).toMatchObject({
      status: 'succeeded',
      rows: { checked: 5 + 2 * 3 },
    });
  });

  test('everything in a full refresh, and under another contract', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    await arrive(shop, '2.csv', february);
    const changed = deliveriesBy(withDay, { hash: 'another' })(shop.pack);

    await shop.refresh({ full: true });
    const [full] = await shop.lake.runs.listRuns('shop', 1);
    const another = await arrive(shop, '3.csv', march, shop.environment(changed));

    expect(full?.rows?.['silver.deliveries']).toMatchObject({ checked: 4 * 5 });
    expect(another.rows).toMatchObject({ checked: 4 * 6 });
  });
});

describe('a rebuild of some partitions is refused', () => {
  test('for a second row of a key in one of them', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);

    const found = await arrive(shop, '2.csv', [...february, order(3, '2024-02-01')]);

    expect(found).toMatchObject({ status: 'failed', rows: { checked: 3 * 4 } });
    expect(found.message).toContain('check C1 of silver.deliveries failed: 1 row');
    expect(await shop.rows('shop_silver.deliveries')).toHaveLength(2);
  });

  test('for a row whose key is in another partition, where the partition is not of the key', async () => {
    const twice = [order(1, '2024-02-01')];
    await using shop = await openShop(deliveriesBy(withoutDay));
    await using other = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    await arrive(other, '1.csv', january);

    expect((await arrive(shop, '2.csv', twice)).message).toContain(
      'check C1 of silver.deliveries failed: 1 row',
    );
    expect((await arrive(other, '2.csv', twice)).status).toBe('succeeded');
  });

  test('for a null in one of them where the contract has none', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);

    const found = await arrive(shop, '2.csv', [...february, order(6, '2024-02-02', null)]);

    expect(found).toMatchObject({ status: 'failed', rows: { checked: 3 * 4 } });
    expect(found.message).toContain('check C2 of silver.deliveries failed: 1 row (observed country');
  });

  test('for a null key in the partition of null', async () => {
    const byCountry = (pack: Pack): Pack => {
      const [model] = deliveriesBy(['country', 'order_id'])(pack).models;
      const partitioning = [{ transform: 'identity', column: 'country' }] as const;
      return {
        ...pack,
        bronze: pack.bronze.map((bronze) => ({ ...bronze, partitioning })),
        models: [
          {
            ...model!,
            partitioning,
            columns: model!.columns.map((column) => ({ ...column, notNull: false })),
            publish: {
              mode: 'replace_partitions',
              follows: [{ table: { layer: 'bronze', name: 'orders' }, column: 'country' }],
            },
          },
        ],
      };
    };
    await using shop = await openShop(byCountry);
    await arrive(shop, '1.csv', january);

    const found = await arrive(shop, '2.csv', [order(7, '2024-01-01', null), order(8, '2024-01-01', 'DE')]);

    expect(found).toMatchObject({ status: 'failed', rows: { checked: 2 * 2 } });
    expect(found.message).toContain('check C1 of silver.deliveries failed: 1 row');
  });

  test('in a try that is made again as in the first', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    const environment = shop.environment();
    const audits: string[] = [];
    const failsOnce: RefreshEnvironment = {
      ...environment,
      engine: {
        ...environment.engine,
        run: async (sql) => {
          const isAudit = sql.includes('check_id') && audits.push(sql) === 1;
          if (isAudit) throw new Error('the engine was tired');
          return environment.engine.run(sql);
        },
      },
    };

    const found = await arrive(shop, '2.csv', [...february, order(3, '2024-02-01')], failsOnce);

    expect(audits).toHaveLength(2);
    expect(audits[1]).toContain("date '2024-02-01'");
    expect(found.message).toContain('check C1 of silver.deliveries failed: 1 row');
  });
});

describe('a base that a refresh did not prove as it stands', () => {
  test('is none: rows of another writer lead to a rebuild, and a check, of everything', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    await doubleRows(shop.lake, 'shop_silver', 'deliveries');
    const foreign = await shop.rows('shop_silver.deliveries');

    const found = await arrive(shop, '2.csv', february);

    expect(foreign).toHaveLength(4);
    expect(found).toMatchObject({ status: 'succeeded', rows: { checked: 4 * 5, written: 5 } });
    expect(await shop.rows('shop_silver.deliveries')).toHaveLength(5);
  });

  test('is none after a compaction of these rows either', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    await doubleRows(shop.lake, 'shop_silver', 'deliveries');
    await compactTable(shop.lake, 'shop_silver', 'deliveries');

    expect((await arrive(shop, '2.csv', february)).rows).toMatchObject({ checked: 4 * 5, written: 5 });
  });

  test('is not a version that was refused: the one before it is', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    await arrive(shop, '2.csv', [...february, order(3, '2024-02-01')]);

    const found = await arrive(shop, '3.csv', march);

    // February is still not in the base, so that it is built and checked again with March.
    expect(found).toMatchObject({ status: 'failed', rows: { checked: 3 * (4 + 1) } });
    expect(found.message).toContain('check C1 of silver.deliveries failed: 1 row');
  });
});

describe('a base that holds proven rows', () => {
  test('may be a compaction of them', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    await compactTable(shop.lake, 'shop_silver', 'deliveries');

    expect(await arrive(shop, '2.csv', february)).toMatchObject({
      status: 'succeeded',
      rows: { checked: 3 * 3 },
    });
  });

  test('may be an earlier version that was gone back to: all that changed since is checked again', async () => {
    await using shop = await openShop(deliveriesBy(withDay));
    await arrive(shop, '1.csv', january);
    await arrive(shop, '2.csv', february);
    await rollbackTable(shop.lake, table);
    await releaseTable(shop.lake, table);

    expect(await arrive(shop, '3.csv', march)).toMatchObject({
      status: 'succeeded',
      rows: { checked: 3 * (3 + 1) },
    });
  });
});

test('an audit that would be too long with its conditions reads the whole table', async () => {
  await using shop = await openShop(deliveriesBy(withDay));
  const graph = await graphOf(shop);
  const node = nodeNamed(graph, 'silver.deliveries');
  const read: ReadTable = ({ layer, name }) => ({
    database: `shop_${layer}`,
    table: name,
    recordedId: '1',
    ownId: '1',
  });
  const context = {
    environment: { pack: shop.pack },
    store: { readAsOf: () => Promise.resolve(undefined) },
  };
  const audit = (months: number) => {
    const condition = `(${Array.from({ length: months }, () => `"order_date" = date '2024-01-01'`).join(' or ')})`;
    return renderTableAudit(context, read, node, [], { column: 'order_date', condition, written: 1 });
  };

  const whole = await renderTableAudit(context, read, node, [], undefined);

  expect(await audit(1000)).toContain("date '2024-01-01'");
  expect(await audit(Math.ceil(maxStatementBytes / (3 * 30)))).toBe(whole);
});
