import type { QueryResult } from '../../ports/query-engine.ts';
import { type CheckNode, tablesOf } from '../../sql/graph.ts';
import type { RefreshEnvironment } from '../environment.ts';
import { auditingTable, planLevels } from '../levels.ts';
import type { JudgeInput, JudgeOutput } from '../payloads.ts';
import { dueChecks } from '../publication.ts';
import { nodeNamed, type RunContext, readOutcomes, resumeRun } from '../run-context.ts';
import { type CheckVerdict, formatReference } from '../run-store.ts';
import { explainError } from '../state-error.ts';

/** Checks that every table has by its contract (spec: C1 key, C2 not null, C3 not empty). */
const contractChecks = ['C1', 'C2', 'C3'];

/** Reads what an audit found, or records why there is nothing to audit. */
export async function judge(environment: RefreshEnvironment, input: JudgeInput): Promise<JudgeOutput> {
  const context = await resumeRun(environment, input.run);
  const { store } = context;
  if ('error' in input) {
    const reason = explainError(input.error);
    if ('table' in input) await store.writeOutcome(input.table, { state: 'failed', reason });
    else await store.writeGroup(input.group, { state: 'failed', reason });
    return { verdict: 'failed' };
  }
  const result = await environment.engine.results(input.queryExecutionId);
  const verdicts =
    'table' in input
      ? judgeTable(context, input.table, result)
      : await judgeGroup(context, input.group, result);
  const checkedAt = environment.clock.now();
  if ('table' in input) {
    const outcome = await store.readOutcome(input.table);
    if (outcome?.state !== 'attached' && outcome?.state !== 'judged') {
      throw new Error(`${input.table} has nothing attached that could be judged`);
    }
    if (outcome.attempt !== input.attempt) {
      throw new Error(
        `${input.table} has try ${outcome.attempt} attached, expected ${input.attempt}, whose audit this is`,
      );
    }
    // As a set: a Judge whose answer was lost is called again.
    const queries = [...new Set([...(outcome.queries ?? []), input.queryExecutionId])];
    await store.writeOutcome(input.table, { ...outcome, state: 'judged', verdicts, checkedAt, queries });
  } else {
    await store.writeGroup(input.group, {
      state: 'judged',
      verdicts,
      checkedAt,
      queries: [input.queryExecutionId],
    });
  }
  const isFailed = verdicts.some(({ status, severity }) => status === 'fail' && severity === 'error');
  return { verdict: isFailed ? 'failed' : 'passed' };
}

function judgeTable({ graph }: RunContext, table: string, result: QueryResult): readonly CheckVerdict[] {
  const node = nodeNamed(graph, table);
  const checks = graph.checks.filter((check) => auditingTable(graph, check) === node);
  const answers = readAnswers(result);
  const owned = [...answers.keys()].filter((id) => contractChecks.includes(id));
  return [
    ...owned.map((checkId) => ({
      ...demandAnswer(answers, checkId),
      checkId,
      severity: 'error' as const,
      owner: table,
      tables: [table],
    })),
    ...checks.map((check) => formVerdict(check, answers)),
  ];
}

async function judgeGroup(
  context: RunContext,
  group: string,
  result: QueryResult,
): Promise<readonly CheckVerdict[]> {
  const level = planLevels(context.graph).find(({ name }) => name === group);
  const checks = dueChecks(level?.checks ?? [], await readOutcomes(context));
  const answers = readAnswers(result);
  return checks.map((check) => formVerdict(check, answers));
}

type Answer = Pick<CheckVerdict, 'status' | 'failedRows' | 'observed' | 'expected'>;

function formVerdict(check: CheckNode, answers: ReadonlyMap<string, Answer>): CheckVerdict {
  const owner = formatReference(check.owner);
  const tables = tablesOf(check).map(formatReference);
  return {
    ...demandAnswer(answers, check.check.id),
    checkId: check.check.id,
    severity: check.check.severity,
    owner,
    tables: tables.length > 0 ? tables : [owner],
  };
}

function demandAnswer(answers: ReadonlyMap<string, Answer>, checkId: string): Answer {
  const answer = answers.get(checkId);
  if (answer === undefined) throw new Error(`the audit has no row for check ${checkId}`);
  return answer;
}

function readAnswers({ columns, rows }: QueryResult): ReadonlyMap<string, Answer> {
  const index = (name: string) => {
    const found = columns.findIndex((column) => column.name === name);
    if (found < 0) throw new Error(`the audit has no column "${name}"`);
    return found;
  };
  const [id, failed] = [index('check_id'), index('failed_rows')];
  const [observed, expected] = [index('observed'), index('expected')];
  return new Map(
    rows.map((row) => {
      const failedRows = Number(row[failed] ?? 0);
      return [
        row[id] ?? '',
        {
          status: failedRows > 0 ? 'fail' : 'pass',
          failedRows,
          observed: row[observed] ?? null,
          expected: row[expected] ?? null,
        },
      ];
    }),
  );
}
