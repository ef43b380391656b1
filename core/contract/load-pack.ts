import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { checkSchema } from './check-schema.ts';
import type { BronzeContract, DashboardQuery, ModelContract, Pack } from './contract.ts';
import { problemOfPackName, problemOfParameterName } from './names.ts';
import { findPackProblems, type ReadTable } from './pack-references.ts';
import type { Problem } from './problem.ts';
import { readBronze } from './read-bronze.ts';
import { readModel } from './read-model.ts';
import { readQuery } from './read-query.ts';
import { parseYamlFile } from './yaml-file.ts';

/** A pack, and what is wrong with its files in the order of file and line. */
export type LoadedPack = { readonly pack: Pack; readonly problems: readonly Problem[] };

/**
 * Reads the pack in `folder` (`sql/retail`): pack.yaml, bronze/*.yaml, the pairs of SQL and YAML in silver/ and gold/, and
 * queries/*.sql.
 * Nothing throws on a mistake in a file: it is a problem with its place, and the table it spoils is left out of the pack.
 */
export async function loadPack(folder: string): Promise<LoadedPack> {
  const name = basename(folder);
  const problems: Problem[] = [];
  const { description, parameters } = await readPackFile(name, join(folder, 'pack.yaml'), problems);

  const tables: ReadTable[] = [];
  for (const file of await listFiles(join(folder, 'bronze'), ['yaml'], problems)) {
    const text = await readFile(file.path, 'utf8');
    const read = readBronze(name, file.stem, file.path, text);
    problems.push(...read.problems);
    if (read.contract) tables.push({ contract: read.contract, yaml: read.yaml });
  }
  for (const layer of ['silver', 'gold'] as const) {
    const files = await listFiles(join(folder, layer), ['sql', 'yaml'], problems);
    for (const stem of new Set(files.map((file) => file.stem))) {
      const sql = files.find((file) => file.stem === stem && file.extension === 'sql');
      const yaml = files.find((file) => file.stem === stem && file.extension === 'yaml');
      if (!sql || !yaml) {
        const lone = (sql ?? yaml)?.path ?? folder;
        problems.push(atTop(lone, `the file is alone, expected ${stem}.${sql ? 'yaml' : 'sql'} beside it`));
        continue;
      }
      const read = readModel(
        name,
        {
          layer,
          name: stem,
          yamlFile: yaml.path,
          yamlText: await readFile(yaml.path, 'utf8'),
          sqlFile: sql.path,
          sqlText: await readFile(sql.path, 'utf8'),
        },
        parameters,
      );
      problems.push(...read.problems);
      if (read.contract) tables.push({ contract: read.contract, yaml: read.yaml });
    }
  }
  const queries: DashboardQuery[] = [];
  for (const file of await listFiles(join(folder, 'queries'), ['sql'], problems)) {
    const read = readQuery(name, file.stem, file.path, await readFile(file.path, 'utf8'));
    problems.push(...read.problems);
    if (read.query) queries.push(read.query);
  }
  // A table left out for its own mistakes would be unknown to those that name it: first things first.
  if (problems.length === 0) problems.push(...findPackProblems(tables));

  const contracts = tables.map(({ contract }) => contract);
  return {
    pack: {
      name,
      description,
      parameters,
      bronze: contracts.filter((contract): contract is BronzeContract => contract.layer === 'bronze'),
      models: contracts.filter((contract): contract is ModelContract => contract.layer !== 'bronze'),
      queries,
    },
    problems: problems.toSorted(byPlace),
  };
}

/** Reads every pack below `root` (`sql`): each folder that holds a pack.yaml or one of the layers. Sorted by name. */
export async function loadPacks(
  root: string,
): Promise<{ readonly packs: readonly Pack[]; readonly problems: readonly Problem[] }> {
  const loaded: LoadedPack[] = [];
  const entries = await readdir(root, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new Error(`${root}: no such folder, expected one that holds packs`);
  });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  for (const { name } of folders.toSorted((left, right) => compareText(left.name, right.name))) {
    const content = await readdir(join(root, name));
    if (content.some((entry) => packEntries.includes(entry))) loaded.push(await loadPack(join(root, name)));
  }
  const problems = loaded.flatMap((each) => each.problems);
  if (loaded.length === 0)
    problems.push(atTop(root, 'the folder holds no pack, expected a folder with a pack.yaml'));
  return { packs: loaded.map(({ pack }) => pack), problems };
}

const packEntries: readonly string[] = ['pack.yaml', 'bronze', 'silver', 'gold'];

async function readPackFile(
  name: string,
  file: string,
  problems: Problem[],
): Promise<Pick<Pack, 'description' | 'parameters'>> {
  const nameProblem = problemOfPackName(name);
  if (nameProblem) problems.push(atTop(file, nameProblem));
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    problems.push(atTop(file, 'the file is missing, expected at least `description: …`'));
  });
  if (text === undefined) return { description: '', parameters: {} };
  const yaml = parseYamlFile(file, text);
  const found = checkSchema('pack', yaml);
  problems.push(...found);
  if (found.length > 0) return { description: '', parameters: {} };
  const content = yaml.value as {
    readonly description: string;
    readonly parameters?: Record<string, unknown>;
  };
  const names = Object.keys(content.parameters ?? {});
  for (const parameter of names) {
    const message = problemOfParameterName(parameter);
    if (message) problems.push({ ...yaml.positionOfKey(['parameters', parameter]), message });
  }
  return {
    description: content.description,
    parameters: Object.fromEntries(
      names.map((parameter) => {
        // A text's value, a number's characters: 0.10 must not become 0.1.
        const value = content.parameters?.[parameter];
        return [
          parameter,
          typeof value === 'string' ? value : (yaml.sourceOf(['parameters', parameter]) ?? ''),
        ];
      }),
    ),
  };
}

type ListedFile = { readonly path: string; readonly stem: string; readonly extension: string };

/** Files of a layer, sorted; a layer that is not there has none, a file of another kind is a problem. */
async function listFiles(
  folder: string,
  extensions: readonly string[],
  problems: Problem[],
): Promise<readonly ListedFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const names = entries.filter((entry) => !entry.name.startsWith('.')).map((entry) => entry.name);
  return names.toSorted(compareText).flatMap((name) => {
    const path = join(folder, name);
    const dot = name.lastIndexOf('.');
    const extension = name.slice(dot + 1);
    if (dot > 0 && extensions.includes(extension)) return [{ path, stem: name.slice(0, dot), extension }];
    problems.push(
      atTop(path, `"${name}" is out of place, expected files that end in .${extensions.join(' or .')}`),
    );
    return [];
  });
}

function atTop(file: string, message: string): Problem {
  return { file, line: 1, column: 1, message };
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function byPlace(left: Problem, right: Problem): number {
  return compareText(left.file, right.file) || left.line - right.line || left.column - right.column;
}
