import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BronzeContract, DerivedColumn } from '../../../core/contract/contract.ts';
import { parseScalarType } from '../../../core/contract/scalar-type.ts';
import { planScan } from '../../../core/iceberg/scan.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import { currentSchema, currentSpec } from '../../../core/iceberg/table-metadata.ts';
import { loadFiles } from '../../../core/ingest/load-files.ts';
import type { LoadReport } from '../../../core/ingest/load-report.ts';
import type { QualityResult } from '../../../core/ports/quality-result.ts';
import { bronzeContract, column } from '../csv/bronze-contract.ts';
import { type IngestLake, listLoads, makeIngestLake } from './ingest-lake.ts';
import { things } from './things.ts';

function derive(name: string, type: string, sql: string): DerivedColumn {
  const position = { file: 'things.yaml', line: 1, column: 1 };
  const from = { kind: 'expression', sql, position } as const;
  return { name, type: parseScalarType(type)!, required: false, pii: 'none', description: name, from };
}

const header = 'id,name,price,sold_at\n';

let lake: IngestLake;
beforeEach(() => {
  lake = makeIngestLake();
});
afterEach(() => lake.close());

const rows = (select: string) =>
  lake.rows('test_bronze', 'things', `select ${select} from table order by all`);
const quarantined = (select: string) =>
  lake.rows('test_bronze', 'quarantine', `select ${select} from table order by all`);
const statuses = (report: LoadReport) => report.files.map(({ outcome }) => outcome.status);
const load = (contract: BronzeContract, ...files: readonly (readonly [string, string])[]) =>
  loadFiles(
    lake,
    contract,
    files.map(([name, content]) => lake.land(name, content)),
  );

describe('every content is loaded once', () => {
  const content = `${header}1,a,1.5,2010-12-01\nx,b,,\n`;

  test('delivered again under its own name', async () => {
    await load(things, ['a.csv', content]);

    const report = await load(things, ['a.csv', content]);

    expect(report.files[0]!.outcome).toEqual({
      status: 'duplicate',
      loadedRows: 1,
      quarantinedRows: 1,
      firstSourceFile: 'a.csv',
    });
    expect(report.snapshotId).toBeUndefined();
    expect(await rows('id::int, source_file')).toEqual([[1, 'a.csv']]);
    expect(await quarantined('source_line::int, reason')).toEqual([[3, 'not_integer']]);
  });

  test('delivered under another name', async () => {
    await load(things, ['a.csv', content]);

    const report = await load(things, ['other folder/b.csv', content]);

    expect(statuses(report)).toEqual(['duplicate']);
    expect(await rows('id::int, source_file')).toEqual([[1, 'a.csv']]);
  });

  test('standing in a batch more than once', async () => {
    const report = await load(things, ['a.csv', content], ['b.csv', content], ['a.csv', content]);

    expect(statuses(report).sort()).toEqual(['duplicate', 'duplicate', 'loaded']);
    expect(await rows('id::int')).toEqual([[1]]);
    expect(await quarantined('source_line::int')).toEqual([[3]]);
  });

  test('under the first of its names, however slow that is to fetch', async () => {
    const files = ['z.csv', 'a.csv'].map((name) => lake.land(name, content));
    const download: typeof lake.store.download = async (location, path) => {
      if (location === files[0]!.location) await new Promise((resolve) => setTimeout(resolve, 200));
      return await lake.store.download(location, path);
    };

    const report = await loadFiles({ ...lake, store: { ...lake.store, download } }, things, files);

    expect(statuses(report)).toEqual(['loaded', 'duplicate']);
    expect(await rows('source_file')).toEqual([['z.csv']]);
  });

  test('brought by two loaders at once', async () => {
    const files = ['a.csv', 'b.csv', 'c.csv'].map((name, index) =>
      lake.land(name, `${header}${index + 1},a,,\nx,b,,\n`),
    );

    const reports = await Promise.all([loadFiles(lake, things, files), loadFiles(lake, things, files)]);

    expect(reports.flatMap(statuses).filter((status) => status === 'loaded').length).toBe(3);
    expect(await rows('id::int')).toEqual([[1], [2], [3]]);
    expect(await quarantined('source_file')).toEqual([['a.csv'], ['b.csv'], ['c.csv']]);
  });

  test('and is a second delivery for the loader that comes second', async () => {
    const find: typeof lake.ledger.find = async (...query) => {
      const found = await lake.ledger.find(...query);
      if (found.length === 0) await load(things, ['a.csv', content]);
      return found;
    };

    const report = await loadFiles({ ...lake, ledger: { ...lake.ledger, find } }, things, [
      lake.land('b.csv', content),
    ]);

    expect(report.files[0]!.outcome).toMatchObject({ status: 'duplicate', firstSourceFile: 'a.csv' });
    expect(report.results.map(({ checkId }) => checkId)).toEqual(['duplicate_file']);
    expect(await rows('id::int, source_file')).toEqual([[1, 'a.csv']]);
    expect(await quarantined('source_file')).toEqual([['a.csv']]);
  });

  test('while other content under the same name is a load of its own', async () => {
    await load(things, ['a.csv', content]);

    const report = await load(things, ['a.csv', `${header}2,b,,\n`]);

    expect(statuses(report)).toEqual(['loaded']);
    expect(await rows('id::int, source_file, length(load_id)::int')).toEqual([
      [1, 'a.csv', 64],
      [2, 'a.csv', 64],
    ]);
  });
});

