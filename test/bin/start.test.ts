import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeFolder, project, removeFolder, runScript } from './lake-process.ts';

const script = join(project, 'bin', 'start.mjs');
let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(async () => {
  await removeFolder(folder);
});

test('npm start shows layers, rows, quarantine, checks and gold; a second time it loads nothing and says so', async () => {
  const first = await runScript(folder, script);
  const second = await runScript(folder, script);

  expect({ code: first.code, stderr: first.code === 0 ? '' : first.stderr }).toEqual({ code: 0, stderr: '' });
  expect(first.stdout).toContain('6 files loaded (5,133 rows, 6 quarantined)');
  expect(first.stdout).toMatch(/retail_bronze\.invoices +5,133 /);
  expect(first.stdout).toMatch(/retail_bronze\.quarantine +6 /);
  expect(first.stdout).toMatch(/invoices +not_decimal +1/);
  for (const table of ['customer_insights', 'product_analytics', 'daily_sales', 'cohort_retention']) {
    expect(first.stdout).toContain(`\nretail_gold.${table}\n`);
  }
  expect(second.code).toBe(0);
  expect(second.stdout).toContain('nothing new loaded, 6 files already loaded');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(first.stdout + first.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
