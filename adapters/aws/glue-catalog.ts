import {
  type Column,
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteTableCommand,
  GetDatabaseCommand,
  GetTableCommand,
  type GlueClient,
  paginateGetDatabases,
  paginateGetTables,
  type Table,
  type TableInput,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';

import { type Clock, systemClock } from '../../core/ports/clock.ts';
import {
  CommitConflictError,
  CommitStateUnknownError,
  formatTable,
  type TableCatalog,
  type TableDescription,
  type TableIdentifier,
  type TablePointer,
} from '../../core/ports/table-catalog.ts';
import type { AwsClients } from './clients.ts';
import { toGlueType } from './glue-types.ts';
import { classifyFailure, isServiceError } from './service-errors.ts';

/** How the Glue catalog is reached. */
export type GlueCatalogOptions = {
  readonly clients: Pick<AwsClients, 'glue' | 'glueOnce'>;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Tries of a commit that Glue throttles. @default 8 */
  readonly throttleAttempts?: number;
};

/**
 * The AWS Glue Data Catalog as an Iceberg catalog, in the form of Iceberg's own GlueCatalog: table parameters
 * `table_type` and `metadata_location`, moved by UpdateTable with the VersionId that was read
 * (https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html).
 */
export function createGlueCatalog(options: GlueCatalogOptions): TableCatalog {
  const { glue, glueOnce } = options.clients;
  const clock = options.clock ?? systemClock;
  const send = (what: string, commit: () => Promise<unknown>) =>
    sendCommit(what, commit, clock, options.throttleAttempts ?? 8);

  return {
    async ensureDatabase(database) {
      // Asked first: a deployed stage has its databases, and its functions have no right to make any.
      if (await databaseExists(glue, database)) {
        return;
      }
      try {
        await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
      } catch (error) {
        if (!isServiceError(error, 'AlreadyExistsException')) {
          throw error;
        }
      }
    },

    async listDatabases() {
      const names: string[] = [];
      for await (const page of paginateGetDatabases({ client: glue }, {})) {
        names.push(...(page.DatabaseList ?? []).flatMap(({ Name }) => Name ?? []));
      }
      return names.sort();
    },

    async listTables(database) {
      const names: string[] = [];
      try {
        for await (const page of paginateGetTables({ client: glue }, { DatabaseName: database })) {
          names.push(...(page.TableList ?? []).filter(isIceberg).flatMap(({ Name }) => Name ?? []));
        }
      } catch (error) {
        if (!isServiceError(error, 'EntityNotFoundException')) {
          throw error;
        }
      }
      return names.sort();
    },

    async load(table) {
      const entry = await getTable(glue, table);
      return entry === undefined ? undefined : pointerOf(table, entry);
    },

    async create(table, metadataLocation, description) {
      const input = tableInput(table, undefined, description, { metadata_location: metadataLocation });
      await send(`create ${formatTable(table)}`, () =>
        glueOnce.send(new CreateTableCommand({ DatabaseName: table.database, TableInput: input })),
      );
    },

    async swap(table, expected, metadataLocation, description) {
      // Read first: UpdateTable replaces the whole entry, and what other tools keep in it must survive. The version
      // sent is the one that the caller decided against, so a change after this read is refused by Glue.
      const entry = await getTable(glue, table);
      const current = entry === undefined ? undefined : pointerOf(table, entry);
      if (current?.version !== expected.version || current.metadataLocation !== expected.metadataLocation) {
        throw new CommitConflictError(
          `${formatTable(table)} is at ${current?.metadataLocation ?? 'no metadata'}, expected ${expected.metadataLocation}`,
        );
      }
      const input = tableInput(table, entry, description, {
        metadata_location: metadataLocation,
        previous_metadata_location: expected.metadataLocation,
      });
      await send(`update ${formatTable(table)}`, () =>
        glueOnce.send(
          new UpdateTableCommand({
            DatabaseName: table.database,
            TableInput: input,
            VersionId: expected.version,
            // Glue keeps at most 100,000 old versions of a table and then refuses updates; Iceberg has the history.
            SkipArchive: true,
          }),
        ),
      );
    },

    async forget(table) {
      try {
        await glue.send(new DeleteTableCommand({ DatabaseName: table.database, Name: table.table }));
      } catch (error) {
        if (!isServiceError(error, 'EntityNotFoundException')) {
          throw error;
        }
      }
    },
  };
}

/**
 * Sends a commit once, and again only when Glue turned it away unseen. A repeated commit whose first try had taken
 * effect would be told "conflict", and its files deleted: https://github.com/apache/iceberg/issues/7151.
 */
async function sendCommit(
  what: string,
  commit: () => Promise<unknown>,
  clock: Clock,
  throttleAttempts: number,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await commit();
      return;
    } catch (error) {
      if (isServiceError(error, ...conflictNames)) {
        throw new CommitConflictError(`cannot ${what}: ${error.message}`, { cause: error });
      }
      const failure = classifyFailure(error);
      if (failure === 'unknown') {
        throw new CommitStateUnknownError(`${what}: no answer from Glue, it may have taken effect`, {
          cause: error,
        });
      }
      if (failure === 'refused' || attempt >= throttleAttempts) {
        throw error;
      }
      await clock.sleep(Math.min(5_000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2));
    }
  }
}

