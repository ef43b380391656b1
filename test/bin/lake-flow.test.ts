import { appendFile, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LakeStatus } from '../../core/status/lake-status.ts';
import { makeFolder, project, removeFolder, runLake, startLake } from './lake-process.ts';
import { runHere } from './run-here.ts';

const sample = join(project, 'sql', 'retail', 'sample', 'invoices');
const gold = 'retail_gold.daily_sales';

let folder: string;
/** Retail alone: with no pack named, a command is for all there are, and every further pack takes its time. */
let retailOnly: string;

/** Runs `lake` and expects it to end well, without anything that only a terminal understands. */
async function lake(...words: readonly string[]): Promise<string> {
  const packs = words.includes('--packs') ? [] : ['--packs', retailOnly];
  const { code, stdout, stderr } = await runHere(...words, ...packs);
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  return stdout;
}

async function readStatus(): Promise<LakeStatus> {
  return JSON.parse(await lake('status', '--json')) as LakeStatus;
}

function retailOf({ packs }: LakeStatus): LakeStatus['packs'][number] {
  return packs.find(({ pack }) => pack === 'retail')!;
}

async function tableStatus(name: string) {
  return retailOf(await readStatus()).tables.find(({ table }) => table === name)!;
}

async function queryRows(
  sql: string,
  ...words: readonly string[]
): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse(await lake('query', sql, '--format', 'json', ...words)) as Record<string, unknown>[];
}

beforeAll(async () => {
  folder = await makeFolder();
  process.chdir(folder);
  retailOnly = join(folder, 'retail-only');
  await cp(join(project, 'sql', 'retail'), join(retailOnly, 'retail'), { recursive: true });
  await mkdir(join(folder, 'data'));
  await copyFile(join(sample, '2010-12-19.csv'), join(folder, 'data', '2010-12-19.csv'));
  const text = await readFile(join(sample, '2010-12-22.csv'), 'utf8');
  const broken =
    '539999,22098,BOUDOIR SQUARE TISSUE BOX,two,2010-12-22 16:06:00,1.25,18116.0,United Kingdom\n';
  await writeFile(join(folder, 'data', '2010-12-22.csv'), text + broken);
});

afterAll(async () => {
  process.chdir(project);
  await removeFolder(folder);
});

