import { afterEach, describe, expect, test } from '@jest/globals';
import type { IngestEnvironment, LandedFile } from '../../../core/ingest/environment.ts';
import { loadFiles } from '../../../core/ingest/load-files.ts';
import { bronzeContract } from '../csv/bronze-contract.ts';
import { type IngestLake, listLoads, makeIngestLake } from './ingest-lake.ts';
import { things } from './things.ts';

/** Calls that change something; a load that dies between two others has left nothing behind. */
const changing = new Set([
  'write',
  'writeIfAbsent',
  'upload',
  'remove',
  'ensureDatabase',
  'create',
  'swap',
  'record',
  'addResults',
]);

class CutOff extends Error {}

/** The environment with a fault at the `at`-th changing call: before it takes effect, or after. */
function withFault(environment: IngestEnvironment, at: number, when: 'before' | 'after') {
  const calls: string[] = [];
  const guard = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function' || !changing.has(String(name))) return member;
        return async (...parameters: unknown[]) => {
          // A process that has died makes no further call.
          if (calls.length > at) throw new CutOff('cut off earlier');
          calls.push(String(name));
          if (calls.length === at + 1 && when === 'before')
            throw new CutOff(`cut off before ${String(name)}`);
          const result: unknown = await member.apply(target, parameters);
          if (calls.length === at + 1) throw new CutOff(`cut off after ${String(name)}`);
          return result;
        };
      },
    });
  const { store, catalog, ledger } = environment;
  return {
    calls,
    environment: { ...environment, store: guard(store), catalog: guard(catalog), ledger: guard(ledger) },
  };
}

describe('a load that is cut off and done again', () => {
  const lakes: IngestLake[] = [];
  afterEach(() => {
    for (const lake of lakes.splice(0)) lake.close();
  });

  function prepare(): { lake: IngestLake; files: LandedFile[] } {
    const lake = makeIngestLake();
    lakes.push(lake);
    const files = ['a', 'b'].map((name) =>
      lake.land(`${name}.csv`, `id,name,price,sold_at\n1,${name},,2010-12-01\n2,,,2011-01-01\nx,${name},,\n`),
    );
    return { lake, files: [...files, lake.land('bad.csv', 'x')] };
  }

  async function contentOf(lake: IngestLake): Promise<unknown> {
    const pending = await lake.ledger.pendingResults('test');
    return {
      bronze: await lake.rows(
        'test_bronze',
        'things',
        'select * exclude (loaded_at, source_modified_at) from table order by all',
      ),
      quarantine: await lake.rows(
        'test_bronze',
        'quarantine',
        'select * exclude (loaded_at) from table order by all',
      ),
      ledger: (await listLoads(lake.ledger, 'test'))
        .map(({ sourceFile, outcome }) => ({ sourceFile, outcome }))
        .sort((a, b) => (a.sourceFile < b.sourceFile ? -1 : 1)),
      // What was recorded before the cut is a second delivery afterwards, and noted as one.
      results: pending.results
        .filter(({ checkId }) => checkId !== 'duplicate_file')
        .map(({ checkId, failedRows }) => `${checkId} ${failedRows}`)
        .sort(),
    };
  }

  test('gives the same tables, ledger and results, wherever it was', async () => {
    const whole = prepare();
    const counted = withFault(whole.lake, Number.MAX_SAFE_INTEGER, 'before');
    await loadFiles(counted.environment, things, whole.files);
    const expected = await contentOf(whole.lake);

    for (const [at, name] of counted.calls.entries()) {
      // Of several files written in a row, a cut behind the last stands for all.
      if (counted.calls[at + 1] === name) continue;
      for (const when of name === 'swap' || name === 'record' || name === 'create'
        ? (['before', 'after'] as const)
        : (['after'] as const)) {
        const { lake, files } = prepare();
        const cut = withFault(lake, at, when);
        const isThrown = await loadFiles(cut.environment, things, files).then(
          () => false,
          () => true,
        );
        await loadFiles(lake, things, files);

        const place = `${when} call ${at} (${name})`;
        // Deleting what is not needed any more may fail without harm.
        if (name !== 'remove') expect({ place, isThrown }).toEqual({ place, isThrown: true });
        expect({ place, content: await contentOf(lake) }).toEqual({ place, content: expected });
        lakes.pop()!.close();
      }
    }
  });

  test('is reported, and not torn apart, if the contract changed between quarantine and bronze', async () => {
    const { lake, files } = prepare();
    let swaps = 0;
    const catalog: IngestEnvironment['catalog'] = {
      ...lake.catalog,
      swap: async (...parameters) => {
        swaps += 1;
        if (swaps === 2) throw new CutOff('cut off before the commit to bronze');
        await lake.catalog.swap(...parameters);
      },
    };
    await expect(loadFiles({ ...lake, catalog }, things, files)).rejects.toThrow(CutOff);
    const changed = bronzeContract(things.columns, { partitioning: things.partitioning });

    const report = await loadFiles(lake, changed, files);

    expect(
      report.files.map(({ outcome }) => (outcome.status === 'failed' ? outcome.reason : outcome.status)),
    ).toEqual(['contract_changed', 'contract_changed', 'missing_column']);
    expect(await lake.rows('test_bronze', 'things', 'select * from table')).toEqual([]);
  });
});
