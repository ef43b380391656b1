import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { GlueClient } from '@aws-sdk/client-glue';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createAthenaQueryEngine } from '../../adapters/aws/athena-query-engine.ts';
import { createGlueCatalog } from '../../adapters/aws/glue-catalog.ts';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store.ts';
import type { IcebergIo } from '../../core/iceberg/table.ts';
import { systemClock } from '../../core/ports/clock.ts';
import type { QueryEngine } from '../../core/ports/query-engine.ts';
import { CommitStateUnknownError } from '../../core/ports/table-catalog.ts';
import { type CloudResources, createCloudResources } from './support/cloud-resources.ts';
import { appendRow, createRowTable, type Writer } from './support/row-table.ts';

let cloud: CloudResources;
let database: string;
let engine: QueryEngine;
let writer: Writer;

beforeAll(async () => {
  cloud = await createCloudResources();
  database = `${cloud.prefix}_commits`;
  engine = createAthenaQueryEngine({ athena: cloud.clients.athena, workGroup: cloud.workGroup });
  writer = {
    connection: await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect(),
    scratch: await mkdtemp(join(tmpdir(), 'glue-commits-')),
  };
});
afterAll(async () => {
  writer.connection.closeSync();
  await rm(writer.scratch, { recursive: true });
  await cloud.remove();
});

/** Ports whose commits to Glue go through `glueOnce`. */
function ioWith(glueOnce: GlueClient): IcebergIo {
  return {
    store: createS3ObjectStore(cloud.clients.s3),
    catalog: createGlueCatalog({ clients: { glue: cloud.clients.glue, glueOnce } }),
    clock: systemClock,
  };
}

async function createRows(table: string): Promise<void> {
  const location = `s3://${cloud.bucket}/commits/${table}`;
  await createRowTable(ioWith(cloud.clients.glueOnce), { database, table }, location);
}

async function readRows(table: string): Promise<readonly string[]> {
  const { queryExecutionId } = await engine.run(
    `select writer, number from ${database}.${table} order by writer, number`,
  );
  return (await engine.results(queryExecutionId)).rows.map((row) => row.join(' '));
}

type Fate = 'answered' | 'lost before Glue has it' | 'lost after it took effect';

/** A client whose updates meet these fates, one after another; then they are answered. */
async function unreliableClient(fates: readonly Fate[]): Promise<GlueClient> {
  const left = [...fates];
  const client = new GlueClient({ maxAttempts: 1, region: await cloud.clients.glue.config.region() });
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const fate = context.commandName === 'UpdateTableCommand' ? left.shift() : undefined;
      const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      if (fate === 'lost before Glue has it') {
        throw lost;
      }
      const answer = await next(args);
      if (fate === 'lost after it took effect') {
        throw lost;
      }
      return answer;
    },
    { step: 'finalizeRequest', name: 'loseAnswers' },
  );
  return client;
}

test.each<readonly [string, readonly Fate[]]>([
  ['the update took effect and its answer was lost', ['lost after it took effect']],
  ['the update never arrived', ['lost before Glue has it']],
  [
    'the update never arrived, and the answer to the second was lost',
    ['lost before Glue has it', 'lost after it took effect'],
  ],
])('has each row once when %s', async (_name, fates) => {
  const table = `lost_${fates.map((fate) => fate.split(' ')[1]).join('_')}`;
  await createRows(table);
  const glueOnce = await unreliableClient(['answered', ...fates]);

  for (const number of [1, 2, 3]) {
    await appendRow(ioWith(glueOnce), writer, { database, table }, 'a', number);
  }

  glueOnce.destroy();
  expect(await readRows(table)).toEqual(['a 1', 'a 2', 'a 3']);
});

test('has each row once when another writer commits before the lost answer is looked into', async () => {
  await createRows('overtaken');
  const id = { database, table: 'overtaken' };
  const glueOnce = await unreliableClient(['lost after it took effect']);
  const io = ioWith(glueOnce);
  const other = ioWith(cloud.clients.glueOnce);
  let isOvertaken = false;
  const overtaken: IcebergIo = {
    ...io,
    catalog: {
      ...io.catalog,
      swap: async (...parts) => {
        try {
          await io.catalog.swap(...parts);
        } catch (error) {
          if (!isOvertaken) {
            isOvertaken = true;
            await appendRow(other, writer, id, 'other', 1);
          }
          throw error;
        }
      },
    },
  };

  await appendRow(overtaken, writer, id, 'a', 1);

  glueOnce.destroy();
  expect(isOvertaken).toBe(true);
  expect(await readRows('overtaken')).toEqual(['a 1', 'other 1']);
});

test('leaves a readable table, with the row or without, when every answer is lost', async () => {
  await createRows('silent');
  const id = { database, table: 'silent' };
  await appendRow(ioWith(cloud.clients.glueOnce), writer, id, 'a', 1);
  const glueOnce = await unreliableClient(Array.from({ length: 50 }, () => 'lost before Glue has it'));

  const append = appendRow(ioWith(glueOnce), writer, id, 'a', 2);

  await expect(append).rejects.toThrow(CommitStateUnknownError);
  glueOnce.destroy();
  expect(await readRows('silent')).toEqual(['a 1']);
});

test('keeps every row of four processes that commit to one table at once', async () => {
  await createRows('raced');
  const writers = ['a', 'b', 'c', 'd'];
  const script = join(import.meta.dirname, 'support/append-rows.ts');

  await Promise.all(
    writers.map((name) => promisify(execFile)(process.execPath, [script, database, 'raced', name, '6'])),
  );

  const expected = writers.flatMap((name) => [1, 2, 3, 4, 5, 6].map((number) => `${name} ${number}`));
  expect(await readRows('raced')).toEqual(expected);
});
