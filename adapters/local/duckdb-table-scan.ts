import type { DuckDBConnection } from '@duckdb/node-api';
import type { DataFile } from '../../core/iceberg/data-file.ts';
import { transformOf } from '../../core/iceberg/partition-spec.ts';
import type { ScanPlan, ScanTask } from '../../core/iceberg/scan.ts';
import { primitiveOf, type SchemaField } from '../../core/iceberg/schema.ts';
import { specById } from '../../core/iceberg/table-metadata.ts';
import { formatValue } from '../../core/iceberg/value-text.ts';
import { duckdbType } from '../../core/iceberg/write-data-files.ts';
import { quoteIdentifier, quoteText } from '../../core/sql/quoting.ts';

/** How a file's columns are found: by the ids in the file, or, for a file without ids, by name. */
type FileColumns = {
  /** Field id by name in the file; undefined where the column has none. */
  readonly ids: ReadonlyMap<string, number | undefined>;
};

/** Files are never changed once written, so what was seen of one stays true. */
const seenFiles = new Map<string, FileColumns>();
const mostSeenFiles = 50_000;

/**
 * A DuckDB table expression (to stand after `from`) that reads the planned files: columns by field id under their present names, deleted rows left
 * out. `localPath` says where a location's file is on this machine.
 * @throws for a nested column, and for files without field ids where the table has no name mapping
 */
export async function tableScanSql(
  connection: DuckDBConnection,
  plan: ScanPlan,
  localPath: (location: string) => string,
): Promise<string> {
  const { fields } = plan.schema;
  if (plan.tasks.length === 0) {
    const empty = fields.map(
      (field) => `cast(null as ${duckdbType(field)}) as ${quoteIdentifier(field.name)}`,
    );
    return `(select ${empty.join(', ')} where false)`;
  }
  await inspectFiles(
    connection,
    plan.tasks.map((task) => localPath(task.file.path)),
  );
  const groups = Map.groupBy(plan.tasks, (task) => groupKey(plan, task, localPath));
  const parts = Array.from(groups.values(), (tasks) => groupSql(plan, tasks, localPath));
  return `(${parts.join(' union all ')})`;
}

/** Files that one `read_parquet` can read: the same deletes, the same constants, and columns found in the same way. */
function groupKey(plan: ScanPlan, task: ScanTask, localPath: (location: string) => string): string {
  const columns = seenFiles.get(localPath(task.file.path))!;
  const deletes = task.deletes.map((file) => file.path).sort();
  return JSON.stringify([deletes, sourcesOf(plan, task.file, columns)]);
}

/** Where a column's values come from in a file: a field id, a name, a constant of the partition, or nowhere. */
type ColumnSource =
  | { readonly by: 'id' | 'absent' }
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'constant'; readonly sql: string };

function sourcesOf(plan: ScanPlan, file: DataFile, columns: FileColumns): readonly ColumnSource[] {
  const ids = new Set(Array.from(columns.ids.values()).filter((id) => id !== undefined));
  const mapping = ids.size === 0 ? nameMapping(plan) : undefined;
  if (ids.size === 0 && mapping === undefined) {
    throw new Error(
      `${file.path}: the file has no field ids and the table no schema.name-mapping.default, expected one of them`,
    );
  }
  return plan.schema.fields.map((field): ColumnSource => {
    if (ids.has(field.id)) return { by: 'id' };
    const name = mapping?.get(field.id)?.find((candidate) => columns.ids.has(candidate));
    if (name !== undefined) return { by: 'name', name };
    return partitionConstant(plan, file, field) ?? { by: 'absent' };
  });
}

/** The value of a column that the file leaves out because its partition says it (files taken over from Hive). */
function partitionConstant(plan: ScanPlan, file: DataFile, field: SchemaField): ColumnSource | undefined {
  const spec = specById(plan.metadata, file.specId);
  const index = spec.fields.findIndex(
    (candidate) => candidate['source-id'] === field.id && transformOf(candidate).kind === 'identity',
  );
  const value = index < 0 ? null : (file.partition[index] ?? null);
  if (value === null) return undefined;
  return {
    by: 'constant',
    sql: `cast(${quoteText(formatValue(primitiveOf(field), value))} as ${duckdbType(field)})`,
  };
}

function nameMapping(plan: ScanPlan): ReadonlyMap<number, readonly string[]> | undefined {
  const text = plan.metadata.properties['schema.name-mapping.default'];
  if (text === undefined) return undefined;
  const mapped = JSON.parse(text) as readonly {
    readonly 'field-id'?: number;
    readonly names: readonly string[];
  }[];
  return new Map(
    mapped.flatMap((item) => (item['field-id'] === undefined ? [] : [[item['field-id'], item.names]])),
  );
}

