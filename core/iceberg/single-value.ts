import type { PrimitiveType } from './schema.ts';

/**
 * A value in memory: bigint for long, time, timestamp and the unscaled decimal; number for int, date (days), float and
 * double; bytes for uuid, fixed and binary.
 */
export type Value = boolean | number | bigint | string | Uint8Array;

/** The bytes of a value in Iceberg's single-value serialization. */
export function encodeValue(type: PrimitiveType, value: Value): Uint8Array {
  switch (type.kind) {
    case 'boolean':
      return Uint8Array.of(value === true ? 1 : 0);
    case 'int':
    case 'date':
      return packed(4, (view) => view.setInt32(0, Number(value), true));
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return packed(8, (view) => view.setBigInt64(0, value as bigint, true));
    case 'float':
      return packed(4, (view) => view.setFloat32(0, value as number, true));
    case 'double':
      return packed(8, (view) => view.setFloat64(0, value as number, true));
    case 'decimal':
      return encodeBigEndian(value as bigint);
    case 'string':
      return new TextEncoder().encode(value as string);
    case 'uuid':
    case 'fixed':
    case 'binary':
      return value as Uint8Array;
  }
}

/**
 * The value of single-value bytes. Bytes of an int or a float are accepted for a long or a double: bounds written before
 * the column's type was promoted stay as they were.
 */
export function decodeValue(type: PrimitiveType, bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type.kind) {
    case 'boolean':
      return bytes[0] !== 0;
    case 'int':
    case 'date':
      return view.getInt32(0, true);
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return bytes.length === 4 ? BigInt(view.getInt32(0, true)) : view.getBigInt64(0, true);
    case 'float':
      return view.getFloat32(0, true);
    case 'double':
      return bytes.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
    case 'decimal':
      return decodeBigEndian(bytes);
    case 'string':
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    case 'uuid':
    case 'fixed':
    case 'binary':
      return bytes;
  }
}

/** Order of two values of one type as Iceberg orders bounds: text by bytes, -0.0 before 0.0, NaN last. */
export function compareValues(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') {
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  if (typeof left === 'number' && typeof right === 'number') {
    if (Number.isNaN(left) || Number.isNaN(right))
      return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    if (left === 0 && right === 0) return Number(Object.is(right, -0)) - Number(Object.is(left, -0));
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether two partition tuples are the same. */
export function sameValues(left: readonly (Value | null)[], right: readonly (Value | null)[]): boolean {
  return (
    left.length === right.length &&
    left.every((value, index) => {
      const other = right[index] ?? null;
      return value === null || other === null ? value === other : compareValues(value, other) === 0;
    })
  );
}

/** The unscaled value in as few big-endian two's-complement bytes as hold it. */
export function encodeBigEndian(value: bigint, length = minimalLength(value)): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** The number of big-endian two's-complement bytes. */
export function decodeBigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

function minimalLength(value: bigint): number {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  return length;
}

function packed(length: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(new DataView(bytes.buffer));
  return bytes;
}

/** Code points that a text bound keeps (Iceberg's default, `truncate(16)`). */
const boundLength = 16;

/** A lower bound of a text: its first code points. */
export function truncateLower(text: string): string {
  return Array.from(text).slice(0, boundLength).join('');
}

/**
 * An upper bound of a text: its first code points with the last one that can be raised, raised. Undefined if none can,
 * which leaves the column without upper bound.
 */
export function truncateUpper(text: string): string | undefined {
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  if (points.length <= boundLength) return text;
  const kept = points.slice(0, boundLength);
  while (kept.length > 0) {
    const last = kept.pop()!;
    if (last < 0x10ffff) {
      // The code points D800 to DFFF are surrogates: no text holds them.
      return String.fromCodePoint(...kept, last === 0xd7ff ? 0xe000 : last + 1);
    }
  }
  return undefined;
}
