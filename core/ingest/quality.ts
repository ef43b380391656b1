import type { StagedFile } from '../csv/stage-csv.ts';
import type { QualityResult, Severity } from '../ports/quality-result.ts';

/** Which load the results are of. */
export type ResultContext = {
  readonly loadId: string;
  readonly checkedAt: number;
  readonly tableName: string;
};

/** What is noticed of a loaded file by check id: rules that only warn, and what its header and size give notice of. */
export function noticesOf({
  header,
  loaded,
  rejected,
  warnings,
}: StagedFile): Readonly<Record<string, number>> {
  return {
    ...warnings,
    ...(header.extra.length === 0 ? {} : { extra_column: header.extra.length }),
    ...(loaded + rejected === 0 ? { no_rows: 1 } : {}),
  };
}

/** Results of a loaded file: rejects by reason, and its notices. */
export function resultsOfLoad(context: ResultContext, staged: StagedFile): readonly QualityResult[] {
  const counts = [...Object.entries(staged.rejects), ...Object.entries(noticesOf(staged))];
  return counts.map(([checkId, rows]) => resultOf(context, checkId, 'warn', rows));
}

/** The result of a file that failed. */
export function resultOfFailure(context: ResultContext, reason: string): QualityResult {
  return resultOf(context, reason, 'error', 1);
}

/** The result of a delivery whose content was loaded before. */
export function resultOfDuplicate(context: ResultContext): QualityResult {
  return resultOf(context, 'duplicate_file', 'info', 1);
}

function resultOf(
  { loadId, checkedAt, tableName }: ResultContext,
  checkId: string,
  severity: Severity,
  failedRows: number,
): QualityResult {
  return {
    runId: loadId,
    checkedAt,
    layer: 'bronze',
    tableName,
    checkId,
    severity,
    status: failedRows === 0 ? 'pass' : 'fail',
    failedRows,
    observed: null,
    expected: null,
  };
}
