import { afterAll, beforeAll } from '@jest/globals';

import { createAthenaQueryEngine } from '../../adapters/aws/athena-query-engine.ts';
import { createDynamoLoadLedger } from '../../adapters/aws/dynamo-load-ledger.ts';
import { createDynamoRunLedger } from '../../adapters/aws/dynamo-run-ledger.ts';
import { createGlueCatalog } from '../../adapters/aws/glue-catalog.ts';
import { createS3ObjectStore } from '../../adapters/aws/s3-object-store.ts';
import { describeLoadLedger } from '../ports/load-ledger-suite.ts';
import { describeObjectStore } from '../ports/object-store-suite.ts';
import { describeQueryEngine } from '../ports/query-engine-suite.ts';
import { describeRunLedger } from '../ports/run-ledger-suite.ts';
import { describeTableCatalog } from '../ports/table-catalog-suite.ts';
import { type CloudResources, createCloudResources } from './support/cloud-resources.ts';

let cloud: CloudResources;
const keep = { cleanUp: async () => {} };

beforeAll(async () => {
  cloud = await createCloudResources();
});
afterAll(async () => {
  await cloud.remove();
});

describeObjectStore('S3', async () => ({
  store: createS3ObjectStore(cloud.clients.s3),
  root: `s3://${cloud.bucket}/objects`,
  ...keep,
}));

describeTableCatalog('Glue', async () => ({
  catalog: createGlueCatalog({ clients: cloud.clients }),
  database: `${cloud.prefix}_catalog`,
  root: `s3://${cloud.bucket}/catalog`,
  ...keep,
}));

describeQueryEngine('Athena', async () => ({
  engine: createAthenaQueryEngine({ athena: cloud.clients.athena, workGroup: cloud.workGroup }),
  ...keep,
}));

describeLoadLedger('DynamoDB', async () => ({
  ledger: createDynamoLoadLedger({ dynamo: cloud.clients.dynamo, tableName: cloud.ledgerTable }),
  ...keep,
}));

describeRunLedger('DynamoDB', async () => ({
  ledger: createDynamoRunLedger({ dynamo: cloud.clients.dynamo, tableName: cloud.ledgerTable }),
  ...keep,
}));