describe('a batch', () => {
  test('is one commit to each table, with one time of loading', async () => {
    const report = await load(
      things,
      ['a.csv', `${header}1,a,,\nx,,,\n`],
      ['b.csv', `${header}2,a,,2010-01-01\ny,,,\n`],
    );

    const { catalog, store } = lake;
    for (const table of ['things', 'quarantine']) {
      const pointer = await catalog.load({ database: 'test_bronze', table });
      const metadata = JSON.parse(Buffer.from(await store.read(pointer!.metadataLocation)).toString());
      expect(metadata.snapshots.length).toBe(1);
    }
    expect(report.snapshotId).toBeDefined();
    expect(await rows('count(distinct loaded_at)::int, count(*)::int')).toEqual([[1, 2]]);
  });

  test('goes on past files that fail or are gone', async () => {
    const gone = { location: `file://${lake.folder}/landing/test/things/gone.csv`, sourceFile: 'gone.csv' };
    const files = [lake.land('bad.csv', 'nothing'), gone, lake.land('good.csv', `${header}1,a,,\n`)];

    const report = await loadFiles(lake, things, files);

    expect(statuses(report)).toEqual(['failed', 'missing', 'loaded']);
    expect(await rows('id::int')).toEqual([[1]]);
  });

  test('of no file does nothing', async () => {
    expect(await loadFiles(lake, things, [])).toMatchObject({ files: [], snapshotId: undefined });
  });

  test('keeps source_file as the key says it', async () => {
    const names = ['a b+c%20d/é 名.csv', "o'hara;--.csv", 'dt=2026-01-31/part.csv'];

    const report = await load(
      things,
      ...names.map((name, index) => [name, `${header}${index + 1},a,,\n`] as const),
    );

    expect(statuses(report)).toEqual(['loaded', 'loaded', 'loaded']);
    expect((await rows('source_file')).flat().sort()).toEqual([...names].sort());
  });

  test('leaves nothing in scratch, and clears what a killed load left there', async () => {
    const leftover = join(lake.scratch, 'load-killed');
    mkdirSync(leftover, { recursive: true });
    utimesSync(leftover, 0, 0);

    await load(things, ['a.csv', `${header}1,a,,\n`]);

    expect(existsSync(leftover)).toBe(false);
    expect((await import('node:fs')).readdirSync(lake.scratch)).toEqual([]);
  });
});

