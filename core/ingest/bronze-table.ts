import { auditColumns, columnsOfTable, type TableColumn } from '../contract/columns-of-table.ts';
import type { BronzeContract } from '../contract/contract.ts';
import { databaseOf } from '../contract/contract.ts';
import { formatPartitionTerm } from '../contract/partition-term.ts';
import { addColumns } from '../iceberg/add-columns.ts';
import { partitionSpecOf } from '../iceberg/partition-spec.ts';
import {
  type ColumnDefinition,
  formatType,
  icebergType,
  type SchemaField,
  schemaOf,
} from '../iceberg/schema.ts';
import { createTable, type IcebergIo, type IcebergTable, loadTable } from '../iceberg/table.ts';
import { currentSchema, currentSpec } from '../iceberg/table-metadata.ts';
import { type LakeLayout, tableLocation } from '../ports/lake-layout.ts';
import { formatTable, type TableIdentifier } from '../ports/table-catalog.ts';

const varchar = { kind: 'varchar' } as const;
const bigint = { kind: 'bigint' } as const;
const timestamp = { kind: 'timestamp' } as const;

const quarantineColumns: readonly ColumnDefinition[] = [
  { name: 'dataset', type: varchar, required: true, doc: 'Dataset of the file.' },
  { name: 'source_file', type: varchar, required: true, doc: 'Object key after landing/<pack>/<dataset>/.' },
  { name: 'load_id', type: varchar, required: true, doc: "SHA-256 of the file's bytes." },
  {
    name: 'source_line',
    type: bigint,
    required: true,
    doc: 'Physical line of the file on which the record begins.',
  },
  { name: 'loaded_at', type: timestamp, required: true, doc: 'Time of the load, UTC.' },
  { name: 'reason', type: varchar, required: true, doc: 'Code of the first test that failed, or rule:<id>.' },
  { name: 'column_name', type: varchar, doc: 'The offending column; null if the record as a whole is.' },
  { name: 'raw_value', type: varchar, doc: 'Its text.' },
  { name: 'raw_record', type: varchar, doc: "The record's text, secrets blanked. Restricted." },
  { name: 'spec_version', type: varchar, required: true, doc: 'Version of the table specification.' },
];

/** The bronze table of a contract. */
export function bronzeTable(contract: BronzeContract): TableIdentifier {
  return { database: databaseOf(contract.pack, 'bronze'), table: contract.name };
}

/** The one quarantine table of a pack. */
export function quarantineTable(pack: string): TableIdentifier {
  return { database: databaseOf(pack, 'bronze'), table: 'quarantine' };
}

/**
 * The contract's bronze table, made if missing. Columns that the contract has gained, at the end of its columns or of its derived
 * columns, are added to it.
 * @throws if the table differs from the contract in any other way
 */
export async function ensureBronzeTable(
  io: IcebergIo,
  layout: LakeLayout,
  contract: BronzeContract,
): Promise<IcebergTable> {
  const id = bronzeTable(contract);
  // Of the audit columns alone it is said that they are never null: the contract may allow nulls in its own later on, which the
  // table would refuse.
  const columns = columnsOfTable(contract).map(
    ({ description, ...column }): ColumnDefinition => ({ ...column, doc: description }),
  );
  const existing = await loadTable(io, id);
  if (existing === undefined) {
    const schema = schemaOf(columns);
    const created = await createTable(io, id, {
      location: tableLocation(layout, contract.pack, 'bronze', contract.name),
      schema,
      partitionSpec: partitionSpecOf(schema, contract.partitioning),
      description: contract.description,
    });
    return await evolve(io, created, contract, columns);
  }
  return await evolve(io, existing, contract, columns);
}

/** The pack's quarantine table, made if missing. */
export async function ensureQuarantineTable(
  io: IcebergIo,
  layout: LakeLayout,
  pack: string,
): Promise<IcebergTable> {
  const id = quarantineTable(pack);
  const existing = await loadTable(io, id);
  if (existing !== undefined) return existing;
  const schema = schemaOf(quarantineColumns);
  return await createTable(io, id, {
    location: tableLocation(layout, pack, 'bronze', id.table),
    schema,
    partitionSpec: partitionSpecOf(schema, [{ transform: 'identity', column: 'dataset' }]),
    description:
      'Records that were rejected, with the reason. Restricted: it holds personal data as it was delivered.',
  });
}

async function evolve(
  io: IcebergIo,
  table: IcebergTable,
  contract: BronzeContract,
  columns: readonly ColumnDefinition[],
): Promise<IcebergTable> {
  const schema = currentSchema(table.metadata);
  const refuse = (what: string): never => {
    throw new Error(
      `table ${formatTable(table.identifier)}: ${what}; a bronze table takes new columns at the end of its contract's lists and no other change`,
    );
  };
  const compare = (
    fields: readonly SchemaField[],
    wanted: readonly Pick<TableColumn, 'name' | 'type'>[],
    noun: string,
  ) =>
    fields.forEach((field, index) => {
      const column = wanted[index];
      if (column?.name !== field.name) {
        const found = column?.name ?? 'no such column';
        refuse(`${noun} ${index + 1} is ${field.name}, the contract has ${found}`);
      } else if (icebergType(column.type) !== formatType(field.type)) {
        refuse(
          `column ${field.name} is ${formatType(field.type)}, the contract says ${icebergType(column.type)}`,
        );
      }
    });
  // Columns that came later stand behind the derived ones that were there before: each list keeps its own order.
  const audit = new Set(auditColumns.bronze.map(({ name }) => name));
  const derived = new Set(contract.derivedColumns.map(({ name }) => name));
  const stored = schema.fields.filter(({ name }) => !audit.has(name));
  const isDerived = ({ name }: SchemaField) => derived.has(name);
  compare(
    stored.filter((field) => !isDerived(field)),
    contract.columns,
    'column',
  );
  compare(stored.filter(isDerived), contract.derivedColumns, 'derived column');
  const wanted = partitionSpecOf(schemaOf(columns), contract.partitioning).fields.map(
    ({ name, transform }) => `${name} ${transform}`,
  );
  const spec = currentSpec(table.metadata).fields.map(({ name, transform }) => `${name} ${transform}`);
  if (wanted.join() !== spec.join()) {
    const terms = contract.partitioning.map(formatPartitionTerm).join(', ');
    refuse(`it is partitioned by ${spec.join(', ') || 'nothing'}, the contract says ${terms || 'nothing'}`);
  }
  return columns.length === schema.fields.length ? table : await addColumns(io, table.identifier, columns);
}
