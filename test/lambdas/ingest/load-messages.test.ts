import { expect, test } from '@jest/globals';

import type { LandedFile } from '../../../core/ingest/environment.ts';
import type { FileOutcome, LoadReport } from '../../../core/ingest/load-report.ts';
import { type LoadIo, loadMessages } from '../../../lambdas/ingest/load-messages.ts';
import { batch, memoryLog, message, objectEvent } from '../support/messages.ts';

const loaded: FileOutcome = {
  status: 'loaded',
  loadedRows: 9,
  quarantinedRows: 1,
  rejects: {},
  warnings: {},
};
const duplicate: FileOutcome = {
  status: 'duplicate',
  loadedRows: 9,
  quarantinedRows: 1,
  firstSourceFile: 'first.csv',
};
const broken: FileOutcome = {
  status: 'failed',
  reason: 'missing_column',
  detail: 'broken.csv: no column Country',
  known: false,
};

/** A world in memory: what was loaded together, and which refreshes were asked for. */
function openWorld(outcomeOf: (file: LandedFile) => FileOutcome = () => loaded) {
  const loads: { readonly dataset: string; readonly files: readonly string[] }[] = [];
  const refreshes: string[] = [];
  const reports: LoadReport[] = [];
  const log = memoryLog();
  const io: LoadIo = {
    load: async (pack, dataset, files) => {
      loads.push({ dataset: `${pack}/${dataset}`, files: files.map(({ sourceFile }) => sourceFile) });
      return {
        pack,
        dataset,
        files: files.map((file) => ({
          sourceFile: file.sourceFile,
          loadId: null,
          outcome: outcomeOf(file),
        })),
        snapshotId: 1n,
        commitRetries: 0,
        results: [],
      };
    },
    requestRefresh: async (pack) => {
      refreshes.push(pack);
    },
    measure: (report) => {
      reports.push(report);
    },
    log,
  };
  return { io, loads, refreshes, reports, log };
}

const landed = (id: string, key: string, receives?: number) => message(id, objectEvent(key), receives);

test('loads the files of a burst in one go a dataset, and asks once for the refresh of each', async () => {
  const { io, loads, refreshes } = openWorld();

  const response = await loadMessages(
    io,
    batch(
      landed('1', 'retail/invoices/a.csv'),
      landed('2', 'store/orders/b.csv'),
      landed('3', 'retail/invoices/c.csv'),
    ),
  );

  expect(response.batchItemFailures).toEqual([]);
  expect(loads).toEqual([
    { dataset: 'retail/invoices', files: ['a.csv', 'c.csv'] },
    { dataset: 'store/orders', files: ['b.csv'] },
  ]);
  expect(refreshes).toEqual(['retail', 'store']);
});

test('loads nothing for deletions and folder markers, and is done with them', async () => {
  const { io, loads, log } = openWorld();

  const response = await loadMessages(
    io,
    batch(
      message('1', objectEvent('retail/invoices/a.csv', 'Object Deleted')),
      landed('2', 'retail/invoices/'),
      landed('3', 'retail/invoices/2011/'),
    ),
  );

  expect(response.batchItemFailures).toEqual([]);
  expect(loads).toEqual([]);
  expect(log.lines).toEqual([expect.stringContaining('landed file deleted: what was loaded of it stays')]);
});

test('is done with a file that is gone by now, and asks for no refresh', async () => {
  const { io, refreshes, log } = openWorld(() => ({ status: 'missing' }));

  const response = await loadMessages(io, batch(landed('1', 'retail/invoices/a.csv')));

  expect(response.batchItemFailures).toEqual([]);
  expect(refreshes).toEqual([]);
  expect(log.lines[0]).toContain('warn file was gone');
});

test('is done with a file that cannot be read, beside one that can', async () => {
  const { io, refreshes, log, reports } = openWorld(({ sourceFile }) =>
    sourceFile === 'broken.csv' ? broken : loaded,
  );

  const response = await loadMessages(
    io,
    batch(landed('1', 'retail/invoices/broken.csv'), landed('2', 'retail/invoices/a.csv')),
  );

  expect(response.batchItemFailures).toEqual([]);
  expect(refreshes).toEqual(['retail']);
  expect(reports).toHaveLength(1);
  expect(log.lines[0]).toMatch(/^error file failed .*missing_column/);
});

test('asks for no refresh when every file failed', async () => {
  const { io, refreshes } = openWorld(() => broken);

  await loadMessages(io, batch(landed('1', 'retail/invoices/a.csv')));

  expect(refreshes).toEqual([]);
});

test('asks for the refresh of duplicates too: an earlier try may have ended before it could', async () => {
  const { io, refreshes } = openWorld(() => duplicate);

  await loadMessages(io, batch(landed('1', 'retail/invoices/a.csv')));

  expect(refreshes).toEqual(['retail']);
});

test('loads a message that comes again by itself', async () => {
  const { io, loads } = openWorld();

  await loadMessages(
    io,
    batch(
      landed('1', 'retail/invoices/a.csv'),
      landed('2', 'retail/invoices/b.csv', 2),
      landed('3', 'retail/invoices/c.csv', 3),
      landed('4', 'retail/invoices/d.csv'),
    ),
  );

  expect(loads[0]?.files).toEqual(['a.csv', 'd.csv']);
  expect(
    loads
      .slice(1)
      .map(({ files }) => files)
      .sort(),
  ).toEqual([['b.csv'], ['c.csv']]);
});

test('tries each file by itself when a load of several fails, and hands back only those that still do', async () => {
  const { io, loads } = openWorld();
  const load: LoadIo['load'] = async (pack, dataset, files) => {
    if (files.some(({ sourceFile }) => sourceFile === 'poison.csv')) throw new Error('out of memory');
    return await io.load(pack, dataset, files);
  };

  const response = await loadMessages(
    { ...io, load },
    batch(
      landed('1', 'retail/invoices/a.csv'),
      landed('2', 'retail/invoices/poison.csv'),
      landed('3', 'retail/invoices/c.csv'),
    ),
  );

  expect(response.batchItemFailures).toEqual([{ itemIdentifier: '2' }]);
  expect(loads.map(({ files }) => files).sort()).toEqual([['a.csv'], ['c.csv']]);
});

test('hands back a message whose refresh could not be asked for', async () => {
  const { io } = openWorld();

  const response = await loadMessages(
    { ...io, requestRefresh: () => Promise.reject(new Error('queue is gone')) },
    batch(landed('1', 'retail/invoices/a.csv')),
  );

  expect(response.batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
});

test('hands back a message that it does not understand, and loads the others', async () => {
  const { io, loads } = openWorld();

  const response = await loadMessages(io, batch(message('1', 'hello'), landed('2', 'retail/invoices/a.csv')));

  expect(response.batchItemFailures).toEqual([{ itemIdentifier: '1' }]);
  expect(loads).toHaveLength(1);
});
