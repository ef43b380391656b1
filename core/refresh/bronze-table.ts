import { type BronzeContract, databaseOf, type ScalarType } from '../contract/contract.ts';
import { partitionSpecOf } from '../iceberg/partition-spec.ts';
import { schemaOf } from '../iceberg/schema.ts';
import { createTable, type IcebergIo, type IcebergTable } from '../iceberg/table.ts';
import { type LakeLayout, tableLocation } from '../ports/lake-layout.ts';

/** Columns that every bronze table has last (spec README, "Audit columns"). */
const auditColumns: readonly { readonly name: string; readonly type: ScalarType }[] = [
  { name: 'source_file', type: { kind: 'varchar' } },
  { name: 'source_modified_at', type: { kind: 'timestamp' } },
  { name: 'source_line', type: { kind: 'bigint' } },
  { name: 'load_id', type: { kind: 'varchar' } },
  { name: 'loaded_at', type: { kind: 'timestamp' } },
];

/** Makes the bronze table of a contract that nothing was ever loaded into, so that models can read it as empty. */
export async function createBronzeTable(
  io: IcebergIo,
  layout: LakeLayout,
  contract: BronzeContract,
): Promise<IcebergTable> {
  const schema = schemaOf([
    ...contract.columns.map(({ name, type, description }) => ({ name, type, doc: description })),
    ...auditColumns,
  ]);
  return createTable(
    io,
    { database: databaseOf(contract.pack, 'bronze'), table: contract.name },
    {
      location: tableLocation(layout, contract.pack, 'bronze', contract.name),
      schema,
      partitionSpec: partitionSpecOf(schema, contract.partitioning),
      description: contract.description,
    },
  );
}
