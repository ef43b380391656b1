import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { type LocalLake, openLocalLake, refreshPack } from '../../adapters/local/local-lake.ts';
import type { Pack } from '../../core/contract/contract.ts';
import { loadPacks } from '../../core/contract/load-pack.ts';
import { listSnapshots } from '../../core/iceberg/publish.ts';
import { loadTable } from '../../core/iceberg/table.ts';
import { loadFiles } from '../../core/ingest/load-files.ts';
import { renderDashboardQuery } from '../../core/sql/dashboard-query.ts';
import { prepareParser } from '../../core/sql/parse.ts';
import { type Deployment, deployStage } from './support/deployment.ts';
import { findFiles } from './support/landing.ts';
import { comparable, describeDifference, queryTable } from './support/table-rows.ts';

const project = join(import.meta.dirname, '../..');

/** A file to be dropped in S3: `<pack>/<dataset>/<file>`, and its bytes. */
type Drop = { readonly key: string; readonly bytes: Uint8Array };

let folder: string;
let stage: Deployment;
let local: LocalLake;
let packs: readonly Pack[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deployed-'));
  const packsFolder = join(folder, 'sql');
  await cp(join(project, 'sql'), packsFolder, { recursive: true });
  // A small pack with a check that data can break, which retail's checks are made not to be.
  await cp(join(project, 'test/fixtures/packs/shop'), join(packsFolder, 'shop'), { recursive: true });
  packs = (await loadPacks(packsFolder)).packs;
  local = await openLocalLake(join(folder, 'lake'));
  stage = await deployStage(packsFolder);
});
afterAll(async () => {
  await local?.[Symbol.asyncDispose]();
  await stage?.destroy();
  await rm(folder, { recursive: true });
});

function packNamed(name: string): Pack {
  const pack = packs.find((candidate) => candidate.name === name);
  if (pack === undefined) throw new Error(`no pack ${name}`);
  return pack;
}

/** Drops the files in the landing bucket of the stage, all at once, and waits for what comes of it. */
async function drop(files: readonly Drop[]): Promise<void> {
  await Promise.all(
    files.map(({ key, bytes }) => stage.lake.store.write(`${stage.lake.layout.landing}/${key}`, bytes)),
  );
  await stage.untilIdle();
}

/** The same files into the local lake, in order. */
async function loadLocally(files: readonly Drop[]): Promise<void> {
  for (const { key, bytes } of files) {
    await local.store.write(`${local.layout.landing}/${key}`, bytes);
    const [pack = '', dataset = '', ...rest] = key.split('/');
    const contract = packNamed(pack).bronze.find((candidate) => candidate.dataset === dataset);
    if (contract === undefined) throw new Error(`no dataset ${dataset}`);
    await loadFiles({ ...local, ledger: local.loads }, contract, [
      { location: `${local.layout.landing}/${key}`, sourceFile: rest.join('/') },
    ]);
  }
}

/** How the silver and gold tables of a pack differ from the local lake's, cell by cell; audit columns excepted. */
async function differences(pack: string): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = {};
  for (const { layer, name } of packNamed(pack).models) {
    const table = `${pack}_${layer}.${name}`;
    const leftOut = layer === 'gold' ? ['run_id', 'built_at'] : ['source_modified_at', 'loaded_at'];
    const [here, there] = await Promise.all([
      queryTable(local.engine, table),
      queryTable(stage.readers, table),
    ]);
    const difference = describeDifference(comparable(here, leftOut), comparable(there, leftOut));
    if (difference !== undefined) told[table] = difference;
  }
  return told;
}

async function rows(sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const { queryExecutionId } = await stage.readers.run(sql);
  return (await stage.readers.results(queryExecutionId)).rows;
}

/** Snapshots of a table that were committed to `main`. */
async function countCommits(database: string, table: string): Promise<number> {
  const found = await loadTable(stage.lake, { database, table });
  if (found === undefined) return 0;
  return (await listSnapshots(stage.lake, found)).filter(({ publishedAt }) => publishedAt !== undefined)
    .length;
}

async function readDrops(pack: string): Promise<readonly Drop[]> {
  return Promise.all(
    findFiles(pack).map(async ({ dataset, sourceFile, path }) => ({
      key: `${pack}/${dataset}/${sourceFile}`,
      bytes: await readFile(path),
    })),
  );
}

const invoiceHeader = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
const text = (content: string) => new TextEncoder().encode(content);

test('a burst of real files, hostile keys and a bad file among them, comes out as the local run does in every cell', async () => {
  const real = await readDrops('retail');
  const odd = ['with blank.csv', 'a+b%20c.csv', 'größe/日本.csv'].map((name, index) => ({
    key: `retail/invoices/${name}`,
    bytes: text(
      `${invoiceHeader}99900${index},85123A,ODD KEY,${index + 1},2010-12-20 10:00:00,2.55,17850,France\n`,
    ),
  }));
  const bad = { key: 'retail/invoices/not-a-table.csv', bytes: text('this,is\nno,invoice\n') };

  await drop([...real, ...odd, bad]);
  await loadLocally([...real, ...odd, bad]);
  expect((await refreshPack(local, packNamed('retail'))).status).toBe('succeeded');

  expect(await differences('retail')).toEqual({});
  const loads = await Array.fromAsync(stage.lake.loads.list('retail'));
  expect(
    loads.filter(({ outcome }) => outcome.status === 'failed').map(({ sourceFile }) => sourceFile),
  ).toEqual(['not-a-table.csv']);
});

