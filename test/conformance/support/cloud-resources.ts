import { randomBytes } from 'node:crypto';

import { CreateWorkGroupCommand, DeleteWorkGroupCommand } from '@aws-sdk/client-athena';
import { CreateTableCommand, DeleteTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  DeleteDatabaseCommand,
  GetTablesCommand,
  DeleteTableCommand as GlueDeleteTableCommand,
  paginateGetDatabases,
} from '@aws-sdk/client-glue';
import { type BucketLocationConstraint, CreateBucketCommand, DeleteBucketCommand } from '@aws-sdk/client-s3';

import { type AwsClients, closeAwsClients, createAwsClients } from '../../../adapters/aws/clients.ts';
import { ledgerTableInput } from '../../../adapters/aws/ledger-table.ts';
import { createS3ObjectStore } from '../../../adapters/aws/s3-object-store.ts';

/** What a test file has in the AWS account: a bucket, a work group and a ledger table, all its own. */
export type CloudResources = {
  readonly clients: AwsClients;
  /** Starts every name, also of databases: lower-case letters and digits. */
  readonly prefix: string;
  readonly bucket: string;
  readonly workGroup: string;
  readonly ledgerTable: string;
  /** Removes it all, with every database whose name starts with the prefix. */
  remove(): Promise<void>;
};

/** Makes the resources under a name that no other run has. */
export async function createCloudResources(): Promise<CloudResources> {
  const clients = createAwsClients();
  const prefix = `sl${randomBytes(5).toString('hex')}`;
  const bucket = `${prefix}-lake`;
  const workGroup = `${prefix}-pipeline`;
  const ledgerTable = `${prefix}-ledger`;

  await createBucket(clients, bucket);
  await clients.athena.send(
    new CreateWorkGroupCommand({
      Name: workGroup,
      Configuration: {
        EnforceWorkGroupConfiguration: true,
        EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
        ResultConfiguration: { OutputLocation: `s3://${bucket}/athena-results/` },
      },
    }),
  );
  await clients.dynamo.send(new CreateTableCommand(ledgerTableInput(ledgerTable)));
  await waitUntilTableExists({ client: clients.dynamo, maxWaitTime: 60 }, { TableName: ledgerTable });

  return {
    clients,
    prefix,
    bucket,
    workGroup,
    ledgerTable,
    async remove() {
      await removeDatabases(clients, prefix);
      await clients.athena.send(
        new DeleteWorkGroupCommand({ WorkGroup: workGroup, RecursiveDeleteOption: true }),
      );
      await clients.dynamo.send(new DeleteTableCommand({ TableName: ledgerTable }));
      await removeBucket(clients, bucket);
      closeAwsClients(clients);
    },
  };
}

async function createBucket(clients: AwsClients, bucket: string): Promise<void> {
  const region = await clients.s3.config.region();
  // us-east-1 is the one region that may not be named as a constraint.
  const constraint = { LocationConstraint: region as BucketLocationConstraint };
  await clients.s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      ...(region === 'us-east-1' ? {} : { CreateBucketConfiguration: constraint }),
    }),
  );
}

async function removeBucket(clients: AwsClients, bucket: string): Promise<void> {
  const store = createS3ObjectStore(clients.s3);
  const locations: string[] = [];
  for await (const { location } of store.list(`s3://${bucket}/`)) {
    locations.push(location);
  }
  await store.remove(locations);
  await clients.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
}

async function removeDatabases(clients: AwsClients, prefix: string): Promise<void> {
  const names: string[] = [];
  for await (const page of paginateGetDatabases({ client: clients.glue }, {})) {
    names.push(...(page.DatabaseList ?? []).flatMap(({ Name }) => Name ?? []));
  }
  for (const database of names.filter((name) => name.startsWith(prefix))) {
    const { TableList } = await clients.glue.send(new GetTablesCommand({ DatabaseName: database }));
    for (const { Name } of TableList ?? []) {
      await clients.glue.send(new GlueDeleteTableCommand({ DatabaseName: database, Name }));
    }
    await clients.glue.send(new DeleteDatabaseCommand({ Name: database }));
  }
}
