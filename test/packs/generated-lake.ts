import { join } from 'node:path';
import { type CommandResult, makeFolder, removeFolder } from '../bin/lake-process.ts';
import { runHere } from '../bin/run-here.ts';
import { readPlanted } from './generated-files.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** A lake in a folder of its own, and beside it a folder for the generated files that are loaded into it. */
export type GeneratedLake = {
  readonly data: string;
  lake(...words: readonly string[]): Promise<CommandResult>;
  query(sql: string): Promise<Rows>;
  /** What the quarantine of a pack holds, a text for each record, in the order of `listPlanted`. */
  listQuarantined(pack: string): Promise<readonly string[]>;
  /** What was broken on purpose, a text for each record: `invoices dt=2010-12-01/part-0001.csv 7 ragged_row null`. */
  listPlanted(): Promise<readonly string[]>;
  remove(): Promise<void>;
};

export async function makeGeneratedLake(): Promise<GeneratedLake> {
  const folder = await makeFolder();
  const data = join(folder, 'data');
  const lake = (...words: readonly string[]) => runHere('--lake', join(folder, 'lake'), ...words);
  const query = async (sql: string): Promise<Rows> => {
    const { stdout } = await lake('query', sql, '--format', 'json');
    return JSON.parse(stdout) as Rows;
  };
  return {
    data,
    lake,
    query,
    async listQuarantined(pack) {
      const rows = await query(
        `select dataset, source_file, source_line, reason, column_name from ${pack}_bronze.quarantine`,
      );
      return rows
        .map((row) =>
          [row.dataset, row.source_file, row.source_line, row.reason, String(row.column_name)].join(' '),
        )
        .sort();
    },
    async listPlanted() {
      const planted = await readPlanted(data);
      return planted
        .map((each) =>
          [each.dataset, each.sourceFile, each.sourceLine, each.reason, String(each.columnName)].join(' '),
        )
        .sort();
    },
    remove: () => removeFolder(folder),
  };
}
