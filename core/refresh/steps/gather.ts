import { renderGroupAudit } from '../audit-statement.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { planLevels } from '../levels.ts';
import type { GatherInput, GatherOutput } from '../payloads.ts';
import { dueChecks } from '../publication.ts';
import { readOutcomes, resumeRun, tableReader } from '../run-context.ts';

/** Writes the query that proves the checks across tables which are complete with a level. */
export async function gather(environment: RefreshEnvironment, input: GatherInput): Promise<GatherOutput> {
  const context = await resumeRun(environment, input.run);
  const level = planLevels(context.graph).find(({ name }) => name === input.group);
  if (level === undefined) throw new Error(`there is no group of checks "${input.group}"`);
  const outcomes = await readOutcomes(context);
  const checks = dueChecks(level.checks, outcomes);
  if (checks.length === 0) return { action: 'done', auditSql: '' };
  const read = tableReader(context, outcomes);
  return { action: 'audit', auditSql: await renderGroupAudit(context, read, input.group, checks) };
}
