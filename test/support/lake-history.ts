import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type LocalLake, openLocalLake, refreshPack } from '../../adapters/local/local-lake.ts';
import { loadPlannedFiles } from '../../bin/file-loader.ts';
import { planLoad } from '../../bin/load-plan.ts';
import { databaseOf, type ModelContract, type Pack } from '../../core/contract/contract.ts';
import type { RunRecord } from '../../core/ports/run-ledger.ts';

/** A lake in a temporary folder, to which files come in a certain order. */
export type LakeHistory = AsyncDisposable & {
  readonly lake: LocalLake;
  /** Loads the files in one batch and refreshes. @throws if a file, a check or the run fails */
  arrive(paths: readonly string[], request?: { readonly full: boolean }): Promise<RunRecord>;
  /** Every cell of every silver and gold table but gold's audit columns; sorted rows by table. */
  contents(): Promise<Readonly<Record<string, readonly string[]>>>;
  query(sql: string): Promise<readonly (readonly (string | null)[])[]>;
};

/** Opens a lake for the pack. */
export async function openLakeHistory(pack: Pack): Promise<LakeHistory> {
  const folder = await mkdtemp(join(tmpdir(), `${pack.name}-`));
  const lake = await openLocalLake(folder);
  const query = async (sql: string) =>
    (await lake.engine.results((await lake.engine.run(sql)).queryExecutionId)).rows;
  return {
    lake,
    query,
    arrive: async (paths, request) => {
      const batches = paths.length === 0 ? [] : (await planLoad(pack, paths)).datasets;
      const reports = await loadPlannedFiles(lake, batches, () => undefined);
      const failed = reports.find(({ status }) => status === 'failed');
      if (failed !== undefined) throw new Error(`${failed.sourceFile}: ${failed.detail}`);
      const { status, message } = await refreshPack(lake, pack, request ?? {});
      if (status !== 'succeeded') throw new Error(`refresh ${status}: ${message}`);
      return (await lake.runs.listRuns(pack.name, 1))[0]!;
    },
    contents: async () => {
      const tables: [string, readonly string[]][] = [];
      for (const model of pack.models) {
        const rows = await query(`select ${comparedColumns(model)} from ${tableOf(model)}`);
        tables.push([tableOf(model), rows.map((row) => JSON.stringify(row)).sort()]);
      }
      return Object.fromEntries(tables);
    },
    [Symbol.asyncDispose]: async () => {
      await lake[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function tableOf(model: ModelContract): string {
  return `${databaseOf(model.pack, model.layer)}.${model.name}`;
}

function comparedColumns(model: ModelContract): string {
  return model.columns.map(({ name }) => `"${name}"`).join(', ');
}
