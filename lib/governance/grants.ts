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

/** Objects of the bucket, or those under `prefix`, can be read and listed. */
export function grantRead(grantee: Grantee, bucket: Bucket, prefix = ''): void {
  grantee.allow(['s3:GetObject'], [bucket.arnForObjects(`${prefix}*`)]);
  grantee.allow(['s3:ListBucket', 's3:GetBucketLocation'], [bucket.bucketArn]);
  allowKey(grantee, bucket, ['kms:Decrypt']);
  acknowledgeObjects(grantee, bucket, prefix);
}

/** Objects of the bucket, or those under `prefix`, can be read, listed, written and removed. */
export function grantWrite(grantee: Grantee, bucket: Bucket, prefix = ''): void {
  grantee.allow(
    [
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ],
    [bucket.arnForObjects(`${prefix}*`)],
  );
  grantee.allow(
    ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
    [bucket.bucketArn],
  );
  allowKey(grantee, bucket, ['kms:Decrypt', 'kms:GenerateDataKey']);
  acknowledgeObjects(grantee, bucket, prefix);
}

/** Databases and tables can be looked up. @param pack @default all packs */
export function grantCatalogRead(
  grantee: Grantee,
  databases: LakeDatabases,
  layers: readonly DatabaseLayer[],
  pack?: string,
): void {
  grantTables(grantee, databases, layers, pack, [
    'glue:GetDatabase',
    'glue:GetDatabases',
    'glue:GetTable',
    'glue:GetTables',
    'glue:GetPartitions',
  ]);
}

/** Tables can be looked up, made and pointed at new metadata. @param pack @default all packs */
export function grantCatalogWrite(
  grantee: Grantee,
  databases: LakeDatabases,
  layers: readonly DatabaseLayer[],
  pack?: string,
): void {
  grantCatalogRead(grantee, databases, layers, pack);
  grantTables(grantee, databases, layers, pack, ['glue:CreateTable', 'glue:UpdateTable']);
}

/** Tables can be removed from the catalog; their files stay. @param pack @default all packs */
export function grantCatalogForget(
  grantee: Grantee,
  databases: LakeDatabases,
  layers: readonly DatabaseLayer[],
  pack?: string,
): void {
  grantTables(grantee, databases, layers, pack, ['glue:DeleteTable']);
}

/**
 * Acknowledges a finding of cdk-nag about a wildcard, with the reason why it cannot be narrower.
 * @param finding as the report has it, e.g. `Resource::*`
 */
export function acknowledgeWildcard(scope: Construct, finding: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::AwsSolutions-IAM5[${finding}]`, reason });
}

function grantTables(
  grantee: Grantee,
  databases: LakeDatabases,
  layers: readonly DatabaseLayer[],
  pack: string | undefined,
  actions: readonly string[],
): void {
  const arns = databases.arns(layers, pack);
  grantee.allow(actions, arns);
  for (const arn of arns.filter((candidate) => candidate.endsWith('/*'))) {
    acknowledgeWildcard(
      grantee.scope,
      `Resource::${namedTokens(grantee.scope, arn)}`,
      'Tables come and go with the packs, and staging tables have a new name in every run; the grant is bound to the database.',
    );
  }
}

function allowKey(grantee: Grantee, bucket: Bucket, actions: readonly string[]): void {
  if (bucket.encryptionKey !== undefined) grantee.allow(actions, [bucket.encryptionKey.keyArn]);
}

function acknowledgeObjects(grantee: Grantee, bucket: Bucket, prefix: string): void {
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
