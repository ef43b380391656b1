import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { Pack } from '../../../core/contract/contract.ts';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { createRandom } from '../../../core/generate/random.ts';
import { writeGeneratedFiles } from '../../../core/generate/write-files.ts';
import type { RunRecord } from '../../../core/ports/run-ledger.ts';
import { generate } from '../../../sql/clickstream/generate.ts';
import { type LakeHistory, openLakeHistory } from '../../support/lake-history.ts';

/** `SHOPLAKE_TEST_DAYS=30` shows a whole month, in some minutes. */
const dayCount = Number(process.env.SHOPLAKE_TEST_DAYS ?? 3);
/** Some hundred events a day. */
const scale = 0.01;

let pack: Pack;
let root: string;
/** Files of each day, the first day first. */
let days: readonly (readonly string[])[];
let month: LakeHistory;
let expected: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  ({ pack } = await loadPack(resolve(import.meta.dirname, '../../../sql/clickstream')));
  root = await mkdtemp(join(tmpdir(), 'clickstream-days-'));
  const folder = join(root, pack.name);
  const byDay = new Map<string, string[]>();
  for (const file of generate({ seed: 30, scale, dirtyShare: 0, days: dayCount })) {
    await writeGeneratedFiles([file], folder);
    const day = /dt=[\d-]+/.exec(file.path)?.[0] ?? file.path;
    byDay.set(day, [...(byDay.get(day) ?? []), join(folder, file.path)]);
  }
  days = [...byDay].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, paths]) => paths);
  month = await openLakeHistory(pack);
  await month.arrive(days.flat());
  expected = await month.contents();
}, 120_000);
afterAll(async () => {
  await month[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

test('days loaded one at a time equal one load of them all, and the last costs a day', async () => {
  await using lake = await openLakeHistory(pack);
  let last: RunRecord | undefined;
  for (const day of days) last = await lake.arrive(day);

  const contents = await lake.contents();
  const full = (await month.arrive([], { full: true })).rows ?? {};

  expect(days).toHaveLength(dayCount);
  expect(Object.keys(contents)).toHaveLength(pack.models.length);
  expect(contents).toEqual(expected);
  // A day differs from the mean of the days, but by far not so much.
  for (const { name, layer, publish, key, partitioning } of pack.models) {
    if (publish.mode !== 'replace_partitions') continue;
    const table = `${layer}.${name}`;
    const [daily, all] = [last?.rows?.[table], full[table]];
    expect([table, daily!.read! * dayCount < 2 * all!.read!]).toEqual([table, true]);
    expect([table, daily!.written * dayCount <= 2 * all!.written]).toEqual([table, true]);
    // A key without the day is looked for in all days.
    if (!partitioning.some(({ column }) => key.includes(column))) continue;
    expect([table, daily!.checked! * dayCount < 2 * all!.checked!]).toEqual([table, true]);
  }
}, 600_000);

test('days in random order equal one load of them all', async () => {
  const random = createRandom(7);
  const shuffled = days
    .map((paths) => ({ paths, place: random.uniform() }))
    .sort((one, other) => one.place - other.place);
  await using lake = await openLakeHistory(pack);
  for (const { paths } of shuffled) await lake.arrive(paths);

  expect(await lake.contents()).toEqual(expected);
}, 600_000);
