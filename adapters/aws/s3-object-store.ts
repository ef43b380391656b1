import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

import { type Clock, systemClock } from '../../core/ports/clock.ts';
import {
  ObjectExistsError,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
} from '../../core/ports/object-store.ts';
import { isConnectionError, isServiceError, statusOf } from './service-errors.ts';

/** Files in S3. A location is `s3://bucket/key` with the key as S3 stores it, not URL-encoded. */
export function createS3ObjectStore(s3: S3Client, clock: Clock = systemClock): ObjectStore {
  const read = (location: string, range?: string) =>
    repeatOnBrokenConnection(clock, async () => {
      const response = await getObject(s3, location, range);
      return response.Body === undefined ? new Uint8Array() : await response.Body.transformToByteArray();
    });

  return {
    read: (location) => read(location),

    async readRange(location, start, end) {
      if (end <= start) {
        // HTTP has no empty range; the object must exist all the same.
        if ((await head(s3, location)) === undefined) {
          throw new ObjectNotFoundError(location);
        }
        return new Uint8Array();
      }
      try {
        return await read(location, `bytes=${start}-${end - 1}`);
      } catch (error) {
        // The range starts at or after the object's end, where there are no bytes.
        if (isServiceError(error, 'InvalidRange') || statusOf(error) === 416) {
          return new Uint8Array();
        }
        throw error;
      }
    },

    async write(location, bytes) {
      await s3.send(new PutObjectCommand({ ...addressOf(location), Body: bytes }));
    },

    writeIfAbsent: (location, bytes) => writeIfAbsent(s3, clock, location, bytes),

    head: (location) => head(s3, location),

    list: (prefix) => list(s3, prefix),

    remove: (locations) => remove(s3, locations),

    async download(location, localPath) {
      return await repeatOnBrokenConnection(clock, async () => {
        const response = await getObject(s3, location);
        // A repeated try starts the file anew.
        await pipeline(response.Body as Readable, createWriteStream(localPath));
        return {
          location,
          size: response.ContentLength ?? 0,
          modifiedAt: response.LastModified?.getTime() ?? 0,
        };
      });
    },

    async upload(localPath, location) {
      // Parts of 8 MiB, four at a time: 32 MiB of memory; 10,000 parts allow 80 GB. A failed upload leaves no parts.
      const upload = new Upload({
        client: s3,
        params: { ...addressOf(location), Body: createReadStream(localPath) },
        partSize: 8 * 1024 * 1024,
        queueSize: 4,
      });
      await upload.done();
      await rm(localPath);
    },
  };
}

/**
 * Conditional write (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). Each call signs
 * the object with an id of its own, so that "it exists already" after a lost answer is told from another's object.
 */
async function writeIfAbsent(s3: S3Client, clock: Clock, location: string, bytes: Uint8Array): Promise<void> {
  const writer = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await s3.send(
        new PutObjectCommand({
          ...addressOf(location),
          Body: bytes,
          IfNoneMatch: '*',
          Metadata: { [writerMetadata]: writer },
        }),
      );
      return;
    } catch (error) {
      if (isServiceError(error, 'PreconditionFailed') || statusOf(error) === 412) {
        if (await wasWrittenBy(s3, location, writer)) {
          return;
        }
        throw new ObjectExistsError(location, { cause: error });
      }
      // 409: another conditional write or a delete was under way; S3 asks to send it again.
      if (attempt < conflictAttempts && isServiceError(error, 'ConditionalRequestConflict')) {
        await clock.sleep(50 * 2 ** attempt * Math.random());
        continue;
      }
      throw error;
    }
  }
}

const writerMetadata = 'shoplake-writer';
const conflictAttempts = 6;

async function wasWrittenBy(s3: S3Client, location: string, writer: string): Promise<boolean> {
  try {
    const response = await s3.send(new HeadObjectCommand(addressOf(location)));
    return response.Metadata?.[writerMetadata] === writer;
  } catch (error) {
    if (isMissing(error)) {
      return false;
    }
    throw error;
  }
}

async function getObject(s3: S3Client, location: string, range?: string) {
  try {
    return await s3.send(
      new GetObjectCommand({ ...addressOf(location), ...(range === undefined ? {} : { Range: range }) }),
    );
  } catch (error) {
    throw isMissing(error) ? new ObjectNotFoundError(location, { cause: error }) : error;
  }
}

async function head(s3: S3Client, location: string): Promise<ObjectInfo | undefined> {
  try {
    const response = await s3.send(new HeadObjectCommand(addressOf(location)));
    return {
      location,
      size: response.ContentLength ?? 0,
      modifiedAt: response.LastModified?.getTime() ?? 0,
    };
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}

/** S3 lists in byte order of the key (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html). */
async function* list(s3: S3Client, prefix: string): AsyncIterable<ObjectInfo> {
  const { Bucket, Key } = parseLocation(prefix);
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: Key,
        // Keys may hold characters that XML cannot carry.
        EncodingType: 'url',
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    for (const object of page.Contents ?? []) {
      const key = page.EncodingType === 'url' ? decodeKey(object.Key ?? '') : (object.Key ?? '');
      yield {
        location: `s3://${Bucket}/${key}`,
        size: object.Size ?? 0,
        modifiedAt: object.LastModified?.getTime() ?? 0,
      };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

async function remove(s3: S3Client, locations: readonly string[]): Promise<void> {
  const keysByBucket = new Map<string, string[]>();
  for (const location of locations) {
    const { Bucket, Key } = addressOf(location);
    keysByBucket.set(Bucket, [...(keysByBucket.get(Bucket) ?? []), Key]);
  }
  for (const [bucket, keys] of keysByBucket) {
    for (let start = 0; start < keys.length; start += deleteBatch) {
      const objects = keys.slice(start, start + deleteBatch).map((key) => ({ Key: key }));
      const response = await s3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
      );
      const [failed] = response.Errors ?? [];
      if (failed !== undefined) {
        throw new Error(
          `cannot remove s3://${bucket}/${failed.Key ?? ''} and ${(response.Errors ?? []).length - 1} more: ${failed.Code ?? ''} ${failed.Message ?? ''}`,
        );
      }
    }
  }
}

/** What one DeleteObjects call takes. */
const deleteBatch = 1000;

/**
 * The SDK repeats a request until its answer begins; a connection that breaks while the body flows is repeated here.
 */
async function repeatOnBrokenConnection<T>(clock: Clock, attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (count >= 4 || !isConnectionError(error)) {
        throw error;
      }
      await clock.sleep(100 * 2 ** count * Math.random());
    }
  }
}

function isMissing(error: unknown): boolean {
  // HeadObject has no body, hence the bare name. A missing bucket is a mistake in the configuration and no absence.
  return isServiceError(error, 'NoSuchKey', 'NotFound');
}

function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', '%20'));
}

type Address = { readonly Bucket: string; readonly Key: string };

function addressOf(location: string): Address {
  const address = parseLocation(location);
  if (address.Key === '') {
    throw new Error(`location "${location}" names no object: expected s3://bucket/key`);
  }
  return address;
}

function parseLocation(location: string): Address {
  const match = /^s3:\/\/([^/]+)(?:\/([\s\S]*))?$/.exec(location);
  if (match?.[1] === undefined) {
    throw new Error(`location "${location}" is not in S3: expected s3://bucket/key`);
  }
  return { Bucket: match[1], Key: match[2] ?? '' };
}
