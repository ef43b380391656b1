import { databaseOf, type ScalarType } from '../contract/contract.ts';
import { commitSnapshot } from '../iceberg/commit.ts';
import { type PartitionSpec, partitionSpecOf } from '../iceberg/partition-spec.ts';
import { type Schema, schemaOf } from '../iceberg/schema.ts';
import { createTable, loadTable } from '../iceberg/table.ts';
import { currentSchema, currentSpec } from '../iceberg/table-metadata.ts';
import { writeDataFiles } from '../iceberg/write-data-files.ts';
import { tableLocation } from '../ports/lake-layout.ts';
import type { QualityResult } from '../ports/quality-result.ts';
import { quoteText } from '../sql/render.ts';
import type { RefreshEnvironment } from './environment.ts';
import type { RunReference } from './payloads.ts';
import { icebergOf } from './run-context.ts';

const columns: readonly { readonly name: string; readonly type: ScalarType; readonly doc: string }[] = [
  { name: 'run_id', type: { kind: 'varchar' }, doc: 'Load or pipeline run.' },
  { name: 'checked_at', type: { kind: 'timestamp' }, doc: 'When the check was proven, UTC.' },
  { name: 'layer', type: { kind: 'varchar' }, doc: 'bronze, silver or gold.' },
  { name: 'table_name', type: { kind: 'varchar' }, doc: 'Table in whose contract the check stands.' },
  { name: 'check_id', type: { kind: 'varchar' }, doc: 'Check, as the contract names it.' },
  { name: 'severity', type: { kind: 'varchar' }, doc: 'error, warn or info.' },
  { name: 'status', type: { kind: 'varchar' }, doc: 'pass or fail.' },
  { name: 'failed_rows', type: { kind: 'bigint' }, doc: 'Rows or files that break the check.' },
  { name: 'observed', type: { kind: 'varchar' }, doc: 'One side of a reconciliation.' },
  { name: 'expected', type: { kind: 'varchar' }, doc: 'The other side of a reconciliation.' },
];

const runProperty = 'shoplake.results-of-run';
const markProperty = 'shoplake.results-mark';

/**
 * Appends a run's results, and those of loads that wait in the ledger, to `quality_results` in one commit. Called again for
 * the same run, also at the same time, it appends nothing twice. The snapshot's summary carries the ledger's mark, so that a
 * crash between the commit and the ledger is made good by the next run before it asks for what waits.
 */
export async function appendQualityResults(
  environment: RefreshEnvironment,
  run: RunReference,
  results: readonly QualityResult[],
): Promise<void> {
  while (!(await tryAppend(environment, run, results)));
}

/** False if other results were appended meanwhile: those of this run, or of loads, may be among them. */
async function tryAppend(
  environment: RefreshEnvironment,
  run: RunReference,
  results: readonly QualityResult[],
): Promise<boolean> {
  const io = icebergOf(environment);
  const identifier = { database: databaseOf(run.pack, 'gold'), table: 'quality_results' };
  const location = tableLocation(environment.layout, run.pack, 'gold', identifier.table);
  const schema = schemaOf(columns);
  const table =
    (await loadTable(io, identifier)) ??
    (await createTable(io, identifier, {
      location,
      schema,
      partitionSpec: partitionSpecOf(schema, [{ transform: 'identity', column: 'layer' }]),
      description: 'What every check of every load and run found.',
    }));

  const snapshots = table.metadata.snapshots.toSorted(
    (left, right) => left['timestamp-ms'] - right['timestamp-ms'],
  );
  const lastMark = snapshots.findLast(({ summary }) => markProperty in summary)?.summary[markProperty];
  if (lastMark !== undefined) await environment.loads.settleResults(run.pack, lastMark);
  const pending = await environment.loads.pendingResults(run.pack);
  const isDone = snapshots.some(({ summary }) => summary[runProperty] === run.runId);
  const rows = [...(isDone ? [] : results), ...pending.results];
  if (rows.length === 0) return true;

  const add = await writeResults(environment, rows, {
    location,
    schema: currentSchema(table.metadata),
    partitionSpec: currentSpec(table.metadata),
  });
  const known = new Set(snapshots.map((snapshot) => snapshot['snapshot-id']));
  const { status } = await commitSnapshot(io, identifier, async (current) => {
    // What is appended here was decided without knowing of these.
    const isOvertaken = current.metadata.snapshots.some(
      (snapshot) => runProperty in snapshot.summary && !known.has(snapshot['snapshot-id']),
    );
    return isOvertaken
      ? undefined
      : {
          operation: 'append',
          add,
          summary: {
            [runProperty]: run.runId,
            ...(pending.results.length === 0 ? {} : { [markProperty]: pending.mark }),
          },
        };
  });
  if (status === 'unchanged') {
    await environment.store.remove(add.map(({ path }) => path));
    return false;
  }
  if (pending.results.length > 0) await environment.loads.settleResults(run.pack, pending.mark);
  return true;
}

async function writeResults(
  environment: RefreshEnvironment,
  results: readonly QualityResult[],
  target: { readonly location: string; readonly schema: Schema; readonly partitionSpec: PartitionSpec },
) {
  const connection = await environment.openConnection();
  try {
    return await writeDataFiles(connection, {
      select: selectRows(results),
      schema: target.schema,
      partitionSpec: target.partitionSpec,
      tableLocation: target.location,
      folder: '',
      scratch: environment.scratch,
      store: environment.store,
    });
  } finally {
    connection.closeSync();
  }
}

function selectRows(results: readonly QualityResult[]): string {
  const text = (value: string | null) => (value === null ? 'null' : quoteText(value));
  const rows = results.map((result) =>
    [
      text(result.runId),
      `make_timestamp(${Math.round(result.checkedAt) * 1000})`,
      text(result.layer),
      text(result.tableName),
      text(result.checkId),
      text(result.severity),
      text(result.status),
      `${Math.round(result.failedRows)}::bigint`,
      `${text(result.observed)}::varchar`,
      `${text(result.expected)}::varchar`,
    ].join(', '),
  );
  const names = columns.map(({ name }) => name).join(', ');
  return `select * from (values ${rows.map((row) => `(${row})`).join(', ')}) as results(${names})`;
}
