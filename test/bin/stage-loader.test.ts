import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadIntoStage } from '../../bin/stage-loader.ts';
import type { BronzeContract } from '../../core/contract/contract.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import type { LoadOutcome, LoadRecord } from '../../core/ports/load-ledger.ts';
import { makeFolder, project, removeFolder } from './lake-process.ts';

let folder: string;
let contract: BronzeContract;

beforeEach(async () => {
  folder = await makeFolder();
  contract = (await loadPack(join(project, 'sql', 'retail'))).pack.bronze[0]!;
});

afterEach(async () => {
  await removeFolder(folder);
});

const loaded: LoadOutcome = { status: 'loaded', loadedRows: 7, quarantinedRows: 1 };

function failed(contractHash: string, detail = 'no rows'): LoadOutcome {
  return { status: 'failed', reason: 'empty_file', detail, contractHash };
}

async function fileOf(sourceFile: string, text: string) {
  const path = join(folder, sourceFile);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return { path, sourceFile };
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * A stage that takes in what was uploaded at the second look after it: `outcomes` says by content what becomes of it, and
 * content that it says nothing of gets lost. A content that the ledger has loaded is not recorded again.
 */
function stageThat(outcomes: Readonly<Record<string, LoadOutcome>>, ledger: readonly LoadRecord[] = []) {
  const records = new Map(ledger.map((record) => [record.loadId, record]));
  const landed: { readonly location: string; readonly text: string }[] = [];
  const uploads: string[] = [];
  let now = 1_000;
  let looks = 0;
  const ingest = () => {
    for (const { location, text } of landed.splice(0)) {
      const loadId = idOf(text);
      const outcome = outcomes[text];
      if (outcome === undefined || records.get(loadId)?.outcome.status === 'loaded') continue;
      const sourceFile = location.split('/').slice(5).join('/');
      const { pack, dataset } = contract;
      records.set(loadId, { pack, dataset, loadId, sourceFile, outcome, recordedAt: now });
    }
  };
  return {
    uploads,
    landing: 's3://shop-landing',
    loads: {
      find: async (_pack: string, _dataset: string, loadIds: readonly string[]) =>
        loadIds.flatMap((loadId) => records.get(loadId) ?? []),
    },
    clock: {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
        looks += 1;
        if (looks % 2 === 0) ingest();
      },
    },
    upload: async (path: string, location: string) => {
      uploads.push(location);
      landed.push({ location, text: await readFile(path, 'utf8') });
    },
  };
}

function recordOf(text: string, sourceFile: string, outcome: LoadOutcome): LoadRecord {
  const { pack, dataset } = contract;
  return { pack, dataset, loadId: idOf(text), sourceFile, outcome, recordedAt: 1 };
}

async function load(
  stage: ReturnType<typeof stageThat>,
  files: Awaited<ReturnType<typeof fileOf>>[],
  steps: string[] = [],
) {
  const listener = ({ task, subject, step, done }: Record<'task' | 'subject' | 'step' | 'done', unknown>) =>
    steps.push(`${task} ${subject} ${step} ${done}`);
  const reports = await loadIntoStage(stage, [{ contract, files }], listener);
  return reports.map(({ sourceFile, status, loadedRows, detail }) => [
    sourceFile,
    status,
    loadedRows,
    detail,
  ]);
}

describe('loading into a stage', () => {
  test('puts each file below its pack and dataset, and tells what the ledger says of it', async () => {
    const stage = stageThat({ a: loaded, b: failed('any') });
    const steps: string[] = [];

    const reports = await load(
      stage,
      [await fileOf('2010/a b+%ü.csv', 'a'), await fileOf('b.csv', 'b')],
      steps,
    );

    expect(stage.uploads.sort()).toEqual([
      `s3://shop-landing/retail/${contract.dataset}/2010/a b+%ü.csv`,
      `s3://shop-landing/retail/${contract.dataset}/b.csv`,
    ]);
    expect(reports).toEqual([
      ['2010/a b+%ü.csv', 'loaded', 7, null],
      ['b.csv', 'failed', 0, 'empty_file: no rows'],
    ]);
    expect(steps.slice(-2)).toEqual([
      `load ${contract.dataset}/2010/a b+%ü.csv loaded 1`,
      `load ${contract.dataset}/b.csv failed 2`,
    ]);
  });

  test('leaves the files where they are', async () => {
    const file = await fileOf('a.csv', 'a');

    await load(stageThat({ a: loaded }), [file]);

    expect(await readFile(file.path, 'utf8')).toBe('a');
  });

  test('does not wait for content that is loaded, and names the file that it came in', async () => {
    const stage = stageThat({}, [recordOf('a', 'first.csv', loaded), recordOf('b', 'b.csv', loaded)]);

    const reports = await load(stage, [await fileOf('again.csv', 'a'), await fileOf('b.csv', 'b')]);

    expect(stage.uploads).toHaveLength(2);
    expect(stage.clock.now()).toBe(1_000);
    expect(reports).toEqual([
      ['again.csv', 'already loaded', 7, 'same content as first.csv'],
      ['b.csv', 'already loaded', 7, null],
    ]);
  });

  test('reports one of two files with the same bytes as loaded', async () => {
    const reports = await load(stageThat({ a: loaded }), [
      await fileOf('1.csv', 'a'),
      await fileOf('2.csv', 'a'),
    ]);

    expect(reports.map(([, status]) => status).sort()).toEqual(['already loaded', 'loaded']);
  });

  test('does not wait for content that failed under the same contract', async () => {
    const stage = stageThat({}, [recordOf('a', 'a.csv', failed(contract.hash))]);

    expect(await load(stage, [await fileOf('a.csv', 'a')])).toEqual([
      ['a.csv', 'failed', 0, 'empty_file: no rows'],
    ]);
    expect(stage.clock.now()).toBe(1_000);
  });

  test('waits for content that failed under another contract to be tried again', async () => {
    const stage = stageThat({ a: loaded }, [recordOf('a', 'a.csv', failed('older'))]);

    expect(await load(stage, [await fileOf('a.csv', 'a')])).toEqual([['a.csv', 'loaded', 7, null]]);
  });

  test('gives up on a file that the stage says nothing of, and says where to look', async () => {
    const [report] = await load(stageThat({}), [await fileOf('lost.csv', 'lost')]);

    expect(report).toEqual(['lost.csv', 'failed', 0, expect.stringContaining('dead-letter queue')]);
  });

  test('ends with the error of an upload that fails', async () => {
    const stage = { ...stageThat({}), upload: async () => Promise.reject(new Error('access denied')) };

    await expect(load(stage, [await fileOf('a.csv', 'a')])).rejects.toThrow('access denied');
  });
});
