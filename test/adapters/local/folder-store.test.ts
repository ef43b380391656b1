import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createFolderStore, localPathOf, locationOf } from '../../../adapters/local/folder-store.ts';
import { describeObjectStore } from '../../ports/object-store-suite.ts';

describeObjectStore('a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'folder-store-'));
  return {
    store: createFolderStore(),
    root: locationOf(folder),
    cleanUp: async () => rmSync(folder, { recursive: true, force: true }),
  };
});

test('leaves nothing but the object behind when writers race for one place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'folder-store-'));
  const store = createFolderStore();
  const bytes = (n: number) => new TextEncoder().encode(String(n));

  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => store.writeIfAbsent(locationOf(join(folder, 'one')), bytes(n))),
  );

  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['one']);
  rmSync(folder, { recursive: true });
});

test('refuses a location that is no local file', () => {
  expect(() => localPathOf('s3://bucket/key')).toThrow('location "s3://bucket/key" is no local file');
});
