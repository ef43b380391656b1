import { tablesOf } from '../../sql/graph.ts';
import { renderRunAudit } from '../audit-statement.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { planLevels } from '../levels.ts';
import type { GatherInput, GatherOutput } from '../payloads.ts';
import { dueChecks } from '../publication.ts';
import { nodeNamed, readOutcomes, resumeRun, tableReader } from '../run-context.ts';
import { formatReference } from '../run-store.ts';

/** Writes the query that proves the checks across tables which are complete with a level. */
export async function gather(environment: RefreshEnvironment, input: GatherInput): Promise<GatherOutput> {
  const context = await resumeRun(environment, input.run);
  const level = planLevels(context.graph).find(({ name }) => name === input.group);
  if (level === undefined) throw new Error(`there is no group of checks "${input.group}"`);
  const outcomes = await readOutcomes(context);
  const checks = dueChecks(level.checks, outcomes);
  const [table] = checks.flatMap(tablesOf);
  if (table === undefined) return { action: 'done', auditSql: '' };
  const read = tableReader(context, outcomes);
  // An audit is a table's: its own checks come along, and are not read again.
  const node = nodeNamed(context.graph, formatReference(table));
  return {
    action: 'audit',
    auditSql: await renderRunAudit(context, read, node, checks, `checks across ${input.group}`),
  };
}
