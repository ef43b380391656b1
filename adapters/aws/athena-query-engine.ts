import { randomUUID } from 'node:crypto';

import {
  type AthenaClient,
  type QueryExecution as AthenaExecution,
  type ColumnInfo,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type Row,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';

import { type Clock, systemClock } from '../../core/ports/clock.ts';
import { type QueryEngine, QueryFailedError, type QueryResult } from '../../core/ports/query-engine.ts';
import { isServiceError } from './service-errors.ts';

/** How Athena is asked. */
export type AthenaOptions = {
  readonly athena: AthenaClient;
  /** Its enforced settings say where results go and how much may be scanned. */
  readonly workGroup: string;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Longest pause between two looks at a running query, in milliseconds. @default 2000 */
  readonly longestPause?: number;
};

/** Athena (engine version 3), asked through a work group. Table names in the SQL carry their database. */
export function createAthenaQueryEngine(options: AthenaOptions): QueryEngine {
  const { athena, workGroup } = options;
  const clock = options.clock ?? systemClock;
  const longestPause = options.longestPause ?? 2_000;

  return {
    async run(sql) {
      const queryExecutionId = await start(athena, workGroup, sql);
      // From 100 ms in steps of a half: short queries end in a second, and long ones cost a look every two seconds.
      for (let pause = 100; ; pause = Math.min(longestPause, pause * 1.5)) {
        const execution = await getExecution(athena, queryExecutionId);
        const state = execution.Status?.State;
        if (state === 'SUCCEEDED') {
          return {
            queryExecutionId,
            dataScannedInBytes: execution.Statistics?.DataScannedInBytes ?? 0,
            executionTimeInMillis: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
          };
        }
        if (state === 'FAILED' || state === 'CANCELLED') {
          throw failureOf(queryExecutionId, execution);
        }
        await clock.sleep(pause);
      }
    },

    async results(queryExecutionId) {
      const execution = await getExecution(athena, queryExecutionId);
      if (execution.Status?.State !== 'SUCCEEDED') {
        throw failureOf(queryExecutionId, execution);
      }
      return await readResults(athena, queryExecutionId, execution);
    },
  };
}

/**
 * Starts the statement. The token makes the SDK's repeated requests one query
 * (https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html): without it a lost answer would
 * run an `insert` twice.
 */
async function start(athena: AthenaClient, workGroup: string, sql: string): Promise<string> {
  try {
    const response = await athena.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workGroup,
        ClientRequestToken: randomUUID(),
      }),
    );
    if (response.QueryExecutionId === undefined) {
      throw new Error('athena started a query and gave no QueryExecutionId');
    }
    return response.QueryExecutionId;
  } catch (error) {
    // Athena refuses a statement that it cannot parse before there is a query.
    if (isServiceError(error, 'InvalidRequestException')) {
      throw new QueryFailedError(`athena refused the statement: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

async function getExecution(athena: AthenaClient, queryExecutionId: string): Promise<AthenaExecution> {
  try {
    const response = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId: queryExecutionId }));
    return response.QueryExecution ?? {};
  } catch (error) {
    if (isServiceError(error, 'InvalidRequestException')) {
      throw new QueryFailedError(`athena knows no query ${queryExecutionId}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

function failureOf(queryExecutionId: string, execution: AthenaExecution): QueryFailedError {
  const { State, StateChangeReason, AthenaError } = execution.Status ?? {};
  const reason = StateChangeReason ?? AthenaError?.ErrorMessage ?? 'no reason given';
  return new QueryFailedError(`athena query ${queryExecutionId} is ${State ?? 'in no state'}: ${reason}`);
}

async function readResults(
  athena: AthenaClient,
  queryExecutionId: string,
  execution: AthenaExecution,
): Promise<QueryResult> {
  const rows: (readonly (string | null)[])[] = [];
  let columns: QueryResult['columns'] = [];
  for await (const page of readPages(athena, queryExecutionId, execution)) {
    columns = page.columns;
    rows.push(...page.rows);
  }
  return { columns, rows };
}

/** The rows of a finished query by the page, a thousand each, so that a large result need not be held. At least one page comes. */
export async function* readResultPages(
  athena: AthenaClient,
  queryExecutionId: string,
): AsyncIterable<QueryResult> {
  yield* readPages(athena, queryExecutionId, await getExecution(athena, queryExecutionId));
}

async function* readPages(
  athena: AthenaClient,
  queryExecutionId: string,
  execution: AthenaExecution,
): AsyncIterable<QueryResult> {
  let columns: readonly ColumnInfo[] = [];
  let token: string | undefined;
  let isFirstPage = true;
  do {
    const page = await athena.send(
      new GetQueryResultsCommand({
        QueryExecutionId: queryExecutionId,
        MaxResults: 1000,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    if (isFirstPage) {
      columns = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
    }
    const found = page.ResultSet?.Rows ?? [];
    // The first row of a query's result is its header; other statements (`show tables`) have none.
    const hasHeader = isFirstPage && execution.StatementType === 'DML' && isHeader(found[0], columns);
    yield {
      columns: columns.map((column) => ({ name: column.Name ?? '', type: typeOf(column) })),
      rows: (hasHeader ? found.slice(1) : found).map((row) =>
        (row.Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null),
      ),
    };
    isFirstPage = false;
    token = page.NextToken;
  } while (token !== undefined);
}

function isHeader(row: Row | undefined, columns: readonly ColumnInfo[]): boolean {
  const cells = row?.Data ?? [];
  return (
    cells.length === columns.length && cells.every((cell, at) => cell.VarCharValue === columns[at]?.Name)
  );
}

function typeOf({ Type, Precision, Scale }: ColumnInfo): string {
  return Type === 'decimal' ? `decimal(${Precision},${Scale})` : (Type ?? '');
}
