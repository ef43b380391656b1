import { createReadStream } from 'node:fs';

import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

/** Streams a local file to `s3://bucket/key`, and leaves the file where it is. */
export async function uploadFile(s3: S3Client, path: string, location: string): Promise<void> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/([\s\S]+)$/.exec(location) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new Error(`location "${location}" names no object: expected s3://bucket/key`);
  }
  await new Upload({
    client: s3,
    params: { Bucket: bucket, Key: key, Body: createReadStream(path) },
    // 16 MiB of memory for a file, and files of 80 GB.
    partSize: 8 * 1024 * 1024,
    queueSize: 2,
  }).done();
}
