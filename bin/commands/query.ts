import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { QueryResult } from '../../core/ports/query-engine.ts';
import { tokenize } from '../../core/sql/source.ts';
import { addStewardOption, audienceOf } from '../audience.ts';
import { UsageError } from '../command-error.ts';
import { findQuery, renderQuery } from '../dashboard-query.ts';
import { readAtSnapshot } from '../query-at.ts';
import { formatResultCsv, formatResultJson, formatResultTable } from '../result-format.ts';
import { type GlobalOptions, readPacks, type Session, withLake } from '../session.ts';
import { parseSnapshot } from '../table-argument.ts';
import { formatQuantity } from '../terminal.ts';

type QueryOptions = GlobalOptions & {
  readonly format: 'table' | 'csv' | 'json' | 'parquet';
  readonly out?: string;
  readonly at?: bigint;
  readonly name?: string;
  readonly pack?: string;
};

/** `lake query`: a select in Athena's dialect, or a dashboard query by its name. */
export function addQueryCommand(program: Command): void {
  addStewardOption(program.command('query'))
    .description("run a select in Athena's dialect")
    .argument('[sql]', 'the statement')
    .option('--name <query>', 'in place of a statement, the dashboard query of this name')
    .option('--pack <pack>', 'the pack of that query, where several have one of its name')
    .addOption(
      new Option('--format <format>', 'form of the result')
        .choices(['table', 'csv', 'json', 'parquet'])
        .default('table'),
    )
    .option('--out <file>', 'write to this file; table is for the screen only')
    .option(
      '--at <snapshot>',
      'read the table that has this snapshot as it was there, published or not',
      parseSnapshot,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ lake query "select * from retail_gold.daily_sales where country = 'France'"
  $ lake query --name best_customers --pack retail
  $ lake query "select * from retail_gold.daily_sales" --format parquet --out daily.parquet
  $ lake query "select count(*) from retail_gold.daily_sales" --at 3051729675574597004
  $ lake --stage dev query "select count(*) from retail_gold.daily_sales"`,
    )
    .action(async (given: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<QueryOptions>();
      refuseMisfits(given, options);
      const packs = await readPacks(resolve(options.packs));
      const asked = options.name === undefined ? undefined : findQuery(packs, options.name, options.pack);
      const sql = asked === undefined ? (given ?? '') : await renderQuery(asked);
      refuseStatements(sql);
      await withLake(
        command,
        async (session) => {
          const { lake, terminal } = session;
          if (asked !== undefined) {
            terminal.note(asked.query.question);
          }
          const statement = options.at === undefined ? sql : await readAtSnapshot(lake, sql, options.at);
          await (options.out === undefined
            ? printResult(session, statement, options.format)
            : writeResult(session, statement, options.format, options.out));
        },
        audienceOf(command),
      );
    });
}

function refuseMisfits(sql: string | undefined, { format, out, name, pack }: QueryOptions): void {
  if (sql !== undefined && name !== undefined) {
    throw new UsageError(`a statement and --name ${name} are given, expected one of them`);
  }
  if (sql === undefined && name === undefined) {
    throw new UsageError('expected a statement, or --name QUERY');
  }
  if (pack !== undefined && name === undefined) {
    throw new UsageError('--pack expects --name QUERY');
  }
  if (format === 'parquet' && out === undefined) {
    throw new UsageError('--format parquet expects --out FILE');
  }
  if (format === 'table' && out !== undefined) {
    throw new UsageError('--out expects --format csv, json or parquet');
  }
}

/** The engine runs other statements for refreshes; a person's could only do harm. */
function refuseStatements(sql: string): void {
  const first = tokenize(sql)[0]?.text.toLowerCase() ?? '';
  if (!['select', 'with', 'values', '('].includes(first)) {
    throw new UsageError(`the statement begins with "${first}", expected a select`);
  }
}

async function printResult(
  { lake, terminal }: Session,
  sql: string,
  format: QueryOptions['format'],
): Promise<void> {
  const { queryExecutionId } = await lake.engine.run(sql);
  const result = await lake.engine.results(queryExecutionId);
  for (const line of formatLines(result, format, terminal.width)) {
    terminal.print(line);
  }
  if (format === 'table') {
    terminal.note(`(${formatQuantity(result.rows.length, 'row')})`);
  }
}

function formatLines(
  result: QueryResult,
  format: QueryOptions['format'],
  width: number | undefined,
): readonly string[] {
  if (format === 'csv') {
    return formatResultCsv(result);
  }
  return format === 'json' ? formatResultJson(result) : formatResultTable(result, width);
}

async function writeResult(
  { lake, terminal }: Session,
  sql: string,
  format: QueryOptions['format'],
  out: string,
): Promise<void> {
  const { rows } = await lake.engine.copyTo(sql, {
    file: resolve(out),
    format: format as 'csv' | 'json' | 'parquet',
  });
  terminal.note(`${formatQuantity(rows, 'row')} written to ${out}`);
}
