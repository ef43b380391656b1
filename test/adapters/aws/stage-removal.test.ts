import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';

import { deleteTables, emptyBucket } from '../../../adapters/aws/stage-removal.ts';

type Sent = { readonly constructor: { readonly name: string }; readonly input: unknown };
type StoredVersion = { readonly Key: string; readonly VersionId: string; readonly isMarker?: boolean };

function named(name: string): Error {
  return Object.assign(new Error(`the answer is ${name}`), { name });
}

/** A bucket of these versions that lists and deletes `page` of them at a time, and keeps those with the key `locked`. */
function bucketOf(versions: readonly StoredVersion[], page: number) {
  let left = [...versions];
  const s3 = new S3Client({ region: 'eu-west-1' });
  s3.send = (async ({ constructor: command, input }: Sent) => {
    if (command.name === 'ListObjectVersionsCommand') {
      const listed = left.slice(0, page);
      return {
        Versions: listed.filter(({ isMarker }) => !isMarker),
        DeleteMarkers: listed.filter(({ isMarker }) => isMarker),
      };
    }
    const { Objects } = (input as { readonly Delete: { readonly Objects: readonly StoredVersion[] } }).Delete;
    const isAsked = (version: StoredVersion) =>
      Objects.some(({ Key, VersionId }) => Key === version.Key && VersionId === version.VersionId);
    const locked = left.filter((version) => version.Key === 'locked' && isAsked(version));
    left = left.filter((version) => version.Key === 'locked' || !isAsked(version));
    return { Errors: locked.map(({ Key }) => ({ Key, Code: 'AccessDenied', Message: 'no' })) };
  }) as never;
  return { s3, left: () => left };
}

describe('emptying a bucket', () => {
  test('deletes every version and every delete marker, over all pages', async () => {
    const { s3, left } = bucketOf(
      [
        { Key: 'a', VersionId: '1' },
        { Key: 'a', VersionId: '2' },
        { Key: 'a', VersionId: '3', isMarker: true },
        { Key: 'b c+%', VersionId: 'null' },
        { Key: 'd', VersionId: '4', isMarker: true },
      ],
      2,
    );
    const told: number[] = [];

    const deleted = await emptyBucket(s3, 'shop-landing', (count) => told.push(count));

    expect(deleted).toBe(5);
    expect(left()).toEqual([]);
    expect(told).toEqual([2, 4, 5]);
  });

  test('ends with an error that names an object that cannot be deleted', async () => {
    const { s3 } = bucketOf([{ Key: 'locked', VersionId: '1' }], 10);

    await expect(emptyBucket(s3, 'shop-landing')).rejects.toThrow(
      'cannot delete s3://shop-landing/locked: AccessDenied no',
    );
  });

  test('that is gone already is no error', async () => {
    const s3 = new S3Client({ region: 'eu-west-1' });
    s3.send = (async () => {
      throw named('NoSuchBucket');
    }) as never;

    expect(await emptyBucket(s3, 'shop-landing')).toBe(0);
  });
});

/** A database with so many tables, of which one call deletes at most a hundred. */
function databaseOf(count: number, failure?: string) {
  const calls: number[] = [];
  const glue = new GlueClient({ region: 'eu-west-1' });
  glue.send = (async ({ constructor: command, input }: Sent) => {
    if (command.name === 'GetTablesCommand') {
      return { TableList: Array.from({ length: count }, (_, index) => ({ Name: `table_${index}` })) };
    }
    calls.push((input as { readonly TablesToDelete: readonly string[] }).TablesToDelete.length);
    const ErrorDetail = { ErrorCode: failure, ErrorMessage: 'no' };
    return failure === undefined ? {} : { Errors: [{ TableName: 'table_0', ErrorDetail }] };
  }) as never;
  return { glue, calls };
}

describe('deleting the tables of a database', () => {
  test('takes as many calls as it needs', async () => {
    const { glue, calls } = databaseOf(230);

    expect(await deleteTables(glue, 'retail_gold')).toBe(230);
    expect(calls).toEqual([100, 100, 30]);
  });

  test('is not disturbed by one that is gone meanwhile', async () => {
    const { glue } = databaseOf(1, 'EntityNotFoundException');

    expect(await deleteTables(glue, 'retail_gold')).toBe(1);
  });

  test('ends with an error that names a table that stays', async () => {
    const { glue } = databaseOf(1, 'AccessDeniedException');

    await expect(deleteTables(glue, 'retail_gold')).rejects.toThrow(
      'cannot delete table retail_gold.table_0: no',
    );
  });

  test('of no database is none', async () => {
    const glue = new GlueClient({ region: 'eu-west-1' });
    glue.send = (async () => {
      throw named('EntityNotFoundException');
    }) as never;

    expect(await deleteTables(glue, 'retail_gold')).toBe(0);
  });
});
