import type { Pack } from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';

/**
 * Everything that is wrong with a pack's SQL: syntax, unknown tables, columns and parameters, cycles, layers, output columns
 * that differ from the YAML's, and constructs that would not mean the same on both engines. Models, checks and row rules.
 */
export async function lintPack(_pack: Pack): Promise<readonly Problem[]> {
  throw new Error('not yet');
}
