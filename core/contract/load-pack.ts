import type { Pack } from './contract.ts';
import type { Problem } from './problem.ts';

/**
 * Reads the pack in `folder` (`sql/retail`): pack.yaml, bronze/*.yaml and the pairs of SQL and YAML in silver/ and gold/.
 * Nothing throws on a mistake in a file: it is a problem with its place, and the table it spoils is left out of the pack.
 */
export async function loadPack(folder: string): Promise<{ readonly pack: Pack; readonly problems: readonly Problem[] }> {
  throw new Error(`cannot load ${folder} yet`);
}

/** Reads every pack below `root` (`sql`): a folder that holds a pack.yaml. Sorted by name. */
export async function loadPacks(
  root: string,
): Promise<{ readonly packs: readonly Pack[]; readonly problems: readonly Problem[] }> {
  throw new Error(`cannot load ${root} yet`);
}