describe('a lake from its first file on', () => {
  test('loads a folder, and says what went where', async () => {
    const stdout = await lake('load', 'retail', 'data');

    expect(stdout).toContain('2 files loaded (813 rows, 1 quarantined)');
    expect(stdout).toMatch(/invoices\/2010-12-22\.csv +loaded +291 +1 +not_integer 1/);
  });

  test.each([
    [
      'select * from retail_gold.product_analytics',
      'table retail_gold.product_analytics is not built yet, ' +
        'expected lake load retail PATH and lake refresh retail before',
    ],
    [
      'select 1 as n from retail_bronze.invoices cross join "retail_silver"."sales"',
      'table retail_silver.sales is not built yet, expected lake load retail PATH and lake refresh retail before',
    ],
    ['select * from retail_gold.nothing', 'query:1:15: unknown table "retail_gold.nothing"'],
    ['select * from retail_bronze.sales', 'query:1:15: unknown table "retail_bronze.sales"'],
  ])('before the first refresh, %s is refused with what is missing', async (sql, expected) => {
    const { code, stdout, stderr } = await runHere('query', sql, '--packs', retailOnly);

    expect(stderr).toContain(expected);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('in an empty lake, a question says which load and refresh it waits for', async () => {
    await mkdir(join(folder, 'empty-lake'));

    const { code, stderr } = await runHere('--lake', 'empty-lake', 'query', '--name', 'best_sellers');
    const bronze = await runHere('--lake', 'empty-lake', 'query', 'select * from retail_bronze.invoices');

    expect(code).toBe(1);
    expect(stderr).toContain(
      'is not built yet, expected lake load retail PATH and lake refresh retail before',
    );
    expect(bronze.stderr).toContain(
      'table retail_bronze.invoices is not built yet, expected lake load retail PATH before',
    );
  });

  test('loads nothing twice, and says so', async () => {
    expect(await lake('load', 'retail', 'data')).toContain('nothing new loaded, 2 files already loaded');
  });

  test('refreshes, and then finds nothing to do', async () => {
    const first = await lake('refresh', 'retail');
    const second = await lake('refresh');

    expect(first).toContain('retail: succeeded');
    expect(retailOf(await readStatus()).runs[0]!.status).toBe('succeeded');
    expect(second).toContain('retail: succeeded');
    expect(second).toContain('tables: 8 current');
  });

  test('tells its status: tables, loads, quarantine', async () => {
    const retail = retailOf(await readStatus());
    const text = await lake('status');

    const bronze = retail.tables.find(({ table }) => table === 'retail_bronze.invoices');
    expect(bronze?.published?.rows).toBe(813);
    expect(retail.quarantine).toEqual([{ dataset: 'invoices', reason: 'not_integer', rows: 1 }]);
    expect(retail.loads).toMatchObject({ loadedFiles: 2, loadedRows: 813, quarantinedRows: 1 });
    expect(retail.tables.every(({ published }) => published !== null)).toBe(true);
    expect(text).toMatch(/retail_bronze\.invoices +813 /);
    expect(text).toContain(`${gold} `);
  });

  test('answers queries in every format, the same rows each time', async () => {
    const sql = `select sale_date, country, revenue from ${gold} order by sale_date, country`;

    const rows = await queryRows(sql);
    const csv = await lake('query', sql, '--format', 'csv');
    const table = await lake('query', sql);
    await lake('query', sql, '--format', 'parquet', '--out', 'rows.parquet');
    await lake('query', sql, '--format', 'csv', '--out', 'rows.csv');

    expect(rows.length).toBeGreaterThan(1);
    expect(csv.trimEnd().split('\n')).toHaveLength(rows.length + 1);
    expect(csv).toContain('sale_date,country,revenue\n2010-12-19,');
    expect(table.trimEnd().split('\n')).toHaveLength(rows.length + 2);
    expect((await readFile(join(folder, 'rows.parquet'))).subarray(0, 4).toString()).toBe('PAR1');
    expect((await readFile(join(folder, 'rows.csv'), 'utf8')).trimEnd().split('\n')).toHaveLength(
      rows.length + 1,
    );
  });

  test('answers a question of the pack by its name, in every format', async () => {
    const table = await runHere('query', '--name', 'best_sellers', '--pack', 'retail');
    const csv = await lake('query', '--name', 'revenue_by_day', '--pack', 'retail', '--format', 'csv');
    const expected = await queryRows(
      `select sale_date, sum(revenue) as revenue from ${gold} group by sale_date order by 1 desc`,
    );

    expect(table.stderr).toContain('Which products bring in the most, and how much of it comes back?');
    expect(table.stdout).toMatch(/^revenue_rank +stock_code/);
    expect(csv.split('\n')[0]).toBe('sale_date,orders,units,revenue,net_revenue');
    expect(
      csv
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => [line.split(',')[0], Number(line.split(',')[3])]),
    ).toEqual(expected.map(({ sale_date, revenue }) => [sale_date, revenue]));
  });

  test('exports a table', async () => {
    await lake('export', gold, '--format', 'csv', '--out', 'daily.csv');
    await lake('export', gold, '--format', 'parquet', '--out', 'daily.parquet');

    const [{ total }] = (await queryRows(`select count(*) as total from ${gold}`)) as [{ total: number }];
    const lines = (await readFile(join(folder, 'daily.csv'), 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(total + 1);
    expect((await readFile(join(folder, 'daily.parquet'))).subarray(-4).toString()).toBe('PAR1');
  });
});

describe('a version that is wrong', () => {
  test('is rolled back, held against refreshes, and released', async () => {
    const before = await tableStatus(gold);
    await lake('load', 'retail', join(sample, '2010-12-23.csv'));
    await lake('refresh', 'retail');
    const after = await tableStatus(gold);

    const rollback = await lake('rollback', gold);
    await lake('refresh', 'retail', '--full');
    const held = await readStatus();
    const heldTable = retailOf(held).tables.find(({ table }) => table === gold)!;
    const release = await lake('release', gold);
    await lake('refresh', 'retail');
    const released = await tableStatus(gold);

    expect(after.published!.rows).toBeGreaterThan(before.published!.rows!);
    expect(rollback).toContain(`back to ${before.published!.snapshotId}`);
    expect(heldTable.published!.snapshotId).toBe(before.published!.snapshotId);
    expect(held.holds.map(({ table }) => table)).toEqual([gold]);
    expect(release).toContain('released');
    expect(released.published!.rows).toBe(after.published!.rows);
    expect(await lake('release', gold)).toContain('was not held');
  });

  test('is not published when a check fails, and can be queried by its snapshot', async () => {
    const packs = join(folder, 'packs');
    await cp(join(project, 'sql', 'retail'), join(packs, 'retail'), { recursive: true });
    await appendFile(
      join(packs, 'retail', 'gold', 'cohort_retention.yaml'),
      `
  - id: TEST-1
    severity: error
    description: Never holds where there are cohorts.
    sql: select count(*) as failed_rows from \${gold}.cohort_retention
`,
    );
    const table = 'retail_gold.cohort_retention';
    const before = await tableStatus(table);

    const { code, stdout } = await runHere('refresh', 'retail', '--full', '--packs', packs);
    const retail = retailOf(await readStatus());
    const after = retail.tables.find((each) => each.table === table)!;
    const [failed] = after.unpublished;
    const rows = await queryRows(`select * from ${table}`, '--at', failed!.snapshotId);

    expect(code).toBe(1);
    expect(stdout).toContain('TEST-1');
    expect(after.published).toEqual(before.published);
    expect(retail.failingChecks).toContainEqual(
      expect.objectContaining({ tableName: 'cohort_retention', checkId: 'TEST-1', severity: 'error' }),
    );
    expect(rows).toHaveLength(failed!.rows!);
    expect(await lake('status')).toContain('TEST-1');
  });
});

test('generate says how much it wrote, and that broken records come on top', async () => {
  const stdout = await lake(
    ...'generate retail --out made --scale 0.001 --dirty 0.1 --packs'.split(' '),
    join(project, 'sql'),
  );

  const said =
    /^(\d+) files with (\d+) records \((\d+) kB\) in made\nbeside them (\d+) broken records, listed in made\/planted\.jsonl\n$/;
  const [, files, records, , broken] = (said.exec(stdout) ?? []).map(Number);
  expect(await lake('load', 'retail', 'made', '--lake', 'made-lake')).toContain(
    `${files} files loaded (${records} rows, ${broken} quarantined)`,
  );
});

describe('failures end with exit code 1 and one line', () => {
  test('a file that fails is named with its reason, and the others are loaded', async () => {
    await mkdir(join(folder, 'mixed'));
    await writeFile(join(folder, 'mixed', 'bad.csv'), 'one,two\n1,2\n');
    const text = await readFile(join(sample, '2010-12-22.csv'), 'utf8');
    await writeFile(join(folder, 'mixed', 'good.csv'), text.split('\n').slice(0, 5).join('\n'));

    const { code, stdout, stderr } = await runLake(folder, 'load', 'retail', 'mixed');

    expect(code).toBe(1);
    expect(stdout).toMatch(/invoices\/bad\.csv +failed +missing_column/);
    expect(stdout).toContain('1 file loaded (4 rows, 0 quarantined), 1 file failed');
    expect(stderr).toContain('error: 1 file failed');
    expect(await lake('status')).toContain('missing_column');
  });

  test.each([
    [['query', 'select * from retail_gold.nothing'], 'nothing'],
    [['query', 'select * frm x'], 'error: '],
    [['query', `select * from ${gold}`, '--at', '1'], `no snapshot 1 in ${gold}`],
    [
      ['export', 'retail_gold.nothing', '--format', 'csv', '--out', 'x'],
      'no table "retail_gold.nothing", expected one of: ',
    ],
    [
      ['export', 'retail_glod.daily_sales', '--format', 'csv', '--out', 'x'],
      'no table "retail_glod.daily_sales", no database "retail_glod", expected one of: retail_bronze, retail_gold, ',
    ],
    [['rollback', 'retail_bronze.invoices'], 'retail_bronze.invoices'],
    [['rollback', gold, '--to', '1'], '1'],
    [['release', 'retail_gold.nothing'], 'no table "retail_gold.nothing"'],
    [['lint', '--packs', '/no/packs'], '/no/packs'],
  ])('lake %j', async (words, expected) => {
    const { code, stdout, stderr } = await runHere(...words);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(expected);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test('export of an unknown table names those of its database, and no others', async () => {
  const { stderr } = await runHere('export', 'retail_gold.nothing', '--format', 'csv', '--out', 'x');

  const named = stderr
    .slice(stderr.indexOf('one of: ') + 'one of: '.length)
    .trim()
    .split(', ');
  expect(named).toContain(gold);
  expect(named.filter((name) => !name.startsWith('retail_gold.'))).toEqual([]);
});

test('lint finds no problem in the packs that come along, and names those of others by file and line', async () => {
  const packs = join(folder, 'wrong-packs');
  await cp(join(project, 'sql', 'retail'), join(packs, 'retail'), { recursive: true });
  const file = join(packs, 'retail', 'gold', 'daily_sales.sql');
  await writeFile(
    file,
    (await readFile(file, 'utf8')).replace('from ${silver}.sales', 'from ${silver}.sails'),
  );

  const right = await runHere('lint');
  const wrong = await runHere('lint', '--packs', packs);

  expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining('no problem') });
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toMatch(/daily_sales\.sql:\d+:\d+: .*sails/);
});

describe('questions', () => {
  /** Two packs that both keep a question of one name. */
  async function twoPacks(): Promise<string> {
    const packs = join(folder, 'two-packs');
    for (const name of ['retail', 'outlet']) {
      await cp(join(project, 'sql', 'retail'), join(packs, name), { recursive: true });
    }
    await rm(join(packs, 'outlet', 'queries', 'best_sellers.sql'));
    return packs;
  }

  test('are listed with their pack, for a person and as JSON', async () => {
    const packs = await twoPacks();

    const text = await lake('queries', '--packs', packs);
    const json = JSON.parse(await lake('queries', 'outlet', '--packs', packs, '--json'));

    expect(text).toMatch(/best_sellers +retail +Which products bring in the most/);
    expect(text).not.toMatch(/best_sellers +outlet/);
    expect(json).toContainEqual({
      name: 'best_customers',
      pack: 'outlet',
      question: 'Who are the best customers, and when did each buy last?',
    });
    expect(json.every(({ pack }: { readonly pack: string }) => pack === 'outlet')).toBe(true);
  });

  test('of a name that several packs have ask for the pack; of one that none has are unknown', async () => {
    const packs = await twoPacks();

    const ambiguous = await runHere('query', '--packs', packs, '--name', 'best_customers');
    const unknown = await runHere('query', '--packs', packs, '--name', 'best_sellers', '--pack', 'outlet');
    const unique = await lake('query', '--packs', packs, '--name', 'best_sellers', '--format', 'csv');

    expect(ambiguous).toMatchObject({
      code: 2,
      stderr:
        'error: query "best_customers" is in several packs, expected --pack with one of: outlet, retail\n',
    });
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no query "best_sellers" in pack outlet'),
    });
    expect(unique).toMatch(/^revenue_rank,/);
  });
});

test('dag draws every table', async () => {
  const chart = await lake('dag', 'retail');

  expect(chart).toMatch(/^flowchart LR/);
  expect(chart).toContain('daily_sales');
});

test('watch loads and refreshes what lands, and stops on Ctrl-C', async () => {
  const { child, finished } = startLake(folder, 'watch', '--lake', 'watched');
  let seen = '';
  child.stdout.on('data', (text: string) => {
    seen += text;
  });
  await mkdir(join(folder, 'watched', 'landing', 'retail', 'invoices'), { recursive: true });
  await copyFile(
    join(sample, '2010-12-22.csv'),
    join(folder, 'watched', 'landing', 'retail', 'invoices', 'new file+1.csv'),
  );

  const start = Date.now();
  while (!/1 file loaded \(291 rows[\s\S]*refresh succeeded/.test(seen) && Date.now() - start < 45_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGINT');
  const { code, stdout } = await finished;

  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/1 file loaded \(291 rows/) });
  expect(await queryRows('select count(*) as n from retail_silver.sales', '--lake', 'watched')).not.toEqual([
    { n: 0 },
  ]);
});
