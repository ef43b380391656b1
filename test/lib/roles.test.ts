import { beforeAll, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';

import { type Rights, readRights } from './support/policies.ts';
import { graphOfPack, readGraphs, templateOf } from './support/synthesise.ts';

let template: Template;
let rights: Readonly<Record<string, Rights>>;

beforeAll(async () => {
  // Staging, since it has a schedule; one pack, since every pack has the same rights to what is its own.
  template = templateOf('staging', [graphOfPack(await readGraphs(), 'retail')]);
  rights = readRights(template);
});

/** What every function may do: write its own log, and traces, which have no resources to name. */
function ofFunction(name: string): Rights {
  return [
    `logs:CreateLogStream, logs:PutLogEvents on ${name}/Log`,
    'xray:PutTelemetryRecords, xray:PutTraceSegments on *',
  ];
}

/** Every role and managed policy, and all that it may do. A new right is a new line here, to be reviewed as such. */
const expected: Readonly<Record<string, Rights>> = {
  'Steps/begin': [
    ...ofFunction('Steps/begin'),
    'dynamodb:DeleteItem, dynamodb:PutItem, dynamodb:Query on Ledger, Ledger/index/by_time',
    'glue:CreateTable, glue:GetDatabase, glue:GetTable, glue:UpdateTable on glue:catalog, glue:database/retail_bronze, glue:table/retail_bronze/*',
    'glue:DeleteTable, glue:GetDatabase on glue:catalog, glue:database/retail_staging, glue:table/retail_staging/*',
    'glue:GetDatabase, glue:GetTable on glue:catalog, glue:database/retail_gold, glue:database/retail_silver, glue:table/retail_gold/*, glue:table/retail_silver/*',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:DeleteObject, s3:GetObject on Storage/Gold/*, Storage/Silver/*',
    's3:DeleteObject, s3:GetObject, s3:PutObject on Storage/Bronze/*, Storage/Runs/*',
    's3:ListBucket on Storage/Bronze, Storage/Gold, Storage/Runs, Storage/Silver',
  ],
  'Steps/prepare': [
    ...ofFunction('Steps/prepare'),
    'athena:GetQueryExecution, athena:GetQueryResults on athena:workgroup/shoplake-staging-pipeline',
    'dynamodb:PutItem on Ledger',
    'glue:GetTable on glue:catalog, glue:database/retail_bronze, glue:database/retail_gold, glue:database/retail_silver, glue:table/retail_bronze/*, glue:table/retail_gold/*, glue:table/retail_silver/*',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:GetObject on Storage/Bronze/*, Storage/Gold/*, Storage/Results/pipeline/*, Storage/Silver/*',
    's3:GetObject, s3:PutObject on Storage/Runs/*',
    's3:ListBucket on Storage/Bronze, Storage/Gold, Storage/Results, Storage/Runs, Storage/Silver',
  ],
  'Steps/render': [
    ...ofFunction('Steps/render'),
    'dynamodb:PutItem on Ledger',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:GetObject on Storage/Runs/*',
    's3:ListBucket on Storage/Runs',
  ],
  'Steps/attach': [
    ...ofFunction('Steps/attach'),
    'dynamodb:PutItem on Ledger',
    'glue:CreateTable, glue:GetDatabase, glue:GetTable, glue:UpdateTable on glue:catalog, glue:database/retail_gold, glue:database/retail_silver, glue:table/retail_gold/*, glue:table/retail_silver/*',
    'glue:DeleteTable, glue:GetTable on glue:catalog, glue:database/retail_staging, glue:table/retail_staging/*',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:DeleteObject, s3:GetObject, s3:PutObject on Storage/Gold/*, Storage/Silver/*',
    's3:GetObject, s3:PutObject on Storage/Runs/*',
    's3:ListBucket on Storage/Gold, Storage/Runs, Storage/Silver',
  ],
  'Steps/judge': [
    ...ofFunction('Steps/judge'),
    'athena:GetQueryExecution, athena:GetQueryResults on athena:workgroup/shoplake-staging-pipeline',
    'dynamodb:PutItem on Ledger',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:GetObject on Storage/Results/pipeline/*',
    's3:GetObject, s3:PutObject on Storage/Runs/*',
    's3:ListBucket on Storage/Results, Storage/Runs',
  ],
  'Steps/gather': [
    ...ofFunction('Steps/gather'),
    'dynamodb:PutItem on Ledger',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:GetObject on Storage/Runs/*',
    's3:ListBucket on Storage/Runs',
  ],
  'Steps/asOf': [
    ...ofFunction('Steps/asOf'),
    'athena:GetQueryExecution, athena:GetQueryResults on athena:workgroup/shoplake-staging-pipeline',
    'dynamodb:PutItem on Ledger',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:GetObject on Storage/Results/pipeline/*',
    's3:GetObject, s3:PutObject on Storage/Runs/*',
    's3:ListBucket on Storage/Results, Storage/Runs',
  ],
  'Steps/publish': [
    ...ofFunction('Steps/publish'),
    'dynamodb:PutItem, dynamodb:Query on Ledger, Ledger/index/by_time',
    'glue:DeleteTable on glue:catalog, glue:database/retail_staging, glue:table/retail_staging/*',
    'glue:GetTable, glue:UpdateTable on glue:catalog, glue:database/retail_gold, glue:database/retail_silver, glue:table/retail_gold/*, glue:table/retail_silver/*',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:DeleteObject, s3:GetObject, s3:PutObject on Storage/Gold/*, Storage/Silver/*',
    's3:GetObject, s3:PutObject on Storage/Runs/*',
    's3:ListBucket on Storage/Gold, Storage/Runs, Storage/Silver',
  ],
  'Steps/finish': [
    ...ofFunction('Steps/finish'),
    'athena:BatchGetQueryExecution on athena:workgroup/shoplake-staging-pipeline',
    'dynamodb:BatchWriteItem, dynamodb:DeleteItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:Query on Ledger, Ledger/index/by_time',
    'glue:CreateTable, glue:GetDatabase, glue:GetTable, glue:UpdateTable on glue:catalog, glue:database/retail_gold, glue:table/retail_gold/quality_results',
    'glue:GetTable on glue:catalog, glue:database/retail_bronze, glue:table/retail_bronze/*',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:AbortMultipartUpload, s3:DeleteObject, s3:GetObject, s3:PutObject on Storage/Gold/retail_gold/quality_results/*',
    's3:GetObject on Storage/Bronze/*, Storage/Runs/*',
    's3:ListBucket on Storage/Bronze, Storage/Gold, Storage/Runs',
    'sns:Publish on Notifications',
  ],
  'Refresh-retail': [
    'athena:GetDataCatalog on athena:datacatalog/AwsDataCatalog',
    'athena:GetQueryExecution, athena:GetWorkGroup, athena:StartQueryExecution, athena:StopQueryExecution on athena:workgroup/shoplake-staging-pipeline',
    'glue:CreateTable, glue:DeleteTable, glue:UpdateTable on glue:catalog, glue:database/retail_staging, glue:table/retail_staging/*',
    'glue:GetDatabase, glue:GetDatabases, glue:GetPartitions, glue:GetTable, glue:GetTables on glue:catalog, glue:database/retail_bronze, glue:database/retail_gold, glue:database/retail_silver, glue:database/retail_staging, glue:table/retail_bronze/*, glue:table/retail_gold/*, glue:table/retail_silver/*, glue:table/retail_staging/*',
    'kms:Decrypt, kms:GenerateDataKey on Key',
    'kms:Decrypt, kms:GenerateDataKey on Key if {"StringEquals":{"kms:EncryptionContext:aws:states:stateMachineArn":"states:stateMachine:shoplake-staging-retail"}}',
    'kms:GenerateDataKey on Key if {"StringEquals":{"kms:EncryptionContext:SourceArn":"logs:*"}}',
    'lambda:InvokeFunction on Steps/asOf, Steps/attach, Steps/begin, Steps/finish, Steps/gather, Steps/judge, Steps/prepare, Steps/publish, Steps/render',
    'logs:CreateLogDelivery, logs:DeleteLogDelivery, logs:DescribeLogGroups, logs:DescribeResourcePolicies, logs:GetLogDelivery, logs:ListLogDeliveries, logs:PutResourcePolicy, logs:UpdateLogDelivery, xray:GetSamplingRules, xray:GetSamplingTargets, xray:PutTelemetryRecords, xray:PutTraceSegments on *',
    's3:AbortMultipartUpload, s3:DeleteObject, s3:GetObject, s3:ListMultipartUploadParts, s3:PutObject on Storage/Gold/retail_gold/*, Storage/Silver/retail_silver/*',
    's3:AbortMultipartUpload, s3:GetObject, s3:ListMultipartUploadParts, s3:PutObject on Storage/Results/pipeline/*',
    's3:GetBucketLocation, s3:ListBucket on Storage/Bronze',
    's3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads on Storage/Gold, Storage/Results, Storage/Silver',
    's3:GetObject on Storage/Bronze/retail_bronze/*',
  ],
  'SchedulerRoleForTarget-8684ef': ['kms:Decrypt on Key', 'states:StartExecution on Refresh-retail'],
  StartRefresh: [
    ...ofFunction('StartRefresh'),
    'kms:Decrypt on Key',
    'sqs:ChangeMessageVisibility, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl, sqs:ReceiveMessage on RefreshRequests/Queue',
    'states:StartExecution on Refresh-retail',
  ],
  Ingest: [
    ...ofFunction('Ingest'),
    'dynamodb:BatchGetItem, dynamodb:PutItem on Ledger',
    'glue:CreateTable, glue:GetDatabase, glue:GetTable, glue:UpdateTable on glue:catalog, glue:database/retail_bronze, glue:table/retail_bronze/*',
    'kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey on Key',
    's3:AbortMultipartUpload, s3:DeleteObject, s3:GetObject, s3:PutObject on Storage/Bronze/*',
    's3:GetObject on Storage/Landing/*',
    's3:ListBucket on Storage/Bronze, Storage/Landing',
    'sqs:ChangeMessageVisibility, sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:GetQueueUrl, sqs:ReceiveMessage on Ingestion/retail-invoices',
    'sqs:SendMessage on RefreshRequests/Queue',
  ],
  'Readers/Analysts': [
    'athena:GetDataCatalog, athena:GetTableMetadata, athena:ListDatabases, athena:ListTableMetadata on athena:datacatalog/AwsDataCatalog',
    'athena:GetNamedQuery, athena:GetQueryExecution, athena:GetQueryResults, athena:GetWorkGroup, athena:ListNamedQueries, athena:StartQueryExecution, athena:StopQueryExecution on athena:workgroup/shoplake-staging-analysts',
    'glue:GetDatabase, glue:GetDatabases, glue:GetPartitions, glue:GetTable, glue:GetTables on glue:catalog, glue:database/retail_gold, glue:table/retail_gold/*',
    'kms:Decrypt, kms:GenerateDataKey on Key',
    's3:AbortMultipartUpload, s3:GetObject, s3:ListMultipartUploadParts, s3:PutObject on Storage/Results/analysts/*',
    's3:GetBucketLocation, s3:ListBucket on Storage/Gold',
    's3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads on Storage/Results',
    's3:GetObject on Storage/Gold/*',
  ],
  'Readers/Stewards': [
    'athena:GetDataCatalog, athena:GetTableMetadata, athena:ListDatabases, athena:ListTableMetadata on athena:datacatalog/AwsDataCatalog',
    'athena:GetNamedQuery, athena:GetQueryExecution, athena:GetQueryResults, athena:GetWorkGroup, athena:ListNamedQueries, athena:StartQueryExecution, athena:StopQueryExecution on athena:workgroup/shoplake-staging-stewards',
    'glue:GetDatabase, glue:GetDatabases, glue:GetPartitions, glue:GetTable, glue:GetTables on glue:catalog, glue:database/retail_bronze, glue:database/retail_gold, glue:database/retail_silver, glue:table/retail_bronze/*, glue:table/retail_gold/*, glue:table/retail_silver/*',
    'kms:Decrypt, kms:GenerateDataKey on Key',
    's3:AbortMultipartUpload, s3:GetObject, s3:ListMultipartUploadParts, s3:PutObject on Storage/Results/stewards/*',
    's3:GetBucketLocation, s3:ListBucket on Storage/Bronze, Storage/Gold, Storage/Silver',
    's3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads on Storage/Results',
    's3:GetObject on Storage/Bronze/*, Storage/Gold/*, Storage/Silver/*',
  ],
};

test('has the roles of the table and no others', () => {
  expect(Object.keys(rights).sort()).toEqual(Object.keys(expected).sort());
});

test.each(Object.keys(expected))('%s may do what the table says and nothing else', (holder) => {
  expect(rights[holder]).toEqual([...(expected[holder] ?? [])].sort());
});

test('grants on all resources only what AWS binds to none', () => {
  const unbound = new Set(
    Object.values(rights)
      .flat()
      .filter((right) => right.endsWith(' on *'))
      .flatMap((right) => right.slice(0, -' on *'.length).split(', ')),
  );

  // X-Ray: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
  // Vended logs: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
  expect([...unbound].sort()).toEqual([
    'logs:CreateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:DescribeLogGroups',
    'logs:DescribeResourcePolicies',
    'logs:GetLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:UpdateLogDelivery',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ]);
});

test('grants no action by a pattern, and denies nothing that a grant would need', () => {
  const all = Object.values(rights).flat();

  expect(all.filter((right) => right.split(' on ')[0]?.includes('*'))).toEqual([]);
  expect(all.filter((right) => right.startsWith('Deny '))).toEqual([]);
});

test('lets no role write to landing, nor any but the load and Begin to bronze', () => {
  const mayWrite = (bucket: string) =>
    Object.entries(rights)
      .filter(([, lines]) =>
        lines.some((line) => /s3:(Put|Delete)Object/.test(line) && line.includes(bucket)),
      )
      .map(([holder]) => holder)
      .sort();

  expect(mayWrite('Storage/Landing')).toEqual([]);
  expect(mayWrite('Storage/Bronze')).toEqual(['Ingest', 'Steps/begin']);
});

test('keeps results of data stewards from analysts', () => {
  const analysts = rights['Readers/Analysts']?.join('\n') ?? '';

  expect(analysts).not.toMatch(/bronze|silver|Bronze|Silver|stewards|Runs|Landing/);
});

test('lets each role be taken on by one service alone', () => {
  const roles = template.findResources('AWS::IAM::Role');
  const services = Object.values(roles).map(({ Properties }) => {
    const statements = Properties.AssumeRolePolicyDocument.Statement as readonly {
      readonly Action: string;
      readonly Principal: { readonly Service?: string };
    }[];
    return statements.map(({ Action, Principal }) => `${Action} ${JSON.stringify(Principal)}`).join();
  });

  expect([...new Set(services)].sort()).toEqual([
    'sts:AssumeRole {"Service":"lambda.amazonaws.com"}',
    'sts:AssumeRole {"Service":"scheduler.amazonaws.com"}',
    'sts:AssumeRole {"Service":"states.amazonaws.com"}',
  ]);
});
