import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planLoad } from '../../bin/load-plan.ts';
import { withLocalLake } from '../../bin/session.ts';
import { formatTable } from '../../bin/text-table.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import { writeGeneratedFiles } from '../../core/generate/write-files.ts';
import { generate } from '../../sql/clickstream/generate.ts';
import { describeMachine, formatTimes, median, timed } from './measure.ts';
import { writePackPlainly } from './plain-pack.ts';

/**
 * Load and refresh of generated events, with all that belongs to it (validation, quarantine, Iceberg, checks), beside plain
 * DuckDB that writes the same tables to Parquet, in turns in one run: `node test/benchmark/refresh.ts [scale] [runs]`. At scale
 * 1 a million events are 61 days.
 */
const [scale = '1', runs = '3'] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'shoplake-benchmark-'));

try {
  const { pack } = await loadPack(join(import.meta.dirname, '../../sql/clickstream'));
  const data = join(work, 'data');
  const written = await writeGeneratedFiles(generate({ seed: 1, scale: Number(scale), dirtyShare: 0 }), data);
  const load: number[] = [];
  const refresh: number[] = [];
  const plainBronze: number[] = [];
  const plainModels: number[] = [];
  for (let run = 0; run < Number(runs); run += 1) {
    const folder = join(work, `plain-${run}`);
    const times = await writePackPlainly(pack, join(data, 'events/*/*.csv'), folder, {
      asOf: '2019-11-30',
      timestampFormat: '%Y-%m-%d %H:%M:%S UTC',
    });
    const bronze = times.get('bronze.events_raw')!;
    plainBronze.push(bronze);
    plainModels.push([...times.values()].reduce((sum, time) => sum + time, 0) - bronze);
    rmSync(folder, { recursive: true, force: true });

    await withLocalLake(join(work, `lake-${run}`), [pack], async (session) => {
      const plan = await planLoad(pack, [data]);
      load.push(await timed(() => session.load(plan.datasets, () => undefined)));
      refresh.push(
        await timed(async () => {
          const { status, message } = await session.refresh(pack, {}, () => undefined);
          if (status !== 'succeeded') {
            throw new Error(`the refresh ended ${status}: ${message}`);
          }
        }),
      );
    });
    rmSync(join(work, `lake-${run}`), { recursive: true, force: true });
  }

  const both = (first: readonly number[], second: readonly number[]) =>
    first.map((value, run) => value + second[run]!);
  const row = (name: string, plain: readonly number[], lake: readonly number[]) => [
    name,
    formatTimes(plain),
    formatTimes(lake),
    (median(lake) / median(plain)).toFixed(2),
  ];
  console.log(
    `clickstream: ${written.records} events, ${(written.bytes / 1e6).toFixed(0)} MB in ${written.files} files; ` +
      `${describeMachine()}; medians of ${runs} runs\n`,
  );
  const table = formatTable(
    [
      { title: 'step', align: 'left' },
      { title: 'plain DuckDB', align: 'right' },
      { title: 'lake', align: 'right' },
      { title: 'ratio', align: 'right' },
    ],
    [
      row('bronze (load)', plainBronze, load),
      row('silver and gold (refresh)', plainModels, refresh),
      row('both', both(plainBronze, plainModels), both(load, refresh)),
    ],
  );
  console.log(table.join('\n'));
} finally {
  rmSync(work, { recursive: true, force: true });
}
