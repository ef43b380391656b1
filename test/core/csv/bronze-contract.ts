import type { BronzeColumn, BronzeContract } from '../../../core/contract/contract.ts';
import { hashBronze } from '../../../core/contract/contract-hash.ts';
import { parseScalarType } from '../../../core/contract/scalar-type.ts';

/** A column of a test's contract: what is not given is the least that a contract can say. */
export function column(name: string, type: string, facts: Partial<BronzeColumn> = {}): BronzeColumn {
  return {
    name,
    aliases: [],
    type: parseScalarType(type)!,
    required: false,
    pii: 'none',
    description: name,
    letterCase: 'as_delivered',
    ...facts,
  };
}

/** A contract of a test. */
export function bronzeContract(
  columns: readonly BronzeColumn[],
  facts: Partial<BronzeContract> = {},
): BronzeContract {
  const contract = {
    layer: 'bronze' as const,
    pack: 'test',
    name: 'things',
    dataset: 'things',
    description: 'Things.',
    grain: 'one record',
    encoding: 'utf-8' as const,
    header: 'required' as const,
    maxRejectShare: 1,
    derivedColumns: [],
    rules: [],
    partitioning: [],
    position: { file: 'things.yaml', line: 1, column: 1 },
    ...facts,
    columns,
  };
  return { ...contract, hash: hashBronze(contract) };
}