function groupSql(
  plan: ScanPlan,
  tasks: readonly ScanTask[],
  localPath: (location: string) => string,
): string {
  const { fields } = plan.schema;
  const first = tasks[0]!;
  const columns = seenFiles.get(localPath(first.file.path))!;
  const sources = sourcesOf(plan, first.file, columns);
  const byName = sources.some((source) => source.by === 'name') || !hasIds(columns);
  const files = `[${tasks.map((task) => pathLiteral(localPath(task.file.path))).join(', ')}]`;
  const deleted = first.deletes.length > 0;
  const options = [
    // Named by id, so that no column can be taken for DuckDB's own `filename` and `file_row_number`.
    ...(byName ? ['union_by_name = true'] : [`schema = map {${idMap(fields, sources)}}`]),
    'hive_partitioning = false',
    ...(deleted ? ["filename = '__file'", 'file_row_number = true'] : []),
  ];
  const selected = fields.map((field, index) => {
    const source = sources[index]!;
    return `${sourceSql(source, field)} as ${quoteIdentifier(field.name)}`;
  });
  const rows = `read_parquet(${files}, ${options.join(', ')})`;
  if (!deleted) return `select ${selected.join(', ')} from ${rows}`;
  const taskPaths = tasks.map(
    (task) => `(${quoteText(localPath(task.file.path))}, ${quoteText(task.file.path)})`,
  );
  const deleteFiles = `[${first.deletes.map((file) => pathLiteral(localPath(file.path))).join(', ')}]`;
  // A delete file names data files by location; rows know the local path they were read from.
  return `select ${selected.join(', ')} from ${rows} as data where not exists (
    select 1 from read_parquet(${deleteFiles}, hive_partitioning = false) as gone
    join (values ${taskPaths.join(', ')}) as file (local_path, location) on file.location = gone.file_path
    where file.local_path = data.__file and gone.pos = data.file_row_number)`;
}

function hasIds(columns: FileColumns): boolean {
  return Array.from(columns.ids.values()).some((id) => id !== undefined);
}

function idMap(fields: readonly SchemaField[], sources: readonly ColumnSource[]): string {
  const wanted = fields.filter((_, index) => sources[index]!.by === 'id');
  // A map must hold something, also where no column of the schema is in the file: then an id that no file has.
  if (wanted.length === 0) return `2147483000: {name: 'c0', type: 'integer', default_value: null}`;
  return wanted
    .map(
      (field) =>
        `${field.id}: {name: 'c${field.id}', type: ${quoteText(duckdbType(field))}, default_value: null}`,
    )
    .join(', ');
}

function sourceSql(source: ColumnSource, field: SchemaField): string {
  switch (source.by) {
    case 'id':
      return `c${field.id}`;
    case 'name':
      return `cast(${quoteIdentifier(source.name)} as ${duckdbType(field)})`;
    case 'constant':
      return source.sql;
    case 'absent':
      return `cast(null as ${duckdbType(field)})`;
  }
}

/** Reads the top-level columns and field ids of files not seen yet. */
async function inspectFiles(connection: DuckDBConnection, paths: readonly string[]): Promise<void> {
  const unseen = [...new Set(paths)].filter((path) => !seenFiles.has(path));
  if (unseen.length === 0) return;
  const reader = await connection.runAndReadAll(
    `select file_name, name, field_id, num_children from parquet_schema([${unseen.map(pathLiteral).join(', ')}])
     order by file_name, column_id`,
  );
  const ids = new Map<string, Map<string, number | undefined>>();
  // The schema is listed depth first: a node's children follow it, so nested columns' inner fields are skipped by count.
  let pending = 0;
  for (const row of reader.getRowObjectsJS()) {
    const file = String(row.file_name);
    const children = Number(row.num_children ?? 0);
    const columns = ids.get(file);
    if (columns === undefined) {
      ids.set(file, new Map());
      pending = 0;
      continue;
    }
    const isTopLevel = pending === 0;
    pending += children - (isTopLevel ? 0 : 1);
    if (isTopLevel) columns.set(String(row.name), row.field_id === null ? undefined : Number(row.field_id));
  }
  if (seenFiles.size + ids.size > mostSeenFiles) seenFiles.clear();
  for (const path of new Set(paths)) {
    const found = ids.get(path);
    if (found !== undefined) seenFiles.set(path, { ids: found });
  }
  const missing = paths.filter((path) => !seenFiles.has(path));
  if (missing.length > 0) await inspectFiles(connection, missing);
}

/** A path as `read_parquet` takes it: characters of patterns stand for themselves. */
function pathLiteral(path: string): string {
  return quoteText(path.replace(/[[*?]/g, '[$&]'));
}
