import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { columnsOfTable } from '../../core/contract/columns-of-table.ts';
import {
  type BronzeContract,
  databaseOf,
  type Layer,
  type Pack,
  type TableReference,
} from '../../core/contract/contract.ts';
import { formatScalarType } from '../../core/contract/scalar-type.ts';
import { readTableGraph } from '../../core/sql/graph.ts';
import { SESSION_STATEMENTS } from '../../core/sql/macros.ts';
import { renderSelect } from '../../core/sql/render.ts';
import { transpileQuery } from '../../core/sql/transpile.ts';
import { type Cost, measure } from './measure.ts';

/** What a plain build took. */
export type PlainCosts = { readonly bronze: Cost; readonly models: Cost };

/**
 * Writes a pack's tables as anyone would with DuckDB alone: bronze by `read_csv`, silver and gold by the pack's own selects, one
 * Parquet file each. No validation but DuckDB's own, no quarantine, no partitions, no checks, no Iceberg.
 * @param timestampFormat of the CSV files, as DuckDB names it
 */
export async function writePackPlainly(
  pack: Pack,
  csv: string,
  folder: string,
  options: { readonly asOf: string; readonly timestampFormat: string },
): Promise<PlainCosts> {
  const { graph, problems } = await readTableGraph(pack);
  if (graph === undefined) {
    throw new Error(problems.map((problem) => problem.message).join('\n'));
  }
  await mkdir(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: join(folder, 'tmp') });
  const connection = await instance.connect();
  try {
    for (const statement of SESSION_STATEMENTS) {
      await connection.run(statement);
    }
    for (const layer of ['bronze', 'silver', 'gold'] as const) {
      await connection.run(`create schema ${databaseOf(pack.name, layer)}`);
    }
    const write = ({ layer, name }: TableReference, select: string): Promise<void> =>
      writeTable(connection, `${databaseOf(pack.name, layer)}.${name}`, select, folder);
    const statements: { readonly table: TableReference; readonly sql: string }[] = [];
    for (const { model } of graph.nodes) {
      const sql = await renderSelect(model, {
        pack,
        resolve: ({ layer, name }) => ({ database: databaseOf(pack.name, layer), table: name }),
        asOf: options.asOf,
        runId: 'plain',
        builtAt: 0,
      });
      const translated = await transpileQuery(sql, {
        mode: 'query',
        resolve: async ({ database, table }) => ({
          columns: columnsOf(pack, database, table),
          duckdb: `${database}.${table}`,
        }),
      });
      statements.push({ table: model, sql: translated.sql });
    }
    const bronze = await measure(async () => {
      for (const contract of pack.bronze) {
        await write(contract, readCsv(contract, csv, options.timestampFormat));
      }
    });
    const models = await measure(async () => {
      for (const { table, sql } of statements) {
        await write(table, sql);
      }
    });
    return { bronze, models };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeTable(
  connection: DuckDBConnection,
  table: string,
  select: string,
  folder: string,
): Promise<void> {
  const file = join(folder, `${table}.parquet`);
  await connection.run(`copy (${select}) to '${file}' (format parquet, compression zstd)`);
  await connection.run(`create view ${table} as select * from read_parquet('${file}')`);
}

function readCsv(contract: BronzeContract, csv: string, timestampFormat: string): string {
  const columns = contract.columns.map(
    ({ name, type }) => `'${name}': '${formatScalarType(type).replace('timestamp(6)', 'timestamp')}'`,
  );
  return `
    select
      ${contract.columns.map(({ name }) => name).join(', ')},
      filename as source_file, timestamp '2026-01-01' as source_modified_at,
      row_number() over () as source_line, 'plain' as load_id, timestamp '2026-01-01' as loaded_at
    from read_csv('${csv}', header = true, filename = true, hive_partitioning = false,
      timestampformat = '${timestampFormat}', columns = {${columns.join(', ')}})`;
}

function columnsOf(pack: Pack, database: string, table: string) {
  const isThis = (contract: { readonly layer: Layer; readonly name: string }) =>
    contract.name === table && databaseOf(pack.name, contract.layer) === database;
  const contract = pack.bronze.find(isThis) ?? pack.models.find(isThis);
  if (contract === undefined) {
    throw new Error(`${database}.${table} is not a table of pack ${pack.name}`);
  }
  return columnsOfTable(contract).map(({ name, type }) => ({ name, type: formatScalarType(type) }));
}
