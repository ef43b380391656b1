import { Stack, Validations } from 'aws-cdk-lib';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

import type { DatabaseLayer, LakeDatabases } from './lake-databases.ts';

/** Who is given actions on resources. */
export type Grantee = {
  /** The construct that holds the grantee's policy. */
  readonly scope: Construct;
  allow(actions: readonly string[], resources: readonly string[]): void;
};

/**
 * What may be done with objects. `read`: get and list them (without listing, S3 calls a missing object a forbidden one). `write`: put
 * them. `upload`: put them in parts. `remove`: delete them.
 */
export type ObjectRight = 'read' | 'write' | 'upload' | 'remove';

const objectActions: Readonly<Record<ObjectRight, readonly string[]>> = {
  read: ['s3:GetObject'],
  write: ['s3:PutObject'],
  upload: ['s3:PutObject', 's3:AbortMultipartUpload'],
  remove: ['s3:DeleteObject'],
};

/** Rights over the objects of a bucket, or over those under `prefix`. */
export function grantObjects(
  grantee: Grantee,
  bucket: Bucket,
  rights: readonly ObjectRight[],
  prefix = '',
): void {
  allowObjects(
    grantee,
    bucket,
    rights.flatMap((right) => objectActions[right]),
    prefix,
  );
  if (rights.includes('read')) grantee.allow(['s3:ListBucket'], [bucket.bucketArn]);
}

/** What Athena asks of whoever queries tables: https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html. */
export function grantQueryRead(grantee: Grantee, bucket: Bucket, prefix = ''): void {
  allowObjects(grantee, bucket, ['s3:GetObject'], prefix);
  grantee.allow(['s3:GetBucketLocation', 's3:ListBucket'], [bucket.bucketArn]);
}

/** What Athena asks of whoever has results written, and read back. */
export function grantQueryResults(grantee: Grantee, bucket: Bucket, prefix: string): void {
  allowObjects(grantee, bucket, queryWriteActions, prefix);
  grantee.allow(queryBucketActions, [bucket.bucketArn]);
}

/** What Athena asks of whoever has tables written; it deletes what a statement that failed had written. */
export function grantQueryTables(grantee: Grantee, bucket: Bucket, prefix: string): void {
  allowObjects(grantee, bucket, [...queryWriteActions, 's3:DeleteObject'], prefix);
  grantee.allow(queryBucketActions, [bucket.bucketArn]);
}

const queryWriteActions = [
  's3:GetObject',
  's3:PutObject',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
];
const queryBucketActions = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];

/** An action on the Glue catalog. */
export type CatalogAction =
  | 'GetDatabase'
  | 'GetDatabases'
  | 'GetTable'
  | 'GetTables'
  | 'GetPartitions'
  | 'CreateTable'
  | 'UpdateTable'
  | 'DeleteTable';

/** What Athena asks for to find tables. */
export const queryCatalogActions: readonly CatalogAction[] = [
  'GetDatabase',
  'GetDatabases',
  'GetTable',
  'GetTables',
  'GetPartitions',
];

/** Which part of the catalog a grant is about. */
export type CatalogScope = {
  readonly layers: readonly DatabaseLayer[];
  /** @default all packs */
  readonly pack?: string;
  /** @default all tables of the databases */
  readonly table?: string;
};

/** Actions on the catalog, the databases of the scope and the tables in them. */
export function grantCatalog(
  grantee: Grantee,
  databases: LakeDatabases,
  scope: CatalogScope,
  actions: readonly CatalogAction[],
): void {
  const arns = databases.arns(scope);
  grantee.allow(
    actions.map((action) => `glue:${action}`),
    arns,
  );
  for (const arn of arns.filter((candidate) => candidate.endsWith('/*'))) {
    acknowledgeWildcard(
      grantee.scope,
      `Resource::${namedTokens(grantee.scope, arn)}`,
      'Tables come and go with the packs, and staging tables have a new name in every run; the grant is bound to the database.',
    );
  }
}

/**
 * Acknowledges a finding of cdk-nag about a wildcard, with the reason why it cannot be narrower.
 * @param finding as the report has it, e.g. `Resource::*`
 */
export function acknowledgeWildcard(scope: Construct, finding: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[${finding}]`, reason });
}

function allowObjects(grantee: Grantee, bucket: Bucket, actions: readonly string[], prefix: string): void {
  grantee.allow(actions, [bucket.arnForObjects(`${prefix}*`)]);
  const isWriting = actions.includes('s3:PutObject');
  const isReading = actions.includes('s3:GetObject');
  if (bucket.encryptionKey !== undefined && (isReading || isWriting)) {
    // S3 decrypts the key of a multipart upload with every part, hence both for those who write.
    grantee.allow(isWriting ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'], [
      bucket.encryptionKey.keyArn,
    ]);
  }
  const logicalId = Stack.of(bucket).getLogicalId(bucket.node.defaultChild as CfnBucket);
  acknowledgeWildcard(
    grantee.scope,
    `Resource::<${logicalId}.Arn>/${prefix}*`,
    'Objects are named as they are written; the grant is bound to the bucket and to the folder in it.',
  );
}

/** The text in which cdk-nag writes an ARN that holds tokens: `arn:<AWS::Partition>:glue:…`. */
function namedTokens(scope: Construct, arn: string): string {
  const resolved: unknown = Stack.of(scope).resolve(arn);
  if (typeof resolved === 'string') return resolved;
  const parts = (resolved as { readonly 'Fn::Join': readonly [string, readonly unknown[]] })['Fn::Join'][1];
  return parts
    .map((part) => (typeof part === 'string' ? part : `<${(part as { readonly Ref: string }).Ref}>`))
    .join('');
}
