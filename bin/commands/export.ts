import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { formatTable, type TableIdentifier } from '../../core/ports/table-catalog.ts';
import { addStewardOption, audienceOf } from '../audience.ts';
import { type GlobalOptions, withLake } from '../session.ts';
import { addTableCommand, requireTable } from '../table-argument.ts';
import { formatQuantity } from '../terminal.ts';

type ExportOptions = GlobalOptions & { readonly format: 'csv' | 'json' | 'parquet'; readonly out: string };

/** `lake export`: a whole table as one file. */
export function addExportCommand(program: Command): void {
  addStewardOption(addTableCommand(program, 'export', 'write a whole table to a file'))
    .addOption(
      new Option('--format <format>', 'form of the file')
        .choices(['csv', 'json', 'parquet'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', 'the file')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lake export retail_gold.daily_sales --format csv --out daily_sales.csv\n' +
        '  $ lake --stage dev export retail_gold.daily_sales --format parquet --out daily.parquet\n\n' +
        'From a stage, rows come a thousand a call: that suits tables of up to a few million rows.',
    )
    .action(async (table: TableIdentifier, _options: unknown, command: Command) => {
      const { format, out } = command.optsWithGlobals<ExportOptions>();
      await withLake(
        command,
        async ({ lake, terminal }) => {
          await requireTable(lake.catalog, table);
          const sql = `select * from "${table.database}"."${table.table}"`;
          const { rows } = await lake.engine.copyTo(sql, { file: resolve(out), format });
          terminal.note(`${formatQuantity(rows, 'row')} of ${formatTable(table)} written to ${out}`);
        },
        audienceOf(command),
      );
    });
}
