import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { openAwsLake } from '../../adapters/aws/aws-lake.ts';
import { type LocalLake, openLocalLake, runRefresh } from '../../adapters/local/local-lake.ts';
import { databaseOf, type Layer, type Pack } from '../../core/contract/contract.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import type { FileReport } from '../../core/ingest/load-report.ts';
import type { RefreshRequest } from '../../core/refresh/payloads.ts';
import { renderDashboardQuery } from '../../core/sql/dashboard-query.ts';
import { prepareParser } from '../../core/sql/parse.ts';
import { type CloudResources, createCloudResources } from './support/cloud-resources.ts';
import { type ForeignReader, glueCatalog, localCatalog, readTables } from './support/foreign-readers.ts';
import { findFiles, type Lake, landFiles, loadLanded, type SourceFile } from './support/landing.ts';
import { comparable, describeDifference, queryTable, type TableRows } from './support/table-rows.ts';

const packsFolder = join(import.meta.dirname, '../../sql');

const packNames = readdirSync(packsFolder).filter((name) => existsSync(join(packsFolder, name, 'pack.yaml')));

test('there is a pack to test', () => {
  expect(packNames).not.toEqual([]);
});

describe.each(packNames)('the pack %s', (name) => {
  let cloud: CloudResources;
  let folder: string;
  let pack: Pack;
  let local: LocalLake;
  let deployed: Lake;
  /** Every table's rows after both rounds. */
  let here: Readonly<Record<string, TableRows>>;
  let there: Readonly<Record<string, TableRows>>;
  const cleanUps: (() => Promise<void>)[] = [];
  const loads: FileReport[] = [];
  const refreshes: string[] = [];

  beforeAll(async () => {
    cloud = await createCloudResources();
    cleanUps.push(() => cloud.remove());
    folder = await mkdtemp(join(tmpdir(), 'conformance-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    pack = await loadRenamedPack(name, `${cloud.prefix}_${name}`, folder);
    local = await openLocalLake(join(folder, 'lake'));
    cleanUps.push(() => Promise.resolve(local[Symbol.asyncDispose]()));
    const root = `s3://${cloud.bucket}`;
    deployed = openAwsLake(
      cloud.clients,
      {
        landing: `${root}/landing`,
        bronze: `${root}/bronze`,
        silver: `${root}/silver`,
        gold: `${root}/gold`,
        runs: `${root}/runs`,
        ledgerTable: cloud.ledgerTable,
        workGroup: cloud.workGroup,
      },
      folder,
    );

    // Two rounds, so that the second refresh has tables and partitions to replace.
    for (const files of halves(findFiles(name))) {
      for (const lake of [local, deployed]) {
        await landFiles(lake, pack, files);
        loads.push(...(await loadLanded(lake, pack, files)));
        refreshes.push(await refresh(lake));
      }
    }
    here = await queryAll(local);
    there = await queryAll(deployed);
  });
  afterAll(async () => {
    // In an account of one's own nothing may stay behind, however far the preparations came.
    for (const cleanUp of cleanUps.reverse()) {
      await cleanUp();
    }
  });

  async function refresh(lake: Lake, request: RefreshRequest = {}): Promise<string> {
    const openConnection = async () => (await DuckDBInstance.create(':memory:')).connect();
    const { status, message } = await runRefresh({ ...lake, pack, openConnection }, request);
    return status === 'succeeded' ? status : `${status}: ${message}`;
  }

  /** `database.table` of every table that a lake has, but for staging. */
  async function listTables(lake: Lake): Promise<readonly string[]> {
    const layers = ['bronze', 'silver', 'gold'] as const;
    const tables = await Promise.all(
      layers.map(async (layer) => {
        const database = databaseOf(pack.name, layer);
        return (await lake.catalog.listTables(database)).map((table) => `${database}.${table}`);
      }),
    );
    return tables.flat();
  }

  /** Compares table by table, and tells of all that differ. */
  function differences(
    expected: Readonly<Record<string, TableRows>>,
    found: Readonly<Record<string, TableRows>>,
    leftOut: (table: string) => readonly string[],
  ): Readonly<Record<string, string>> {
    const told = Object.entries(expected).flatMap(([table, rows]) => {
      const other = found[table];
      const difference =
        other === undefined
          ? 'is not there'
          : describeDifference(comparable(rows, leftOut(table)), comparable(other, leftOut(table)));
      return difference === undefined ? [] : [[table, difference] as const];
    });
    return Object.fromEntries(told);
  }

  const queryAll = async (lake: Lake) => {
    const rows: Record<string, TableRows> = {};
    for (const table of await listTables(lake)) {
      rows[table] = await queryTable(lake.engine, table);
    }
    return rows;
  };

  test('loads and refreshes without a failed file or table, on both', () => {
    // A sample may hold a file that is sent twice.
    expect(loads.filter(({ outcome }) => outcome.status === 'failed')).toEqual([]);
    expect(refreshes).toEqual(refreshes.map(() => 'succeeded'));
  });

  test('has every table of its contracts and models, and those that the pipeline keeps, on both', async () => {
    const own = [...pack.bronze, ...pack.models].map(
      (table) => `${databaseOf(pack.name, table.layer)}.${table.name}`,
    );
    // Quarantine is made when the first row is rejected.
    const quarantine = `${databaseOf(pack.name, 'bronze')}.quarantine`;
    const quality = `${databaseOf(pack.name, 'gold')}.quality_results`;

    const localTables = await listTables(local);
    const deployedTables = await listTables(deployed);

    expect(localTables.filter((table) => table !== quarantine).sort()).toEqual([...own, quality].sort());
    expect([...deployedTables].sort()).toEqual([...localTables].sort());
  });

  test('has the same cells in every table on AWS as locally', () => {
    expect(differences(here, there, (table) => notCompared(table))).toEqual({});
    // Quarantine and tables without a main input, such as side tables, may be empty.
    const mayBeEmpty = pack.models
      .filter(({ mainInput }) => mainInput === undefined)
      .map(({ layer, name: table }) => `${databaseOf(pack.name, layer)}.${table}`);
    mayBeEmpty.push(`${databaseOf(pack.name, 'bronze')}.quarantine`);
    for (const [table, { rows }] of Object.entries(here)) {
      if (!mayBeEmpty.includes(table)) expect([table, rows.length]).not.toEqual([table, 0]);
    }
  });

  test('answers every question on AWS as locally, row by row in their order', async () => {
    await prepareParser();
    const answers = async (lake: Lake) =>
      Object.fromEntries(
        await Promise.all(
          pack.queries.map(async (query) => {
            const { queryExecutionId } = await lake.engine.run(renderDashboardQuery(pack, query));
            return [query.name, await lake.engine.results(queryExecutionId)] as const;
          }),
        ),
      );

    const [expected, found] = [await answers(local), await answers(deployed)];

    expect(found).toEqual(expected);
    expect(Object.keys(expected).filter((query) => expected[query]?.rows.length === 0)).toEqual([]);
    expect(Object.keys(expected)).not.toEqual([]);
  });

  test('leaves no staging table behind', async () => {
    expect(await deployed.catalog.listTables(`${pack.name}_staging`)).toEqual([]);
    expect(await local.catalog.listTables(`${pack.name}_staging`)).toEqual([]);
  });

  test.each<readonly [ForeignReader, 'locally' | 'on AWS']>([
    ['pyiceberg', 'locally'],
    ['duckdb', 'locally'],
    ['pyiceberg', 'on AWS'],
  ])('is read by %s %s, in every cell', async (reader, where) => {
    const expected = where === 'locally' ? here : there;
    const catalog =
      where === 'locally' ? localCatalog(join(local.folder, 'catalog.db')) : await glueCatalog(cloud.clients);

    const found = await readTables(reader, catalog, Object.keys(expected));

    expect(differences(expected, found, () => [])).toEqual({});
  });

  test('loads nothing again and builds nothing again', async () => {
    const before = await pointers(deployed);

    await landFiles(deployed, pack, findFiles(name));
    const reports = await loadLanded(deployed, pack, findFiles(name));
    expect(reports.map(({ outcome }) => outcome.status)).toEqual(reports.map(() => 'duplicate'));
    expect(await refresh(deployed)).toBe('succeeded');

    expect(await pointers(deployed)).toEqual(before);
  });

  /** Where the tables of the contracts and models are, which tells whether anything was committed. */
  async function pointers(lake: Lake): Promise<Readonly<Record<string, string | undefined>>> {
    const tables = [...pack.bronze, ...pack.models].map(({ layer, name: table }) => ({
      database: databaseOf(pack.name, layer),
      table,
    }));
    const found = await Promise.all(
      tables.map(async (table) => [table.table, (await lake.catalog.load(table))?.metadataLocation] as const),
    );
    return Object.fromEntries(found);
  }

  test('has the same cells after a full rebuild on AWS', async () => {
    expect(await refresh(deployed, { full: true })).toBe('succeeded');

    const quality = `${databaseOf(pack.name, 'gold')}.quality_results`;
    const { [quality]: _grown, ...tables } = there;
    expect(differences(tables, await queryAll(deployed), (table) => notCompared(table))).toEqual({});
  });
});

/** Columns that tell of a run and not of the data. */
function notCompared(table: string): readonly string[] {
  const layer = /_(bronze|silver|gold)\.[^.]*$/.exec(table)?.[1] as Layer;
  return table.endsWith('.quality_results')
    ? ['run_id', 'checked_at']
    : { bronze: ['source_modified_at', 'loaded_at'], silver: [], gold: ['run_id', 'built_at'] }[layer];
}

/**
 * The pack under a name that no other lake of the account has. SQL files name databases by placeholders, so a copy under
 * another folder name is the same pack in databases of its own.
 */
async function loadRenamedPack(name: string, newName: string, folder: string): Promise<Pack> {
  const copy = join(folder, 'sql', newName);
  await cp(join(packsFolder, name), copy, { recursive: true });
  const { pack, problems } = await loadPack(copy);
  expect(problems).toEqual([]);
  return pack;
}

/** All but the last third of each dataset's files, and then the rest: a second round touches what is there and adds. */
function halves(files: readonly SourceFile[]): readonly (readonly SourceFile[])[] {
  const first = files.filter((file) => {
    const siblings = files.filter(({ dataset }) => dataset === file.dataset);
    return siblings.indexOf(file) < Math.max(1, Math.ceil((siblings.length * 2) / 3));
  });
  return [first, files.filter((file) => !first.includes(file))].filter((round) => round.length > 0);
}
