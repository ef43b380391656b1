import { type BronzeContract, isDated, type Layer, type ModelContract, type ScalarType } from './contract.ts';

/** A column as the table has it. */
export type TableColumn = {
  readonly name: string;
  readonly type: ScalarType;
  readonly description: string;
  /** Never null: told of audit columns alone, a contract's own may change. */
  readonly required?: true;
};

const varchar = { kind: 'varchar' } as const;
const bigint = { kind: 'bigint' } as const;
const timestamp = { kind: 'timestamp' } as const;
const date = { kind: 'date' } as const;

/** Columns that the pipeline adds by itself, by layer; silver's are columns of its SQL. */
export const auditColumns: Readonly<Record<Layer, readonly TableColumn[]>> = {
  bronze: [
    {
      name: 'source_file',
      type: varchar,
      required: true,
      description: 'Object key after landing/<pack>/<dataset>/.',
    },
    {
      name: 'source_modified_at',
      type: timestamp,
      required: true,
      description: 'Last change of the file, UTC.',
    },
    {
      name: 'source_line',
      type: bigint,
      required: true,
      description: 'Physical line of the file; the header is line 1.',
    },
    { name: 'load_id', type: varchar, required: true, description: "SHA-256 of the file's bytes." },
    { name: 'loaded_at', type: timestamp, required: true, description: 'Time of the load, UTC.' },
  ],
  silver: [],
  gold: [
    { name: 'as_of', type: date, description: 'Day of the build.' },
    { name: 'run_id', type: varchar, description: 'Run that built the row.' },
    { name: 'built_at', type: timestamp, description: 'Time of the build, UTC.' },
  ],
};

/** All columns of a table in its order: the contract's, the audit columns, then what bronze derives. */
export function columnsOfTable(contract: BronzeContract | ModelContract): readonly TableColumn[] {
  const plain = ({ name, type, description }: Omit<TableColumn, 'required'>): TableColumn => ({
    name,
    type,
    description,
  });
  return [
    ...contract.columns.map(plain),
    ...auditColumns[contract.layer].filter(
      ({ name }) => contract.layer !== 'gold' || name !== 'as_of' || isDated(contract),
    ),
    ...(contract.layer === 'bronze' ? contract.derivedColumns.map(plain) : []),
  ];
}
