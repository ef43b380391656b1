// A process that appends rows to an Iceberg table, a commit a row: `node append-rows.ts DATABASE TABLE WRITER COMMITS`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import { closeAwsClients, createAwsClients } from '../../../adapters/aws/clients.ts';
import { createGlueCatalog } from '../../../adapters/aws/glue-catalog.ts';
import { createS3ObjectStore } from '../../../adapters/aws/s3-object-store.ts';
import { systemClock } from '../../../core/ports/clock.ts';
import { appendRow } from './row-table.ts';

const [database = '', table = '', writer = '', commits = ''] = process.argv.slice(2);
const clients = createAwsClients();
const io = {
  store: createS3ObjectStore(clients.s3),
  catalog: createGlueCatalog({ clients }),
  clock: systemClock,
};
const scratch = await mkdtemp(join(tmpdir(), 'append-rows-'));
const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
try {
  for (let number = 1; number <= Number(commits); number += 1) {
    await appendRow(io, { connection, scratch }, { database, table }, writer, number);
  }
} finally {
  connection.closeSync();
  closeAwsClients(clients);
  await rm(scratch, { recursive: true });
}
