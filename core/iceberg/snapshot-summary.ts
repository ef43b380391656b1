import type { ManifestEntry } from './manifest.ts';
import type { Snapshot } from './table-metadata.ts';

/** The summary of a snapshot: operation, Iceberg's counters of what it adds and removes, running totals, and the caller's properties. */
export function summarize(
  operation: string,
  added: readonly ManifestEntry[],
  deleted: readonly ManifestEntry[],
  parent: Snapshot | undefined,
  properties: Readonly<Record<string, string>>,
): Record<string, string> {
  const plus = count(added);
  const minus = count(deleted);
  const partitions = new Set(
    [...added, ...deleted].map(
      ({ file }) => `${file.specId}/${file.partition.map((value) => String(value)).join('/')}`,
    ),
  );
  const changes: Record<string, bigint> = {
    'added-data-files': plus.dataFiles,
    'added-records': plus.records,
    'added-files-size': plus.size,
    'deleted-data-files': minus.dataFiles,
    'deleted-records': minus.records,
    'removed-files-size': minus.size,
    'removed-delete-files': minus.deleteFiles,
    'removed-position-delete-files': minus.positionFiles,
    'removed-equality-delete-files': minus.deleteFiles - minus.positionFiles,
    'removed-position-deletes': minus.positions,
    'removed-equality-deletes': minus.equalities,
    'changed-partition-count': BigInt(partitions.size),
  };
  const previous = parent?.summary;
  const totals = {
    'total-data-files': total(previous, 'total-data-files', plus.dataFiles - minus.dataFiles),
    'total-delete-files': total(previous, 'total-delete-files', -minus.deleteFiles),
    'total-records': total(previous, 'total-records', plus.records - minus.records),
    'total-files-size': total(previous, 'total-files-size', plus.size - minus.size),
    'total-position-deletes': total(previous, 'total-position-deletes', -minus.positions),
    'total-equality-deletes': total(previous, 'total-equality-deletes', -minus.equalities),
  };
  return {
    ...properties,
    operation,
    ...Object.fromEntries(
      Object.entries(changes)
        .filter(([key, value]) => value !== 0n || key === 'changed-partition-count')
        .map(([key, value]) => [key, String(value)]),
    ),
    ...Object.fromEntries(Object.entries(totals).filter(([, value]) => value !== undefined)),
  };
}

function count(entries: readonly ManifestEntry[]) {
  const sums = {
    dataFiles: 0n,
    deleteFiles: 0n,
    positionFiles: 0n,
    records: 0n,
    size: 0n,
    positions: 0n,
    equalities: 0n,
  };
  for (const { file } of entries) {
    sums.size += file.fileSizeInBytes;
    if (file.content === 'data') {
      sums.dataFiles += 1n;
      sums.records += file.recordCount;
    } else {
      sums.deleteFiles += 1n;
      if (file.content === 'position-deletes') {
        sums.positionFiles += 1n;
        sums.positions += file.recordCount;
      } else sums.equalities += file.recordCount;
    }
  }
  return sums;
}

/** A running total; undefined where the parent did not keep it, since it would have to be counted anew. */
function total(
  previous: Readonly<Record<string, string>> | undefined,
  key: string,
  change: bigint,
): string | undefined {
  const before = previous === undefined ? '0' : previous[key];
  return before === undefined || !/^\d+$/.test(before) ? undefined : String(BigInt(before) + change);
}
