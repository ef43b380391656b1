import { planScan, type ScanCondition, type ScanPlan } from '../../core/iceberg/scan.ts';
import { type PrimitiveType, primitiveOf, type Schema } from '../../core/iceberg/schema.ts';
import { type IcebergIo, type IcebergTable, loadTable } from '../../core/iceberg/table.ts';
import { parseValue } from '../../core/iceberg/value-text.ts';
import { formatTable, type TableIdentifier } from '../../core/ports/table-catalog.ts';
import type { AnyOfTerms, ScanTerm } from '../../core/sql/scan-terms.ts';
import type { QueriedTable } from '../../core/sql/transpile.ts';

/** Finds the tables of one query: all mentions of a table see the same version of it, whatever is published meanwhile. */
export function tableFinder(
  io: IcebergIo,
): (identifier: TableIdentifier) => Promise<IcebergTable | undefined> {
  const found = new Map<string, Promise<IcebergTable | undefined>>();
  return ({ database, table }) => {
    const identifier = { database, table };
    const name = formatTable(identifier);
    const loading = found.get(name) ?? loadTable(io, identifier);
    found.set(name, loading);
    return loading;
  };
}

/** The files that a query needs of a table: without those of which its `where` says that they hold no row for it. */
export async function planQueriedScan(
  io: IcebergIo,
  find: ReturnType<typeof tableFinder>,
  { snapshotId, anyOf, ...identifier }: QueriedTable,
): Promise<ScanPlan | undefined> {
  const table = await find(identifier);
  if (table === undefined) return undefined;
  return planScan(io, table, {
    ...(snapshotId === undefined ? {} : { snapshotId: BigInt(snapshotId) }),
    ...(anyOf === undefined ? {} : { anyOf: (schema: Schema) => conditionsOf(anyOf, schema) }),
  });
}

/** The terms that files can be told by; where none is left in a list, any file may hold its rows. */
function conditionsOf(anyOf: AnyOfTerms, schema: Schema): readonly (readonly ScanCondition[])[] {
  return anyOf.map((terms) => terms.flatMap((term) => conditionOf(term, schema)));
}

function conditionOf(term: ScanTerm, schema: Schema): readonly ScanCondition[] {
  const field = schema.fields.find(({ name, type }) => name === term.column && typeof type === 'string');
  if (field === undefined) return [];
  if (!('literal' in term)) return [{ column: field.name, op: term.op }];
  const type = primitiveOf(field);
  const isOfType =
    literalTypes[term.literal].includes(type.kind) &&
    // With an offset it would be of another type than the column.
    (term.literal !== 'timestamp' || plainTimestamp.test(term.value)) &&
    parseValue(type, term.value) !== undefined;
  return isOfType ? [{ column: field.name, op: term.op, value: term.value }] : [];
}

const plainTimestamp = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/;

/** Column types that a literal is compared with as it stands; the engine converts others, which bounds know nothing of. */
const literalTypes: Readonly<
  Record<'string' | 'number' | 'date' | 'timestamp', readonly PrimitiveType['kind'][]>
> = {
  string: ['string'],
  number: ['int', 'long', 'decimal'],
  date: ['date'],
  timestamp: ['timestamp'],
};
