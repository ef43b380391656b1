import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GeneratedLake, makeGeneratedLake } from '../generated-lake.ts';

/** Reasons for which a record of this contract can end in quarantine, ten of them. */
const REASONS = 10;
let generated: GeneratedLake;

beforeAll(async () => {
  generated = await makeGeneratedLake();
});

afterAll(() => generated.remove());

test('two weeks with broken records refresh, and the quarantine holds exactly what was broken', async () => {
  const { data, lake, query } = generated;
  const size = ['--scale', '0.02', '--days', '14'] as const;
  await lake('generate', 'clickstream', '--out', data, ...size, '--seed', '11', '--dirty', '0.05');

  const loaded = await lake('load', 'clickstream', data);
  const refreshed = await lake('refresh', 'clickstream');

  expect({ load: loaded.code, refresh: refreshed.code }).toEqual({ load: 0, refresh: 0 });
  const found = await generated.listQuarantined('clickstream');
  expect(new Set(found.map((each) => each.split(' ')[3])).size).toBe(REASONS);
  expect(found).toEqual(await generated.listPlanted());
  const [stages] = await query('select count(*) as n from clickstream_gold.conversion_funnel');
  expect(stages!.n).toBe(14 * 3);
}, 120_000);
