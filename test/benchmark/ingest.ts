import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createFolderStore } from '../../adapters/local/folder-store.ts';
import { openSqliteCatalog } from '../../adapters/local/sqlite-catalog.ts';
import { openSqliteLoadLedger } from '../../adapters/local/sqlite-load-ledger.ts';
import type { BronzeContract } from '../../core/contract/contract.ts';
import { loadPack } from '../../core/contract/load-pack.ts';
import { loadFiles } from '../../core/ingest/load-files.ts';
import { systemClock } from '../../core/ports/clock.ts';
import { bronzeContract, column } from '../core/csv/bronze-contract.ts';

/**
 * Time of a whole load (`loadFiles`, commits included) against plain DuckDB, `read_csv` to Parquet, of the same files in the same
 * run: `node test/benchmark/ingest.ts [folder of retail CSV files] [runs]`.
 */
const [source = join(import.meta.dirname, '../../sql/retail/sample/invoices'), runs = '5'] =
  process.argv.slice(2);
const retailRows = 541_909;
const eventRows = 1_000_000;
const work = mkdtempSync(join(tmpdir(), 'shoplake-benchmark-'));

try {
  const retail = await loadPack(join(import.meta.dirname, '../../sql/retail'));
  await compare('retail', writeRetail(join(work, 'retail')), retail.pack.bronze[0]!);
  await compare('events', writeEvents(join(work, 'events')), events());
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function compare(name: string, files: readonly string[], contract: BronzeContract): Promise<void> {
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const plain: number[] = [];
  const whole: number[] = [];
  let rows = 0;
  for (let run = 0; run < Number(runs); run += 1) {
    plain.push(await timed(() => copyPlain(files)));
    const folder = join(work, `lake-${name}-${run}`);
    whole.push(
      await timed(async () => {
        rows = await loadInto(folder, contract, files);
      }),
    );
    rmSync(folder, { recursive: true, force: true });
  }
  const [plainTime, wholeTime] = [median(plain), median(whole)];
  console.log(
    `${name}: ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB in ${files.length} files, ${availableParallelism()} cores, medians of ${runs} runs: ` +
      `plain ${plainTime.toFixed(0)} ms (${spread(plain)}), load ${wholeTime.toFixed(0)} ms (${spread(whole)}), ` +
      `throughput ${(plainTime / wholeTime).toFixed(2)} of plain`,
  );
}

async function copyPlain(files: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const list = files.map((file) => `'${file}'`).join(', ');
  await connection.run(
    `copy (select * from read_csv([${list}])) to '${join(work, 'plain.parquet')}' (format parquet, compression zstd)`,
  );
  connection.disconnectSync();
  instance.closeSync();
}

async function loadInto(folder: string, contract: BronzeContract, files: readonly string[]): Promise<number> {
  mkdirSync(folder);
  const catalog = openSqliteCatalog(join(folder, 'catalog.db'));
  using ledger = openSqliteLoadLedger(join(folder, 'ledger.db'));
  const root = (layer: string) => `file://${folder}/${layer}`;
  const report = await loadFiles(
    {
      store: createFolderStore(),
      catalog,
      ledger,
      clock: systemClock,
      scratch: join(folder, 'tmp'),
      layout: {
        landing: root('landing'),
        bronze: root('bronze'),
        silver: root('silver'),
        gold: root('gold'),
        runs: root('runs'),
      },
    },
    contract,
    files.map((file, index) => ({ location: `file://${file}`, sourceFile: `${index}.csv` })),
  );
  catalog.close();
  return report.files.reduce(
    (sum, { outcome }) => sum + (outcome.status === 'loaded' ? outcome.loadedRows : 0),
    0,
  );
}

/** The given files' lines, over and over; a copy's first line differs, or it would be a duplicate. */
function writeRetail(folder: string): readonly string[] {
  mkdirSync(folder);
  const texts = readdirSync(source)
    .filter((name) => name.endsWith('.csv') && !name.includes('errors'))
    .map((name) => readFileSync(join(source, name), 'utf8').trimEnd().split('\n'));
  const header = texts[0]![0]!;
  const lines = texts.flatMap((text) => text.slice(1));
  const perFile = Math.ceil(retailRows / 12);
  const files: string[] = [];
  for (let written = 0; written < retailRows; written += perFile) {
    const count = Math.min(perFile, retailRows - written);
    const part = Array.from({ length: count }, (_, index) => lines[(written + index) % lines.length]!);
    files.push(join(folder, `part-${files.length}.csv`));
    writeFileSync(files.at(-1)!, `${[header, ...part].join('\n')}\n`);
  }
  return files;
}

function writeEvents(folder: string): readonly string[] {
  mkdirSync(folder);
  const kinds = ['view', 'view', 'view', 'cart', 'purchase'];
  const start = Date.UTC(2019, 9, 1);
  const files: string[] = [];
  for (let part = 0; part < 4; part += 1) {
    const lines = [
      'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session',
    ];
    for (let index = 0; index < eventRows / 4; index += 1) {
      const number = part * (eventRows / 4) + index;
      const time = new Date(start + number * 800).toISOString().slice(0, 19).replace('T', ' ');
      const session = (number * 2_654_435_761).toString(16).padStart(12, '0').slice(-12);
      lines.push(
        `${time} UTC,${kinds[number % 5]},${1_000_000 + (number % 9_973)},20530135583${String(number % 31_337).padStart(8, '0')},` +
          `${number % 3 === 0 ? '' : 'electronics.smartphone'},${number % 7 === 0 ? '' : 'brand'},${(number % 100_000) / 100},` +
          `${500_000_000 + (number % 65_537)},72d76fde-8bb3-4e00-8c23-${session}`,
      );
    }
    files.push(join(folder, `part-${part}.csv`));
    writeFileSync(files.at(-1)!, `${lines.join('\n')}\n`);
  }
  return files;
}

function events(): BronzeContract {
  const required = { required: true };
  return bronzeContract(
    [
      column('event_time', 'timestamp(6)', required),
      column('event_type', 'varchar', { ...required, letterCase: 'lower' }),
      column('product_id', 'bigint', { ...required, minimum: '1' }),
      column('category_id', 'bigint'),
      column('category_code', 'varchar'),
      column('brand', 'varchar'),
      column('price', 'decimal(18, 2)', { ...required, minimum: '0', maximum: '1000000' }),
      column('user_id', 'bigint', { ...required, minimum: '1' }),
      column('user_session', 'varchar'),
    ],
    {
      header: 'all',
      partitioning: [{ transform: 'day', column: 'event_time' }],
      rules: [
        {
          id: 'B-1',
          action: 'reject',
          columns: ['event_type'],
          description: 'Unknown event.',
          brokenWhen: "event_type not in ('view', 'cart', 'remove_from_cart', 'purchase')",
        },
        {
          id: 'B-2',
          action: 'warn',
          columns: [],
          description: 'No session.',
          brokenWhen: 'user_session is null',
        },
      ],
    },
  );
}

async function timed(action: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function spread(times: readonly number[]): string {
  return `${Math.min(...times).toFixed(0)}-${Math.max(...times).toFixed(0)}`;
}
