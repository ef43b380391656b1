import type { PrimitiveType } from './schema.ts';

/**
 * A value in memory: bigint for long, time, timestamp and the unscaled decimal; number for int, date (days), float and
 * double; bytes for uuid, fixed and binary.
 */
export type Value = boolean | number | bigint | string | Uint8Array;
