import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { BronzeContract, Pack } from '../core/contract/contract.ts';
import { UsageError } from './command-error.ts';

/** A file to load, and its place under `landing/<pack>/<dataset>/`. */
export type PlannedFile = {
  readonly path: string;
  readonly sourceFile: string;
};

/** Files of one dataset. */
export type LoadBatch = { readonly contract: BronzeContract; readonly files: readonly PlannedFile[] };

/** What a load will do. */
export type LoadPlan = {
  /** By dataset, each in the order of their source files. */
  readonly datasets: readonly LoadBatch[];
  /** Files in the given folders that are no `.csv` or `.csv.gz`: left alone. */
  readonly ignored: readonly string[];
};

/**
 * Finds the files at the given paths and the dataset of each. The dataset is, first that applies: the one that was asked
 * for; the first folder below a given folder; the folder after `<pack>/` in the path; the folder that was given, or that
 * the given file lies in; the pack's only one.
 * @throws UsageError for a path that is not there, or a file whose dataset cannot be told
 */
export async function planLoad(pack: Pack, paths: readonly string[], dataset?: string): Promise<LoadPlan> {
  if (dataset !== undefined && findContract(pack, dataset) === undefined) {
    throw new UsageError(
      `no dataset "${dataset}" in pack ${pack.name}, expected one of: ${listDatasets(pack)}`,
    );
  }
  const planned = new Map<BronzeContract, Map<string, PlannedFile>>();
  const ignored: string[] = [];
  for (const path of paths) {
    const found = await findFiles(path);
    for (const file of found.files) {
      if (!isCsv(file)) {
        if (!found.isFolder) {
          throw new UsageError(`${path}: expected a file named .csv or .csv.gz`);
        }
        ignored.push(file);
        continue;
      }
      const place = locate(pack, found.isFolder ? resolve(path) : undefined, file, dataset);
      const files = planned.get(place.contract) ?? new Map<string, PlannedFile>();
      files.set(file, { path: file, sourceFile: place.sourceFile });
      planned.set(place.contract, files);
    }
  }
  return {
    datasets: [...planned].map(([contract, files]) => ({
      contract,
      files: [...files.values()].sort((a, b) => compareText(a.sourceFile, b.sourceFile)),
    })),
    ignored,
  };
}

/** Whether the landing folder takes a file of this name for data. */
export function isCsv(path: string): boolean {
  return /\.csv(\.gz)?$/i.test(path) && !basename(path).startsWith('.');
}

/** The dataset and source file of `<pack>/<dataset>/…` below a landing folder; undefined if no pack expects it. */
export function locateLanded(
  packs: readonly Pack[],
  landing: string,
  path: string,
): { readonly pack: Pack; readonly contract: BronzeContract; readonly file: PlannedFile } | undefined {
  const [packName, dataset, ...rest] = relative(landing, path).split(sep);
  const pack = packs.find(({ name }) => name === packName);
  const contract = pack && dataset !== undefined ? findContract(pack, dataset) : undefined;
  if (pack === undefined || contract === undefined || rest.length === 0) {
    return undefined;
  }
  return { pack, contract, file: { path, sourceFile: rest.join('/') } };
}

async function findFiles(
  path: string,
): Promise<{ readonly isFolder: boolean; readonly files: readonly string[] }> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch(() => undefined);
  if (found === undefined) {
    throw new UsageError(`${path}: no such file or folder`);
  }
  if (!found.isDirectory()) {
    return { isFolder: false, files: [absolute] };
  }
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  return { isFolder: true, files };
}

function locate(
  pack: Pack,
  folder: string | undefined,
  file: string,
  dataset: string | undefined,
): { readonly contract: BronzeContract; readonly sourceFile: string } {
  const asked = dataset === undefined ? undefined : findContract(pack, dataset);
  const below = (folder === undefined ? [basename(file)] : relative(folder, file).split(sep)) as string[];
  const first = below.length > 1 ? findContract(pack, below[0]!) : undefined;
  if (first !== undefined && (asked === undefined || asked === first)) {
    return { contract: first, sourceFile: below.slice(1).join('/') };
  }
  const whole = file.split(sep);
  for (let at = whole.length - 2; at > 0; at -= 1) {
    const contract = findContract(pack, whole[at]!);
    const isGivenFolder = at === whole.length - below.length - 1;
    if (contract === undefined || (asked !== undefined && asked !== contract)) {
      continue;
    }
    if (whole[at - 1] === pack.name || isGivenFolder) {
      return { contract, sourceFile: whole.slice(at + 1).join('/') };
    }
  }
  const only = asked ?? (pack.bronze.length === 1 ? pack.bronze[0] : undefined);
  if (only === undefined) {
    throw new UsageError(
      `${file}: the path does not say which dataset it is of, expected --dataset with one of: ${listDatasets(pack)}`,
    );
  }
  return { contract: only, sourceFile: below.join('/') };
}

function findContract(pack: Pack, dataset: string): BronzeContract | undefined {
  return pack.bronze.find((contract) => contract.dataset === dataset);
}

function listDatasets(pack: Pack): string {
  return pack.bronze.map((contract) => contract.dataset).join(', ');
}

/** Byte-wise, as the spec orders source files; UTF-16 order would differ past the first plane. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
