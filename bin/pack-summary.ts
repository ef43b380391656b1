import type { PackStatus } from '../core/status/lake-status.ts';
import { formatTotals, type LoadTotals } from './load-report.ts';
import { listFailingChecks } from './status-report.ts';
import { formatCount, formatDuration, formatQuantity } from './terminal.ts';

/** What became of a pack, from its files to its tables. */
export type PackOutcome = {
  readonly description: string;
  readonly status: PackStatus;
  readonly totals: LoadTotals;
  readonly loadMilliseconds: number;
  /** Of the refresh. */
  readonly message: string;
  readonly refreshMilliseconds: number;
};

const labelWidth = 12;

/**
 * A few lines on a pack: its description, what was loaded and what was not and why, its tables and their rows, its checks,
 * the time.
 */
export function formatOutcome(outcome: PackOutcome, width: number): readonly string[] {
  const { status, totals } = outcome;
  const tablesOf = (layer: string) =>
    status.tables.filter((table) => table.layer === layer && !isKept(table.table)).map(describeTable);
  return [
    ...fill(outcome.description.split(/\s+/), ' ', width - 2).map((line) => `  ${line}`),
    ...entry('load', [`${formatTotals(totals)} in ${formatDuration(outcome.loadMilliseconds)}`], width),
    ...entry('quarantine', describeQuarantine(status), width),
    ...entry('refresh', [`${outcome.message} in ${formatDuration(outcome.refreshMilliseconds)}`], width),
    ...entry('bronze', tablesOf('bronze'), width),
    ...entry('silver', tablesOf('silver'), width),
    ...entry('gold', tablesOf('gold'), width),
    ...entry('checks', describeChecks(status), width),
  ];
}

/** Tables that the pipeline keeps itself: their content is what the other lines tell. */
function isKept(table: string): boolean {
  return /\.(quarantine|quality_results)$/.test(table);
}

function describeTable({ table, published }: PackStatus['tables'][number]): string {
  const name = table.slice(table.indexOf('.') + 1);
  return published === null ? `${name} not built` : `${name} ${formatCount(published.rows ?? 0)}`;
}

function describeQuarantine({ quarantine }: PackStatus): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { reason, rows } of quarantine) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + rows);
  }
  const texts = [...reasons].map(([reason, rows]) => `${reason} ${formatCount(rows)}`);
  return texts.length === 0 ? ['nothing'] : texts;
}

/** Findings of severity `info` are no news. */
function describeChecks(status: PackStatus): readonly string[] {
  const found = listFailingChecks(status)
    .filter(({ severity }) => severity !== 'info')
    .map(
      ({ severity, layer, tableName, checkId, failedRows }) =>
        `${severity} ${checkId} of ${layer}.${tableName}: ${formatQuantity(failedRows, 'row')}`,
    );
  const passed = `${formatCount(status.passedChecks)} passed`;
  return found.length === 0
    ? [`${passed}, none found anything`]
    : [`${passed}, ${formatCount(found.length)} found something: ${found[0]}`, ...found.slice(1)];
}

/** A label and texts beside it. */
function entry(label: string, texts: readonly string[], width: number): readonly string[] {
  return fill(texts, ', ', width - 2 - labelWidth).map(
    (line, index) => `  ${(index === 0 ? label : '').padEnd(labelWidth)}${line}`,
  );
}

/** Texts in lines, as many in each as there is room for. */
function fill(texts: readonly string[], separator: string, width: number): readonly string[] {
  const lines: string[] = [];
  // Every line but the last ends with the separator's sign.
  const room = width - separator.trimEnd().length;
  for (const text of texts) {
    const last = lines.at(-1);
    if (last === undefined || last.length + separator.length + text.length > room) {
      lines.push(text);
    } else {
      lines[lines.length - 1] = `${last}${separator}${text}`;
    }
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line}${separator.trimEnd()}` : line));
}
