import { createHash, randomUUID } from 'node:crypto';

import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';

import { type Clock, systemClock } from '../../core/ports/clock.ts';
import type { LoadLedger, LoadRecord } from '../../core/ports/load-ledger.ts';
import type { QualityResult } from '../../core/ports/quality-result.ts';
import {
  deleteItems,
  type Item,
  type LedgerOptions,
  ledgerTable,
  pauseBeforeRetry,
  queryItems,
  textLimit,
  textOf,
  timePosition,
} from './ledger-table.ts';

/**
 * The ledger of loads in DynamoDB. Items:
 *
 *     loads#<pack>    <dataset>#<load id>                       a load
 *     results#<pack>  pending#<dataset>#<load id>#<outcome>#<n> quality results that wait for a run
 *     results#<pack>  pending#added#<id>#<n>                    quality results that came with no load
 *     results#<pack>  batch#<mark>                              the waiting results that were handed out together
 */
export function createDynamoLoadLedger(options: LedgerOptions): LoadLedger {
  const { dynamo, tableName } = options;
  const clock = options.clock ?? systemClock;
  const loadsOf = (pack: string) => `loads#${pack}`;
  const resultsOf = (pack: string) => `results#${pack}`;

  return {
    async find(pack, dataset, loadIds) {
      const keys = [...new Set(loadIds)].map((loadId) => keyOf(loadsOf(pack), `${dataset}#${loadId}`));
      return (await getItems(dynamo, clock, tableName, keys)).map(parseLoad);
    },

    async record(entries) {
      // Each load stands for itself, so a load that is recorded already does not hold up its neighbours.
      for (let start = 0; start < entries.length; start += concurrentRecords) {
        const group = entries.slice(start, start + concurrentRecords);
        await Promise.all(group.map((entry) => recordLoad(dynamo, clock, tableName, entry)));
      }
    },

    async addResults(pack, results) {
      const id = randomUUID();
      await Promise.all(
        splitResults(results).map((part, index) =>
          dynamo.send(
            new PutItemCommand({
              TableName: tableName,
              Item: {
                ...keyOf(resultsOf(pack), `${pendingPrefix}added#${id}#${index}`),
                results: { S: part },
              },
            }),
          ),
        ),
      );
    },

    async *list(pack, dataset) {
      const items = queryItems(dynamo, {
        TableName: tableName,
        IndexName: ledgerTable.timeIndex,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ...(dataset === undefined ? {} : { FilterExpression: 'dataset = :dataset' }),
        ExpressionAttributeValues: {
          ':pk': { S: loadsOf(pack) },
          ...(dataset === undefined ? {} : { ':dataset': { S: dataset } }),
        },
      });
      for await (const item of items) {
        yield parseLoad(item);
      }
    },

    async pendingResults(pack) {
      const partition = resultsOf(pack);
      const waiting: Item[] = [];
      for await (const item of queryPrefix(dynamo, tableName, partition, pendingPrefix)) {
        waiting.push(item);
        if (waiting.length === batchLimit) {
          break;
        }
      }
      const sortKeys = waiting.map((item) => textOf(item, 'sk'));
      // The same results get the same mark, so that looking at them leaves one item and no more.
      const mark = createHash('sha256').update(JSON.stringify(sortKeys)).digest('hex');
      if (sortKeys.length > 0) {
        const batch = { ...keyOf(partition, batchPrefix + mark), keys: { S: JSON.stringify(sortKeys) } };
        await dynamo.send(new PutItemCommand({ TableName: tableName, Item: batch }));
      }
      const results = waiting.flatMap((item) => JSON.parse(textOf(item, 'results')) as QualityResult[]);
      return { results, mark };
    },

    async settleResults(pack, mark) {
      const partition = resultsOf(pack);
      const response = await dynamo.send(
        new GetItemCommand({
          TableName: tableName,
          Key: keyOf(partition, batchPrefix + mark),
          ConsistentRead: true,
        }),
      );
      if (response.Item === undefined) {
        return;
      }
      const sortKeys = JSON.parse(textOf(response.Item, 'keys')) as string[];
      const settled = sortKeys.map((sortKey) => keyOf(partition, sortKey));
      await deleteItems(dynamo, clock, tableName, settled);
      // Batches go last, so that a settlement broken off can be finished; all of them, as each names what is gone now
      // or was only looked at.
      const batches: Item[] = [];
      for await (const item of queryPrefix(dynamo, tableName, partition, batchPrefix)) {
        batches.push(keyOf(partition, textOf(item, 'sk')));
      }
      await deleteItems(dynamo, clock, tableName, batches);
    },
  };
}

