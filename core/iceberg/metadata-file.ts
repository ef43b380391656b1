import { randomUUID } from 'node:crypto';
import type { ObjectStore } from '../ports/object-store.ts';
import type { TableDescription } from '../ports/table-catalog.ts';
import { formatType } from './schema.ts';
import {
  currentSchema,
  formatTableMetadata,
  parseTableMetadata,
  type TableMetadata,
} from './table-metadata.ts';

/** Iceberg's default for `write.metadata.previous-versions-max`. */
const defaultPreviousVersions = 100;

/** Reads the metadata file at the location. */
export async function readMetadata(store: ObjectStore, location: string): Promise<TableMetadata> {
  return parseTableMetadata(await store.read(location), location);
}

/** Writes the metadata to its location. */
export async function writeMetadata(
  store: ObjectStore,
  location: string,
  metadata: TableMetadata,
): Promise<void> {
  await store.write(location, formatTableMetadata(metadata));
}

/**
 * A new location for the metadata that follows the one at `previous`: `00042-<uuid>.metadata.json`, the name that Trino,
 * Spark and PyIceberg count on from.
 */
export function nextMetadataLocation(metadata: TableMetadata, previous: string | undefined): string {
  const version = previous === undefined ? 0 : versionOf(previous) + 1;
  return metadataLocation(metadata, version, randomUUID());
}

/** The location of a metadata file of that version and UUID. */
export function metadataLocation(metadata: TableMetadata, version: number, uuid: string): string {
  const folder = metadata.properties['write.metadata.path'] ?? `${metadata.location}/metadata`;
  return `${folder}/${String(version).padStart(5, '0')}-${uuid}.metadata.json`;
}

function versionOf(location: string): number {
  const match = /\/v?(\d+)(?:-[^/]*)?\.(?:gz\.)?metadata\.json(?:\.gz)?$/.exec(location);
  return match ? Number(match[1]) : 0;
}

/**
 * Adds the previous metadata file to the log, and cuts the log to `write.metadata.previous-versions-max`. `expired` are the files cut off, to be deleted once
 * the commit is through, if the table asks for that (`write.metadata.delete-after-commit.enabled`).
 */
export function logPreviousMetadata(
  next: TableMetadata,
  previous: { readonly location: string; readonly metadata: TableMetadata },
): { readonly metadata: TableMetadata; readonly expired: readonly string[] } {
  const log = [
    ...previous.metadata['metadata-log'],
    { 'timestamp-ms': previous.metadata['last-updated-ms'], 'metadata-file': previous.location },
  ];
  const wanted = Number(next.properties['write.metadata.previous-versions-max'] ?? defaultPreviousVersions);
  const kept = Number.isSafeInteger(wanted) && wanted > 0 ? wanted : 1;
  const cut = Math.max(0, log.length - kept);
  const deletes = next.properties['write.metadata.delete-after-commit.enabled'] === 'true';
  return {
    metadata: { ...next, 'metadata-log': log.slice(cut) },
    expired: deletes ? log.slice(0, cut).map((entry) => entry['metadata-file']) : [],
  };
}

/** What the catalog shows to people of a table. */
export function describeTable(metadata: TableMetadata): TableDescription {
  return {
    columns: currentSchema(metadata).fields.map((field) => ({
      name: field.name,
      type: formatType(field.type),
      ...(field.doc === undefined ? {} : { doc: field.doc }),
    })),
    location: metadata.location,
    ...(metadata.properties.comment === undefined ? {} : { description: metadata.properties.comment }),
  };
}