describe('a file that fails', () => {
  test('is not read again under the same contract, and is under another', async () => {
    const content = 'id\n1\n';
    const strict = bronzeContract(things.columns, { header: 'all' });
    await load(strict, ['a.csv', content]);

    const again = await load(strict, ['a.csv', content]);
    const lenient = await load(bronzeContract(things.columns), ['a.csv', content]);

    expect(again.files[0]!.outcome).toMatchObject({
      status: 'failed',
      reason: 'missing_column',
      known: true,
    });
    expect(again.results).toEqual([]);
    expect(statuses(lenient)).toEqual(['loaded']);
  });

  test('is read again once its name says that it is gzipped', async () => {
    const zipped = gzipSync(`${header}1,a,,\n`);
    const plain = lake.land('a.csv', zipped);
    const named = lake.land('a.csv.gz', zipped);
    await loadFiles(lake, things, [plain]);

    const report = await loadFiles(lake, things, [plain, named]);
    const again = await loadFiles(lake, things, [plain, named]);

    expect(report.files[0]!.outcome).toMatchObject({ status: 'failed', reason: 'bad_encoding', known: true });
    expect(report.files[1]!.outcome).toMatchObject({ status: 'loaded', loadedRows: 1 });
    expect(statuses(again)).toEqual(['duplicate', 'duplicate']);
    expect(await rows('id::int, source_file')).toEqual([[1, 'a.csv.gz']]);
  });

  test('is not read again under a name that says that it is gzipped, if that was tried', async () => {
    const bad = [lake.land('a.csv.gz', 'id\nx\n')];

    await loadFiles(lake, things, bad);
    const again = await loadFiles(lake, things, bad);

    expect(again.files[0]!.outcome).toMatchObject({ status: 'failed', reason: 'bad_gzip', known: true });
  });

  test('names file, column and place, and no value', async () => {
    const report = await load(
      things,
      ['f.csv', `${header}private,a,,\nprivate,b,,\n`],
      ['g.csv', 'private,secret\n'],
    );

    const details = report.files.map(({ outcome }) => (outcome.status === 'failed' ? outcome.detail : ''));
    expect(details[0]).toContain('f.csv: 2 of 2 records are rejected (2 not_integer)');
    expect(details[1]).toContain('g.csv: the header has no cell for id');
    expect(details.join()).not.toMatch(/private|secret/);
  });
});

describe('the ledger', () => {
  test('keeps the results of loads, failures and second deliveries for the next run', async () => {
    const content = `${header.trim()},extra\n1,,,,\nx,b,,,\n`;
    await load(things, ['a.csv', content]);
    await load(things, ['b.csv', content], ['c.csv', '']);

    const { results } = await lake.ledger.pendingResults('test');

    const line = ({ checkId, severity, status, failedRows, layer, tableName }: QualityResult) =>
      `${layer}.${tableName} ${checkId} ${severity} ${status} ${failedRows}`;
    expect(results.map(line).sort()).toEqual([
      'bronze.things T-2 warn fail 1',
      'bronze.things duplicate_file info fail 1',
      'bronze.things empty_file error fail 1',
      'bronze.things extra_column warn fail 1',
      'bronze.things not_integer warn fail 1',
    ]);
  });

  test('lists what was loaded with its counts', async () => {
    await load(things, ['a.csv', `${header}1,a,,\nx,b,,\n`]);

    const loads = await listLoads(lake.ledger, 'test');

    expect(loads).toMatchObject([
      { sourceFile: 'a.csv', outcome: { status: 'loaded', loadedRows: 1, quarantinedRows: 1 } },
    ]);
  });
});

describe('derived columns', () => {
  const contract = bronzeContract(things.columns, {
    maxRejectShare: 0.5,
    derivedColumns: [
      { ...derive('row_hash', 'varchar', ''), required: true, from: { kind: 'record_hash' } },
      derive('sold_on', 'date', 'cast(sold_at as date)'),
    ],
    partitioning: [{ transform: 'month', column: 'sold_on' }],
  });

  test('stand after the audit columns, and partition the table', async () => {
    await load(contract, [
      'a.csv',
      `${header}1,a,1,2026-01-31 23:59:59\n2,b,,2026-02-01\n3,c,,\n4,d,,2026-02-28\nx,e,,2026-03-01\n`,
    ]);

    const io = { store: lake.store, catalog: lake.catalog, clock: lake.clock };
    const table = (await loadTable(io, { database: 'test_bronze', table: 'things' }))!;
    const { tasks } = await planScan(io, table);
    expect(currentSchema(table.metadata).fields.map(({ name }) => name)).toEqual([
      ...things.columns.map(({ name }) => name),
      ...['source_file', 'source_modified_at', 'source_line', 'load_id', 'loaded_at'],
      ...['row_hash', 'sold_on'],
    ]);
    expect(currentSpec(table.metadata).fields).toMatchObject([{ name: 'sold_on_month', transform: 'month' }]);
    expect(tasks.map(({ file }) => Number(file.recordCount)).sort()).toEqual([1, 1, 2]);
    expect(await rows('id::int, sold_on::varchar, length(row_hash)::int')).toEqual([
      [1, '2026-01-31', 64],
      [2, '2026-02-01', 64],
      [3, null, 64],
      [4, '2026-02-28', 64],
    ]);
    expect(await quarantined('reason, raw_record')).toEqual([['not_integer', 'x,e,,2026-03-01']]);
  });
});

