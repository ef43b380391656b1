import { listSnapshots } from '../core/iceberg/publish.ts';
import type { IcebergIo } from '../core/iceberg/table.ts';
import { loadTable } from '../core/iceberg/table.ts';
import { formatTable, type TableIdentifier } from '../core/ports/table-catalog.ts';
import { type Token, tokenize } from '../core/sql/source.ts';
import { listStagingTables } from '../core/status/staging-tables.ts';
import { CommandFailedError } from './command-error.ts';

type PlacedTable = { readonly identifier: TableIdentifier; readonly start: number; readonly end: number };

/**
 * Reads one table of a query at a snapshot: every mention of the table that the snapshot belongs to is read `for version
 * as of` it. Snapshot ids are random int64, so one id is of one table. A version with another schema than the published one
 * lies in a staging table, which then stands in for its target.
 * @throws CommandFailedError if no table of the query has the snapshot
 */
export async function readAtSnapshot(io: IcebergIo, sql: string, snapshotId: bigint): Promise<string> {
  const mentions = await findTables(io, sql);
  const names = new Map(mentions.map(({ identifier }) => [formatTable(identifier), identifier]));
  for (const [name, identifier] of names) {
    const holder = await findHolder(io, identifier, snapshotId);
    if (holder !== undefined) {
      const version = `"${holder.database}"."${holder.table}" for version as of ${snapshotId}`;
      return mentions
        .filter((mention) => formatTable(mention.identifier) === name)
        .reduceRight((text, { start, end }) => text.slice(0, start) + version + text.slice(end), sql);
    }
  }
  const tables = [...names.keys()].join(', ') || 'the query, which names no table of the lake';
  throw new CommandFailedError(`no snapshot ${snapshotId} in ${tables}`);
}

async function findHolder(
  io: IcebergIo,
  target: TableIdentifier,
  snapshotId: bigint,
): Promise<TableIdentifier | undefined> {
  for (const candidate of [target, ...(await listStagingTables(io.catalog, target))]) {
    const table = await loadTable(io, candidate);
    const snapshots = table === undefined ? [] : await listSnapshots(io, table);
    if (snapshots.some((snapshot) => snapshot.snapshotId === snapshotId)) {
      return candidate;
    }
  }
  return undefined;
}

async function findTables(io: IcebergIo, sql: string): Promise<readonly PlacedTable[]> {
  const databases = new Set(await io.catalog.listDatabases());
  const tokens = tokenize(sql);
  const found: PlacedTable[] = [];
  for (const [index, token] of tokens.entries()) {
    const [dot, table, next] = tokens.slice(index + 1, index + 4);
    const database = nameOf(token);
    const name = table && nameOf(table);
    // `database.table.column` is no mention of a table in a from clause.
    if (database && name && databases.has(database) && dot?.text === '.' && next?.text !== '.') {
      found.push({ identifier: { database, table: name }, start: token.start, end: table.end });
    }
  }
  return found;
}

function nameOf(token: Token): string | undefined {
  if (token.kind === 'word') {
    return token.text.toLowerCase();
  }
  return token.kind === 'quoted' ? token.text.slice(1, -1) : undefined;
}
