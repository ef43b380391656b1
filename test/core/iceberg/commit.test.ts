import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { localPathOf } from '../../../adapters/local/folder-store.ts';
import { addColumns } from '../../../core/iceberg/add-columns.ts';
import { commitSnapshot } from '../../../core/iceberg/commit.ts';
import { manifestsOf } from '../../../core/iceberg/manifest-store.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import { mainSnapshot } from '../../../core/iceberg/table-metadata.ts';
import { openTestLake, type TestLake } from './local-tables.ts';

const id = { database: 'shop_bronze', table: 'sales' };
const columns = [
  { name: 'id', type: { kind: 'bigint' } },
  { name: 'day', type: { kind: 'date' } },
] as const;
const byMonth = [{ transform: 'month', column: 'day' }] as const;

describe('commits', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openTestLake();
  });
  afterEach(() => lake.close());

  const append = async (select: string) => {
    const table = (await loadTable(lake.io, id))!;
    const add = await lake.write(table, select);
    return commitSnapshot(lake.io, id, async () => ({ operation: 'append', add }));
  };

  test('append rows and count them in the summary', async () => {
    await lake.create(id, columns);
    await append(`select 9007199254740993 as id, date '2011-12-01' as day`);
    const { table } = await append(`select -1 as id, null as day`);

    expect(await lake.rows(id)).toEqual([
      { id: '-1', day: null },
      { id: '9007199254740993', day: '2011-12-01' },
    ]);
    expect(mainSnapshot(table.metadata)!.summary).toMatchObject({
      operation: 'append',
      'added-records': '1',
      'total-records': '2',
      'total-data-files': '2',
    });
  });

  test('replace the files of named partitions and leave the others in place', async () => {
    await lake.create(id, columns, byMonth);
    await append(`select x as id, date '2011-11-15' + x::int * 30 as day from range(3) t(x)`);
    await append(`select 9 as id, null as day`);
    const table = (await loadTable(lake.io, id))!;
    const add = await lake.write(table, `select 7 as id, date '2011-12-24' as day`);

    const outcome = await commitSnapshot(lake.io, id, async () => ({
      operation: 'overwrite',
      add,
      remove: { partitions: [{ day_month: '2011-12' }, { day_month: null }] },
    }));

    expect(await lake.rows(id)).toEqual([
      { id: '0', day: '2011-11-15' },
      { id: '2', day: '2012-01-14' },
      { id: '7', day: '2011-12-24' },
    ]);
    expect(mainSnapshot(outcome.table.metadata)!.summary).toMatchObject({
      'deleted-data-files': '2',
      'deleted-records': '2',
      'total-records': '3',
    });
  });

  test('leave main alone when the snapshot is staged', async () => {
    await lake.create(id, columns);
    const table = (await loadTable(lake.io, id))!;
    const add = await lake.write(table, 'select 1 as id, null::date as day');

    const outcome = await commitSnapshot(lake.io, id, async () => ({ operation: 'append', add }), {
      moveMain: false,
    });

    expect(await lake.rows(id)).toEqual([]);
    expect(
      outcome.status === 'committed' && (await lake.rows(id, { snapshotId: outcome.snapshotId })),
    ).toHaveLength(1);
  });

  test('commit nothing when the plan has nothing', async () => {
    await lake.create(id, columns);
    const before = await loadTable(lake.io, id);

    const outcome = await commitSnapshot(lake.io, id, async () => undefined);

    expect(outcome.status).toBe('unchanged');
    expect((await loadTable(lake.io, id))!.pointer).toEqual(before!.pointer);
  });

  test('keep a table of many commits in few manifests and a bounded metadata log', async () => {
    await lake.create(id, columns);
    const table = (await loadTable(lake.io, id))!;
    const [file] = await lake.write(table, 'select 1 as id, null::date as day');
    for (let n = 0; n < 120; n += 1) {
      await commitSnapshot(lake.io, id, async () => ({
        operation: 'append',
        add: [{ ...file!, path: `${file!.path}${n}` }],
      }));
    }

    const { metadata } = (await loadTable(lake.io, id))!;
    const manifests = await manifestsOf(lake.io.store, metadata, mainSnapshot(metadata));
    expect(manifests.length).toBeLessThan(100);
    expect(manifests.reduce((sum, manifest) => sum + manifest.addedFiles + manifest.existingFiles, 0)).toBe(
      120,
    );
    expect(metadata['metadata-log']).toHaveLength(100);
    const files = readdirSync(localPathOf(`${metadata.location}/metadata`)).filter((name) =>
      name.endsWith('.json'),
    );
    expect(files).toHaveLength(101);
  });

  test('read old files as null in columns added later', async () => {
    await lake.create(id, columns);
    await append(`select 1 as id, null::date as day`);
    await addColumns(lake.io, id, [...columns, { name: 'filename', type: { kind: 'varchar' } }]);
    await append(`select 2 as id, null::date as day, 'x' as filename`);

    expect(await lake.rows(id)).toEqual([
      { id: '1', day: null, filename: null },
      { id: '2', day: null, filename: 'x' },
    ]);
  });

  test('refuse to take a column for another type', async () => {
    await lake.create(id, columns);

    await expect(addColumns(lake.io, id, [{ name: 'id', type: { kind: 'varchar' } }])).rejects.toThrow(
      'column id is "long", expected string',
    );
  });

  test('refuse to replace partitions by a field that the table does not have', async () => {
    await lake.create(id, columns);
    await append(`select 1 as id, null::date as day`);

    const overwrite = commitSnapshot(lake.io, id, async () => ({
      operation: 'overwrite',
      add: [],
      remove: { partitions: [{ month: '2011-12' }] },
    }));

    await expect(overwrite).rejects.toThrow('no partition field "month"');
    expect(await lake.rows(id)).toHaveLength(1);
  });
});
