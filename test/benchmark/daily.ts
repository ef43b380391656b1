import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planLoad } from '../../bin/load-plan.ts';
import { type Session, withLocalLake } from '../../bin/session.ts';
import { formatTable } from '../../bin/text-table.ts';
import type { Pack } from '../../core/contract/contract.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import { writeGeneratedFiles } from '../../core/generate/write-files.ts';
import type { BuildRows } from '../../core/ports/run-ledger.ts';
import type { RefreshRequest } from '../../core/refresh/payloads.ts';
import { generate } from '../../sql/clickstream/generate.ts';
import { type Cost, describeMachine, measure } from './measure.ts';

/**
 * The refresh after the 30th day of events beside a full one of the same 30 days, in rows and in time: `node
 * test/benchmark/daily.ts [scale]`. The default has about a million events in 30 days.
 */
const [scale = '2.5'] = process.argv.slice(2);
const days = 30;
const work = mkdtempSync(join(tmpdir(), 'shoplake-benchmark-'));

type Refresh = { readonly cost: Cost; readonly rows: Readonly<Record<string, BuildRows>> };

try {
  const { pack } = await loadPack(join(import.meta.dirname, '../../sql/clickstream'));
  const data = join(work, 'data');
  const files = [];
  const folders: string[] = [];
  for (const file of generate({ seed: 1, scale: Number(scale), dirtyShare: 0, days })) {
    const { records } = await writeGeneratedFiles([file], data);
    folders.push(join(data, file.path));
    files.push(records);
  }
  const events = files.reduce((sum, records) => sum + records, 0);
  const lastDay = folders.filter((path) => path.includes('dt=2019-10-30/'));
  await withLocalLake(join(work, 'lake'), [pack], async (session) => {
    const before = folders.filter((path) => !lastDay.includes(path));
    await load(session, pack, before);
    await refresh(session, pack, {});
    await load(session, pack, lastDay);
    const daily = await refresh(session, pack, {});
    const full = await refresh(session, pack, { full: true });
    console.log(`clickstream: ${events} events in ${days} days; ${describeMachine()}\n`);
    print(daily, full);
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function load(session: Session, pack: Pack, paths: readonly string[]): Promise<void> {
  const plan = await planLoad(pack, paths);
  const reports = await session.load(plan.datasets, () => undefined);
  if (reports.length !== paths.length) {
    throw new Error(`${reports.length} files were loaded, expected ${paths.length}`);
  }
}

async function refresh(session: Session, pack: Pack, request: RefreshRequest): Promise<Refresh> {
  const cost = await measure(async () => {
    const { status, message } = await session.refresh(pack, request, () => undefined);
    if (status !== 'succeeded') {
      throw new Error(`the refresh ended ${status}: ${message}`);
    }
  });
  const [run] = await session.lake.runs.listRuns(pack.name, 1);
  return { cost, rows: run?.rows ?? {} };
}

function print(daily: Refresh, full: Refresh): void {
  const kinds = ['read', 'written', 'checked'] as const;
  const tables = Object.keys(full.rows);
  const count = (refreshed: Refresh, table: string, kind: (typeof kinds)[number]) =>
    refreshed.rows[table]?.[kind] ?? 0;
  const line = (name: string, of: readonly string[]) => [
    name,
    ...kinds.flatMap((kind) => {
      const [day, all] = [daily, full].map((refreshed) =>
        of.reduce((sum, table) => sum + count(refreshed, table, kind), 0),
      ) as [number, number];
      return [String(day), String(all), all === 0 ? '' : (day / all).toFixed(3)];
    }),
  ];
  const titles = kinds.flatMap((kind) => [`${kind}, day`, 'full', 'ratio']);
  const table = formatTable(
    [{ title: 'table', align: 'left' }, ...titles.map((title) => ({ title, align: 'right' }) as const)],
    [...tables.map((name) => line(name, [name])), line('all', tables)],
  );
  console.log(table.join('\n'));
  const ratio = (key: keyof Cost) => (daily.cost[key] / full.cost[key]).toFixed(2);
  console.log(
    `\nrefresh after the 30th day ${daily.cost.seconds.toFixed(1)} s, full ${full.cost.seconds.toFixed(1)} s, ratio ${ratio('seconds')}; ` +
      `CPU ${daily.cost.cpuSeconds.toFixed(1)} s and ${full.cost.cpuSeconds.toFixed(1)} s, ratio ${ratio('cpuSeconds')}`,
  );
}
