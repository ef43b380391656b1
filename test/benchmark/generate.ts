import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommandLine } from '../../bin/program.ts';
import { generate } from '../../sql/clickstream/generate.ts';
import { type Cost, describeMachine, measure } from './measure.ts';

/**
 * The memory that generation takes as the scale grows, and `lake generate clickstream` beside writing the same bytes from memory in
 * the same run: `node test/benchmark/generate.ts [scale] [runs]`.
 */
const [scale = '2', runs = '3'] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'shoplake-benchmark-'));

try {
  console.log(describeMachine());
  for (const each of [1, 10, 110]) {
    await weigh(each);
  }
  for (let run = 0; run < Number(runs); run += 1) {
    await compare(join(work, `run-${run}`));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The process' greatest size only grows: what a greater scale adds shows. */
async function weigh(of: number): Promise<void> {
  let rows = 0;
  const cost = await measure(async () => {
    for (const { records } of generate({ seed: 1, scale: of, dirtyShare: 0, days: 1 })) {
      for (const { count = 1 } of records) {
        rows += count;
      }
    }
  });
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `scale ${of}, first day, not written: ${formatRate(rows, cost)}; greatest size of the process so far ${memory} MB`,
  );
}

async function compare(folder: string): Promise<void> {
  const data = join(folder, 'generated');
  const generating = await measure(async () => {
    const status = await runCommandLine(['generate', 'clickstream', '--out', data, '--scale', scale]);
    if (status !== 0) {
      throw new Error(`lake generate ended with ${status}`);
    }
  });

  const files = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.csv'))
    .map((name) => ({ name, bytes: readFileSync(join(data, name)) }));
  const writing = await measure(async () => {
    for (const { name, bytes } of files) {
      const path = join(folder, 'written', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
  });
  const rows = files.reduce((sum, { bytes }) => sum + countRows(bytes), 0);
  console.log(
    `lake generate --scale ${scale}: ${formatRate(rows, generating)}; the same bytes written in ` +
      `${writing.seconds.toFixed(1)} s, CPU ${writing.cpuSeconds.toFixed(1)} s`,
  );
  rmSync(folder, { recursive: true, force: true });
}

function formatRate(rows: number, { seconds, cpuSeconds }: Cost): string {
  const rate = (time: number) => `${Math.round(rows / time / 1000)},000`;
  return `${rows} rows, ${rate(seconds)} a second on the clock, ${rate(cpuSeconds)} a second of CPU`;
}

function countRows(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    lines += 1;
  }
  return lines - 1;
}
