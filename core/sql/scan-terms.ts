import { nameOf } from './compile-context.ts';
import { type Fields, type Node, unwrap } from './parse.ts';

/** A comparison of a column with a literal, or a test for null. Values are text as the literal has it. */
export type ScanTerm = { readonly column: string } & (
  | { readonly op: Comparison; readonly literal: LiteralKind; readonly value: string }
  | { readonly op: 'is null' | 'is not null' }
);

type Comparison = '=' | '<' | '<=' | '>' | '>=';
type LiteralKind = 'string' | 'number' | 'date' | 'timestamp';

/** Rows meet all terms of one of the lists. Rows that meet them need not meet the condition that they were taken from. */
export type AnyOfTerms = readonly (readonly ScanTerm[])[];

/** More lists than this rule hardly a file out, and `and` multiplies them. */
const mostLists = 2000;

const comparisons: Readonly<Record<string, readonly [Comparison, Comparison]>> = {
  eq: ['=', '='],
  lt: ['<', '>'],
  lte: ['<=', '>='],
  gt: ['>', '<'],
  gte: ['>=', '<='],
};

/**
 * What `where` says of the rows of each table that is alone in its `from`, by the fields of the table's node: enough to
 * leave out files that can hold no such row. A table of whose rows nothing is said is not in it.
 */
export function findScanTerms(tree: Node): ReadonlyMap<Fields, AnyOfTerms> {
  const found = new Map<Fields, AnyOfTerms>();
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'select') readSelect(child as Fields, found);
      visit(child);
    }
  };
  visit(tree);
  return found;
}

function readSelect(select: Fields, found: Map<Fields, AnyOfTerms>): void {
  const tables = ((select.from as Fields | null)?.expressions ?? []) as readonly Node[];
  const where = (select.where_clause as { readonly this?: Node } | null)?.this;
  if (tables.length !== 1 || ((select.joins ?? []) as readonly unknown[]).length > 0 || !where) return;
  const { kind, fields } = unwrap(tables[0]!);
  const isPlain = kind === 'table' && fields.schema && ((fields.column_aliases ?? []) as []).length === 0;
  if (!isPlain) return;
  const names = [nameOf(fields.alias ?? fields.name)];
  const terms = termsOf(where, names);
  if (terms !== undefined) found.set(fields, terms);
}

/** Undefined: nothing is known of the rows for which the condition is true. */
function termsOf(node: Node, tables: readonly string[]): AnyOfTerms | undefined {
  const { kind, fields } = unwrap(node);
  const side = (name: 'left' | 'right') => termsOf(fields[name] as Node, tables);
  switch (kind) {
    case 'paren':
      return termsOf(fields.this as Node, tables);
    case 'and':
      return both(side('left'), side('right'));
    case 'or': {
      const [left, right] = [side('left'), side('right')];
      const lists = left && right && [...left, ...right];
      return lists && lists.length <= mostLists ? lists : undefined;
    }
    case 'is_null': {
      const column = columnOf(fields.this as Node, tables);
      return column === undefined ? undefined : [[{ column, op: fields.not ? 'is not null' : 'is null' }]];
    }
    default: {
      const operators = comparisons[kind];
      if (operators === undefined) return undefined;
      const term =
        compared(fields.left as Node, operators[0], fields.right as Node, tables) ??
        compared(fields.right as Node, operators[1], fields.left as Node, tables);
      return term && [[term]];
    }
  }
}

function both(left: AnyOfTerms | undefined, right: AnyOfTerms | undefined): AnyOfTerms | undefined {
  if (left === undefined || right === undefined || left.length * right.length > mostLists)
    return left ?? right;
  return left.flatMap((terms) => right.map((others) => [...terms, ...others]));
}

function compared(left: Node, op: Comparison, right: Node, tables: readonly string[]): ScanTerm | undefined {
  const column = columnOf(left, tables);
  const { kind, fields } = unwrap(right);
  if (column === undefined || kind !== 'literal') return undefined;
  const literal = String(fields.literal_type);
  const isKnown = (['string', 'number', 'date', 'timestamp'] as readonly string[]).includes(literal);
  return isKnown ? { column, op, literal: literal as LiteralKind, value: String(fields.value) } : undefined;
}

/** The name of a column of the table itself; a name that stands for another's is no column of its schema, and told by that. */
function columnOf(node: Node, tables: readonly string[]): string | undefined {
  const { kind, fields } = unwrap(node);
  if (kind !== 'column') return undefined;
  if (fields.table && !tables.includes(nameOf(fields.table))) return undefined;
  return nameOf(fields.name);
}
