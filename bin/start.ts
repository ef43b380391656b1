import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalLake } from '../adapters/local/local-lake.ts';
import { databaseOf, type ModelContract, type Pack } from '../core/contract/contract.ts';
import type { QueryResult } from '../core/ports/query-engine.ts';
import { formatTable as formatTableName, type TableIdentifier } from '../core/ports/table-catalog.ts';
import { type PackStatus, readLakeStatus } from '../core/status/lake-status.ts';
import { planLoad } from './load-plan.ts';
import { formatReports, sumReports } from './load-report.ts';
import { describeError } from './program.ts';
import { withProgress } from './progress-display.ts';
import { packsFolder, readPacks, type Session, withLocalLake } from './session.ts';
import { formatChecks, formatQuarantine, formatTables } from './status-report.ts';
import { endWithReader, formatDuration, type Terminal } from './terminal.ts';
import { countFitting, formatTable, isNumeric } from './text-table.ts';

/** Rows shown of each gold table. */
const headRows = 5;
/** Gold tables are wide: columns that have no room in this many characters are left out of the heads. */
const headWidth = 110;

/** `npm start`: the sample data of every pack through the whole pipeline, and a summary. */
async function start(): Promise<boolean> {
  const startedAt = Date.now();
  const packs = (await readPacks(packsFolder)).filter((pack) => existsSync(sampleOf(pack)));
  return withLocalLake('.lake', packs, async (session) => {
    const { lake, terminal } = session;
    let isGood = true;
    for (const pack of packs) {
      isGood = (await runPack(session, pack)) && isGood;
    }
    for (const status of (await readLakeStatus(lake, packs)).packs) {
      printSummary(status, terminal);
    }
    for (const pack of packs) {
      await printHeads(lake, pack, terminal);
    }
    heading(
      terminal,
      `Done in ${formatDuration(Date.now() - startedAt)}. The lake is in ${lake.folder}; ask it something:`,
    );
    const table = packs.flatMap(goldTables)[0];
    if (table !== undefined) {
      terminal.print(`  npm run lake -- query "select * from ${table.name} limit 5"`);
    }
    terminal.print('  npm run lake -- status');
    return isGood;
  });
}

function sampleOf(pack: Pack): string {
  return join(packsFolder, pack.name, 'sample');
}

async function runPack({ terminal, load, refresh }: Session, pack: Pack): Promise<boolean> {
  heading(terminal, `${pack.name}: load and refresh`);
  const plan = await planLoad(pack, [sampleOf(pack)]);
  const reports = await withProgress(terminal, (listener) => load(plan.datasets, listener));
  const totals = sumReports(reports);
  for (const line of formatReports(reports, terminal.width)) {
    terminal.print(line);
  }
  const { status, message } = await withProgress(terminal, (listener) => refresh(pack, {}, listener));
  terminal.print(`refresh ${status}: ${message}`);
  return status === 'succeeded' && totals.failed === 0;
}

function printSummary(pack: PackStatus, terminal: Terminal): void {
  heading(terminal, `${pack.pack}: tables`);
  printAll(terminal, formatTables(pack.tables, new Set(), terminal.width));
  heading(terminal, `${pack.pack}: quarantine by reason`);
  printAll(terminal, formatQuarantine(pack, terminal.width), '  none');
  heading(terminal, `${pack.pack}: checks that found something`);
  printAll(terminal, formatChecks(pack, terminal.width), '  none');
}

async function printHeads(lake: LocalLake, pack: Pack, terminal: Terminal): Promise<void> {
  for (const { identifier, name, model } of goldTables(pack)) {
    if ((await lake.catalog.load(identifier)) === undefined) {
      continue;
    }
    const { queryExecutionId } = await lake.engine.run(
      `select ${headColumns(model).join(', ')} from ${name} order by ${headOrder(model).join(', ')} limit ${headRows}`,
    );
    heading(terminal, name);
    printHead(await lake.engine.results(queryExecutionId), terminal);
  }
}

function goldTables(pack: Pack): readonly GoldTable[] {
  return pack.models
    .filter(({ layer }) => layer === 'gold')
    .map((model) => {
      const identifier = { database: databaseOf(pack.name, 'gold'), table: model.name };
      return { identifier, name: formatTableName(identifier), model };
    });
}

type GoldTable = {
  readonly identifier: TableIdentifier;
  readonly name: string;
  readonly model: ModelContract;
};

/** The best first where the table has a rank, else by its key. */
function headOrder(model: ModelContract): readonly string[] {
  const rank = model.columns.find(({ name }) => name.endsWith('_rank'));
  return [...(rank === undefined ? [] : [rank.name]), ...model.key];
}

/** What a row is of, then what is said of it; tables list their columns by type. */
function headColumns(model: ModelContract): readonly string[] {
  return [...new Set([...model.key, ...model.columns.map(({ name }) => name)])];
}

function printHead({ columns, rows }: QueryResult, terminal: Terminal): void {
  const all = columns.map(
    ({ name, type }) => ({ title: name, align: isNumeric(type) ? 'right' : 'left' }) as const,
  );
  const shown = countFitting(all, rows, terminal.width ?? headWidth);
  printAll(terminal, formatTable(all.slice(0, shown), rows, { indent: '  ', cellWidth: 40 }));
  if (shown < all.length) {
    terminal.print(
      `  and ${all.length - shown} more columns: ${all
        .slice(shown)
        .map(({ title }) => title)
        .join(', ')}`,
    );
  }
}

function heading(terminal: Terminal, text: string): void {
  terminal.print('');
  terminal.print(text);
}

function printAll(terminal: Terminal, lines: readonly string[], ifNone?: string): void {
  for (const line of lines.length === 0 && ifNone !== undefined ? [ifNone] : lines) {
    terminal.print(line);
  }
}

endWithReader();
try {
  process.exitCode = (await start()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${describeError(error, false)}\n`);
  process.exitCode = 1;
}
