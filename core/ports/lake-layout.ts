import { databaseOf, type Layer } from '../contract/contract.ts';

/**
 * Root locations of a lake, without a trailing slash: a bucket each on AWS (`s3://shop-bronze`), a folder each locally
 * (`file:///shop/.lake/bronze`).
 */
export type LakeLayout = {
  /** `<landing>/<pack>/<dataset>/any/path/file.csv`. */
  readonly landing: string;
  readonly bronze: string;
  readonly silver: string;
  readonly gold: string;
  /** Plans, rendered SQL and results of refresh runs: `<runs>/<pack>/<run id>/…`. */
  readonly runs: string;
};

/** Root folder of a table: `<layer root>/<pack>_<layer>/<table>`; its files are under `data/` and `metadata/`. */
export function tableLocation(layout: LakeLayout, pack: string, layer: Layer, table: string): string {
  return `${layout[layer]}/${databaseOf(pack, layer)}/${table}`;
}
