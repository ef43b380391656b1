import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { QueryFailedError, type QueryResult } from '../../core/ports/query-engine.ts';

/** What stands on the first line of a result's file. */
type Head = {
  readonly columns: QueryResult['columns'];
  /** Rows in the files that the query read. */
  readonly scannedRows: number;
};

/** Results of queries by their ids: a file each, its columns and cost on the first line, then a row a line. */
export type ResultFiles = {
  write(id: string, head: Head, rows: AsyncIterable<readonly (string | null)[]>): Promise<void>;
  /** @throws QueryFailedError for an id without results */
  read(id: string): Promise<QueryResult & Head>;
};

/** Keeps results in a folder. */
export function openResultFiles(folder: string): ResultFiles {
  const fileOf = (id: string): string => {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new QueryFailedError(`no query execution "${id}"`);
    return join(folder, `${id}.jsonl`);
  };
  return {
    async write(id, head, rows) {
      const file = fileOf(id);
      const output = createWriteStream(`${file}.part`);
      output.write(`${JSON.stringify(head)}\n`);
      try {
        for await (const row of rows) {
          if (!output.write(`${JSON.stringify(row)}\n`)) await once(output, 'drain');
        }
      } finally {
        output.end();
        await finished(output);
      }
      await rename(`${file}.part`, file);
    },
    async read(id) {
      const lines: unknown[] = [];
      try {
        const input = createReadStream(fileOf(id), 'utf8');
        for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
          lines.push(JSON.parse(line));
        }
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
        throw new QueryFailedError(`no query execution "${id}"`, { cause });
      }
      const [head, ...rows] = lines;
      return { ...(head as Head), rows: rows as QueryResult['rows'] };
    },
  };
}
