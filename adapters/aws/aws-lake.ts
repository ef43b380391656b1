import { type Clock, systemClock } from '../../core/ports/clock.ts';
import type { LakeLayout } from '../../core/ports/lake-layout.ts';
import type { LoadLedger } from '../../core/ports/load-ledger.ts';
import type { ObjectStore } from '../../core/ports/object-store.ts';
import type { QueryEngine } from '../../core/ports/query-engine.ts';
import type { RunLedger } from '../../core/ports/run-ledger.ts';
import type { TableCatalog } from '../../core/ports/table-catalog.ts';
import { createAthenaQueryEngine } from './athena-query-engine.ts';
import type { AwsClients } from './clients.ts';
import { createDynamoLoadLedger } from './dynamo-load-ledger.ts';
import { createDynamoRunLedger } from './dynamo-run-ledger.ts';
import { createGlueCatalog } from './glue-catalog.ts';
import { createS3ObjectStore } from './s3-object-store.ts';

/** A deployed lake: every port that the pipeline needs. */
export type AwsLake = {
  readonly layout: LakeLayout;
  readonly store: ObjectStore;
  readonly catalog: TableCatalog;
  readonly engine: QueryEngine;
  readonly loads: LoadLedger;
  readonly runs: RunLedger;
  readonly clock: Clock;
  /** Local folder for temporary files. */
  readonly scratch: string;
};

/** Where the parts of a deployed stage are: the stack's outputs, or a function's environment. */
export type AwsLakeLocations = LakeLayout & {
  /** Name of the DynamoDB table of the ledgers. */
  readonly ledgerTable: string;
  /** Athena work group in which statements run. */
  readonly workGroup: string;
};

/** Composes the lake at `locations`. @param scratch a local folder for temporary files */
export function openAwsLake(clients: AwsClients, locations: AwsLakeLocations, scratch: string): AwsLake {
  const { ledgerTable, workGroup, ...layout } = locations;
  const clock = systemClock;
  return {
    layout,
    store: createS3ObjectStore(clients.s3, clock),
    catalog: createGlueCatalog({ clients, clock }),
    engine: createAthenaQueryEngine({ athena: clients.athena, workGroup, clock }),
    loads: createDynamoLoadLedger({ dynamo: clients.dynamo, tableName: ledgerTable, clock }),
    runs: createDynamoRunLedger({ dynamo: clients.dynamo, tableName: ledgerTable, clock }),
    clock,
    scratch,
  };
}
