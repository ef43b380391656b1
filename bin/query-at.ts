import { listSnapshots } from '../core/iceberg/publish.ts';
import type { IcebergIo } from '../core/iceberg/table.ts';
import { loadTable } from '../core/iceberg/table.ts';
import { formatTable, type TableIdentifier } from '../core/ports/table-catalog.ts';
import { type Token, tokenize } from '../core/sql/source.ts';
import { CommandFailedError } from './command-error.ts';

type PlacedTable = { readonly identifier: TableIdentifier; readonly end: number };

/**
 * Reads one table of a query at a snapshot: `for version as of <id>` is put behind every mention of the table that the
 * snapshot belongs to. Snapshot ids are random int64, so one id is of one table.
 * @throws CommandFailedError if no table of the query has the snapshot
 */
export async function readAtSnapshot(io: IcebergIo, sql: string, snapshotId: bigint): Promise<string> {
  const mentions = await findTables(io, sql);
  const names = new Map(mentions.map(({ identifier }) => [formatTable(identifier), identifier]));
  for (const [name, identifier] of names) {
    const table = await loadTable(io, identifier);
    const snapshots = table === undefined ? [] : await listSnapshots(io, table);
    if (snapshots.some((snapshot) => snapshot.snapshotId === snapshotId)) {
      return mentions
        .filter((mention) => formatTable(mention.identifier) === name)
        .reduceRight(
          (text, { end }) => `${text.slice(0, end)} for version as of ${snapshotId}${text.slice(end)}`,
          sql,
        );
    }
  }
  const tables = [...names.keys()].join(', ') || 'the query names no table of the lake';
  throw new CommandFailedError(`no snapshot ${snapshotId} in ${tables}`);
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
      found.push({ identifier: { database, table: name }, end: table.end });
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
