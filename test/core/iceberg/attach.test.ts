import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AttachRequest, attachStaged } from '../../../core/iceberg/attach.ts';
import { changedPartitions } from '../../../core/iceberg/changed-partitions.ts';
import { commitSnapshot } from '../../../core/iceberg/commit.ts';
import { rowsSnapshotId } from '../../../core/iceberg/compaction.ts';
import { commitMetadata } from '../../../core/iceberg/metadata-commit.ts';
import { listSnapshots, publishSnapshot, rollbackTo } from '../../../core/iceberg/publish.ts';
import { loadTable } from '../../../core/iceberg/table.ts';
import { snapshotById } from '../../../core/iceberg/table-metadata.ts';
import { openTestLake, type TestLake } from './local-tables.ts';

const target = { database: 'shop_gold', table: 'sales' };
const columns = [
  { name: 'month', type: { kind: 'date' } },
  { name: 'amount', type: { kind: 'bigint' } },
] as const;
const byMonth = [{ transform: 'month', column: 'month' }] as const;

describe('staged tables', () => {
  let lake: TestLake;
  let targetLocation: string;
  let attempts = 0;
  beforeEach(async () => {
    lake = await openTestLake();
    targetLocation = `file://${lake.folder}/shop_gold/sales`;
  });
  afterEach(() => lake.close());

  /** Stages the select as a run would and attaches it. */
  const stage = async (
    select: string,
    change: {
      columns?: Parameters<TestLake['create']>[1];
      partitioning?: Parameters<TestLake['create']>[2];
    } & Partial<AttachRequest> = {},
  ) => {
    const { columns: columnsOf = columns, partitioning = byMonth, ...request } = change;
    attempts += 1;
    const staging = { database: 'shop_staging', table: `sales__run_${attempts}` };
    const table = await lake.create(
      staging,
      columnsOf,
      partitioning,
      `${targetLocation}/data/run-${attempts}`,
    );
    const add = await lake.write(table, select);
    await commitSnapshot(lake.io, staging, async () => ({ operation: 'append', add }));
    const full: AttachRequest = {
      target,
      staging,
      targetLocation,
      replace: 'all',
      attempt: `run-${attempts}`,
      summary: { 'shoplake.sql': 'abc' },
      ...request,
    };
    return { staging, request: full };
  };
  const publish = async (select: string, change: Parameters<typeof stage>[1] = {}) => {
    const { staging, request } = await stage(select, change);
    const attached = await attachStaged(lake.io, request);
    const { snapshotId, parentSnapshotId: expectedParent } = attached;
    await publishSnapshot(lake.io, target, { snapshotId, expectedParent, staging });
    return attached;
  };
  const amounts = async (snapshotId?: bigint, id = target) =>
    (await lake.rows(id, snapshotId === undefined ? {} : { snapshotId })).map(
      (row) => (row as { amount: string }).amount,
    );
  const ofMonth = (month: string, amount: number) =>
    `select date '${month}-01' as month, ${amount} as amount`;

  test('are not what readers see before they are published, also as the very first version', async () => {
    const { request, staging } = await stage(ofMonth('2011-12', 1));

    const attached = await attachStaged(lake.io, request);

    expect(await amounts()).toEqual([]);
    expect(await amounts(attached.snapshotId)).toEqual(['1']);
    expect(attached).toMatchObject({ parentSnapshotId: undefined, freshMetadata: false, totalRecords: 1n });
    expect(attached.readAt).toEqual({ ...target, snapshotId: attached.snapshotId });
    expect(await loadTable(lake.io, staging)).toBeUndefined();
    await publishSnapshot(lake.io, target, { snapshotId: attached.snapshotId, expectedParent: undefined });
    expect(await amounts()).toEqual(['1']);
  });

  test('take the place of all files', async () => {
    await publish(`${ofMonth('2011-11', 1)} union all ${ofMonth('2011-12', 2)}`);
    const { snapshotId } = await publish(ofMonth('2012-01', 3));

    expect(await amounts()).toEqual(['3']);
    const [latest] = await listSnapshots(lake.io, (await loadTable(lake.io, target))!);
    expect(latest).toMatchObject({ snapshotId, isMain: true, operation: 'overwrite' });
    expect(latest!.summary).toMatchObject({
      'shoplake.sql': 'abc',
      'deleted-data-files': '2',
      'total-records': '1',
    });
  });

  test('take the place of the named partitions, also of one that turns out empty', async () => {
    await publish(
      `${ofMonth('2011-10', 1)} union all ${ofMonth('2011-11', 2)} union all ${ofMonth('2011-12', 3)}`,
    );

    await publish(ofMonth('2011-12', 4), {
      replace: { partitions: [{ month_month: '2011-11' }, { month_month: '2011-12' }] },
    });

    expect(await amounts()).toEqual(['1', '4']);
  });

  test('do not take the place of partitions of another version than the one they were told of', async () => {
    const first = await publish(ofMonth('2011-10', 1));
    await publish(`${ofMonth('2011-10', 1)} union all ${ofMonth('2011-11', 2)}`);
    const { request } = await stage(ofMonth('2011-12', 3), {
      replace: { partitions: [{ month_month: '2011-12' }] },
      base: first.snapshotId,
    });

    await expect(attachStaged(lake.io, request)).rejects.toThrow('main has moved');
  });

  test('fail with a file outside the named partitions', async () => {
    await publish(ofMonth('2011-10', 1));
    const { request } = await stage(ofMonth('2011-12', 4), {
      replace: { partitions: [{ month_month: '2011-11' }] },
    });

    await expect(attachStaged(lake.io, request)).rejects.toThrow('lies outside the partitions');
    expect(await amounts()).toEqual(['1']);
  });

  test("fail with a file outside the target's folder", async () => {
    const { request } = await stage(ofMonth('2011-12', 4));

    await expect(
      attachStaged(lake.io, { ...request, targetLocation: `file://${lake.folder}/other` }),
    ).rejects.toThrow('lies elsewhere');
  });

  test('attach once however often the attempt is made', async () => {
    await publish(ofMonth('2011-10', 1));
    const { request } = await stage(ofMonth('2011-12', 2));
    const first = await attachStaged(lake.io, request);

    const again = await attachStaged(lake.io, request);

    expect(again).toEqual(first);
    expect((await loadTable(lake.io, target))!.metadata.snapshots).toHaveLength(2);
  });

  test('are published once, and not over another publish', async () => {
    await publish(ofMonth('2011-10', 1));
    const one = await attachStaged(lake.io, (await stage(ofMonth('2011-11', 2))).request);
    const other = await attachStaged(lake.io, (await stage(ofMonth('2011-12', 3))).request);
    const request = { snapshotId: one.snapshotId, expectedParent: one.parentSnapshotId };
    await publishSnapshot(lake.io, target, request);

    await publishSnapshot(lake.io, target, request);
    const late = publishSnapshot(lake.io, target, {
      snapshotId: other.snapshotId,
      expectedParent: other.parentSnapshotId,
    });

    await expect(late).rejects.toMatchObject({ name: 'PublishConflictError' });
    expect(await amounts()).toEqual(['2']);
  });

  test('keep the ids of columns when columns are added at the end', async () => {
    await publish(ofMonth('2011-10', 1));
    const wider = [...columns, { name: 'note', type: { kind: 'varchar' } }] as const;

    const attached = await publish(`select *, 'x' as note from (${ofMonth('2011-12', 2)})`, {
      columns: wider,
      replace: { partitions: [{ month_month: '2011-12' }] },
    });

    expect(attached.freshMetadata).toBe(false);
    expect(await lake.rows(target)).toEqual([
      { month: '2011-10-01', amount: '1', note: null },
      { month: '2011-12-01', amount: '2', note: 'x' },
    ]);
  });

  test('show added columns when they are published, and not when they are only attached', async () => {
    await publish(ofMonth('2011-10', 1));
    const wider = [...columns, { name: 'note', type: { kind: 'varchar' } }] as const;
    const wide = (note: string) =>
      stage(`select *, '${note}' as note from (${ofMonth('2011-10', 2)})`, { columns: wider });
    const { request } = await wide('wrong');

    const { snapshotId } = await attachStaged(lake.io, request);
    const seen = await lake.rows(target);
    const audited = await lake.rows(target, { snapshotId });
    // The first version was not published: another takes its place.
    await publish(`select *, 'right' as note from (${ofMonth('2011-10', 3)})`, { columns: wider });

    expect(seen).toEqual([{ month: '2011-10-01', amount: '1' }]);
    expect(audited).toEqual([{ month: '2011-10-01', amount: '2', note: 'wrong' }]);
    expect(await lake.rows(target)).toEqual([{ month: '2011-10-01', amount: '3', note: 'right' }]);
  });

  describe('with another schema or partitioning', () => {
    const renamed = [
      { name: 'total', type: { kind: 'varchar' } },
      { name: 'month', type: { kind: 'date' } },
    ] as const;
    const select = `select 'many' as total, date '2011-12-01' as month`;
    const change = { columns: renamed, partitioning: [] };

    test('are read in the staging table until publish swaps the metadata', async () => {
      const before = await publish(ofMonth('2011-10', 1));
      const { request, staging } = await stage(select, change);

      const attached = await attachStaged(lake.io, request);

      expect(attached).toMatchObject({
        freshMetadata: true,
        parentSnapshotId: before.snapshotId,
        totalRecords: 1n,
      });
      expect(await amounts()).toEqual(['1']);
      const { snapshotId, ...readable } = attached.readAt;
      expect(readable).toEqual(staging);
      expect(await lake.rows(readable, { snapshotId })).toEqual([{ total: 'many', month: '2011-12-01' }]);
      expect(await lake.rows(target, { snapshotId: attached.snapshotId })).toHaveLength(1);
      expect(await attachStaged(lake.io, request)).toEqual(attached);

      const publishing = { snapshotId: attached.snapshotId, expectedParent: before.snapshotId, staging };
      await publishSnapshot(lake.io, target, publishing);
      await publishSnapshot(lake.io, target, publishing);

      expect(await lake.rows(target)).toEqual([{ total: 'many', month: '2011-12-01' }]);
      const { metadata } = (await loadTable(lake.io, target))!;
      expect([metadata.schemas.length, metadata['partition-specs'].length]).toEqual([1, 1]);
      expect(await loadTable(lake.io, staging)).toBeUndefined();
    });

    test('can be rolled back over, and forward again', async () => {
      const before = await publish(ofMonth('2011-10', 1));
      const after = await publish(select, change);

      await rollbackTo(lake.io, target, before.snapshotId);
      expect(await amounts()).toEqual(['1']);
      const listed = await listSnapshots(lake.io, (await loadTable(lake.io, target))!);
      expect(listed.map((snapshot) => snapshot.snapshotId)).toContain(after.snapshotId);
      await rollbackTo(lake.io, target, after.snapshotId);
      expect(await lake.rows(target)).toEqual([{ total: 'many', month: '2011-12-01' }]);
      await rollbackTo(lake.io, target, before.snapshotId);
      expect(await amounts()).toEqual(['1']);
    });

    test('are not published over another publish', async () => {
      await publish(ofMonth('2011-10', 1));
      const attached = await attachStaged(lake.io, (await stage(select, change)).request);
      await publish(ofMonth('2011-10', 2));

      const late = publishSnapshot(lake.io, target, {
        snapshotId: attached.snapshotId,
        expectedParent: attached.parentSnapshotId,
      });

      await expect(late).rejects.toMatchObject({ name: 'PublishConflictError' });
      expect(await amounts()).toEqual(['2']);
    });

    test('cannot replace single partitions', async () => {
      await publish(ofMonth('2011-10', 1));
      const { request } = await stage(select, {
        columns: renamed,
        replace: { partitions: [{ month_month: '2011-12' }] },
      });

      await expect(attachStaged(lake.io, request)).rejects.toThrow('schema or partitioning changed');
    });
  });

  test('say which partitions changed between two snapshots', async () => {
    const first = await publish(`${ofMonth('2011-10', 1)} union all ${ofMonth('2011-11', 2)}`);
    const second = await publish(ofMonth('2012-01', 3), {
      replace: { partitions: [{ month_month: '2011-11' }, { month_month: '2012-01' }] },
    });
    const third = await publish(`select null::date as month, 4 as amount`, {
      replace: { partitions: [{ month_month: null }] },
    });
    const between = (from: bigint, to: bigint, column = 'month') =>
      changedPartitions(lake.io, target, { from, to, column });

    const field = { kind: 'partitions', column: 'month', transform: 'month' };
    expect(await between(first.snapshotId, second.snapshotId)).toEqual({
      before: first.snapshotId,
      ...field,
      values: ['2011-11', '2012-01'],
    });
    expect(await between(first.snapshotId, third.snapshotId)).toEqual({
      before: first.snapshotId,
      ...field,
      values: [null, '2011-11', '2012-01'],
    });
    expect(await between(third.snapshotId, third.snapshotId)).toEqual({ ...field, values: [] });
    expect(await between(1n, third.snapshotId)).toEqual({ kind: 'all', reason: 'snapshot 1 has expired' });
    expect(await between(first.snapshotId, second.snapshotId, 'amount')).toMatchObject({ kind: 'all' });
  });

  describe('after a compaction', () => {
    /** Rewrites the whole table into other files, as an engine's OPTIMIZE commits it. */
    const compact = async () => {
      const table = await loadTable(lake.io, target);
      const rows = await lake.rows(target);
      const values = (rows as { month: string; amount: string }[]).map(
        ({ month, amount }) => `(date '${month}', ${amount}::bigint)`,
      );
      const add = await lake.write(
        table!,
        `select * from (values ${values.join(', ')}) as rows(month, amount)`,
      );
      const outcome = await commitSnapshot(lake.io, target, async () => ({
        // The pipeline itself never rewrites, so its own type does not know the operation.
        operation: 'replace' as 'overwrite',
        add,
        remove: 'all',
      }));
      return (outcome as { readonly snapshotId: bigint }).snapshotId;
    };
    const between = (from: bigint, to: bigint) =>
      changedPartitions(lake.io, target, { from, to, column: 'month' });
    const field = { kind: 'partitions', column: 'month', transform: 'month' };
    const expire = async (snapshotId: bigint) =>
      commitMetadata(lake.io, target, async ({ metadata }) => ({
        metadata: {
          ...metadata,
          snapshots: metadata.snapshots.filter((snapshot) => snapshot['snapshot-id'] !== snapshotId),
        },
        written: [],
      }));

    test('no partition has changed', async () => {
      const first = await publish(`${ofMonth('2011-10', 1)} union all ${ofMonth('2011-11', 2)}`);
      const rewritten = await compact();

      expect(await between(first.snapshotId, rewritten)).toEqual({ ...field, values: [] });
      expect(await between(first.snapshotId, await compact())).toEqual({ ...field, values: [] });
    });

    test('only those partitions have changed that were written before or after it', async () => {
      const first = await publish(`${ofMonth('2011-10', 1)} union all ${ofMonth('2011-11', 2)}`);
      await publish(ofMonth('2011-12', 3), { replace: { partitions: [{ month_month: '2011-12' }] } });
      await compact();
      const last = await publish(ofMonth('2012-01', 4), {
        replace: { partitions: [{ month_month: '2012-01' }] },
      });

      expect(await between(first.snapshotId, last.snapshotId)).toEqual({
        ...field,
        values: ['2011-12', '2012-01'],
      });
    });

    test('changes are told though the version before it has expired', async () => {
      const first = await publish(`${ofMonth('2011-10', 1)} union all ${ofMonth('2011-11', 2)}`);
      const rewritten = await compact();
      const last = await publish(ofMonth('2011-11', 4), {
        replace: { partitions: [{ month_month: '2011-11' }] },
      });
      await expire(first.snapshotId);

      expect(await between(first.snapshotId, last.snapshotId)).toEqual({
        ...field,
        before: rewritten,
        values: ['2011-11'],
      });
    });

    test('rows are told by the snapshot that they came with', async () => {
      const first = await publish(ofMonth('2011-10', 1));
      const rewrites = [await compact(), await compact()];
      const { metadata } = (await loadTable(lake.io, target))!;

      const told = rewrites.map((id) => rowsSnapshotId(metadata, snapshotById(metadata, id)!));

      expect(told).toEqual([first.snapshotId, first.snapshotId]);
    });
  });
});