const pendingPrefix = 'pending#';
const batchPrefix = 'batch#';
/** Results handed out together: their keys, of some 170 bytes each, share one item of 400 KB. The rest waits. */
const batchLimit = 1_500;

function queryPrefix(
  dynamo: DynamoDBClient,
  tableName: string,
  partition: string,
  prefix: string,
): AsyncIterable<Item> {
  return queryItems(dynamo, {
    TableName: tableName,
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk and begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': { S: partition }, ':prefix': { S: prefix } },
  });
}

/** DynamoDB's transactions take some 10 ms each; eight at a time record 500 files in a second. */
const concurrentRecords = 8;

/** Writes a load and its results in one transaction, unless the ledger knows this outcome already. */
async function recordLoad(
  dynamo: DynamoDBClient,
  clock: Clock,
  tableName: string,
  entry: { readonly load: LoadRecord; readonly results: readonly QualityResult[] },
): Promise<void> {
  const { load } = entry;
  const outcomeKey = load.outcome.status === 'loaded' ? 'loaded' : load.outcome.contractHash;
  const items: TransactWriteItem[] = [
    {
      Put: {
        TableName: tableName,
        Item: formatLoad(load, outcomeKey),
        // A failure gives way to a success, or to the verdict of another contract; a success to nothing.
        ConditionExpression: 'attribute_not_exists(pk) or (outcome <> :loaded and outcome <> :outcome)',
        ExpressionAttributeValues: { ':loaded': { S: 'loaded' }, ':outcome': { S: outcomeKey } },
      },
    },
    ...splitResults(entry.results).map((results, index) => ({
      Put: {
        TableName: tableName,
        Item: {
          ...keyOf(
            `results#${load.pack}`,
            `${pendingPrefix}${load.dataset}#${load.loadId}#${outcomeKey}#${index}`,
          ),
          results: { S: results },
        },
      },
    })),
  ];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dynamo.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) {
        throw error;
      }
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (codes.includes('ConditionalCheckFailed')) {
        return;
      }
      // Another writer was at one of the items, or DynamoDB throttles: nothing of ours was written.
      // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
      if (!codes.every((code) => code === undefined || passingReasons.has(code))) {
        throw error;
      }
      await pauseBeforeRetry(clock, attempt, `recording load ${load.loadId}`);
    }
  }
}

const passingReasons: ReadonlySet<string> = new Set([
  'None',
  'ProvisionedThroughputExceeded',
  'ThrottlingError',
  'TransactionConflict',
]);

/** JSON texts of at most a quarter of a megabyte each, since an item may hold 400 KB. */
function splitResults(results: readonly QualityResult[]): readonly string[] {
  const chunks: QualityResult[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const result of results) {
    const length = Buffer.byteLength(JSON.stringify(result)) + 1;
    if (size + length > 256 * 1024) {
      chunks.push([]);
      size = 2;
    }
    chunks.at(-1)?.push(result);
    size += length;
  }
  return chunks.map((chunk) => JSON.stringify(chunk));
}

/** The items that exist of those keys, read consistently, 100 in a call. An answer ends at 16 MB, with the rest unprocessed. */
async function getItems(
  dynamo: DynamoDBClient,
  clock: Clock,
  tableName: string,
  keys: readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += 100) {
    let wanted = keys.slice(start, start + 100);
    for (let attempt = 1; wanted.length > 0; ) {
      const response = await dynamo.send(
        new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: wanted, ConsistentRead: true } } }),
      );
      const found = response.Responses?.[tableName] ?? [];
      items.push(...found);
      wanted = response.UnprocessedKeys?.[tableName]?.Keys ?? [];
      if (wanted.length > 0 && found.length === 0) {
        await pauseBeforeRetry(clock, attempt, 'reading ledger items');
        attempt += 1;
      }
    }
  }
  return items;
}

function formatLoad(load: LoadRecord, outcomeKey: string): Item {
  const { outcome } = load;
  const kept: LoadRecord =
    outcome.status === 'failed'
      ? { ...load, outcome: { ...outcome, detail: outcome.detail.slice(0, textLimit) } }
      : load;
  return {
    ...keyOf(`loads#${load.pack}`, `${load.dataset}#${load.loadId}`),
    [ledgerTable.timeSortKey]: { S: timePosition(load.recordedAt, load.dataset, load.loadId) },
    dataset: { S: load.dataset },
    outcome: { S: outcomeKey },
    record: { S: JSON.stringify(kept) },
  };
}

function parseLoad(item: Item): LoadRecord {
  return JSON.parse(textOf(item, 'record')) as LoadRecord;
}

function keyOf(partition: string, sort: string): Item {
  return { [ledgerTable.partitionKey]: { S: partition }, [ledgerTable.sortKey]: { S: sort } };
}
