import type { RefreshEnvironment } from '../environment.ts';
import type { RenderInput, RenderOutput } from '../payloads.ts';
import { renewLease } from '../run-context.ts';
import { openRunStore } from '../run-store.ts';
import { demandShortStatement } from '../statement-length.ts';

/** Hands a SQL text of the runs store to the state that runs it. */
export async function render(environment: RefreshEnvironment, input: RenderInput): Promise<RenderOutput> {
  await renewLease(environment, input.run);
  const store = openRunStore(environment.store, environment.layout.runs, input.run);
  return { sql: demandShortStatement(input.key, await store.readSql(input.key)) };
}
