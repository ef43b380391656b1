import type { LakeStatus, PackStatus, TableStatus } from '../core/status/lake-status.ts';
import { formatCount, formatQuantity, formatTime } from './terminal.ts';
import { formatTable, type TextColumn } from './text-table.ts';

const left = (title: string): TextColumn => ({ title, align: 'left' });
const right = (title: string): TextColumn => ({ title, align: 'right' });

/** The status as lines for a person. */
export function formatStatus(status: LakeStatus, width: number | undefined): readonly string[] {
  const lines = status.packs.flatMap((pack) => [...formatPack(pack, status, width), '']);
  return lines.slice(0, -1);
}

function formatPack(pack: PackStatus, status: LakeStatus, width: number | undefined): readonly string[] {
  const held = new Set(status.holds.map(({ table }) => table));
  return [
    `pack ${pack.pack}`,
    '',
    ...formatTables(pack.tables, held, width),
    '',
    ...formatLoads(pack, width),
    ...section('Quarantine', formatQuarantine(pack, width)),
    ...section(
      `Failing checks, beside ${formatCount(pack.passedChecks)} that passed`,
      formatChecks(pack, width),
    ),
    ...section('Unpublished snapshots (query with --at)', formatUnpublished(pack.tables, width)),
    ...section('Latest runs', formatRuns(pack, width)),
  ];
}

/** Layers, rows and versions of the tables. */
function formatTables(
  tables: readonly TableStatus[],
  held: ReadonlySet<string>,
  width: number | undefined,
): readonly string[] {
  return formatTable(
    [left('table'), right('rows'), left('published (UTC)'), left('snapshot'), left('')],
    tables.map(({ table, published }) => [
      table,
      published?.rows == null ? null : formatCount(published.rows),
      published === null ? 'not built yet' : formatTime(published.at),
      published?.snapshotId ?? null,
      held.has(table) ? 'held since its rollback' : null,
    ]),
    { indent: '  ', width },
  );
}

function formatLoads(pack: PackStatus, width: number | undefined): readonly string[] {
  const { loadedFiles, loadedRows, quarantinedRows, latestAt, failedFiles } = pack.loads;
  const latest = latestAt === null ? '' : `, the latest ${formatTime(latestAt)}`;
  return [
    `Loads: ${formatQuantity(loadedFiles, 'file')} with ${formatQuantity(loadedRows, 'row')} in bronze and ` +
      `${formatCount(quarantinedRows)} in quarantine${latest}`,
    ...section(
      'Files that failed',
      formatTable(
        [left('dataset'), left('file'), left('reason'), left('detail')],
        failedFiles.map(({ dataset, sourceFile, reason, detail }) => [dataset, sourceFile, reason, detail]),
        { indent: '  ', width, cellWidth: 100 },
      ),
      failedFiles.length,
    ),
  ];
}

/** Rows in quarantine by reason. */
function formatQuarantine(pack: PackStatus, width: number | undefined): readonly string[] {
  return pack.quarantine.length === 0
    ? []
    : formatTable(
        [left('dataset'), left('reason'), right('rows')],
        pack.quarantine.map(({ dataset, reason, rows }) => [dataset, reason, formatCount(rows)]),
        { indent: '  ', width },
      );
}

/** Checks that fail, the gravest first; without those that only repeat the quarantine. */
export function listFailingChecks(pack: PackStatus): PackStatus['failingChecks'] {
  const reasons = new Set(pack.quarantine.map(({ reason }) => reason));
  return pack.failingChecks.filter(({ layer, checkId }) => layer !== 'bronze' || !reasons.has(checkId));
}

function formatChecks(pack: PackStatus, width: number | undefined): readonly string[] {
  const checks = listFailingChecks(pack);
  return checks.length === 0
    ? []
    : formatTable(
        [left('severity'), left('table'), left('check'), right('rows'), left('observed'), left('expected')],
        checks.map((check) => [
          check.severity,
          `${check.layer}.${check.tableName}`,
          check.checkId,
          formatCount(check.failedRows),
          check.observed,
          check.expected,
        ]),
        { indent: '  ', width },
      );
}

function formatUnpublished(tables: readonly TableStatus[], width: number | undefined): readonly string[] {
  const rows = tables.flatMap(({ table, unpublished }) =>
    unpublished.map(({ snapshotId, rows: count, at }) => [
      table,
      snapshotId,
      count === null ? null : formatCount(count),
      formatTime(at),
    ]),
  );
  return rows.length === 0
    ? []
    : formatTable([left('table'), left('snapshot'), right('rows'), left('staged (UTC)')], rows, {
        indent: '  ',
        width,
      });
}

function formatRuns(pack: PackStatus, width: number | undefined): readonly string[] {
  return pack.runs.length === 0
    ? []
    : formatTable(
        [
          left('run'),
          left('started (UTC)'),
          left('status'),
          right('rows read'),
          right('written'),
          left('message'),
        ],
        pack.runs.map(({ runId, startedAt, status, rows, message }) => [
          runId,
          formatTime(startedAt),
          status,
          formatSum(Object.values(rows ?? {}).map(({ read }) => read)),
          formatSum(Object.values(rows ?? {}).map(({ written }) => written)),
          message,
        ]),
        { indent: '  ', width, cellWidth: 120 },
      );
}

/** The sum of a run's counts; nothing where there are none. */
function formatSum(counts: readonly (number | undefined)[]): string | null {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? null : formatCount(known.reduce((sum, count) => sum + count, 0));
}

function section(title: string, lines: readonly string[], count = lines.length): readonly string[] {
  return count === 0 ? [] : ['', `${title}:`, ...lines];
}
