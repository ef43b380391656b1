import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadPacks } from '../../core/contract/load-pack.ts';
import { makeFolder, project, removeFolder, runScript } from './lake-process.ts';

const script = join(project, 'bin', 'start.mjs');
const sql = join(project, 'sql');
const samples = readdirSync(sql).filter((pack) => existsSync(join(sql, pack, 'sample')));
let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(async () => {
  await removeFolder(folder);
});

/** The lines of a pack's block, from its name to the blank line. */
function blockOf(stdout: string, pack: string): string {
  const start = stdout.indexOf(`\n${pack}\n`);
  expect(start).toBeGreaterThanOrEqual(0);
  return stdout.slice(start, stdout.indexOf('\n\n', start + 1));
}

test('npm start shows what became of every pack and answers questions; a second time it loads nothing and says so', async () => {
  const first = await runScript(folder, script);
  const second = await runScript(folder, script);

  expect({ code: first.code, stderr: first.code === 0 ? '' : first.stderr }).toEqual({ code: 0, stderr: '' });
  const retail = blockOf(first.stdout, 'retail');
  expect(retail).toContain('6 files loaded (5,133 rows, 6 quarantined)');
  expect(retail).toMatch(/quarantine .*not_decimal 1/);
  expect(retail).toMatch(/refresh +tables: 8 published in/);
  expect(retail).toMatch(/bronze +invoices 5,133\n/);
  expect(retail).toMatch(/checks +\d+ passed/);
  for (const { name, models, queries } of (await loadPacks(sql)).packs) {
    if (!samples.includes(name)) continue;
    const block = blockOf(first.stdout, name);
    for (const model of models) expect(block).toMatch(new RegExp(`[ ,]${model.name} [\\d,]+(,|\n)`));
    expect(queries.filter(({ question }) => first.stdout.includes(`\n${name}: ${question}\n`))).not.toEqual(
      [],
    );
  }
  // Its four datasets are counted as one load.
  const progress = [...first.stderr.matchAll(/^load (\w+)\/dt=\S+csv: read \((\d+)\/28\)$/gm)];
  expect(new Set(progress.map(([, dataset]) => dataset)).size).toBe(4);
  expect(Math.max(...progress.map(([, , done]) => Number(done)))).toBe(28);
  expect(first.stdout).toMatch(/packs? done in .* What to try next:\n {2}npm run lake -- queries/);

  expect(second.code).toBe(0);
  expect(blockOf(second.stdout, 'retail')).toContain('nothing new loaded, 6 files already loaded');
  expect(blockOf(second.stdout, 'retail')).toMatch(/refresh +tables: 8 current in/);
  expect(second.stdout).not.toMatch(/files? loaded/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(first.stdout + first.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(
    first.stdout.split('\n').filter((line) => line.length > 110 && !line.includes('npm run lake')),
  ).toEqual([]);
}, 240_000);
