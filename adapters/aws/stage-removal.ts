import { BatchDeleteTableCommand, type GlueClient, paginateGetTables } from '@aws-sdk/client-glue';
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';

import { isServiceError } from './service-errors.ts';

/**
 * Deletes all that lies in a bucket: objects, their older versions and delete markers. Without this CloudFormation does not
 * delete the bucket. Gives the number of what was deleted; 0 if there is no such bucket.
 */
export async function emptyBucket(
  s3: S3Client,
  bucket: string,
  onDeleted: (count: number) => void = () => {},
): Promise<number> {
  let count = 0;
  try {
    for (;;) {
      // Always the first page: what it listed is gone when it is asked for again.
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
      const found: ObjectIdentifier[] = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(
        ({ Key, VersionId }) => ({ Key, ...(VersionId === undefined ? {} : { VersionId }) }),
      );
      if (found.length === 0) return count;
      const { Errors: [failed] = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: found, Quiet: true } }),
      );
      if (failed !== undefined) {
        throw new Error(`cannot delete s3://${bucket}/${failed.Key ?? ''}: ${failed.Code} ${failed.Message}`);
      }
      count += found.length;
      onDeleted(count);
    }
  } catch (error) {
    if (isServiceError(error, 'NoSuchBucket')) return count;
    throw error;
  }
}

/** Deletes the tables of a Glue database, not their files; none if there is no such database. */
export async function deleteTables(glue: GlueClient, database: string): Promise<number> {
  const names: string[] = [];
  try {
    for await (const page of paginateGetTables({ client: glue }, { DatabaseName: database })) {
      names.push(...(page.TableList ?? []).flatMap(({ Name }) => Name ?? []));
    }
  } catch (error) {
    if (isServiceError(error, 'EntityNotFoundException')) return 0;
    throw error;
  }
  for (let start = 0; start < names.length; start += tablesPerCall) {
    const { Errors = [] } = await glue.send(
      new BatchDeleteTableCommand({
        DatabaseName: database,
        TablesToDelete: names.slice(start, start + tablesPerCall),
      }),
    );
    // Gone meanwhile is as good.
    const failed = Errors.find(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== 'EntityNotFoundException');
    if (failed !== undefined) {
      throw new Error(
        `cannot delete table ${database}.${failed.TableName}: ${failed.ErrorDetail?.ErrorMessage ?? ''}`,
      );
    }
  }
  return names.length;
}

/** What one BatchDeleteTable call takes. */
const tablesPerCall = 100;
