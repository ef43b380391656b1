import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files of a small correct pack, by path inside its folder. */
export const shopFiles: Readonly<Record<string, string>> = {
  'pack.yaml': 'description: A shop.\nparameters:\n  minimum_total: 0.10\n',
  'bronze/orders.yaml': `description: Orders as delivered.
grain: one order
partitioning: [month(ordered_at)]
columns:
  - name: order_id
    aliases: [Order No]
    type: bigint
    required: true
    pii: none
    description: Number.
    minimum: 1
  - name: ordered_at
    type: timestamp(6)
    required: true
    pii: none
    description: Time.
  - name: total
    type: decimal(18, 2)
    minimum: -0.50
    maximum: 1000000
    pii: none
    description: Money.
  - name: email
    type: varchar
    case: lower
    pii: direct
    description: Address.
rules:
  - id: SHOP-B1
    action: warn
    column: total
    description: No total.
    broken_when: total is null
`,
  'silver/orders.sql': `-- one row per order
select
    order_id,
    total,
    cast(ordered_at as date) as order_date
from \${bronze}.orders
where total >= \${minimum_total}
`,
  'silver/orders.yaml': `description: Orders.
grain: one order
key: [order_id]
partitioning: [month(order_date)]
publish:
  mode: replace_partitions
  follows:
    bronze.orders: ordered_at
event_date: order_date
main_input: bronze.orders
columns:
  - name: order_id
    type: bigint
    not_null: true
    pii: none
    description: Number.
  - name: total
    type: decimal(18,2)
    pii: none
    description: Money.
  - name: order_date
    type: date
    not_null: true
    pii: none
    description: Day.
checks:
  - id: SHOP-S1
    severity: error
    description: Totals are above 0.
    sql: |
      select count(*) as failed_rows
      from \${silver}.orders
      where total <= 0
`,
  'gold/days.sql': `-- one row per day
select order_date, cast(sum(total) as decimal(18, 2)) as revenue
from \${silver}.orders
group by order_date
`,
  'gold/days.yaml': `description: Days.
grain: one day
key: [order_date]
main_input:
  table: silver.orders
  where: order_date <= date '\${as_of}'
columns:
  - name: order_date
    type: date
    not_null: true
    pii: none
    description: Day.
  - name: revenue
    type: decimal(18, 2)
    pii: none
    description: Money.
`,
};

/** A pack folder named `shop` below a fresh root. */
export type PackFolder = { readonly root: string; readonly folder: string; remove(): Promise<void> };

/** Writes the pack; a file given as null is left out. */
export async function writePack(changes: Readonly<Record<string, string | null>> = {}): Promise<PackFolder> {
  const root = await mkdtemp(join(tmpdir(), 'pack-'));
  const folder = join(root, 'shop');
  await mkdir(folder);
  for (const [path, text] of Object.entries({ ...shopFiles, ...changes })) {
    if (text === null) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return { root, folder, remove: () => rm(root, { recursive: true }) };
}