test('every question of every pack is saved for analysts, and answers in their work group as locally', async () => {
  await prepareParser();
  const saved = await stage.namedQueries();

  expect(saved.map(({ name }) => name).sort()).toEqual(
    packs.flatMap((pack) => pack.queries.map(({ name }) => `${pack.name}.${name}`)).sort(),
  );
  for (const pack of packs) {
    for (const query of pack.queries) {
      const deployed = saved.find(({ name }) => name === `${pack.name}.${query.name}`);
      expect(deployed).toMatchObject({
        description: query.question,
        database: `${pack.name}_gold`,
        sql: renderDashboardQuery(pack, query),
      });
      // The only pack that has data here; packs.test.ts asks the same questions over the data of each.
      if (pack.name !== 'retail') continue;
      const here = await local.engine.run(renderDashboardQuery(pack, query));
      expect([query.name, await rows(deployed?.sql ?? '')]).toEqual([
        query.name,
        (await local.engine.results(here.queryExecutionId)).rows,
      ]);
    }
  }
});

test('the same files again change nothing', async () => {
  const before = await rows('select count(*), max(run_id) from retail_gold.daily_sales');

  await drop(await readDrops('retail'));

  expect(await rows('select count(*), max(run_id) from retail_gold.daily_sales')).toEqual(before);
  expect(await differences('retail')).toEqual({});
});

test('a reader sees whole versions only, and corrected content under an old name equals the local run', async () => {
  const [first] = await readDrops('retail');
  if (first === undefined) throw new Error('no sample');
  // One line moves to the next month: its old month and its new one both change.
  const corrected = {
    key: first.key,
    bytes: text(`${invoiceHeader}888001,85123A,CORRECTED,3,2011-01-07 10:00:00,2.55,17850,France\n`),
  };
  const seen = new Set<string>();
  let reading = true;
  const reader = (async () => {
    while (reading) {
      const [row] = await rows(
        'select run_id, count(*) as n, sum(revenue) as total from retail_gold.daily_sales group by run_id',
      );
      seen.add(JSON.stringify(row));
    }
  })();

  await drop([corrected]);
  reading = false;
  await reader;
  await loadLocally([corrected]);
  await refreshPack(local, packNamed('retail'));

  expect(await differences('retail')).toEqual({});
  // The version before and the one after; a half-built one would be a third.
  expect(seen.size).toBeLessThanOrEqual(2);
  expect(seen.size).toBeGreaterThanOrEqual(1);
});

test('a failing check leaves the old version and a failed execution that names the check', async () => {
  const header = 'order_id,country,amount,ordered_at\n';
  const good = {
    key: 'shop/orders/1.csv',
    bytes: text(`${header}1,FR,10.00,2024-01-01\n2,DE,2000.00,2024-02-01\n`),
  };
  await drop([good]);
  expect(await rows('select country, order_count from shop_gold.country_sales order by country')).toEqual([
    ['DE', '1'],
    ['FR', '1'],
  ]);

  await drop([{ key: 'shop/orders/2.csv', bytes: text(`${header}3,GG,5.00,2024-03-01\n`) }]);

  expect(await rows('select country, order_count from shop_gold.country_sales order by country')).toEqual([
    ['DE', '1'],
    ['FR', '1'],
  ]);
  const failed = (await stage.executions('shop')).filter(({ status }) => status === 'FAILED');
  expect(failed.map(({ result }) => result)).toEqual([
    expect.stringMatching(/SHOP-3.*country_sales|country_sales.*SHOP-3/),
  ]);
});

/**
 * A commit holds what the event source hands over at once: up to 500 messages, gathered over the batch window. An emulator may do as SQS
 * itself does and hand over 10 messages at the most, which makes 50 commits of 500 files, and some more for a batch that was not full.
 */
const mostCommits = process.env.AWS_ENDPOINT_URL === undefined ? 25 : 60;

test('five hundred small files in one burst are loaded once each, in few commits and one or two runs', async () => {
  const commits = await countCommits('retail_bronze', 'invoices');
  const runs = (await stage.executions('retail')).filter(isRun).length;
  const burst = Array.from({ length: 500 }, (_, index) => ({
    key: `retail/invoices/burst/${index}.csv`,
    bytes: text(`${invoiceHeader}${700000 + index},22423,BURST,1,2010-12-21 09:00:00,1.25,17850,Spain\n`),
  }));

  await drop(burst);

  expect(
    await rows(
      "select count(*), count(distinct invoice_no) from retail_bronze.invoices where description = 'BURST'",
    ),
  ).toEqual([['500', '500']]);
  expect(await rows("select sum(quantity) from retail_silver.sales where description = 'BURST'")).toEqual([
    ['500'],
  ]);
  expect((await countCommits('retail_bronze', 'invoices')) - commits).toBeLessThanOrEqual(mostCommits);
  expect((await stage.executions('retail')).filter(isRun).length - runs).toBeLessThanOrEqual(2);
});

/** An execution that did not find another run at work. */
function isRun({ result }: { readonly result: unknown }): boolean {
  return (result as { readonly decision?: string } | null)?.decision !== 'busy';
}
