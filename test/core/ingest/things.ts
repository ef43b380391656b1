import type { BronzeContract } from '../../../core/contract/contract.ts';
import { bronzeContract, column } from '../csv/bronze-contract.ts';

const columns = [
  column('id', 'bigint', { required: true, aliases: ['Thing No'], minimum: '1' }),
  column('name', 'varchar'),
  column('price', 'decimal(9, 2)'),
  column('sold_at', 'timestamp(6)'),
];

/** The contract that tests of loading use. */
export const things = bronzeContract(columns, {
  maxRejectShare: 0.5,
  partitioning: [{ transform: 'month', column: 'sold_at' }],
  rules: [
    { id: 'T-1', action: 'reject', columns: ['price'], description: 'Below 0.', brokenWhen: 'price < 0' },
    { id: 'T-2', action: 'warn', columns: ['name'], description: 'No name.', brokenWhen: 'name is null' },
  ],
});

/** Contracts that case files name. */
export const contracts: Readonly<Record<string, BronzeContract>> = {
  things,
  lenient: bronzeContract(columns, { maxRejectShare: 1 }),
  latin: bronzeContract(columns, { encoding: 'utf-8-or-iso-8859-1' }),
  everyColumn: bronzeContract(columns, { header: 'all' }),
  secret: bronzeContract([
    ...columns.slice(0, 2),
    column('password', 'varchar', { pii: 'secret', required: true }),
  ]),
  failing: bronzeContract(columns, {
    rules: [{ id: 'T-9', action: 'fail', columns: [], description: 'Thirteen.', brokenWhen: 'id = 13' }],
  }),
};
