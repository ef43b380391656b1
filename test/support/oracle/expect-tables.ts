import { expect } from '@jest/globals';
import { sortRows } from '../pack-tables.ts';
import type { SqlHarness, TableRows } from '../sql-harness.ts';

/** The tables of a pack by name, each as the specification says it must be. */
export type ExpectedTables = Readonly<Record<string, TableRows>>;

/** Every cell of every given table, gold's run columns left out, is the expected one. Rows are told apart by the table's key. */
export async function expectTables(harness: SqlHarness, expected: ExpectedTables): Promise<void> {
  for (const [name, rows] of Object.entries(expected)) {
    const model = harness.pack.models.find((candidate) => candidate.name === name);
    if (model === undefined) throw new Error(`${name} is no table of pack ${harness.pack.name}`);
    const actual = await harness.read({ layer: model.layer, name });
    expect({ [name]: sortRows(actual, model.key) }).toEqual({ [name]: sortRows(rows, model.key) });
  }
}
