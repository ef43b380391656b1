import { openPackHarness, sortRows } from '../../support/pack-tables.ts';
import type { AuditRow, SqlHarness, TableRows } from '../../support/sql-harness.ts';

/** An event of `events_raw` as text, the form that the harness takes. */
export type GivenEvent = {
  readonly event_time: string;
  readonly event_type: 'view' | 'cart' | 'remove_from_cart' | 'purchase';
  readonly product_id: string;
  readonly category_id: string | null;
  readonly category_code: string | null;
  readonly brand: string | null;
  readonly price: string;
  readonly user_id: string;
  readonly user_session: string | null;
  readonly source_file: string;
  readonly source_modified_at: string;
  readonly source_line: string;
  readonly load_id: string;
};

/** A view, with the given cells in place of its own. */
export function givenEvent(cells: Partial<GivenEvent> = {}): GivenEvent {
  return {
    event_time: '2026-03-10 12:00:00',
    event_type: 'view',
    product_id: '100',
    category_id: '2053013555631882655',
    category_code: 'garden.tools.spade',
    brand: 'digwell',
    price: '10.00',
    user_id: '1',
    user_session: 's1',
    source_file: 'a.csv',
    source_modified_at: '2026-03-11 00:00:00',
    source_line: '2',
    load_id: 'aa',
    ...cells,
  };
}

/** Events of one file: each gets the next line. */
export function givenFile(...events: readonly Partial<GivenEvent>[]): readonly GivenEvent[] {
  return events.map((cells, index) => givenEvent({ source_line: String(index + 2), ...cells }));
}

/** A time on the day of {@link givenEvent}. */
export const at = (time: string): string => `2026-03-10 ${time}`;

/** The pack on DuckDB, with its one bronze table filled in one call. */
export type ClickstreamHarness = {
  readonly harness: SqlHarness;
  /** Rebuilds all tables over the events; without `asOf` silver alone. */
  build(events: readonly GivenEvent[], asOf?: string): Promise<void>;
  /** Rows of a table in the order of a column. */
  read(layer: 'silver' | 'gold', name: string, order: string): Promise<TableRows>;
  /** What a check of a table found. */
  check(layer: 'silver' | 'gold', name: string, id: string, asOf?: string): Promise<AuditRow | undefined>;
};

/** Opens an empty harness for the pack. */
export async function openClickstream(): Promise<ClickstreamHarness> {
  const harness = await openPackHarness('clickstream');
  return {
    harness,
    build: async (events, asOf) => {
      await harness.putBronze('events_raw', events);
      await harness.build(asOf);
    },
    read: async (layer, name, order) => sortRows(await harness.read({ layer, name }), [order]),
    check: async (layer, name, id, asOf) => (await harness.audit({ layer, name }, asOf)).get(id),
  };
}
