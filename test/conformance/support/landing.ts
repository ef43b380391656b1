import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AwsLake } from '../../../adapters/aws/aws-lake.ts';
import type { Pack } from '../../../core/contract/contract.ts';
import { loadFiles } from '../../../core/ingest/load-files.ts';
import type { FileReport } from '../../../core/ingest/load-report.ts';

/** The ports of a lake, wherever it is. */
export type Lake = AwsLake;

/** A file of a dataset, and its place under `landing/<pack>/<dataset>/`. */
export type SourceFile = { readonly dataset: string; readonly path: string; readonly sourceFile: string };

/** Puts the files into the lake's landing place. */
export async function landFiles(lake: Lake, pack: Pack, files: readonly SourceFile[]): Promise<void> {
  for (const file of files) {
    await lake.store.write(landingLocation(lake, pack, file), await readFile(file.path));
  }
}

/** Loads files that have landed, all of a dataset in one batch. */
export async function loadLanded(
  lake: Lake,
  pack: Pack,
  files: readonly SourceFile[],
): Promise<readonly FileReport[]> {
  const { store, catalog, clock, layout, scratch } = lake;
  const environment = { store, catalog, clock, layout, scratch, ledger: lake.loads };
  const reports: FileReport[] = [];
  for (const contract of pack.bronze) {
    const landed = files
      .filter(({ dataset }) => dataset === contract.dataset)
      .map((file) => ({ location: landingLocation(lake, pack, file), sourceFile: file.sourceFile }));
    if (landed.length > 0) {
      reports.push(...(await loadFiles(environment, contract, landed)).files);
    }
  }
  return reports;
}

function landingLocation(lake: Lake, pack: Pack, { dataset, sourceFile }: SourceFile): string {
  return `${lake.layout.landing}/${pack.name}/${dataset}/${sourceFile}`;
}

const packsFolder = join(import.meta.dirname, '../../../sql');
/** Data beside the packs' samples, laid out as the landing folder: `<pack>/<dataset>/…`. */
const dataFolder = process.env.SHOPLAKE_CONFORMANCE_DATA;

/** The pack's sample, and its files in the data folder if there are any. */
export function findFiles(name: string): readonly SourceFile[] {
  const sample = listFiles(join(packsFolder, name, 'sample'));
  const data = dataFolder === undefined ? [] : listFiles(join(dataFolder, name));
  const keyOf = ({ dataset, sourceFile }: SourceFile) => `${dataset}/${sourceFile}`;
  // A sample may be cut from the data, under the same names: the same bytes twice would be a duplicate and no load.
  const files = new Map([...sample, ...data].map((file) => [keyOf(file), file]));
  if (files.size === 0) throw new Error(`pack ${name} has no sample files`);
  return [...files.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Files below a folder that is laid out as `<dataset>/…`. */
function listFiles(root: string): readonly SourceFile[] {
  return !existsSync(root)
    ? []
    : readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.includes('/') && /\.csv(\.gz)?$/.test(file))
        .map((file) => {
          const [dataset = '', ...rest] = file.split('/');
          return { dataset, path: join(root, file), sourceFile: rest.join('/') };
        });
}
