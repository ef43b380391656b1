import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { exportFromAthena } from '../../../adapters/aws/athena-export.ts';
import { createAthenaQueryEngine } from '../../../adapters/aws/athena-query-engine.ts';
import { json, startAwsServer } from './support/aws-server.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'athena-export-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const columns = [
  { Name: 'id', Type: 'bigint' },
  { Name: 'price', Type: 'decimal', Precision: 18, Scale: 2 },
  { Name: 'name', Type: 'varchar' },
  { Name: 'is_open', Type: 'boolean' },
  { Name: 'sold_at', Type: 'timestamp' },
  { Name: 'tags', Type: 'array' },
];
const rows = [
  [
    '9007199254740993',
    '12.50',
    'a "quoted", name\nof two lines',
    'true',
    '2010-12-01 08:26:00.000000',
    '[a, b]',
  ],
  ['2', '-0.01', '', 'false', '2010-12-01 08:26:00.123456', '[]'],
  ['3', null, null, null, null, null],
];

/** Exports the rows, which come two in a page with the header before them. */
async function exportRows(file: string, format: 'csv' | 'json' | 'parquet', state = 'SUCCEEDED') {
  const all = [columns.map(({ Name }) => Name), ...rows];
  await using server = await startAwsServer(({ operation, body }) => {
    if (operation === 'StartQueryExecution') return json({ QueryExecutionId: 'query-1' });
    if (operation === 'GetQueryExecution') {
      const Status = { State: state, StateChangeReason: 'scan limit exceeded' };
      return json({ QueryExecution: { QueryExecutionId: 'query-1', StatementType: 'DML', Status } });
    }
    const at = Number((JSON.parse(body) as { readonly NextToken?: string }).NextToken ?? 0);
    const Rows = all.slice(at, at + 2).map((row) => ({
      Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
    }));
    const NextToken = at + 2 < all.length ? { NextToken: String(at + 2) } : {};
    return json({ ResultSet: { Rows, ResultSetMetadata: { ColumnInfo: columns } }, ...NextToken });
  });
  const { athena } = server.clients;
  const engine = createAthenaQueryEngine({ athena, workGroup: 'analysts' });
  return await exportFromAthena({ athena, engine, scratch: folder }, 'select 1', { file, format });
}

test('a CSV export keeps quotes, line breaks, and NULL apart from the empty text', async () => {
  const file = join(folder, 'out.csv');

  const written = await exportRows(file, 'csv');

  expect(written).toEqual({ rows: 3 });
  expect(await readFile(file, 'utf8')).toBe(
    'id,price,name,is_open,sold_at,tags\n' +
      '9007199254740993,12.50,"a ""quoted"", name\nof two lines",true,2010-12-01 08:26:00,"[a, b]"\n' +
      '2,-0.01,"",false,2010-12-01 08:26:00.123456,[]\n' +
      '3,,,,,\n',
  );
});

test('a Parquet export has the types of the query', async () => {
  const file = join(folder, 'out.parquet');

  await exportRows(file, 'parquet');

  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const described = await connection.runAndReadAll(`describe select * from '${file}'`);
  connection.closeSync();
  instance.closeSync();
  expect(described.getRows().map(([name, type]) => [name, type])).toEqual([
    ['id', 'BIGINT'],
    ['price', 'DECIMAL(18,2)'],
    ['name', 'VARCHAR'],
    ['is_open', 'BOOLEAN'],
    ['sold_at', 'TIMESTAMP'],
    ['tags', 'VARCHAR'],
  ]);
});

test('a query that fails leaves an older file as it was, and nothing else', async () => {
  const file = join(folder, 'out.json');
  await writeFile(file, 'old');

  await expect(exportRows(file, 'json', 'FAILED')).rejects.toThrow('scan limit exceeded');

  expect(await readFile(file, 'utf8')).toBe('old');
  expect(await readdir(folder)).toEqual(['out.json']);
});
