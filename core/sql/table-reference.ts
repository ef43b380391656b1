import type { Column } from './compile-context.ts';
import type { Fields, Node } from './parse.ts';

/** What is known of a table: columns, and DuckDB's text for it. */
export type QueryableColumns = { readonly columns: readonly Column[]; readonly duckdb: string };

/** A table as it stands in SQL with its database, and where. */
export type FoundTable = {
  readonly database: string;
  readonly table: string;
  readonly snapshotId?: string;
  /** Offsets of `database.table` in the text. */
  readonly start: number;
  readonly end: number;
  readonly hasAlias: boolean;
  /** The node's fields in the tree: tells two mentions of one table apart. */
  readonly fields: Fields;
};

/** Every table with a database in a tree, in order of appearance. */
export function findTables(tree: Node): readonly FoundTable[] {
  const found: FoundTable[] = [];
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'table' && isTable(child)) found.push(describe(child));
      visit(child);
    }
  };
  visit(tree);
  return found.sort((one, other) => one.start - other.start);
}

type Identifier = { readonly name: string; readonly span: { readonly start: number; readonly end: number } };

function isTable(value: unknown): value is Fields {
  const fields = value as { readonly schema?: unknown; readonly name?: unknown } | null;
  return !!fields && typeof fields === 'object' && !!fields.schema && typeof fields.name === 'object';
}

function describe(fields: Fields): FoundTable {
  const schema = fields.schema as Identifier;
  const name = fields.name as Identifier;
  const snapshotId = snapshotOf(fields);
  return {
    database: schema.name.toLowerCase(),
    table: name.name.toLowerCase(),
    ...(snapshotId !== undefined && { snapshotId }),
    start: schema.span.start,
    end: name.span.end,
    hasAlias: !!fields.alias,
    fields,
  };
}

/** The snapshot id after `for version as of`, if it is written. */
export function snapshotOf(fields: Fields): string | undefined {
  const version = fields.version as {
    readonly expression?: { readonly literal?: { readonly value?: string } };
  } | null;
  return version?.expression?.literal?.value;
}
