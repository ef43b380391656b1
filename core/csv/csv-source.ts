import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvFileError } from './csv-file-error.ts';

const blockSize = 1 << 20;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
/** UTF-16 and, beginning alike or with two more zeros, UTF-32. */
const foreignMarks = [
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0xfe, 0xff]),
  Buffer.from([0x00, 0x00, 0xfe, 0xff]),
];

/** Lower-case hex SHA-256 of a local file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(blockSize);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, blockSize);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
  }
}

/** A local file that holds plain UTF-8. */
export type Utf8File = {
  readonly path: string;
  /** Where the text begins: behind a byte order mark. */
  readonly start: number;
};

/**
 * Makes the file plain UTF-8: unzips it into `path` + `.plain`, and decodes ISO-8859-1, where the contract allows it, into
 * `path` + `.utf8`. The caller removes them.
 * @throws CsvFileError `bad_gzip`, `bad_encoding`
 */
export async function openUtf8(
  path: string,
  isGzip: boolean,
  encoding: 'utf-8' | 'utf-8-or-iso-8859-1',
): Promise<Utf8File> {
  const plain = isGzip ? `${path}.plain` : path;
  if (isGzip) await unzip(path, plain);
  await using file = await open(plain, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  const head = buffer.subarray(0, bytesRead);
  if (foreignMarks.some((mark) => head.subarray(0, mark.length).equals(mark))) {
    throw new CsvFileError(
      'bad_encoding',
      'the file begins with the mark of UTF-16 or UTF-32, expected UTF-8',
    );
  }
  const badAt = await findInvalidUtf8(file);
  if (badAt === undefined) {
    return { path: plain, start: head.subarray(0, 3).equals(byteOrderMark) ? byteOrderMark.length : 0 };
  }
  if (encoding === 'utf-8') {
    throw new CsvFileError('bad_encoding', `the bytes about position ${badAt} are not valid UTF-8`);
  }
  const decoded = `${path}.utf8`;
  const decode = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, Buffer.from(chunk.toString('latin1'), 'utf8'));
    },
  });
  await pipeline(createReadStream(plain, { highWaterMark: blockSize }), decode, createWriteStream(decoded));
  return { path: decoded, start: 0 };
}

/** The position of the first block with bytes that are not UTF-8; undefined if all are. */
async function findInvalidUtf8(file: FileHandle): Promise<number | undefined> {
  const buffer = Buffer.allocUnsafe(blockSize);
  let kept = 0;
  let position = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, kept, blockSize - kept, position + kept);
    const block = buffer.subarray(0, kept + bytesRead);
    if (bytesRead === 0) return block.length === 0 || isUtf8(block) ? undefined : position;
    const whole = wholeCharacters(block);
    if (!isUtf8(block.subarray(0, whole))) return position;
    kept = block.length - whole;
    buffer.copyWithin(0, whole, block.length);
    position += whole;
  }
}

/** The length of the block without a character that its end cuts. */
function wholeCharacters(block: Buffer): number {
  for (let back = 1; back <= Math.min(3, block.length); back += 1) {
    const byte = block[block.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > back ? block.length - back : block.length;
    }
  }
  return block.length;
}

/** Unzips all members of a gzip file; zeros may fill it up. */
async function unzip(from: string, to: string): Promise<void> {
  await using file = await open(from, 'r');
  const { size } = await file.stat();
  let position = 0;
  let members = 0;
  while (position < size) {
    const gunzip = createGunzip({ chunkSize: 1 << 18 });
    try {
      await pipeline(
        createReadStream(from, { start: position, highWaterMark: blockSize }),
        gunzip,
        createWriteStream(to, { flags: members === 0 ? 'w' : 'a' }),
      );
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code?.startsWith('Z_')) throw notGzip(cause);
      throw cause;
    }
    // Node goes on to the next member by itself, but stops at a zero and says nothing of what follows.
    position = await skipZeros(file, position + gunzip.bytesWritten, size);
    members += 1;
  }
  if (members === 0) throw notGzip();
}

function notGzip(cause?: unknown): CsvFileError {
  const error = new CsvFileError(
    'bad_gzip',
    'the file is not, to its last byte, one or more whole gzip members',
  );
  error.cause = cause;
  return error;
}

async function skipZeros(file: FileHandle, from: number, size: number): Promise<number> {
  const buffer = Buffer.alloc(1 << 16);
  for (let position = from; position < size; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    const block = buffer.subarray(0, bytesRead);
    const found = block.findIndex((byte) => byte !== 0);
    if (found >= 0) return position + found;
    position += bytesRead;
  }
  return size;
}
