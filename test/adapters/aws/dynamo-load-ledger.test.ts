import { expect, test } from '@jest/globals';

import { createDynamoLoadLedger } from '../../../adapters/aws/dynamo-load-ledger.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { LoadRecord } from '../../../core/ports/load-ledger.ts';
import { type AwsAnswer, type AwsRequest, json, startAwsServer } from './support/aws-server.ts';

const impatientClock: Clock = { now: () => 0, sleep: async () => {} };
const load: LoadRecord = {
  pack: 'retail',
  dataset: 'invoices',
  loadId: 'a'.repeat(64),
  sourceFile: 'one.csv',
  outcome: { status: 'loaded', loadedRows: 1, quarantinedRows: 0 },
  recordedAt: 10,
};

async function openLedger(answer: (request: AwsRequest, number: number) => AwsAnswer) {
  let number = 0;
  const server = await startAwsServer((request) => {
    number += 1;
    return answer(request, number);
  });
  const ledger = createDynamoLoadLedger({
    dynamo: server.clients.dynamo,
    tableName: 'ledger',
    clock: impatientClock,
  });
  return { ledger, requests: server.requests, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function cancelled(...codes: readonly string[]): AwsAnswer {
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message: `cancelled: ${codes.join(', ')}`,
      CancellationReasons: codes.map((Code) => ({ Code })),
    }),
  };
}

test.each([
  ['None', 'TransactionConflict'],
  ['ThrottlingError', 'None'],
  ['ProvisionedThroughputExceeded', 'TransactionConflict'],
])('records again after a transaction that was cancelled by %s and %s', async (...codes) => {
  await using dynamo = await openLedger((_request, number) => (number < 3 ? cancelled(...codes) : json({})));

  await dynamo.ledger.record([{ load, results: [] }]);

  expect(dynamo.requests.map(({ operation }) => operation)).toEqual(Array(3).fill('TransactWriteItems'));
});

test('leaves a load alone that is recorded already', async () => {
  await using dynamo = await openLedger(() => cancelled('ConditionalCheckFailed', 'None'));

  await dynamo.ledger.record([{ load, results: [] }]);

  expect(dynamo.requests).toHaveLength(1);
});

test('hands on a transaction that can never succeed', async () => {
  await using dynamo = await openLedger(() => cancelled('ItemCollectionSizeLimitExceeded'));

  await expect(dynamo.ledger.record([{ load, results: [] }])).rejects.toThrow(
    'ItemCollectionSizeLimitExceeded',
  );
});

test('gives up when the table stays busy', async () => {
  await using dynamo = await openLedger(() => cancelled('TransactionConflict'));

  await expect(dynamo.ledger.record([{ load, results: [] }])).rejects.toThrow('dynamodb is still busy');
});

test('asks again for what an answer left unprocessed', async () => {
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
  await using dynamo = await openLedger((request) => {
    const [key, ...rest] = JSON.parse(request.body).RequestItems.ledger.Keys;
    const loadId = String(key.sk.S).split('#')[1];
    return json({
      Responses: { ledger: [{ ...key, record: { S: JSON.stringify({ ...load, loadId }) } }] },
      UnprocessedKeys: rest.length === 0 ? {} : { ledger: { Keys: rest } },
    });
  });

  const found = await dynamo.ledger.find('retail', 'invoices', ids);

  expect(found.map(({ loadId }) => loadId)).toEqual(ids);
  expect(dynamo.requests).toHaveLength(3);
});

test('keeps texts for people short enough for an item', async () => {
  await using dynamo = await openLedger(() => json({}));
  const outcome = {
    status: 'failed',
    reason: 'missing_column',
    detail: 'x'.repeat(500_000),
    contractHash: 'contract 1',
  } as const;

  await dynamo.ledger.record([{ load: { ...load, outcome }, results: [] }]);

  expect(dynamo.requests[0]?.body.length).toBeLessThan(400 * 1024);
});