/** The table exists already; it changed, or is being changed; it is gone. */
const conflictNames = [
  'AlreadyExistsException',
  'ConcurrentModificationException',
  'VersionMismatchException',
  'EntityNotFoundException',
] as const;

async function databaseExists(glue: GlueClient, database: string): Promise<boolean> {
  try {
    await glue.send(new GetDatabaseCommand({ Name: database }));
    return true;
  } catch (error) {
    if (isServiceError(error, 'EntityNotFoundException')) {
      return false;
    }
    throw error;
  }
}

async function getTable(glue: GlueClient, table: TableIdentifier): Promise<Table | undefined> {
  try {
    const response = await glue.send(
      new GetTableCommand({ DatabaseName: table.database, Name: table.table }),
    );
    return response.Table;
  } catch (error) {
    if (isServiceError(error, 'EntityNotFoundException')) {
      return undefined;
    }
    throw error;
  }
}

function isIceberg(entry: Table): boolean {
  return entry.Parameters?.table_type?.toUpperCase() === 'ICEBERG';
}

function pointerOf(table: TableIdentifier, entry: Table): TablePointer {
  const metadataLocation = entry.Parameters?.metadata_location;
  if (!isIceberg(entry) || metadataLocation === undefined) {
    throw new Error(
      `${formatTable(table)} has table_type "${entry.Parameters?.table_type ?? ''}" in Glue, expected ICEBERG with a metadata_location`,
    );
  }
  if (entry.VersionId === undefined) {
    throw new Error(
      `${formatTable(table)} has no VersionId in Glue, so a commit could not be told from another's`,
    );
  }
  return { metadataLocation, version: entry.VersionId };
}

/** The entry to be written: what is there already, with the pointer and the description put in. */
function tableInput(
  table: TableIdentifier,
  existing: Table | undefined,
  description: TableDescription,
  pointer: Readonly<Record<string, string>>,
): TableInput {
  const text = description.description?.slice(0, descriptionLimit) ?? existing?.Description;
  return {
    Name: table.table,
    ...(text === undefined ? {} : { Description: text }),
    ...(existing?.Owner === undefined ? {} : { Owner: existing.Owner }),
    ...(existing?.PartitionKeys === undefined ? {} : { PartitionKeys: existing.PartitionKeys }),
    ...(existing?.Retention === undefined ? {} : { Retention: existing.Retention }),
    // Athena reads an Iceberg table only if its entry says EXTERNAL_TABLE.
    TableType: 'EXTERNAL_TABLE',
    StorageDescriptor: {
      ...existing?.StorageDescriptor,
      Location: description.location,
      Columns: description.columns.map(glueColumn),
    },
    Parameters: { ...existing?.Parameters, table_type: 'ICEBERG', ...pointer },
  };
}

function glueColumn({ name, type, doc }: TableDescription['columns'][number]): Column {
  return {
    Name: name,
    Type: toGlueType(type),
    ...(doc === undefined ? {} : { Comment: doc.slice(0, commentLimit) }),
  };
}

/** Glue's limits: https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html and API_Column.html. */
const descriptionLimit = 2048;
const commentLimit = 255;
