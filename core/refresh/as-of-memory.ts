import type { RefreshEnvironment } from './environment.ts';
import { factsOf } from './lineage.ts';
import { formatReference, readJson, writeJson } from './run-store.ts';

type Memory = { readonly facts: Readonly<Record<string, string>>; readonly asOf: string | null };

/**
 * The default `as_of` of these snapshots of the silver facts, if it was asked for before: the same snapshots have the same
 * greatest event date, so that a refresh of nothing new runs no query. Null: there is no fact. Undefined: not known.
 */
export async function recallAsOf(
  environment: RefreshEnvironment,
  snapshotOf: (table: string) => string | null,
): Promise<string | null | undefined> {
  const memory = await readJson<Memory>(environment.store, memoryLocation(environment));
  const facts = factSnapshots(environment, snapshotOf);
  if (Object.keys(facts).length === 0) return null;
  return memory !== undefined && sameRecord(memory.facts, facts) ? memory.asOf : undefined;
}

/** Remembers the answer for {@link recallAsOf}. */
export async function rememberAsOf(
  environment: RefreshEnvironment,
  snapshotOf: (table: string) => string | null,
  asOf: string | null,
): Promise<void> {
  const memory: Memory = { facts: factSnapshots(environment, snapshotOf), asOf };
  await writeJson(environment.store, memoryLocation(environment), memory);
}

function factSnapshots(
  { pack }: RefreshEnvironment,
  snapshotOf: (table: string) => string | null,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    factsOf(pack).map((fact) => {
      const name = formatReference(fact);
      return [name, snapshotOf(name) ?? ''];
    }),
  );
}

function sameRecord(
  left: Readonly<Record<string, string>>,
  right: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

function memoryLocation({ layout, pack }: RefreshEnvironment): string {
  return `${layout.runs}/${pack.name}/as-of.json`;
}