describe('a changed contract', () => {
  const more = bronzeContract([...things.columns, column('colour', 'varchar')], {
    partitioning: things.partitioning,
  });

  test('adds its new columns to the table', async () => {
    await load(things, ['a.csv', `${header}1,a,,\n`]);

    await load(more, ['b.csv', 'id,colour,name\n2,red,b\n']);

    expect(await rows('id::int, colour')).toEqual([
      [1, null],
      [2, 'red'],
    ]);
  });

  test.each([
    [
      'type',
      [column('id', 'varchar'), ...things.columns.slice(1)],
      /column id is long, the contract says string/,
    ],
    [
      'order',
      [things.columns[1]!, things.columns[0]!, ...things.columns.slice(2)],
      /column 1 is id, the contract has name/,
    ],
    ['lost column', things.columns.slice(0, 3), /column 4 is sold_at, the contract has no such column/],
  ])('is refused for another %s', async (_, columns, message) => {
    await load(bronzeContract(things.columns), ['a.csv', `${header}1,a,,\n`]);

    await expect(load(bronzeContract(columns), ['b.csv', `${header}2,b,,\n`])).rejects.toThrow(message);

    expect(await rows('id::int')).toEqual([[1]]);
  });

  test('adds a new derived column, and after it a new column of the file, and takes both as they then stand', async () => {
    const day = derive('sold_on', 'date', 'cast(sold_at as date)');
    const half = derive('half', 'decimal(9, 2)', 'cast(price * 0.5 as decimal(9, 2))');
    const [first, second, third] = [
      bronzeContract(things.columns, { derivedColumns: [day] }),
      bronzeContract(more.columns, { derivedColumns: [day] }),
      bronzeContract(more.columns, { derivedColumns: [day, half] }),
    ];
    await load(first, ['a.csv', `${header}1,a,3,2026-01-31\n`]);

    await load(second, ['b.csv', 'id,price,sold_at,colour\n2,4,2026-02-01,red\n']);
    await load(third, ['c.csv', 'id,price,sold_at,colour\n3,5,2026-02-02,blue\n']);
    await load(third, ['d.csv', 'id,price,sold_at,colour\n4,,,\n']);

    expect(await rows('id::int, colour, sold_on::varchar, half::varchar')).toEqual([
      [1, null, '2026-01-31', null],
      [2, 'red', '2026-02-01', null],
      [3, 'blue', '2026-02-02', '2.50'],
      [4, null, null, null],
    ]);
    await expect(load(second, ['e.csv', `${header}5,a,,\n`])).rejects.toThrow(
      /column 6 is half, the contract has no such column/,
    );
    const other = bronzeContract(more.columns, {
      derivedColumns: [derive('sold_on', 'varchar', 'cast(sold_at as varchar)'), half],
    });
    await expect(load(other, ['e.csv', `${header}5,a,,\n`])).rejects.toThrow(
      /column sold_on is date, the contract says string/,
    );
  });

  test('is refused for another partitioning', async () => {
    await load(things, ['a.csv', `${header}1,a,,\n`]);

    await expect(load(bronzeContract(things.columns), ['b.csv', `${header}2,b,,\n`])).rejects.toThrow(
      /partitioned by sold_at_month month, the contract says nothing/,
    );
  });
});
