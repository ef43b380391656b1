import type { QueryEngine } from '../ports/query-engine.ts';
import type { BuildRows } from '../ports/run-ledger.ts';
import type { RunOutcomes } from './publication.ts';

/** Rows that each table's build has read, checked and written, as far as the engine counts them. */
export async function countBuildRows(
  engine: QueryEngine,
  { tables }: RunOutcomes,
): Promise<Readonly<Record<string, BuildRows>>> {
  const counted: [string, BuildRows][] = [];
  for (const [table, outcome] of tables) {
    if (outcome.state !== 'attached' && outcome.state !== 'judged') continue;
    const queries = outcome.queries ?? [];
    const audits = outcome.state === 'judged' ? queries.slice(-1) : [];
    const read = await sumScanned(engine, queries.slice(0, queries.length - audits.length));
    const checked = await sumScanned(engine, audits);
    counted.push([
      table,
      {
        written: outcome.writtenRows ?? 0,
        ...(read === undefined ? {} : { read }),
        ...(checked === undefined ? {} : { checked }),
      },
    ]);
  }
  return Object.fromEntries(counted);
}

async function sumScanned(engine: QueryEngine, queries: readonly string[]): Promise<number | undefined> {
  if (queries.length === 0 || engine.scannedRows === undefined) return undefined;
  let sum = 0;
  for (const query of queries) {
    sum += await engine.scannedRows(query);
  }
  return sum;
}
