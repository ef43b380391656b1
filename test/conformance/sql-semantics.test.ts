import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createAthenaQueryEngine } from '../../adapters/aws/athena-query-engine.ts';
import { QueryFailedError, type QueryResult } from '../../core/ports/query-engine.ts';
import { type CloudResources, createCloudResources } from './support/cloud-resources.ts';
import { runInTurns } from './support/run-in-turns.ts';

/** What a statement must answer, as the local engine's tests use it too. */
type SemanticsCase = {
  readonly id: string;
  readonly sql: string;
  readonly types?: readonly string[];
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly error?: string;
};

const folder = join(import.meta.dirname, '../fixtures/sql-semantics');
const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly SemanticsCase[]);

describe('Athena', () => {
  let cloud: CloudResources;
  const outcomes = new Map<string, PromiseSettledResult<QueryResult>>();

  beforeAll(async () => {
    cloud = await createCloudResources();
    const engine = createAthenaQueryEngine({ athena: cloud.clients.athena, workGroup: cloud.workGroup });
    const settled = await runInTurns(cases, 4, async ({ sql }) => {
      const { queryExecutionId } = await engine.run(sql);
      return await engine.results(queryExecutionId);
    });
    cases.forEach(({ id }, index) => {
      outcomes.set(id, settled[index] as PromiseSettledResult<QueryResult>);
    });
  });
  afterAll(async () => {
    await cloud.remove();
  });

  test.each(cases.map((semantics) => [semantics.id, semantics] as const))(
    'answers %s as the local engine is held to',
    (id, semantics) => {
      const outcome = outcomes.get(id);

      if (semantics.error !== undefined) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(QueryFailedError) });
        return;
      }
      if (outcome?.status !== 'fulfilled') {
        throw outcome?.reason;
      }
      // The cases write SQL's NULL as the word.
      const rows = outcome.value.rows.map((row) => row.map((value) => value ?? 'null'));
      expect([semantics.rows, ...(laterAnswers[id] ?? [])]).toContainEqual(rows);
      expect(outcome.value.columns.map(({ type }) => type)).toEqual(semantics.types?.map(athenaName));
    },
  );
});

/**
 * Answers that changed between Trino's releases, all of which Athena may give. 476 takes blanks around an integer, which
 * 435 does not; text in the tables is trimmed when it is loaded.
 */
const laterAnswers: Readonly<Record<string, readonly (readonly (readonly string[])[])[]>> = {
  try_cast_: [[['null', '1.50', 'null', '12', 'null']]],
};

/** Athena's result metadata names a type without its length or precision, decimals excepted. */
function athenaName(type: string): string {
  return type.startsWith('decimal') ? type : type.replace(/\(.*\)/, '');
}
