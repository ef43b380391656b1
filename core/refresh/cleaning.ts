import type { ObjectInfo } from '../ports/object-store.ts';
import type { RefreshEnvironment } from './environment.ts';
import type { RunReference } from './payloads.ts';
import { type AttemptPlan, readJson } from './run-store.ts';

/** No statement and no step runs as long as this: what a run left behind then is of nobody any more. */
const abandonedAfterMilliseconds = 6 * 3600 * 1000;
/** Plans, results and snapshots that failed their checks can be looked at for some days. */
const forgottenAfterMilliseconds = 7 * 24 * 3600 * 1000;

/**
 * Removes what earlier runs of the pack left behind: files and staging tables of tries that never came to be attached, and in
 * the end the plans. Files of a try that may have been attached are never touched, since a snapshot may hold them: those
 * that none holds are Iceberg's orphans, for its own maintenance.
 */
export async function removeLeftovers(environment: RefreshEnvironment, current: RunReference): Promise<void> {
  const now = environment.clock.now();
  const prefix = `${environment.layout.runs}/${current.pack}/`;
  const runs = new Map<string, ObjectInfo[]>();
  for await (const object of environment.store.list(prefix)) {
    const rest = object.location.slice(prefix.length);
    const runId = rest.split('/')[0] ?? '';
    if (!rest.includes('/') || runId === current.runId) continue;
    const objects = runs.get(runId) ?? [];
    objects.push(object);
    runs.set(runId, objects);
  }
  for (const objects of runs.values()) {
    const idle = now - Math.max(...objects.map(({ modifiedAt }) => modifiedAt));
    if (idle < abandonedAfterMilliseconds) continue;
    await removeAttempts(environment, objects, idle >= forgottenAfterMilliseconds);
    if (idle >= forgottenAfterMilliseconds) {
      await environment.store.remove(objects.map(({ location }) => location));
    }
  }
}

async function removeAttempts(
  { catalog, store }: RefreshEnvironment,
  objects: readonly ObjectInfo[],
  isForgotten: boolean,
): Promise<void> {
  const locations = new Set(objects.map(({ location }) => location));
  const plans = [...locations].filter((location) => /\/attempts\/.+\/plan\.json$/.test(location));
  for (const location of plans) {
    const folder = location.slice(0, -'plan.json'.length);
    const wasAttached = locations.has(`${folder}attaching`);
    if (wasAttached && !isForgotten) continue;
    const plan = await readJson<AttemptPlan>(store, location);
    if (plan === undefined) continue;
    await catalog.forget(plan.staging);
    if (wasAttached) continue;
    const files: string[] = [];
    for await (const file of store.list(plan.location)) files.push(file.location);
    await store.remove(files);
    await store.remove([location]);
  }
}
