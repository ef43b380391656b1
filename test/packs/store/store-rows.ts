import type { Cell, SqlHarness } from '../../support/sql-harness.ts';

/** Cells of a bronze row by column. */
export type Cells = Readonly<Record<string, Cell>>;

/** Bronze rows of the shop; a dataset left out is empty. */
export type Shop = {
  readonly customers?: readonly Cells[];
  readonly products?: readonly Cells[];
  readonly orders?: readonly Cells[];
  readonly order_items?: readonly Cells[];
};

const datasets = ['customers', 'products', 'orders', 'order_items'] as const;

const defaults: Readonly<Record<(typeof datasets)[number], Cells>> = {
  customers: { customer_id: 'C1' },
  products: {
    product_id: 'P1',
    product_name: 'Lamp',
    category: 'Home',
    list_price: '10.00',
    unit_cost: '4.00',
  },
  orders: { order_id: 'O1', customer_id: 'C1', order_ts: '2026-01-15 12:00:00', status: 'completed' },
  order_items: {
    order_id: 'O1',
    line_number: '1',
    product_id: 'P1',
    quantity: '1',
    unit_price: '10.00',
    discount_pct: null,
  },
};

/** Puts the rows as lines of one file for each dataset, defaults in the cells that are not given. */
export async function putShop(harness: SqlHarness, shop: Shop): Promise<void> {
  for (const dataset of datasets) {
    const rows = (shop[dataset] ?? []).map((cells, index) => ({
      source_file: 'a.csv',
      source_modified_at: '2026-01-01 00:00:00',
      load_id: 'aa',
      source_line: String(index + 2),
      ...defaults[dataset],
      ...cells,
    }));
    await harness.putBronze(dataset, rows);
  }
}

/** A line of an order, with what the order says. */
export type Sale = {
  readonly order: string;
  readonly on: string;
  readonly customer?: Cell;
  readonly status?: string;
  readonly product?: string;
  readonly quantity?: string;
  readonly price?: string;
  readonly discount?: Cell;
};

/** Orders and their lines; of sales with one order the first says what the order is. */
export function toOrders(...sales: readonly Sale[]): Pick<Shop, 'orders' | 'order_items'> {
  const first = new Map(sales.toReversed().map((sale) => [sale.order, sale]));
  return {
    orders: [...first.values()].map(({ order, on, customer, status }) => ({
      order_id: order,
      order_ts: on.length > 10 ? on : `${on} 12:00:00`,
      ...(customer === undefined ? {} : { customer_id: customer }),
      ...(status === undefined ? {} : { status }),
    })),
    order_items: sales.map(({ order, product, quantity, price, discount }, index) => ({
      order_id: order,
      line_number: String(index + 1),
      ...(product === undefined ? {} : { product_id: product }),
      ...(quantity === undefined ? {} : { quantity }),
      ...(price === undefined ? {} : { unit_price: price }),
      ...(discount === undefined ? {} : { discount_pct: discount }),
    })),
  };
}

/** Rows with the given ids. */
export function withIds(column: string, ...ids: readonly string[]): readonly Cells[] {
  return ids.map((id) => ({ [column]: id }));
}
