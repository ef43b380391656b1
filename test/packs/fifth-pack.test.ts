import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { makeFolder, project, removeFolder } from '../bin/lake-process.ts';
import { runHere } from '../bin/run-here.ts';

/** What docs/packs.md shows of the pack that it adds: its files by path, the commands, and the answer of the last. */
type Walkthrough = {
  readonly files: ReadonlyMap<string, string>;
  readonly commands: readonly (readonly string[])[];
  readonly answer: string;
};

type Properties = {
  readonly StateMachineName?: string;
  readonly DatabaseInput?: { readonly Name: string };
};

let folder: string;
let page: Walkthrough;

beforeAll(async () => {
  folder = await makeFolder();
  page = readWalkthrough(await readFile(join(project, 'docs', 'packs.md'), 'utf8'));
  await writePack(join(folder, 'my-packs'));
  process.chdir(folder);
});

afterAll(async () => {
  process.chdir(project);
  await removeFolder(folder);
});

/** Reads the section as its reader would: a block belongs to the file that the line above it names. */
function readWalkthrough(markdown: string): Walkthrough {
  const section = /\n## A fifth pack, step by step\n([\s\S]*?)\n## /.exec(markdown)?.[1] ?? '';
  const blocks = [...section.matchAll(/`(reviews\/[\w/.]+)`\n\n```\w+\n([\s\S]*?)```/g)];
  const commands = [...section.matchAll(/^npm run lake -- (.*)$/gm)];
  return {
    files: new Map(blocks.map(([, path = '', text = '']) => [path, text])),
    commands: commands.map(([, words = '']) => words.split(' ')),
    answer: /```text\n([\s\S]*?)```/.exec(section)?.[1] ?? '',
  };
}

async function writePack(packs: string): Promise<void> {
  for (const [path, text] of page.files) {
    await mkdir(dirname(join(packs, path)), { recursive: true });
    await writeFile(join(packs, path), text);
  }
}

test('the page shows a whole pack', () => {
  expect([...page.files.keys()]).toEqual([
    'reviews/pack.yaml',
    'reviews/bronze/reviews.yaml',
    'reviews/silver/reviews.sql',
    'reviews/silver/reviews.yaml',
    'reviews/gold/product_ratings.sql',
    'reviews/gold/product_ratings.yaml',
    'reviews/queries/best_rated.sql',
    'reviews/sample/reviews/january.csv',
  ]);
});

describe('the pack of the page, by the commands of the page', () => {
  test('is without a mistake, is loaded, refreshed, and answers as the page says', async () => {
    const results = [];
    for (const words of page.commands) results.push(await runHere(...words));

    expect(page.commands.map((words) => words.find((word) => /^[a-z]+$/.test(word)))).toEqual([
      'lint',
      'load',
      'refresh',
      'query',
    ]);
    expect(results.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(['', '', '', '']);
    const [lint, load, refresh, query] = results.map(({ stdout }) => stdout);
    expect(lint).toContain('1 pack, 3 tables: no problem');
    expect(load).toContain('1 file loaded (5 rows, 1 quarantined)');
    expect(refresh).toContain('reviews: succeeded');
    expect(query).toBe(page.answer);
  });

  test('sends what is wrong to quarantine, and warns of what is odd', async () => {
    const select = 'select source_line, reason, column_name from reviews_bronze.quarantine';
    const { stdout: rows } = await runHere('--packs', 'my-packs', 'query', select, '--format', 'csv');
    const { stdout: status } = await runHere('--packs', 'my-packs', 'status');

    expect(rows).toBe('source_line,reason,column_name\n6,out_of_range,rating\n');
    expect(status).toMatch(/warn +bronze\.reviews +REV-B1 +1/);
  });

  test('is linted as the others are: a mistake is told by file, line and column', async () => {
    const wrong = join(folder, 'wrong-packs');
    await cp(join(folder, 'my-packs'), wrong, { recursive: true });
    const file = join(wrong, 'reviews', 'queries', 'best_rated.sql');
    await writeFile(
      file,
      (page.files.get('reviews/queries/best_rated.sql') ?? '').replace('{gold}', '{silver}'),
    );

    const { code, stdout } = await runHere('--packs', wrong, 'lint');

    expect(code).toBe(1);
    expect(stdout).toMatch(/best_rated\.sql:7:\d+: unknown table "product_ratings" in silver/);
  });
});

test('the CDK app deploys it beside another pack, by its folder alone', async () => {
  const packs = join(folder, 'both');
  await cp(join(project, 'sql', 'retail'), join(packs, 'retail'), { recursive: true });
  await writePack(packs);
  const out = join(folder, 'cdk.out');
  const { context } = JSON.parse(await readFile(join(project, 'cdk.json'), 'utf8'));
  // The environment in which cdk starts an app: `cdk synth -c packs=DIR`.
  await promisify(execFile)(process.execPath, [join(project, 'bin', 'shoplake.ts')], {
    cwd: project,
    env: {
      ...process.env,
      CDK_VALIDATION: 'false',
      CDK_OUTDIR: out,
      CDK_CONTEXT_JSON: JSON.stringify({
        ...context,
        packs,
        // The binding that is installed here: no other is to be fetched.
        architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
      }),
    },
  });

  const template = Template.fromJSON(
    JSON.parse(await readFile(join(out, 'Shoplake-dev.template.json'), 'utf8')),
  );
  const namesOf = (type: string, read: (properties: Properties) => unknown) =>
    Object.values(template.findResources(type)).map(({ Properties }) => read(Properties));
  expect(
    namesOf('AWS::StepFunctions::StateMachine', ({ StateMachineName }) => StateMachineName).sort(),
  ).toEqual(['shoplake-dev-retail', 'shoplake-dev-reviews']);
  expect(namesOf('AWS::Glue::Database', ({ DatabaseInput }) => DatabaseInput?.Name)).toEqual(
    expect.arrayContaining(['reviews_bronze', 'reviews_silver', 'reviews_gold', 'reviews_staging']),
  );
  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { detail: { object: { key: [{ prefix: 'reviews/reviews/' }] } } },
  });
  template.hasResourceProperties('AWS::Athena::NamedQuery', {
    Name: 'reviews.best_rated',
    Database: 'reviews_gold',
    Description: 'Which products are rated best, of those with several reviews?',
  });
  const machine = Object.values(template.findResources('AWS::StepFunctions::StateMachine')).find(
    ({ Properties }) => Properties.StateMachineName === 'shoplake-dev-reviews',
  );
  expect(machine?.Properties.DefinitionString).toContain('gold.product_ratings');
  const assets = (await readdir(out)).filter((name) => name.startsWith('asset.'));
  const carried = await Promise.all(
    assets.map(async (asset) => (await readdir(join(out, asset, 'sql', 'reviews')).catch(() => [])).sort()),
  );
  expect(carried).toContainEqual(['bronze', 'gold', 'pack.yaml', 'queries', 'silver']);
}, 120_000);
