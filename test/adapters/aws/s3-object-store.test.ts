import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@jest/globals';

import { createS3ObjectStore } from '../../../adapters/aws/s3-object-store.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import { ObjectExistsError } from '../../../core/ports/object-store.ts';
import { type AwsAnswer, type AwsRequest, startAwsServer, xmlError } from './support/aws-server.ts';

const impatientClock: Clock = { now: () => 0, sleep: async () => {} };
const location = 's3://lake/bronze/one.avro';
const bytes = new TextEncoder().encode('content');
const ok: AwsAnswer = { status: 200, body: '' };

async function openStore(answer: (request: AwsRequest, number: number) => AwsAnswer) {
  let number = 0;
  const server = await startAwsServer((request) => {
    number += 1;
    return answer(request, number);
  });
  return {
    store: createS3ObjectStore(server.clients.s3, impatientClock),
    requests: server.requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test('takes an object for its own when the answer to its first try was lost', async () => {
  let stored: string | undefined;
  await using s3 = await openStore((request, number) => {
    if (request.operation === 'HEAD') {
      return { ...ok, headers: { 'x-amz-meta-shoplake-writer': stored ?? '' } } as AwsAnswer;
    }
    stored ??= String(request.headers['x-amz-meta-shoplake-writer']);
    return number === 1 ? { drop: true } : xmlError(412, 'PreconditionFailed');
  });

  await s3.store.writeIfAbsent(location, bytes);

  expect(s3.requests.map(({ operation }) => operation)).toEqual(['PUT', 'PUT', 'HEAD']);
});

test("does not take another writer's object for its own, even with the same bytes", async () => {
  await using s3 = await openStore((request) =>
    request.operation === 'HEAD'
      ? ({ ...ok, headers: { 'x-amz-meta-shoplake-writer': 'another' } } as AwsAnswer)
      : xmlError(412, 'PreconditionFailed'),
  );

  await expect(s3.store.writeIfAbsent(location, bytes)).rejects.toThrow(ObjectExistsError);
});

test('sends a conditional write again when S3 was busy with another one', async () => {
  await using s3 = await openStore((_request, number) =>
    number < 3 ? xmlError(409, 'ConditionalRequestConflict') : ok,
  );

  await s3.store.writeIfAbsent(location, bytes);

  expect(s3.requests.map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*', '*']);
});

test('reads again when the connection breaks in the middle of the bytes', async () => {
  const body = 'x'.repeat(100_000);
  await using s3 = await openStore((_request, number) =>
    number === 1 ? { status: 200, body, cutAfter: 50_000 } : { status: 200, body },
  );

  const read = await s3.store.read(location);

  expect(read).toHaveLength(100_000);
  expect(s3.requests).toHaveLength(2);
});

test('downloads anew when the connection breaks in the middle of the bytes', async () => {
  const body = `${'x'.repeat(99_999)}y`;
  const folder = await mkdtemp(join(tmpdir(), 's3-'));
  await using s3 = await openStore((_request, number) =>
    number === 1 ? { status: 200, body, cutAfter: 50_000 } : { status: 200, body },
  );

  const info = await s3.store.download(location, join(folder, 'copy'));

  expect(info.size).toBe(100_000);
  expect(await readFile(join(folder, 'copy'), 'utf8')).toBe(body);
  await rm(folder, { recursive: true });
});

test('keeps the local file of an upload that failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 's3-'));
  await writeFile(join(folder, 'part'), 'bytes');
  await using s3 = await openStore(() => xmlError(403, 'AccessDenied'));

  await expect(s3.store.upload(join(folder, 'part'), location)).rejects.toThrow('AccessDenied');

  expect((await stat(join(folder, 'part'))).size).toBe(5);
  await rm(folder, { recursive: true });
});

test('says which object could not be removed', async () => {
  await using s3 = await openStore(() => ({
    status: 200,
    body: '<DeleteResult><Error><Key>bronze/one.avro</Key><Code>AccessDenied</Code><Message>denied</Message></Error></DeleteResult>',
  }));

  await expect(s3.store.remove([location])).rejects.toThrow(
    'cannot remove s3://lake/bronze/one.avro and 0 more: AccessDenied denied',
  );
});

test('does not take a missing bucket for a missing object', async () => {
  await using s3 = await openStore(() => xmlError(404, 'NoSuchBucket'));

  await expect(s3.store.read(location)).rejects.toThrow('NoSuchBucket');
});

test.each(['file:///lake/one.avro', 's3://', 's3:///key', 'lake/one.avro'])(
  'refuses the location %j',
  async (wrong) => {
    await using s3 = await openStore(() => ok);

    await expect(s3.store.read(wrong)).rejects.toThrow(wrong);
    expect(s3.requests).toHaveLength(0);
  },
);
