import type { BronzeContract } from '../contract/contract.ts';
import type { ProgressListener } from '../ports/progress.ts';
import type { IngestEnvironment, LandedFile } from './environment.ts';
import type { LoadReport } from './load-report.ts';

/**
 * Loads landed files of one dataset: every content once, whatever is redelivered, renamed or retried, and all of them in one commit
 * to bronze and one to quarantine. A file that breaks a file-level rule is reported and recorded, and does not hold up the others.
 */
export async function loadFiles(
  _environment: IngestEnvironment,
  _contract: BronzeContract,
  _files: readonly LandedFile[],
  _progress?: ProgressListener,
): Promise<LoadReport> {
  throw new Error('not yet');
}
