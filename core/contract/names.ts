import { auditColumns } from './columns-of-table.ts';
import type { Layer, TableReference } from './contract.ts';

/** Reserved by Athena: a table or column of this name could only be written in quotes. */
const reservedWords = new Set(
  `alter and as between by case cast constraint create cross cube current_catalog current_date current_path current_role
  current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else end escape
  except execute exists extract false for from full group grouping having in inner insert intersect into is join
  json_array json_exists json_object json_query json_table json_value left like listagg localtime localtimestamp natural
  normalize not null on or order outer prepare recursive right rollup select skip table then trim true uescape union
  unnest using values when where with`.split(/\s+/),
);

/** Tables that the pipeline keeps itself. */
const ownTables: readonly string[] = ['bronze.quarantine', 'gold.quality_results'];

/** `${…}` names that the pipeline fills. */
const ownParameters: readonly string[] = [
  'bronze',
  'silver',
  'gold',
  'staging',
  'as_of',
  'run_id',
  'built_at',
];

/** What is wrong with a table's name; undefined if nothing is. */
export function problemOfTableName(reference: TableReference): string | undefined {
  if (ownTables.includes(formatReference(reference))) {
    return `table name "${reference.name}" is taken by the pipeline in ${reference.layer}`;
  }
  return problemOfName('table', reference.name);
}

/** What is wrong with a column's name in this layer; undefined if nothing is. */
export function problemOfColumnName(layer: Layer, name: string): string | undefined {
  if (auditColumns[layer].some((column) => column.name === name))
    return `column name "${name}" is taken, the pipeline adds it to ${layer} tables`;
  return problemOfName('column', name);
}

/** What is wrong with a parameter's name; undefined if nothing is. */
export function problemOfParameterName(name: string): string | undefined {
  return ownParameters.includes(name) ? `parameter name "${name}" is taken by the pipeline` : undefined;
}

/** What is wrong with a pack's name, which starts its databases' names; undefined if nothing is. */
export function problemOfPackName(name: string): string | undefined {
  return problemOfName('pack', name);
}

/** What is wrong with a dashboard query's name; undefined if nothing is. */
export function problemOfQueryName(name: string): string | undefined {
  return problemOfName('query', name);
}

function problemOfName(noun: string, name: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
    return `${noun} name "${name}" is malformed, expected lower snake_case such as daily_sales`;
  }
  // Glue takes 255; staging tables add the run's id and the attempt.
  if (name.length > 128) return `${noun} name "${name}" has ${name.length} characters, expected at most 128`;
  return reservedWords.has(name) ? `${noun} name "${name}" is a reserved word, expected another` : undefined;
}

/** `silver.sales`; the text has been checked by the schema. */
export function parseReference(text: string): TableReference {
  const dot = text.indexOf('.');
  return { layer: text.slice(0, dot) as Layer, name: text.slice(dot + 1) };
}

/** `silver.sales`. */
export function formatReference(reference: TableReference): string {
  return `${reference.layer}.${reference.name}`;
}
