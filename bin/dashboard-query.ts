import type { DashboardQuery, Pack } from '../core/contract/contract.ts';
import { renderDashboardQuery } from '../core/sql/dashboard-query.ts';
import { prepareParser } from '../core/sql/parse.ts';
import { UsageError } from './command-error.ts';
import { findPack } from './session.ts';

/** A dashboard query and the pack that it belongs to. */
export type OwnedQuery = { readonly pack: Pack; readonly query: DashboardQuery };

/** The dashboard queries of the packs, pack by pack, by name. */
export function listQueries(packs: readonly Pack[]): readonly OwnedQuery[] {
  return packs.flatMap((pack) => pack.queries.map((query) => ({ pack, query })));
}

/** The query of this name, in the pack if one is named. @throws UsageError if there is none, or more than one */
export function findQuery(packs: readonly Pack[], name: string, packName?: string): OwnedQuery {
  const searched = packName === undefined ? packs : [findPack(packs, packName)];
  const [found, ...others] = listQueries(searched).filter(({ query }) => query.name === name);
  if (found === undefined) {
    const place = packName === undefined ? '' : ` in pack ${packName}`;
    throw new UsageError(`no query "${name}"${place}, expected one of those that lake queries lists`);
  }
  if (others.length > 0) {
    const owners = [found, ...others].map(({ pack }) => pack.name).join(', ');
    throw new UsageError(`query "${name}" is in several packs, expected --pack with one of: ${owners}`);
  }
  return found;
}

/** The query's statement in Athena's dialect. */
export async function renderQuery({ pack, query }: OwnedQuery): Promise<string> {
  await prepareParser();
  return renderDashboardQuery(pack, query);
}
