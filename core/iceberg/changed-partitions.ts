import type { TableIdentifier } from '../ports/table-catalog.ts';
import type { IcebergIo } from './table.ts';

/** `all`: it cannot be told which partitions changed. Values are in text form: `2011-12` for a month, null for null. */
export type ChangedPartitions =
  | { readonly kind: 'all'; readonly reason: string }
  | {
      readonly kind: 'partitions';
      /** The partition field: its column and transform (`month`, `identity`, `truncate[10]`). */
      readonly column: string;
      readonly transform: string;
      readonly values: readonly (string | null)[];
    };

/**
 * Which partitions of the table differ between two of its snapshots, by the partition field on `column`: those of all files added or
 * removed on the way from `from` to `to`.
 */
export async function changedPartitions(
  _io: IcebergIo,
  _id: TableIdentifier,
  _range: { readonly from: bigint; readonly to: bigint; readonly column: string },
): Promise<ChangedPartitions> {
  throw new Error('not written yet');
}
