import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createProgram } from '../../bin/program.ts';
import { makeFolder, removeFolder, runLake } from './lake-process.ts';
import { runHere } from './run-here.ts';

let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(async () => {
  await removeFolder(folder);
});

describe('help', () => {
  const commands = createProgram().commands;

  test('lists every command, and goes to stdout with exit code 0', async () => {
    const { code, stdout, stderr } = await runLake(folder, '--help');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of commands) {
      expect(stdout).toContain(`  ${command.name()} `);
    }
  });

  test.each(commands.map((command) => [command.name(), command] as const))(
    'of %s explains every option, the global ones too, and has examples',
    (_, command) => {
      let text = '';
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
      });
      command.outputHelp();

      expect(text).toContain('--lake <dir>');
      expect(text).toMatch(/Examples:\n {2}\$ lake/);
      for (const { long, description } of command.options) {
        expect(text).toContain(long);
        expect(description).not.toBe('');
      }
    },
  );

  test('of one command is asked for by its name', async () => {
    const { code, stdout } = await runLake(folder, 'rollback', '--help');

    expect(code).toBe(0);
    expect(stdout).toContain('Usage: lake rollback [options] <table>');
  });
});

describe('wrong usage ends with exit code 2 and a word on what was expected', () => {
  test('as a process too', async () => {
    const { code, stdout, stderr } = await runLake(folder, 'fly');

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("unknown command 'fly'");
  });

  test.each([
    [[], 'Usage: lake'],
    [['refresh', '--soon'], "unknown option '--soon'"],
    [['refresh', '--as-of', '2010-02-30'], 'expected a day'],
    [['load', 'retail'], "missing required argument 'path'"],
    [['export', 'daily_sales', '--format', 'csv', '--out', 'x'], 'expected database.table'],
    [
      ['export', 'retail_gold.daily_sales', '--format', 'xlsx', '--out', 'x'],
      'Allowed choices are csv, json, parquet',
    ],
    [['export', 'retail_gold.daily_sales', '--format', 'csv'], "required option '--out <file>'"],
    [['query', 'select 1', '--format', 'parquet'], '--format parquet expects --out FILE'],
    [['query', 'drop table retail_gold.daily_sales'], 'begins with "drop", expected a select'],
    [['query', ''], 'expected a select'],
    [['query'], 'expected a statement, or --name QUERY'],
    [
      ['query', 'select 1', '--name', 'best_sellers'],
      'a statement and --name best_sellers are given, expected one of them',
    ],
    [['query', 'select 1', '--pack', 'retail'], '--pack expects --name QUERY'],
    [['query', '--name', 'no_such'], 'no query "no_such", expected one of those that lake queries lists'],
    [['query', '--name', 'best_sellers', '--pack', 'toys'], 'no pack "toys", expected one of: '],
    [['queries', 'toys'], 'no pack "toys", expected one of: '],
    [['query', 'select 1', '--out', 'x.csv'], '--out expects --format csv, json or parquet'],
    [['query', 'select 1', '--at', 'yesterday'], 'expected a snapshot id'],
    [['generate', 'retail'], "required option '--out <dir>'"],
    [['generate', 'retail', '--out', 'x', '--scale', '0'], 'expected a number above 0'],
    [['generate', 'retail', '--out', 'x', '--dirty', '0.9'], 'expected a number from 0 to 0.4'],
    [['generate', 'retail', '--out', 'x', '--days', '0'], 'expected a whole number from 1 to 3660'],
    [['generate', 'retail', '--out', 'x', '--days', '3'], 'the generator of pack retail takes no --days'],
    [['generate', 'toys', '--out', 'x'], 'no pack "toys", expected one of: '],
  ])('lake %j', async (words, expected) => {
    const { code, stdout, stderr } = await runHere('--lake', join(folder, 'lake'), ...words);

    expect(stderr).toContain(expected);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/^ +at /m);
    expect(existsSync(join(folder, 'lake'))).toBe(false);
  });

  test.each([
    [['status']],
    [['query', 'select 1 as n']],
    [['export', 'retail_gold.daily_sales', '--format', 'csv', '--out', 'x']],
    [['rollback', 'retail_gold.daily_sales']],
    [['release', 'retail_gold.daily_sales']],
  ])('lake %j makes no lake where there is none', async (words) => {
    const absent = join(folder, 'absent');

    const { code, stdout, stderr } = await runHere('--lake', absent, ...words);

    expect(stderr).toBe(
      `error: lake ${absent} does not exist, expected lake load before, or --lake DIR of another\n`,
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(existsSync(absent)).toBe(false);
  });

  test.each([
    [['--stage', 'dev', 'watch'], 'lake watch does not work on a stage, expected no --stage: a stage loads'],
    [['--stage', 'dev', 'lint'], 'lake lint does not work on a stage'],
    [['queries', '--stage', 'dev'], 'lake queries does not work on a stage'],
    [['dag', '--stage', 'dev'], 'lake dag does not work on a stage'],
    [['generate', 'retail', '--out', 'x', '--stage', 'dev'], 'lake generate does not work on a stage'],
    [['--stage', 'Dev 1', 'status'], 'no stage is named "Dev 1"'],
    [['--stage', 'dev', '--lake', 'x', 'status'], '--lake and --stage are given, expected one of them'],
    [
      ['deploy', '--stage', 'moon', '--yes'],
      'no stage "moon" in cdk.json, expected one of: dev, staging, prod',
    ],
    [['deploy', 'dev', '--yes'], 'unexpected "dev", expected --stage NAME'],
    [['destroy', '--yes'], 'no stage is named, expected --stage NAME'],
    [['destroy', '--stage', 'moon', '--yes'], 'no stage "moon" in cdk.json'],
    [['destroy', '--stage', 'prod', '--yes'], 'stage prod keeps its data'],
  ])('lake %j', async (words, expected) => {
    const { code, stdout, stderr } = await runHere(...words);

    expect(stderr).toContain(expected);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.each([['deploy'], ['destroy']])(
    'lake %s asks before it acts, and where nobody can be asked it refuses',
    async (name) => {
      const { code, stderr } = await runLake(folder, name, '--stage', 'dev');

      expect(stderr).toContain('nobody can be asked here whether to go on, expected --yes');
      expect(code).toBe(2);
    },
  );

  test.each([
    [['load', 'toys', '.'], 'no pack "toys", expected one of: '],
    [['load', 'retail', '/no/where'], '/no/where: no such file or folder'],
    [
      ['load', 'retail', '.', '--dataset', 'orders'],
      'no dataset "orders" in pack retail, expected one of: invoices',
    ],
    [['load', 'retail', import.meta.filename], 'usage.test.ts: expected a file named .csv or .csv.gz'],
    [['refresh', 'toys'], 'no pack "toys"'],
  ])('lake %j', async (words, expected) => {
    const { code, stdout, stderr } = await runHere('--lake', join(folder, 'lake'), ...words);

    expect(stderr).toContain(expected);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
