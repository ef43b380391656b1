import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pack } from '../core/contract/contract.ts';
import { QueryFailedError, type QueryResult } from '../core/ports/query-engine.ts';
import { readLakeStatus } from '../core/status/lake-status.ts';
import { listQueries, type OwnedQuery, renderQuery } from './dashboard-query.ts';
import { planLoad } from './load-plan.ts';
import { sumReports } from './load-report.ts';
import { formatOutcome } from './pack-summary.ts';
import { describeError } from './program.ts';
import { withProgress } from './progress-display.ts';
import { packsFolder, readPacks, type Session, withLocalLake } from './session.ts';
import { endWithReader, formatDuration, formatQuantity, type Terminal } from './terminal.ts';
import { countFitting, formatTable, isNumeric } from './text-table.ts';

/** Questions of a pack that are answered here, and rows of each answer. */
const questionsShown = 3;
const rowsShown = 5;
/** Where no terminal says how wide it is. */
const defaultWidth = 110;

/** `npm start`: the sample data of every pack through the whole pipeline, and what came of it. */
async function start(): Promise<boolean> {
  const startedAt = Date.now();
  const packs = (await readPacks(packsFolder)).filter((pack) => existsSync(sampleOf(pack)));
  return withLocalLake('.lake', packs, async (session) => {
    const { lake, terminal } = session;
    let isGood = true;
    for (const pack of packs) {
      isGood = (await runPack(session, pack)) && isGood;
    }
    const answered: OwnedQuery[] = [];
    for (const pack of packs) {
      answered.push(...(await printAnswers(session, pack, packs)));
    }
    const done = `${formatQuantity(packs.length, 'pack')} done in ${formatDuration(Date.now() - startedAt)}`;
    printHeading(terminal, `${done}. The lake is in ${lake.folder}. What to try next:`);
    printNextSteps(terminal, packs, answered);
    return isGood;
  });
}

function sampleOf(pack: Pack): string {
  return join(packsFolder, pack.name, 'sample');
}

/** Loads and refreshes a pack and says how that went; false if something failed. */
async function runPack({ lake, terminal, load, refresh }: Session, pack: Pack): Promise<boolean> {
  const plan = await planLoad(pack, [sampleOf(pack)]);
  const startedAt = Date.now();
  const reports = await withProgress(terminal, (listener) => load(plan.datasets, listener));
  const loadedAt = Date.now();
  const { status, message } = await withProgress(terminal, (listener) => refresh(pack, {}, listener));
  const refreshedAt = Date.now();
  const totals = sumReports(reports);
  const packStatus = (await readLakeStatus(lake, [pack])).packs[0];
  printHeading(terminal, pack.name);
  if (packStatus !== undefined) {
    const outcome = {
      description: pack.description,
      status: packStatus,
      totals,
      loadMilliseconds: loadedAt - startedAt,
      message: status === 'succeeded' ? message : `${status}: ${message}`,
      refreshMilliseconds: refreshedAt - loadedAt,
    };
    printAll(terminal, formatOutcome(outcome, terminal.width ?? defaultWidth));
  }
  for (const { sourceFile, detail } of reports.filter((report) => report.status === 'failed')) {
    terminal.print(`  failed: ${sourceFile}: ${detail}`);
  }
  return status === 'succeeded' && totals.failed === 0;
}

/** Answers a few questions of the pack, those first that have more than one row to show. */
async function printAnswers(
  { lake, terminal }: Session,
  pack: Pack,
  packs: readonly Pack[],
): Promise<readonly OwnedQuery[]> {
  const answers: { readonly asked: OwnedQuery; readonly result: QueryResult }[] = [];
  for (const asked of listQueries([pack])) {
    try {
      const { queryExecutionId } = await lake.engine.run(await renderQuery(asked));
      answers.push({ asked, result: await lake.engine.results(queryExecutionId) });
    } catch (error) {
      // A table that failed its checks in its first run is not there; the pack's block has told of it.
      if (!(error instanceof QueryFailedError)) throw error;
    }
  }
  const telling = answers.filter(({ result }) => result.rows.length > 1);
  const others = answers.filter(({ result }) => result.rows.length === 1);
  const shown = [...telling, ...others].slice(0, questionsShown);
  for (const { asked, result } of shown) {
    printHeading(terminal, `${pack.name}: ${asked.query.question}`);
    printAnswer(terminal, result, commandOf(asked, packs));
  }
  return shown.map(({ asked }) => asked);
}

function printAnswer(terminal: Terminal, { columns, rows }: QueryResult, command: string): void {
  const all = columns.map(
    ({ name, type }) => ({ title: name, align: isNumeric(type) ? 'right' : 'left' }) as const,
  );
  const head = rows.slice(0, rowsShown);
  const width = (terminal.width ?? defaultWidth) - 2;
  const shown = countFitting(all, head, width);
  printAll(terminal, formatTable(all.slice(0, shown), head, { indent: '  ', cellWidth: 40 }));
  const left = [
    ...(rows.length > rowsShown ? [formatQuantity(rows.length - rowsShown, 'more row')] : []),
    ...(all.length > shown ? [formatQuantity(all.length - shown, 'more column')] : []),
  ];
  if (left.length > 0) {
    terminal.print(`  ${left.join(' and ')}: npm run lake -- ${command}`);
  }
}

/** The command that asks the question; it names the pack where another has a query of this name. */
function commandOf({ query }: OwnedQuery, packs: readonly Pack[]): string {
  const isUnique = listQueries(packs).filter((other) => other.query.name === query.name).length === 1;
  return `query --name ${query.name}${isUnique ? '' : ` --pack ${query.pack}`}`;
}

function printNextSteps(terminal: Terminal, packs: readonly Pack[], answered: readonly OwnedQuery[]): void {
  const count = formatQuantity(listQueries(packs).length, 'question');
  const [example] = answered;
  const table = packs.flatMap((pack) =>
    pack.models.filter(({ layer }) => layer === 'gold').map(({ name }) => `${pack.name}_gold.${name}`),
  )[0];
  const steps: readonly (readonly [string, string])[] = [
    ['queries', `${count} that the packs answer`],
    ...(example === undefined ? [] : [[commandOf(example, packs), 'one of them, in full'] as const]),
    ...(table === undefined
      ? []
      : [[`query "select * from ${table} limit 5"`, 'a question of your own'] as const]),
    ['status', 'tables, versions, loads, quarantine and checks'],
    ['watch', 'load and refresh what is dropped into .lake/landing/<pack>/<dataset>/'],
  ];
  const commandWidth = Math.max(...steps.map(([command]) => command.length));
  for (const [command, purpose] of steps) {
    terminal.print(`  npm run lake -- ${command.padEnd(commandWidth)}  ${purpose}`);
  }
}

function printHeading(terminal: Terminal, text: string): void {
  terminal.print('');
  terminal.print(text);
}

function printAll(terminal: Terminal, lines: readonly string[]): void {
  for (const line of lines) {
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
