import type { DuckDBConnection } from '@duckdb/node-api';
import type { ScanPlan } from '../../core/iceberg/scan.ts';

/**
 * A DuckDB table expression (to stand after `from`) that reads the planned files: columns by field id under their present names, deleted rows left
 * out. `localPath` says where a location's file is on this machine.
 */
export async function tableScanSql(
  _connection: DuckDBConnection,
  _plan: ScanPlan,
  _localPath: (location: string) => string,
): Promise<string> {
  throw new Error('not written yet');
}
