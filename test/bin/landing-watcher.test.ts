import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type LandingWork, watchLanding } from '../../bin/landing-watcher.ts';
import type { BronzeContract, Pack } from '../../core/contract/contract.ts';
import { makeFolder, removeFolder } from './lake-process.ts';

const pack: Pack = {
  name: 'shop',
  description: '',
  parameters: {},
  bronze: [{ name: 'orders', dataset: 'orders' } as BronzeContract],
  models: [],
  queries: [],
};

let landing: string;
let stop: AbortController;
let watching: Promise<void> | undefined;
let events: string[];

beforeEach(async () => {
  landing = await makeFolder();
  stop = new AbortController();
  events = [];
});

afterEach(async () => {
  stop.abort();
  await watching;
  await removeFolder(landing);
});

function begin(work: Partial<LandingWork> = {}): void {
  const recording: LandingWork = {
    load: async ({ files }) => {
      events.push(`load ${files.map(({ sourceFile }) => sourceFile).join(' ')}`);
      return true;
    },
    refresh: async ({ name }) => {
      events.push(`refresh ${name}`);
      return true;
    },
    report: (error) => void events.push(`error ${(error as Error).message}`),
    misplaced: (path) => void events.push(`misplaced ${path.slice(landing.length + 1)}`),
    ...work,
  };
  watching = watchLanding(
    { landing, packs: [pack], signal: stop.signal, settleMilliseconds: 200, againMilliseconds: 300 },
    recording,
  );
}

async function put(path: string, text = 'id\n1\n'): Promise<void> {
  await mkdir(dirname(join(landing, path)), { recursive: true });
  await writeFile(join(landing, path), text);
}

async function until(isReached: () => boolean): Promise<void> {
  for (let waited = 0; !isReached() && waited < 15_000; waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (!isReached()) {
    throw new Error(`not reached; seen: ${events.join(', ')}`);
  }
}

test('files that lie there already are loaded, and the pack refreshed', async () => {
  await put('shop/orders/a.csv');

  begin();

  await until(
    () => events.lastIndexOf('refresh shop') > events.indexOf('load a.csv') && events.includes('load a.csv'),
  );
});

test('files that arrive together are one batch, and then one refresh', async () => {
  begin();
  await until(() => events.includes('refresh shop'));
  events.length = 0;

  await Promise.all([put('shop/orders/a.csv'), put('shop/orders/dt=1/b.csv.gz'), put('shop/orders/c.txt')]);

  await until(() => events.length === 2);
  expect(events).toEqual(['load a.csv dt=1/b.csv.gz', 'refresh shop']);
});

test('a file is loaded when it has stopped growing, and not before', async () => {
  begin();
  await until(() => events.includes('refresh shop'));
  await put('shop/orders/a.csv');
  for (let part = 0; part < 6; part += 1) {
    await appendFile(join(landing, 'shop/orders/a.csv'), `${part}\n`);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(events.filter((event) => event.startsWith('load'))).toEqual([]);
  }

  await until(() => events.includes('load a.csv'));
});

test('an error is told, and the next file is loaded all the same', async () => {
  let isFirst = true;
  begin({
    load: async ({ files }) => {
      if (isFirst) {
        isFirst = false;
        throw new Error('disk is full');
      }
      events.push(...files.map(({ sourceFile }) => `load ${sourceFile}`));
      return true;
    },
  });
  await put('shop/orders/a.csv');
  await until(() => events.includes('error disk is full'));

  await put('shop/orders/b.csv');

  await until(() => events.includes('load b.csv'));
});

test('a batch whose load failed is tried again without news of its files, and refreshed after', async () => {
  let tries = 0;
  begin({
    load: async ({ files }) => {
      tries += 1;
      if (tries < 3) throw new Error('disk is full');
      events.push(`load ${files.map(({ sourceFile }) => sourceFile).join(' ')}`);
      return true;
    },
  });
  await until(() => events.includes('refresh shop'));
  events.length = 0;

  await Promise.all([put('shop/orders/a.csv'), put('shop/orders/b.csv')]);

  await until(() => events.includes('refresh shop'));
  expect(events).toEqual(['error disk is full', 'error disk is full', 'load a.csv b.csv', 'refresh shop']);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(tries).toBe(3);
});

test('a file that brings every load down holds up neither those that came with it nor those that follow', async () => {
  begin({
    load: async ({ files }) => {
      if (files.some(({ sourceFile }) => sourceFile === 'bad.csv')) throw new Error('cannot be read');
      events.push(...files.map(({ sourceFile }) => `load ${sourceFile}`));
      return true;
    },
  });
  await until(() => events.includes('refresh shop'));

  await Promise.all([put('shop/orders/bad.csv'), put('shop/orders/good.csv')]);
  await until(() => events.includes('error cannot be read'));
  await put('shop/orders/later.csv');

  await until(() => events.includes('load later.csv') && events.includes('load good.csv'));
  expect(events.filter((event) => event.startsWith('load'))).toHaveLength(2);
});

test('a file that was removed after its load failed is forgotten', async () => {
  const loads: string[] = [];
  begin({
    load: async ({ files }) => {
      loads.push(...files.map(({ sourceFile }) => sourceFile));
      await rm(join(landing, 'shop/orders/a.csv'), { force: true });
      throw new Error('disk is full');
    },
  });
  await put('shop/orders/a.csv');
  await until(() => events.includes('error disk is full'));

  await new Promise((resolve) => setTimeout(resolve, 1000));

  expect(loads).toEqual(['a.csv']);
});

test('a file that no dataset expects is named and left alone', async () => {
  begin();

  await put('shop/toys/a.csv');

  await until(() => events.includes('misplaced shop/toys/a.csv'));
  expect(events.filter((event) => event.startsWith('load'))).toEqual([]);
});

test('no refresh follows a load that brought nothing new', async () => {
  const loads: string[] = [];
  begin({
    load: async ({ files }) => {
      loads.push(files[0]!.sourceFile);
      return false;
    },
  });
  await until(() => events.includes('refresh shop'));

  await put('shop/orders/a.csv');

  await until(() => loads.length === 1);
  stop.abort();
  await watching;
  expect(events).toEqual(['refresh shop']);
});
