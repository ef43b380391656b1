import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import avro from 'avsc';
import type { JsonValue } from './exact-json.ts';

/** An Avro schema in its JSON form, with Iceberg's `field-id` attributes. */
export type AvroSchema = JsonValue;

/** A decoded container file. `schema` is the writer's, from which field ids are read. */
export type AvroFile = {
  readonly schema: AvroSchema;
  readonly metadata: ReadonlyMap<string, string>;
  readonly records: readonly AvroRecord[];
};

export type AvroRecord = { readonly [field: string]: unknown };

const magic = Buffer.from('Obj\u0001', 'latin1');
const syncLength = 16;
/** Uncompressed bytes in a block, about. */
const blockBytes = 1 << 20;

/** Avro's long as bigint: snapshot ids use all 64 bits. */
const longType = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => (left === right ? 0 : left < right ? -1 : 1),
});

const metadataType = avro.Type.forSchema({ type: 'map', values: 'bytes' });
const plainLongType = avro.Type.forSchema('long');

/** Reads a whole Avro container file. @throws for a damaged file or an unknown codec */
export function readAvroFile(bytes: Uint8Array, location: string): AvroFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readContainer(buffer);
  } catch (cause) {
    throw new Error(`${location}: not a readable Avro file: ${(cause as Error).message}`, { cause });
  }
}

function readContainer(buffer: Buffer): AvroFile {
  if (!buffer.subarray(0, magic.length).equals(magic)) throw new Error('expected it to begin with "Obj"');
  const header = decodeAt<Record<string, Buffer>>(metadataType, buffer, magic.length);
  const metadata = new Map(Object.entries(header.value).map(([key, value]) => [key, value.toString('utf8')]));
  const { schema, type } = readSchema(metadata.get('avro.schema') ?? 'null');
  const codec = metadata.get('avro.codec') ?? 'null';
  const sync = buffer.subarray(header.offset, header.offset + syncLength);
  const records: AvroRecord[] = [];
  let position = header.offset + syncLength;
  while (position < buffer.length) {
    const count = decodeAt<number>(plainLongType, buffer, position);
    const size = decodeAt<number>(plainLongType, buffer, count.offset);
    const end = size.offset + size.value;
    if (!buffer.subarray(end, end + syncLength).equals(sync))
      throw new Error(`block at byte ${position} is damaged`);
    const block = decompress(codec, buffer.subarray(size.offset, end));
    let offset = 0;
    for (let index = 0; index < count.value; index += 1) {
      const record = decodeAt<AvroRecord>(type, block, offset);
      records.push(record.value);
      offset = record.offset;
    }
    position = end + syncLength;
  }
  return { schema, metadata, records };
}

function decodeAt<T>(type: avro.Type, buffer: Buffer, position: number): { value: T; offset: number } {
  const decoded = type.decode(buffer, position) as { value: T; offset: number };
  if (decoded.offset < 0 || decoded.offset > buffer.length) throw new Error('it ends too early');
  return decoded;
}

function decompress(codec: string, block: Buffer): Buffer {
  if (codec === 'null') return block;
  if (codec === 'deflate') return inflateRawSync(block);
  if (codec === 'zstandard') return zstdDecompressSync(block);
  throw new Error(`codec "${codec}" is not supported, expected null, deflate or zstandard`);
}

/** The bytes of a container file, deflated. */
export function writeAvroFile(
  schema: AvroSchema,
  metadata: Readonly<Record<string, string>>,
  records: Iterable<AvroRecord>,
): Uint8Array {
  const schemaText = JSON.stringify(schema);
  const { type } = readSchema(schemaText);
  const sync = randomBytes(syncLength);
  const header = {
    ...Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value)])),
    'avro.codec': Buffer.from('deflate'),
    'avro.schema': Buffer.from(schemaText),
  };
  const parts: Buffer[] = [magic, metadataType.toBuffer(header), sync];
  let block: Buffer[] = [];
  let size = 0;
  const flush = () => {
    if (block.length === 0) return;
    const compressed = deflateRawSync(Buffer.concat(block));
    parts.push(
      plainLongType.toBuffer(block.length),
      plainLongType.toBuffer(compressed.length),
      compressed,
      sync,
    );
    block = [];
    size = 0;
  };
  for (const record of records) {
    const bytes = type.toBuffer(record);
    block.push(bytes);
    size += bytes.length;
    if (size >= blockBytes) flush();
  }
  flush();
  return Buffer.concat(parts);
}

type KnownSchema = { readonly schema: AvroSchema; readonly type: avro.Type };

/** Schemas read before, by their text: avsc generates code for each, which takes longer than reading a manifest. */
const known = new Map<string, KnownSchema>();
/** Tables of one partitioning share a schema; the oldest goes when there are more. */
const mostKnown = 200;

function readSchema(text: string): KnownSchema {
  const before = known.get(text);
  if (before !== undefined) return before;
  const schema = JSON.parse(text) as AvroSchema;
  const type = avro.Type.forSchema(schema as unknown as avro.Schema, {
    registry: { long: longType },
    noAnonymousTypes: false,
    wrapUnions: 'never',
    omitRecordMethods: true,
  });
  if (known.size >= mostKnown) known.delete(known.keys().next().value!);
  known.set(text, { schema, type });
  return { schema, type };
}
