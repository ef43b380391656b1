import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planLoad } from '../../bin/load-plan.ts';
import { withLocalLake } from '../../bin/session.ts';
import { formatTable } from '../../bin/text-table.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import { writeGeneratedFiles } from '../../core/generate/write-files.ts';
import { generate } from '../../sql/clickstream/generate.ts';
import { addCosts, type Cost, describeMachine, formatSpread, measure, median } from './measure.ts';
import { writePackPlainly } from './plain-pack.ts';

/**
 * Load and refresh of generated events, with all that belongs to it (validation, quarantine, Iceberg, checks), beside plain
 * DuckDB that writes the same tables to Parquet, in turns in one run: `node test/benchmark/refresh.ts [scale] [runs]`. At scale
 * 1 a million events are 61 days.
 */
const [scale = '1', runs = '3'] = process.argv.slice(2);
type Figures = { readonly seconds: readonly number[]; readonly cpuSeconds: readonly number[] };
const work = mkdtempSync(join(tmpdir(), 'shoplake-benchmark-'));

try {
  const { pack } = await loadPack(join(import.meta.dirname, '../../sql/clickstream'));
  const data = join(work, 'data');
  const written = await writeGeneratedFiles(generate({ seed: 1, scale: Number(scale), dirtyShare: 0 }), data);
  const plain = { load: [] as Cost[], refresh: [] as Cost[] };
  const lake = { load: [] as Cost[], refresh: [] as Cost[] };
  for (let run = 0; run < Number(runs); run += 1) {
    const folder = join(work, `plain-${run}`);
    const { bronze, models } = await writePackPlainly(pack, join(data, 'events/*/*.csv'), folder, {
      asOf: '2019-11-30',
      timestampFormat: '%Y-%m-%d %H:%M:%S UTC',
    });
    plain.load.push(bronze);
    plain.refresh.push(models);
    rmSync(folder, { recursive: true, force: true });

    await withLocalLake(join(work, `lake-${run}`), [pack], async (session) => {
      const plan = await planLoad(pack, [data]);
      lake.load.push(await measure(() => session.load(plan.datasets, () => undefined)));
      lake.refresh.push(
        await measure(async () => {
          const { status, message } = await session.refresh(pack, {}, () => undefined);
          if (status !== 'succeeded') {
            throw new Error(`the refresh ended ${status}: ${message}`);
          }
        }),
      );
    });
    rmSync(join(work, `lake-${run}`), { recursive: true, force: true });
  }

  const both = ({ load, refresh }: typeof plain) => load.map((cost, run) => addCosts(cost, refresh[run]!));
  const row = (name: string, ofPlain: readonly Cost[], ofLake: readonly Cost[]) => {
    const [first, second] = [figuresOf(ofPlain), figuresOf(ofLake)];
    const ratio = (key: keyof Figures) => (median(second[key]) / median(first[key])).toFixed(2);
    return [
      name,
      formatSpread(first.seconds),
      formatSpread(second.seconds),
      ratio('seconds'),
      formatSpread(first.cpuSeconds),
      formatSpread(second.cpuSeconds),
      ratio('cpuSeconds'),
    ];
  };
  console.log(
    `clickstream: ${written.records} events, ${(written.bytes / 1e6).toFixed(0)} MB in ${written.files} files; ` +
      `${describeMachine()}; seconds on the clock and of the processors, medians of ${runs} runs\n`,
  );
  const titles = ['plain, s', 'lake, s', 'ratio', 'plain, CPU s', 'lake, CPU s', 'ratio'];
  const table = formatTable(
    [{ title: 'step', align: 'left' }, ...titles.map((title) => ({ title, align: 'right' }) as const)],
    [
      row('bronze (load)', plain.load, lake.load),
      row('silver and gold (refresh)', plain.refresh, lake.refresh),
      row('both', both(plain), both(lake)),
    ],
  );
  console.log(table.join('\n'));
} finally {
  rmSync(work, { recursive: true, force: true });
}

function figuresOf(costs: readonly Cost[]): Figures {
  return {
    seconds: costs.map(({ seconds }) => seconds),
    cpuSeconds: costs.map(({ cpuSeconds }) => cpuSeconds),
  };
}
