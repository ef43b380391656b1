import type { Value } from './single-value.ts';

/** What a manifest says of one file. Maps are by field id; bounds are in single-value serialization. */
export type DataFile = {
  readonly content: 'data' | 'position-deletes' | 'equality-deletes';
  readonly path: string;
  /** `PARQUET`, `ORC`, `AVRO`. */
  readonly format: string;
  readonly specId: number;
  /** Values in the order of the spec's fields. */
  readonly partition: readonly (Value | null)[];
  readonly recordCount: bigint;
  readonly fileSizeInBytes: bigint;
  readonly columnSizes?: ReadonlyMap<number, bigint>;
  readonly valueCounts?: ReadonlyMap<number, bigint>;
  readonly nullValueCounts?: ReadonlyMap<number, bigint>;
  readonly nanValueCounts?: ReadonlyMap<number, bigint>;
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>;
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>;
  readonly keyMetadata?: Uint8Array;
  readonly splitOffsets?: readonly bigint[];
  readonly equalityIds?: readonly number[];
  readonly sortOrderId?: number;
  readonly referencedDataFile?: string;
};
