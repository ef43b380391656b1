import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { commitSnapshot } from '../../../core/iceberg/commit.ts';
import type { DataFile } from '../../../core/iceberg/data-file.ts';
import { publishSnapshot } from '../../../core/iceberg/publish.ts';
import { planScan } from '../../../core/iceberg/scan.ts';
import { type IcebergIo, loadTable } from '../../../core/iceberg/table.ts';
import { mainSnapshot } from '../../../core/iceberg/table-metadata.ts';
import {
  CommitConflictError,
  CommitStateUnknownError,
  type TableCatalog,
} from '../../../core/ports/table-catalog.ts';
import { openTestLake, type TestLake } from './local-tables.ts';

const id = { database: 'shop_bronze', table: 'sales' };
const columns = [{ name: 'id', type: { kind: 'bigint' } }] as const;

type Swap = TableCatalog['swap'];

describe('a commit', () => {
  let lake: TestLake;
  afterEach(() => lake.close());

  const open = async () => {
    lake = await openTestLake();
    await lake.create(id, columns);
    return lake.io;
  };
  const withSwap = (
    io: IcebergIo,
    swap: (original: Swap, ...call: Parameters<Swap>) => Promise<void>,
  ): IcebergIo => ({
    ...io,
    clock: { ...io.clock, sleep: async () => undefined },
    catalog: { ...io.catalog, swap: (...call) => swap(io.catalog.swap, ...call) },
  });
  const append = async (io: IcebergIo, value: number) => {
    const table = (await loadTable(io, id))!;
    const add = await lake.write(table, `select ${value} as id`);
    return commitSnapshot(io, id, async () => ({ operation: 'append', add }));
  };
  /** Files under `metadata/` that the table does not need. */
  const strays = async () => {
    const table = (await loadTable(lake.io, id))!;
    const reachable = new Set([
      table.pointer.metadataLocation,
      ...table.metadata['metadata-log'].map((entry) => entry['metadata-file']),
      ...table.metadata.snapshots.map((snapshot) => snapshot['manifest-list']),
    ]);
    const names = readdirSync(join(lake.folder, id.database, id.table, 'metadata'));
    return names.filter(
      (name) => !/-m\d+\.avro$/.test(name) && !reachable.has(`${table.metadata.location}/metadata/${name}`),
    );
  };
  const ids = async () => (await lake.rows(id)).map((row) => (row as { id: string }).id);

  test('that loses to another is made again on top of it, and cleans up after itself', async () => {
    const io = await open();
    let lost = false;
    const racing = withSwap(io, async (swap, ...call) => {
      if (!lost) {
        lost = true;
        await append(io, 1);
      }
      await swap(...call);
    });

    await append(racing, 2);

    expect(await ids()).toEqual(['1', '2']);
    expect(await strays()).toEqual([]);
  });

  test('reported as a conflict that was its own success is not made twice', async () => {
    const io = await open();
    const retried = withSwap(io, async (swap, ...call) => {
      await swap(...call);
      throw new CommitConflictError('the retried request met the first one');
    });

    const outcome = await append(retried, 1);

    expect(outcome.status).toBe('committed');
    expect(await ids()).toEqual(['1']);
    expect(await strays()).toEqual([]);
  });

  test('reported as a conflict is found to be its own though others followed it', async () => {
    const io = await open();
    let first = true;
    const retried = withSwap(io, async (swap, ...call) => {
      await swap(...call);
      if (!first) return;
      first = false;
      await append(io, 2);
      throw new CommitConflictError('the retried request met another one');
    });

    await append(retried, 1);

    expect(await ids()).toEqual(['1', '2']);
  });

  test('whose answer was lost but which took effect is found', async () => {
    const io = await open();
    const lossy = withSwap(io, async (swap, ...call) => {
      await swap(...call);
      throw new CommitStateUnknownError('timeout');
    });

    expect((await append(lossy, 1)).status).toBe('committed');
    expect(await ids()).toEqual(['1']);
  });

  test('whose request was lost is sent again', async () => {
    const io = await open();
    let sent = 0;
    const lossy = withSwap(io, async (swap, ...call) => {
      sent += 1;
      if (sent === 1) throw new CommitStateUnknownError('timeout');
      await swap(...call);
    });

    expect((await append(lossy, 1)).status).toBe('committed');
    expect(await ids()).toEqual(['1']);
  });

  test('that stays unknown deletes nothing, so that it may still take effect', async () => {
    const io = await open();
    let late: (() => Promise<void>) | undefined;
    const lossy = withSwap(io, async (swap, ...call) => {
      late ??= () => swap(...call);
      throw new CommitStateUnknownError('timeout');
    });

    await expect(append(lossy, 1)).rejects.toMatchObject({ name: 'CommitStateUnknownError' });
    await late!();

    expect(await ids()).toEqual(['1']);
  });

  test('whose lost request is still on its way when a second one is refused keeps the files that it may yet need', async () => {
    const io = await open();
    let sent = 0;
    const slow = withSwap(io, async (swap, ...call) => {
      sent += 1;
      if (sent === 1) {
        const late = io.catalog.load;
        let looks = 0;
        // The first request takes effect after the look that follows the refusal of the second.
        slow.catalog.load = async (table) => {
          looks += 1;
          const pointer = await late(table);
          if (looks === 2) await swap(...call);
          return pointer;
        };
        throw new CommitStateUnknownError('timeout');
      }
      if (sent === 2) throw new CommitConflictError('the table is being changed');
      await swap(...call);
    });

    await append(slow, 1);

    expect(await ids()).toEqual(['1']);
    expect((await append(io, 2)).status).toBe('committed');
    expect(await ids()).toEqual(['1', '2']);
  });

  test('that another overtook while its answer was lost is made again', async () => {
    const io = await open();
    let first = true;
    const lossy = withSwap(io, async (swap, ...call) => {
      if (first) {
        first = false;
        await append(io, 1);
        throw new CommitStateUnknownError('timeout');
      }
      await swap(...call);
    });

    await append(lossy, 2);

    expect(await ids()).toEqual(['1', '2']);
    expect(await strays()).toEqual([]);
  });

  test('that always loses gives up with a conflict', async () => {
    const io = await open();
    const losing = withSwap(io, async () => {
      throw new CommitConflictError('never');
    });

    await expect(append(losing, 1)).rejects.toThrow('lost 30 commits in a row');
    expect(await ids()).toEqual([]);
    expect(await strays()).toEqual([]);
  });

  test('asks its plan again, so that a load that came in meanwhile is not doubled', async () => {
    const io = await open();
    const add = await lake.write((await loadTable(io, id))!, 'select 1 as id');
    const plan = async (current: { readonly metadata: Parameters<typeof mainSnapshot>[0] }) =>
      mainSnapshot(current.metadata)?.summary.loads === 'a'
        ? undefined
        : ({ operation: 'append', add: add as readonly DataFile[], summary: { loads: 'a' } } as const);
    let first = true;
    const racing = withSwap(io, async (swap, ...call) => {
      if (first) {
        first = false;
        await commitSnapshot(io, id, plan);
      }
      await swap(...call);
    });

    expect((await commitSnapshot(racing, id, plan)).status).toBe('unchanged');
    expect(await ids()).toEqual(['1']);
  });

  test('that dies at any write leaves the table as it was, and a later one succeeds', async () => {
    const io = await open();
    await append(io, 0);
    const table = (await loadTable(io, id))!;
    for (let step = 1; step <= 4; step += 1) {
      const add = await lake.write(table, `select ${step} as id`);
      let writes = 0;
      const dying: IcebergIo = {
        ...io,
        store: {
          ...io.store,
          write: async (...call) => {
            writes += 1;
            if (writes === step) throw new Error(`died at write ${step}`);
            await io.store.write(...call);
          },
          // A dead process cleans nothing up.
          remove: async () => undefined,
        },
        catalog: { ...io.catalog, swap: () => Promise.reject(new Error('died at the swap')) },
      };
      await expect(commitSnapshot(dying, id, async () => ({ operation: 'append', add }))).rejects.toThrow(
        'died at',
      );
      expect(await ids()).toEqual(['0']);
    }

    await append(io, 9);

    expect(await ids()).toEqual(['0', '9']);
  });

  test('of a publish whose answer was lost is found published', async () => {
    const io = await open();
    const add = await lake.write((await loadTable(io, id))!, 'select 1 as id');
    const staged = await commitSnapshot(io, id, async () => ({ operation: 'append', add }), {
      moveMain: false,
    });
    const lossy = withSwap(io, async (swap, ...call) => {
      await swap(...call);
      throw new CommitStateUnknownError('timeout');
    });
    if (staged.status !== 'committed') throw new Error('not staged');

    await publishSnapshot(lossy, id, { snapshotId: staged.snapshotId, expectedParent: undefined });

    expect(await ids()).toEqual(['1']);
  });

  test('of each of several processes at once is kept', async () => {
    const io = await open();
    const table = (await loadTable(io, id))!;
    const [file] = await lake.write(table, 'select 1 as id');
    const worker = join(import.meta.dirname, 'append-worker.ts');
    const processes = Array.from({ length: 4 }, (_, n) =>
      spawn(process.execPath, [worker, lake.folder, String(n), '10', file!.path], { stdio: 'inherit' }),
    );

    const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]));

    expect(codes).toEqual([0, 0, 0, 0]);
    const now = (await loadTable(io, id))!;
    const { tasks } = await planScan(io, now);
    expect(new Set(tasks.map((task) => task.file.path)).size).toBe(40);
    expect(now.metadata.snapshots).toHaveLength(40);
    expect(await strays()).toEqual([]);
  });
});
