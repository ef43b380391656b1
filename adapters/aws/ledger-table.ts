import {
  type AttributeValue,
  BatchWriteItemCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';

import type { Clock } from '../../core/ports/clock.ts';
import { isServiceError } from './service-errors.ts';

/**
 * The one DynamoDB table of a lake, for loads, pending quality results, leases, runs and holds. The index is a local one
 * because only those can be read consistently: a load is listed as soon as it is recorded.
 */
export const ledgerTable = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Index by time: same partition key, and `listed_at` as the sort key. Holds all attributes. */
  timeIndex: 'by_time',
  timeSortKey: 'listed_at',
} as const;

/** What creates the table, for tests and tools; a deployment makes the same table in its stack. */
export function ledgerTableInput(tableName: string): CreateTableCommandInput {
  const { partitionKey, sortKey, timeIndex, timeSortKey } = ledgerTable;
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [partitionKey, sortKey, timeSortKey].map((name) => ({
      AttributeName: name,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: partitionKey, KeyType: 'HASH' },
      { AttributeName: sortKey, KeyType: 'RANGE' },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: timeIndex,
        KeySchema: [
          { AttributeName: partitionKey, KeyType: 'HASH' },
          { AttributeName: timeSortKey, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  };
}

/** An item as DynamoDB holds it. */
export type Item = Record<string, AttributeValue>;

/** Where the ledgers are. */
export type LedgerOptions = {
  readonly dynamo: DynamoDBClient;
  readonly tableName: string;
  /** @default the machine's clock */
  readonly clock?: Clock;
};

/** A position in the time index: milliseconds since 1970 padded to sort as text, then what tells equal times apart. */
export function timePosition(milliseconds: number, ...rest: readonly string[]): string {
  return [String(milliseconds).padStart(15, '0'), ...rest].join('#');
}

/** All items of a query, page by page. A page ends at 1 MB (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html). */
export async function* queryItems(dynamo: DynamoDBClient, input: QueryCommandInput): AsyncIterable<Item> {
  let start: Item | undefined;
  do {
    const page = await dynamo.send(
      new QueryCommand({ ...input, ...(start === undefined ? {} : { ExclusiveStartKey: start }) }),
    );
    yield* page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** Deletes items by key, 25 in a call, until DynamoDB has taken them all. */
export async function deleteItems(
  dynamo: DynamoDBClient,
  clock: Clock,
  tableName: string,
  keys: readonly Item[],
): Promise<void> {
  for (let start = 0; start < keys.length; start += writeBatch) {
    let requests: WriteRequest[] = keys
      .slice(start, start + writeBatch)
      .map((key) => ({ DeleteRequest: { Key: key } }));
    for (let attempt = 1; requests.length > 0; attempt += 1) {
      const response = await dynamo.send(
        new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
      );
      requests = response.UnprocessedItems?.[tableName] ?? [];
      if (requests.length > 0) {
        await pauseBeforeRetry(clock, attempt, 'deleting ledger items');
      }
    }
  }
}

const writeBatch = 25;

/** Waits longer each time, and gives up after some 30 seconds. */
export async function pauseBeforeRetry(clock: Clock, attempt: number, task: string): Promise<void> {
  if (attempt > 12) {
    throw new Error(`${task}: dynamodb is still busy after ${attempt} attempts`);
  }
  await clock.sleep(Math.min(5_000, 20 * 2 ** attempt) * (0.5 + Math.random() / 2));
}

/** Text attribute of an item. */
export function textOf(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) {
    throw new Error(`ledger item ${item.pk?.S ?? ''} ${item.sk?.S ?? ''} has no text "${name}"`);
  }
  return value;
}

/** True if a conditional write was refused because its condition does not hold. */
export function isConditionFailure(error: unknown): boolean {
  return isServiceError(error, 'ConditionalCheckFailedException');
}

/**
 * Texts for people are cut to this many characters, since an item may hold 400 KB in all
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
 */
export const textLimit = 10_000;
