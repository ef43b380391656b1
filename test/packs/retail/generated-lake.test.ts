import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GeneratedLake, makeGeneratedLake } from '../generated-lake.ts';

let generated: GeneratedLake;

beforeAll(async () => {
  generated = await makeGeneratedLake();
});

afterAll(() => generated.remove());

test('a year with broken records refreshes, and the quarantine holds exactly what was broken', async () => {
  const { data, lake, query } = generated;
  await lake('generate', 'retail', '--out', data, '--scale', '0.01', '--seed', '11', '--dirty', '0.03');

  const loaded = await lake('load', 'retail', data);
  const refreshed = await lake('refresh', 'retail');

  expect({ load: loaded.code, refresh: refreshed.code }).toEqual({ load: 0, refresh: 0 });
  const planted = await generated.listPlanted();
  expect(await generated.listQuarantined('retail')).toEqual(planted);
  expect(planted.length).toBeGreaterThan(100);
  const [months] = await query('select count(*) as n from retail_gold.cohort_retention');
  expect(months!.n).toBeGreaterThan(80);
}, 120_000);
