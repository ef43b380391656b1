import { formatCount, formatQuantity } from './terminal.ts';
import { formatTable } from './text-table.ts';

/** What became of one file. */
export type FileReport = {
  readonly dataset: string;
  readonly sourceFile: string;
  readonly status: 'loaded' | 'already loaded' | 'failed';
  readonly loadedRows: number;
  readonly quarantinedRows: number;
  /** Why it failed, or which content it repeats. */
  readonly detail: string | null;
};

/** Sums over files. */
export type LoadTotals = {
  readonly loaded: number;
  readonly alreadyLoaded: number;
  readonly failed: number;
  readonly loadedRows: number;
  readonly quarantinedRows: number;
};

/** Adds up what became of files; rows are those of the files that were loaded now. */
export function sumReports(reports: readonly FileReport[]): LoadTotals {
  const loaded = reports.filter(({ status }) => status === 'loaded');
  return {
    loaded: loaded.length,
    alreadyLoaded: reports.filter(({ status }) => status === 'already loaded').length,
    failed: reports.filter(({ status }) => status === 'failed').length,
    loadedRows: loaded.reduce((sum, report) => sum + report.loadedRows, 0),
    quarantinedRows: loaded.reduce((sum, report) => sum + report.quarantinedRows, 0),
  };
}

/** Up to this many files, each has its line; of more, only those that want attention. */
const filesListed = 20;

/** The files, and the sums in the last line. */
export function formatReports(reports: readonly FileReport[], width: number | undefined): readonly string[] {
  const wantsAttention = (report: FileReport) => report.status === 'failed' || report.quarantinedRows > 0;
  const listed =
    reports.length <= filesListed ? reports : reports.filter(wantsAttention).slice(0, filesListed);
  return [...(listed.length === 0 ? [] : listFiles(listed, width)), formatTotals(sumReports(reports))];
}

function listFiles(reports: readonly FileReport[], width: number | undefined): readonly string[] {
  return formatTable(
    [
      { title: 'file', align: 'left' },
      { title: 'status', align: 'left' },
      { title: 'rows', align: 'right' },
      { title: 'quarantined', align: 'right' },
      { title: '', align: 'left' },
    ],
    reports.map((report) => [
      `${report.dataset}/${report.sourceFile}`,
      report.status,
      report.status === 'failed' ? null : formatCount(report.loadedRows),
      report.status === 'failed' ? null : formatCount(report.quarantinedRows),
      report.detail,
    ]),
    { width, cellWidth: 120 },
  );
}

/** `5 files loaded (5,133 rows, 6 quarantined), 1 already loaded`. */
export function formatTotals(totals: LoadTotals): string {
  const parts = [
    totals.loaded === 0
      ? 'nothing new loaded'
      : `${formatQuantity(totals.loaded, 'file')} loaded (${formatQuantity(totals.loadedRows, 'row')}, ` +
        `${formatCount(totals.quarantinedRows)} quarantined)`,
    ...(totals.alreadyLoaded === 0 ? [] : [`${formatQuantity(totals.alreadyLoaded, 'file')} already loaded`]),
    ...(totals.failed === 0 ? [] : [`${formatQuantity(totals.failed, 'file')} failed`]),
  ];
  return parts.join(', ');
}
