import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BronzeContract } from '../../../core/contract/contract.ts';
import { loadFiles } from '../../../core/ingest/load-files.ts';
import { type IngestLake, makeIngestLake } from './ingest-lake.ts';
import { contracts } from './things.ts';

/** `expected.json` of a case: bronze rows as line and columns, quarantine rows as line, reason, column, value and record. */
type Expected = {
  readonly contract?: string;
  readonly outcome: { readonly status: string };
  readonly bronze?: readonly unknown[];
  readonly quarantine?: readonly unknown[];
};

const folder = join(import.meta.dirname, '../../cases');
const caseNames = readdirSync(folder).filter((name) => !name.startsWith('.'));

describe('a file of test/cases is loaded as its expected.json says', () => {
  let lake: IngestLake;
  beforeAll(() => {
    lake = makeIngestLake();
  });
  afterAll(() => lake.close());

  test.each(caseNames)('%s', async (name) => {
    const input = readdirSync(join(folder, name)).find((file) => file.startsWith('input.'))!;
    const expected = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8')) as Expected;
    // A pack a case: the cases share no table.
    const contract = { ...contracts[expected.contract ?? 'things']!, pack: name.replaceAll('-', '_') };
    const landed = lake.land(`${name}/${input}`, readFileSync(join(folder, name, input)));

    const report = await loadFiles(lake, contract, [landed]);
    const again = await loadFiles(lake, contract, [landed]);

    expect(report.files[0]!.outcome).toMatchObject(expected.outcome);
    const status = expected.outcome.status === 'loaded' ? 'duplicate' : 'failed';
    expect(again.files[0]!.outcome).toMatchObject({ status, ...(status === 'failed' && { known: true }) });
    expect(await bronzeRows(contract)).toEqual(expected.bronze ?? []);
    expect(await quarantineRows(contract)).toEqual(expected.quarantine ?? []);
  });

  async function bronzeRows(contract: BronzeContract): Promise<unknown[][]> {
    const columns = contract.columns.map(({ name, type }) =>
      type.kind === 'bigint' ? `${name}::int` : `${name}::varchar`,
    );
    const select = `select source_line::int, ${columns.join(', ')} from table order by source_line`;
    return await lake.rows(`${contract.pack}_bronze`, contract.name, select);
  }

  async function quarantineRows(contract: BronzeContract): Promise<unknown[][]> {
    const select =
      'select source_line::int, reason, column_name, raw_value, raw_record from table order by source_line';
    return await lake.rows(`${contract.pack}_bronze`, 'quarantine', select);
  }
});
