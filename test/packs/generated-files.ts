import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BronzeContract } from '../../core/contract/contract.ts';
import { MANIFEST_NAME } from '../../core/generate/write-files.ts';

/** A line of the manifest of broken records. */
export type Planted = {
  readonly dataset: string;
  readonly sourceFile: string;
  readonly sourceLine: number;
  readonly reason: string;
  readonly columnName: string | null;
};

/** A generated record by the names in its file's header, and the file it is in. */
export type Row = { readonly file: string; readonly fields: Readonly<Record<string, string>> };

/** The CSV files below a folder, in the order in which they are delivered. */
export async function listFiles(root: string): Promise<readonly string[]> {
  const names = await readdir(root, { recursive: true });
  return names.filter((name) => name.endsWith('.csv')).sort();
}

export async function hashFolder(root: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await listFiles(root)) {
    hash.update(path).update(await readFile(join(root, path)));
  }
  return hash.digest('hex');
}

export async function readRows(root: string, encoding: BufferEncoding = 'utf8'): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const file of await listFiles(root)) {
    const [header, ...lines] = (await readFile(join(root, file), encoding)).trimEnd().split('\n');
    const names = splitCsv(header!);
    for (const line of lines) {
      const fields = splitCsv(line);
      if (fields.length !== names.length) {
        throw new Error(`${file}: ${line} has ${fields.length} fields, expected ${names.length}`);
      }
      rows.push({ file, fields: Object.fromEntries(names.map((name, at) => [name, fields[at]!])) });
    }
  }
  return rows;
}

export async function readPlanted(root: string): Promise<readonly Planted[]> {
  const text = await readFile(join(root, MANIFEST_NAME), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Planted);
}

/** Contents by path, without the records that the manifest lists. */
export async function readWithoutPlanted(
  root: string,
  encoding: BufferEncoding = 'utf8',
): Promise<ReadonlyMap<string, string>> {
  const lines = new Map<string, Set<number>>();
  for (const { dataset, sourceFile, sourceLine } of await readPlanted(root)) {
    const path = `${dataset}/${sourceFile}`;
    lines.set(path, (lines.get(path) ?? new Set()).add(sourceLine));
  }
  const contents = new Map<string, string>();
  for (const path of await listFiles(root)) {
    const all = (await readFile(join(root, path), encoding)).split('\n');
    contents.set(path, all.filter((_, index) => lines.get(path)?.has(index + 1) !== true).join('\n'));
  }
  return contents;
}

/** What a contract rejects, as `reason column`; where no column is named, or any will do, the reason alone. */
export function listRejections(contract: BronzeContract): ReadonlySet<string> {
  const kinds = ['ragged_row', 'bad_quote', 'bad_character', 'unterminated_quote'];
  for (const { name, type, required, minimum, maximum } of contract.columns) {
    if (required) {
      kinds.push(`missing_required ${name}`);
    }
    if (minimum !== undefined || maximum !== undefined) {
      kinds.push(`out_of_range ${name}`);
    }
    const wrongType = WRONG_TYPES[type.kind];
    if (wrongType !== undefined) {
      kinds.push(wrongType);
    }
  }
  for (const { id, action, columns } of contract.rules) {
    if (action === 'reject') {
      kinds.push(...columns.map((column) => `rule:${id} ${column}`));
    }
  }
  return new Set(kinds);
}

/** What was broken on purpose, in the words of `listRejections`. */
export function listPlantedKinds(planted: readonly Planted[]): ReadonlySet<string> {
  return new Set(planted.flatMap(({ reason, columnName }) => [reason, `${reason} ${columnName}`]));
}

const WRONG_TYPES: Readonly<Record<string, string | undefined>> = {
  bigint: 'not_integer',
  decimal: 'not_decimal',
  timestamp: 'not_timestamp',
  date: 'not_timestamp',
  boolean: 'not_boolean',
};

/** Enough for these files: no line breaks within quotes. */
function splitCsv(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
