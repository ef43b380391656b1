import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { AthenaClient } from '@aws-sdk/client-athena';
import { DuckDBInstance } from '@duckdb/node-api';
import type { QueryEngine, QueryResult } from '../../core/ports/query-engine.ts';
import { quoteIdentifier, quoteText } from '../../core/sql/quoting.ts';
import { readResultPages } from './athena-query-engine.ts';

/** What an export from Athena needs. */
export type AthenaExport = {
  readonly athena: AthenaClient;
  readonly engine: QueryEngine;
  /** A local folder for temporary files. */
  readonly scratch: string;
};

const copyOptions = {
  csv: 'format csv, header',
  json: 'format json, array true',
  parquet: 'format parquet, compression zstd',
} as const;

/**
 * Runs a select in Athena and writes its typed rows to a local file. The rows come by the page, a thousand at a time, and go
 * through a temporary file: memory stays small whatever the size, and the time is that of a call for every thousand rows.
 */
export async function exportFromAthena(
  { athena, engine, scratch }: AthenaExport,
  sql: string,
  target: { readonly file: string; readonly format: keyof typeof copyOptions },
): Promise<{ readonly rows: number }> {
  const { queryExecutionId } = await engine.run(sql);
  const text = join(scratch, `${randomUUID()}.jsonl`);
  // Written beside its place, so that no half-written file is taken for a whole one.
  const part = `${target.file}.${randomUUID()}.part`;
  try {
    const { columns, rows } = await writeText(readResultPages(athena, queryExecutionId), text);
    const instance = await DuckDBInstance.create(':memory:', { temp_directory: scratch });
    const connection = await instance.connect();
    try {
      const options = copyOptions[target.format];
      await connection.run(`copy (${typedRows(columns, text)}) to ${quoteText(part)} (${options})`);
      await rename(part, target.file);
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
    return { rows };
  } finally {
    await Promise.all([text, part].map((file) => rm(file, { force: true })));
  }
}

/** An array of texts a line: unlike in CSV, NULL, the empty text and line breaks cannot be taken for something else. */
async function writeText(
  pages: AsyncIterable<QueryResult>,
  file: string,
): Promise<{ readonly columns: QueryResult['columns']; readonly rows: number }> {
  const output = createWriteStream(file);
  let columns: QueryResult['columns'] = [];
  let rows = 0;
  try {
    for await (const page of pages) {
      columns = page.columns;
      rows += page.rows.length;
      const lines = page.rows.map((row) => `${JSON.stringify({ row })}\n`).join('');
      if (!output.write(lines)) await once(output, 'drain');
    }
  } finally {
    output.end();
    await finished(output);
  }
  return { columns, rows };
}

function typedRows(columns: QueryResult['columns'], file: string): string {
  const fields = columns.map(
    ({ name, type }, index) => `cast("row"[${index + 1}] as ${duckDbType(type)}) as ${quoteIdentifier(name)}`,
  );
  return (
    `select ${fields.join(', ')} from read_json(${quoteText(file)}, ` +
    `format = 'newline_delimited', columns = {row: 'varchar[]'}, maximum_object_size = 67108864)`
  );
}

/** Athena's scalars have the same names in DuckDB; anything else stays the text that Athena prints. */
function duckDbType(type: string): string {
  if (/^(boolean|tinyint|smallint|integer|bigint|double|date|decimal\(\d+,\s*\d+\))$/.test(type)) return type;
  if (type === 'int') return 'integer';
  if (type === 'float' || type === 'real') return 'real';
  return /^timestamp(\(\d+\))?$/.test(type) ? 'timestamp' : 'varchar';
}
