import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';

import {
  type Hold,
  type Lease,
  LeaseLostError,
  type RunLedger,
  type RunRecord,
} from '../../core/ports/run-ledger.ts';
import {
  type Item,
  isConditionFailure,
  type LedgerOptions,
  ledgerTable,
  queryItems,
  textLimit,
  textOf,
  timePosition,
} from './ledger-table.ts';

/**
 * Leases, runs and holds in DynamoDB. Items:
 *
 *     lease#<pack>  lease             the pack's lease
 *     runs#<pack>   <run id>          a run
 *     holds         <database.table>  a held table
 *
 * A repeated request changes nothing here: each writes what it wrote before, under a condition on its own run.
 */
export function createDynamoRunLedger(options: LedgerOptions): RunLedger {
  const { dynamo, tableName } = options;

  return {
    async acquireLease(lease, now) {
      try {
        await dynamo.send(
          new PutItemCommand({
            TableName: tableName,
            Item: formatLease(lease),
            ConditionExpression: 'attribute_not_exists(pk) or run_id = :run or expires_at <= :now',
            ExpressionAttributeValues: { ':run': { S: lease.runId }, ':now': { N: String(now) } },
            // Who holds it, as of the refusal itself.
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { acquired: true, holder: lease };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) {
          throw error;
        }
        return { acquired: false, holder: parseLease(lease.pack, error.Item) };
      }
    },

    async renewLease(lease) {
      try {
        await dynamo.send(
          new PutItemCommand({
            TableName: tableName,
            Item: formatLease(lease),
            ConditionExpression: 'run_id = :run',
            ExpressionAttributeValues: { ':run': { S: lease.runId } },
          }),
        );
      } catch (error) {
        if (isConditionFailure(error)) {
          throw new LeaseLostError(`run ${lease.runId} does not hold the lease of pack ${lease.pack}`, {
            cause: error,
          });
        }
        throw error;
      }
    },

    async releaseLease(pack, runId) {
      try {
        await dynamo.send(
          new DeleteItemCommand({
            TableName: tableName,
            Key: keyOf(`lease#${pack}`, 'lease'),
            ConditionExpression: 'run_id = :run',
            ExpressionAttributeValues: { ':run': { S: runId } },
          }),
        );
      } catch (error) {
        if (!isConditionFailure(error)) {
          throw error;
        }
      }
    },

    async recordRun(run) {
      const kept: RunRecord = { ...run, message: run.message?.slice(0, textLimit) ?? null };
      await dynamo.send(
        new PutItemCommand({
          TableName: tableName,
          Item: {
            ...keyOf(`runs#${run.pack}`, run.runId),
            [ledgerTable.timeSortKey]: { S: timePosition(run.startedAt, run.runId) },
            record: { S: JSON.stringify(kept) },
          },
        }),
      );
    },

    listRuns: (pack, limit) => listRuns(dynamo, tableName, pack, limit),

    async hold(hold) {
      await dynamo.send(
        new PutItemCommand({
          TableName: tableName,
          Item: {
            ...keyOf('holds', hold.table),
            snapshot_id: { S: hold.snapshotId },
            held_at: { N: String(hold.heldAt) },
          },
        }),
      );
    },

    async release(table) {
      const response = await dynamo.send(
        new DeleteItemCommand({
          TableName: tableName,
          Key: keyOf('holds', table),
          ReturnValues: 'ALL_OLD',
        }),
      );
      return response.Attributes !== undefined;
    },

    async listHolds() {
      const holds: Hold[] = [];
      const items = queryItems(dynamo, {
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'holds' } },
      });
      for await (const item of items) {
        holds.push({
          table: textOf(item, 'sk'),
          snapshotId: textOf(item, 'snapshot_id'),
          heldAt: Number(item.held_at?.N),
        });
      }
      return holds;
    },
  };
}

async function listRuns(
  dynamo: DynamoDBClient,
  tableName: string,
  pack: string,
  limit: number,
): Promise<readonly RunRecord[]> {
  const runs: RunRecord[] = [];
  let start: Item | undefined;
  while (runs.length < limit) {
    const page = await dynamo.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: ledgerTable.timeIndex,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `runs#${pack}` } },
        Limit: limit - runs.length,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    runs.push(...(page.Items ?? []).map((item) => JSON.parse(textOf(item, 'record')) as RunRecord));
    start = page.LastEvaluatedKey;
    if (start === undefined) {
      break;
    }
  }
  return runs;
}

function formatLease(lease: Lease): Item {
  return {
    ...keyOf(`lease#${lease.pack}`, 'lease'),
    run_id: { S: lease.runId },
    expires_at: { N: String(lease.expiresAt) },
  };
}

function parseLease(pack: string, item: Item): Lease {
  return { pack, runId: textOf(item, 'run_id'), expiresAt: Number(item.expires_at?.N) };
}

function keyOf(partition: string, sort: string): Item {
  return { [ledgerTable.partitionKey]: { S: partition }, [ledgerTable.sortKey]: { S: sort } };
}
