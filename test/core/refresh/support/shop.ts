import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import {
  type LocalLake,
  openLocalLake,
  type RefreshResult,
  refreshEnvironment,
  runRefresh,
} from '../../../../adapters/local/local-lake.ts';
import type { Pack } from '../../../../core/contract/contract.ts';
import { loadPack } from '../../../../core/contract/load-pack.ts';
import { loadTable } from '../../../../core/iceberg/table.ts';
import { mainSnapshot } from '../../../../core/iceberg/table-metadata.ts';
import { ensureBronzeTable } from '../../../../core/ingest/bronze-table.ts';
import { type Clock, systemClock } from '../../../../core/ports/clock.ts';
import type { RefreshEnvironment } from '../../../../core/refresh/environment.ts';
import type { RefreshRequest } from '../../../../core/refresh/payloads.ts';
import { commitRows } from './commit-rows.ts';

const shopFolder = resolve(import.meta.dirname, '../../../fixtures/packs/shop');

/** An order as a delivery tells it. */
export type Order = {
  readonly id: number;
  readonly country: string | null;
  readonly amount: number;
  /** `2024-01-31` */
  readonly day: string;
};

/** The tables of the fixture pack with the columns that are compared: all but audit columns. */
export const shopTables = {
  'shop_silver.deliveries': 'order_id, country, amount, order_date, source_file, source_line',
  'shop_silver.latest_orders': 'order_id, country, amount, order_date, source_file, source_line',
  'shop_silver.big_orders': 'order_id, country, amount, order_date',
  'shop_silver.small_orders': 'order_id, country, amount, order_date',
  'shop_gold.country_sales': 'country_key, country, order_count, total_amount, as_of',
  'shop_gold.monthly_sales': 'order_month, big_amount, small_amount, as_of',
} as const;
export type ShopTable = keyof typeof shopTables;

/** A lake in a temporary folder with the fixture pack. */
export type Shop = AsyncDisposable & {
  readonly folder: string;
  readonly lake: LocalLake;
  readonly pack: Pack;
  /** Moves the lake's clock on. */
  passTime(milliseconds: number): void;
  /** Appends orders to bronze, as a load of the file would. */
  deliver(file: string, orders: readonly Order[]): Promise<void>;
  environment(pack?: Pack): RefreshEnvironment;
  refresh(request?: RefreshRequest, environment?: RefreshEnvironment): Promise<RefreshResult>;
  rows(table: ShopTable): Promise<readonly string[]>;
  /** Every row of every table, by table. */
  contents(): Promise<Readonly<Record<string, readonly string[]>>>;
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
  mainOf(table: string): Promise<bigint | undefined>;
};

/** Reads the fixture pack. */
export async function loadShopPack(): Promise<Pack> {
  const { pack, problems } = await loadPack(shopFolder);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return pack;
}

/** Opens a lake with the fixture pack, or with what `change` makes of it. */
export async function openShop(change: (pack: Pack) => Pack = (pack) => pack): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'shop-'));
  const pack = change(await loadShopPack());
  let passed = 0;
  const clock: Clock = { now: () => Date.now() + passed, sleep: systemClock.sleep };
  const lake = await openLocalLake(folder, { clock });
  const query = async (sql: string) => {
    const { queryExecutionId } = await lake.engine.run(sql);
    return (await lake.engine.results(queryExecutionId)).rows;
  };
  const identifierOf = (name: string) => {
    const [database, table] = name.split('.');
    return { database: database ?? '', table: table ?? '' };
  };
  const mainOf = async (name: string) => {
    const table = await loadTable(lake, identifierOf(name));
    return table && mainSnapshot(table.metadata)?.['snapshot-id'];
  };
  const rows = async (table: ShopTable) => {
    if ((await mainOf(table)) === undefined) return [];
    const found = await query(`select ${shopTables[table]} from ${table}`);
    return found.map((row) => JSON.stringify(row)).sort();
  };
  const environment = (chosen: Pack = pack): RefreshEnvironment => refreshEnvironment(lake, chosen);
  return {
    folder,
    lake,
    pack,
    passTime: (milliseconds) => {
      passed += milliseconds;
    },
    deliver: (file, orders) => deliver(lake, pack, file, orders),
    environment,
    refresh: (request = {}, chosen = environment()) => runRefresh(chosen, request, { retryMilliseconds: 1 }),
    rows,
    contents: async () => {
      const names = Object.keys(shopTables) as ShopTable[];
      const entries: [string, readonly string[]][] = [];
      for (const name of names) entries.push([name, await rows(name)]);
      return Object.fromEntries(entries);
    },
    query,
    mainOf,
    [Symbol.asyncDispose]: async () => {
      await lake[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function deliver(lake: LocalLake, pack: Pack, file: string, orders: readonly Order[]) {
  const contract = pack.bronze.find(({ name }) => name === 'orders');
  if (contract === undefined) throw new Error('the pack has no bronze table "orders"');
  const table = await ensureBronzeTable(lake, lake.layout, contract);
  const text = (value: string | null) => (value === null ? 'null' : `'${value.replaceAll("'", "''")}'`);
  const values = orders.map(
    ({ id, country, amount, day }, index) =>
      `(${id}, ${text(country)}, ${amount}, ${text(day)}, ${text(file)}, ${index + 2})`,
  );
  const select = `select
        order_id::bigint as order_id,
        country::varchar as country,
        amount::decimal(18, 2) as amount,
        ordered_at::timestamp as ordered_at,
        source_file,
        timestamp '2024-01-01' as source_modified_at,
        source_line::bigint as source_line,
        sha256(source_file) as load_id,
        timestamp '2024-01-01' as loaded_at
      from (values ${values.join(', ')})
        as orders(order_id, country, amount, ordered_at, source_file, source_line)`;
  await commitRows(lake, table, { operation: 'append' }, () => select);
}
