import { expect, test } from '@jest/globals';

import { createGlueCatalog } from '../../../adapters/aws/glue-catalog.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import { CommitConflictError, CommitStateUnknownError } from '../../../core/ports/table-catalog.ts';
import { type AwsAnswer, json, jsonError, startAwsServer } from './support/aws-server.ts';

const table = { database: 'retail_silver', table: 'sales' };
const description = {
  columns: [
    { name: 'quantity', type: 'long', doc: 'x'.repeat(300) },
    { name: 'unit_price', type: 'decimal(18, 4)' },
    { name: 'invoice_ts', type: 'timestamp' },
  ],
  location: 's3://lake/retail_silver/sales',
  description: 'one row per sold line',
};
const entry = {
  Table: {
    Name: 'sales',
    DatabaseName: 'retail_silver',
    VersionId: '7',
    Owner: 'stewards',
    TableType: 'EXTERNAL_TABLE',
    StorageDescriptor: { Location: 's3://lake/retail_silver/sales', Columns: [{ Name: 'old', Type: 'int' }] },
    Parameters: { table_type: 'ICEBERG', metadata_location: 's3://lake/1.json', classification: 'kept' },
  },
};
const expected = { metadataLocation: 's3://lake/1.json', version: '7' };
const patientClock: Clock = { now: () => 0, sleep: async () => {} };

