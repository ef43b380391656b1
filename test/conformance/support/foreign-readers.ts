import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import type { AwsClients } from '../../../adapters/aws/clients.ts';
import type { TableRows } from './table-rows.ts';

/** A reader that knows nothing of this project. */
export type ForeignReader = 'pyiceberg' | 'duckdb';

/** PyIceberg's configuration of a catalog. */
export type ForeignCatalog = Readonly<Record<string, string>>;

/** The catalog of a local lake, as PyIceberg's SqlCatalog opens it. */
export function localCatalog(catalogFile: string): ForeignCatalog {
  return { name: 'shoplake', type: 'sql', uri: `sqlite:///${catalogFile}`, init_catalog_tables: 'false' };
}

/** The Glue catalog that the clients talk to. */
export async function glueCatalog({ s3 }: AwsClients): Promise<ForeignCatalog> {
  const { accessKeyId, secretAccessKey, sessionToken } = await s3.config.credentials();
  const region = await s3.config.region();
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return {
    name: 'glue',
    type: 'glue',
    'glue.region': region,
    's3.region': region,
    's3.access-key-id': accessKeyId,
    's3.secret-access-key': secretAccessKey,
    ...(sessionToken === undefined ? {} : { 's3.session-token': sessionToken }),
    ...(endpoint === undefined
      ? {}
      : { 'glue.endpoint': endpoint, 's3.endpoint': process.env.AWS_ENDPOINT_URL_S3 ?? endpoint }),
  };
}

/**
 * Reads tables (`database.table`) with a foreign reader: Python, with the packages of requirements.txt, from
 * `SHOPLAKE_PYTHON` or `python3`.
 */
export async function readTables(
  reader: ForeignReader,
  catalog: ForeignCatalog,
  tables: readonly string[],
): Promise<Readonly<Record<string, TableRows>>> {
  const python = process.env.SHOPLAKE_PYTHON ?? 'python3';
  const child = spawn(python, [join(import.meta.dirname, 'read_tables.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) => reject(new Error(`cannot run ${python}: ${advice}`, { cause })));
    child.on('close', resolve);
  });
  child.stdin.on('error', () => {}); // Python that ends at once is told of by its exit code.
  child.stdin.end(JSON.stringify({ reader, catalog, tables }));
  const [output, problems, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) {
    const hint = problems.includes('ModuleNotFoundError') ? ` (${advice})` : '';
    throw new Error(`${reader} cannot read the tables${hint}:\n${problems}`);
  }
  return JSON.parse(output) as Readonly<Record<string, TableRows>>;
}

const advice =
  'make a Python environment with `pip install -r test/conformance/requirements.txt` and set SHOPLAKE_PYTHON to its python';