/** A catalog whose commits are answered one after another as given; reads find the table at version 7. */
async function openCatalog(...answers: readonly AwsAnswer[]) {
  const left = [...answers];
  const server = await startAwsServer((request) =>
    request.operation === 'GetTable' ? json(entry) : (left.shift() ?? json({})),
  );
  return {
    catalog: createGlueCatalog({ clients: server.clients, clock: patientClock }),
    sent: (operation: string) => server.requests.filter((request) => request.operation === operation),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const lostAnswers: readonly (readonly [string, AwsAnswer])[] = [
  ['a broken connection', { drop: true }],
  [
    'an answer cut short',
    { ...(json({}) as { status: number; body: string }), body: '{"a":1}', cutAfter: 2 },
  ],
  ['an internal error', jsonError(500, 'InternalServiceException')],
  ['an internal error under status 400', jsonError(400, 'InternalServiceException')],
  ['a timeout within Glue', jsonError(400, 'OperationTimeoutException')],
  ['a bad gateway', { status: 502, body: 'bad gateway' }],
  ['a service that is not available', { status: 503, body: '' }],
];

test.each(lostAnswers)('sends a swap once and calls its outcome unknown after %s', async (_name, answer) => {
  await using glue = await openCatalog(answer);

  const swap = glue.catalog.swap(table, expected, 's3://lake/2.json', description);

  await expect(swap).rejects.toThrow(CommitStateUnknownError);
  await expect(swap).rejects.toThrow('update retail_silver.sales');
  expect(glue.sent('UpdateTable')).toHaveLength(1);
});

test.each(lostAnswers)(
  'sends a creation once and calls its outcome unknown after %s',
  async (_name, answer) => {
    await using glue = await openCatalog(answer);

    const create = glue.catalog.create(table, 's3://lake/1.json', description);

    await expect(create).rejects.toThrow(CommitStateUnknownError);
    expect(glue.sent('CreateTable')).toHaveLength(1);
  },
);

test.each(['ConcurrentModificationException', 'VersionMismatchException', 'EntityNotFoundException'])(
  'calls %s a conflict and sends the swap once',
  async (name) => {
    await using glue = await openCatalog(jsonError(400, name));

    const swap = glue.catalog.swap(table, expected, 's3://lake/2.json', description);

    await expect(swap).rejects.toThrow(CommitConflictError);
    expect(glue.sent('UpdateTable')).toHaveLength(1);
  },
);

test.each([
  jsonError(400, 'ThrottlingException'),
  jsonError(400, 'ThrottledException'),
  jsonError(429, 'TooManyRequestsException'),
])('sends a throttled swap again, with the version that was read', async (throttled) => {
  await using glue = await openCatalog(throttled, throttled, throttled);

  await glue.catalog.swap(table, expected, 's3://lake/2.json', description);

  const versions = glue.sent('UpdateTable').map(({ body }) => JSON.parse(body).VersionId);
  expect(versions).toEqual(['7', '7', '7', '7']);
});

test('calls the outcome unknown when the answer is lost after a throttled try', async () => {
  await using glue = await openCatalog(jsonError(400, 'ThrottlingException'), { drop: true });

  const swap = glue.catalog.swap(table, expected, 's3://lake/2.json', description);

  await expect(swap).rejects.toThrow(CommitStateUnknownError);
  expect(glue.sent('UpdateTable')).toHaveLength(2);
});

test('gives up on a swap that is throttled for ever, with the error as Glue gave it', async () => {
  await using glue = await openCatalog(
    ...Array.from({ length: 20 }, () => jsonError(400, 'ThrottlingException', 'slow down')),
  );

  const swap = glue.catalog.swap(table, expected, 's3://lake/2.json', description);

  await expect(swap).rejects.toThrow('slow down');
  expect(glue.sent('UpdateTable')).toHaveLength(8);
});

test('hands on a refusal, which is neither a conflict nor unknown', async () => {
  await using glue = await openCatalog(jsonError(400, 'AccessDeniedException', 'not authorized'));

  const error = await glue.catalog
    .swap(table, expected, 's3://lake/2.json', description)
    .catch((reason: unknown) => reason);

  expect(error).not.toBeInstanceOf(CommitConflictError);
  expect(error).not.toBeInstanceOf(CommitStateUnknownError);
  expect(error).toMatchObject({ name: 'AccessDeniedException', message: 'not authorized' });
});

test('refuses a swap from a version that Glue no longer has, without sending it', async () => {
  await using glue = await openCatalog();

  const swap = glue.catalog.swap(table, { ...expected, version: '6' }, 's3://lake/2.json', description);

  await expect(swap).rejects.toThrow(CommitConflictError);
  expect(glue.sent('UpdateTable')).toHaveLength(0);
});

test('keeps what others wrote into the entry, and says what was there before', async () => {
  await using glue = await openCatalog();

  await glue.catalog.swap(table, expected, 's3://lake/2.json', description);

  const request = JSON.parse(glue.sent('UpdateTable')[0]?.body ?? '');
  expect(request).toMatchObject({ DatabaseName: 'retail_silver', VersionId: '7', SkipArchive: true });
  expect(request.TableInput).toMatchObject({
    Name: 'sales',
    Owner: 'stewards',
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      table_type: 'ICEBERG',
      metadata_location: 's3://lake/2.json',
      previous_metadata_location: 's3://lake/1.json',
      classification: 'kept',
    },
  });
});

test('shows the columns as Hive types, with comments that Glue accepts', async () => {
  await using glue = await openCatalog();

  await glue.catalog.create(table, 's3://lake/1.json', description);

  const { TableInput } = JSON.parse(glue.sent('CreateTable')[0]?.body ?? '');
  expect(TableInput.StorageDescriptor).toEqual({
    Location: 's3://lake/retail_silver/sales',
    Columns: [
      { Name: 'quantity', Type: 'bigint', Comment: 'x'.repeat(255) },
      { Name: 'unit_price', Type: 'decimal(18,4)' },
      { Name: 'invoice_ts', Type: 'timestamp' },
    ],
  });
});

test('makes no database where there is one, so that it needs no right to', async () => {
  await using glue = await openCatalog();

  await glue.catalog.ensureDatabase('retail_silver');

  expect(glue.sent('GetDatabase')).toHaveLength(1);
  expect(glue.sent('CreateDatabase')).toHaveLength(0);
});

test.each([json({}), jsonError(400, 'AlreadyExistsException')])(
  'makes a database that is missing, and is content if another was faster',
  async (answer) => {
    await using glue = await openCatalog(jsonError(400, 'EntityNotFoundException'), answer);

    await glue.catalog.ensureDatabase('retail_silver');

    expect(glue.sent('CreateDatabase')).toHaveLength(1);
  },
);

test('does not take a database that it may not see for a missing one', async () => {
  await using glue = await openCatalog(jsonError(400, 'AccessDeniedException', 'not authorized'));

  await expect(glue.catalog.ensureDatabase('retail_silver')).rejects.toThrow('not authorized');
  expect(glue.sent('CreateDatabase')).toHaveLength(0);
});

test('refuses to take a table that is not Iceberg for one', async () => {
  await using server = await startAwsServer(() =>
    json({ Table: { Name: 'sales', VersionId: '1', Parameters: { classification: 'csv' } } }),
  );
  const catalog = createGlueCatalog({ clients: server.clients });

  await expect(catalog.load(table)).rejects.toThrow('retail_silver.sales has table_type ""');
});
