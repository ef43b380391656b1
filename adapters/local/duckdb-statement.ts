import type { PartitionTerm } from '../../core/contract/contract.ts';
import { QueryFailedError } from '../../core/ports/query-engine.ts';
import type { TableIdentifier } from '../../core/ports/table-catalog.ts';
import { type Token, tokenize } from '../../core/sql/source.ts';

/** A statement that the local engine takes. */
export type Statement =
  | { readonly kind: 'select'; readonly select: string }
  | {
      readonly kind: 'create table as';
      readonly table: TableIdentifier;
      /** As written: with or without a slash at its end. */
      readonly location: string;
      readonly partitioning: readonly PartitionTerm[];
      readonly select: string;
    }
  | { readonly kind: 'insert'; readonly table: TableIdentifier; readonly select: string };

/** Reads a statement as far as the engine must know it; the select within is read by the SQL parser. @throws QueryFailedError */
export function readStatement(sql: string): Statement {
  const tokens = tokenize(sql);
  const word = (at: number): string => tokens[at]?.text.toLowerCase() ?? '';
  if (['select', 'with', 'values', '('].includes(word(0))) return { kind: 'select', select: sql };
  if (word(0) === 'create' && word(1) === 'table') return readCreate(sql, tokens);
  if (word(0) === 'insert' && word(1) === 'into') {
    const { table, next } = readTable(tokens, 2);
    if (!['select', 'with', 'values', '('].includes(word(next)) || word(next + 1) === ')')
      throw refuse(`insert into … ${word(next)}, expected a select`);
    return { kind: 'insert', table, select: sql.slice(tokens[next]!.start) };
  }
  throw refuse(
    `statement "${word(0)}${word(1) ? ` ${word(1)}` : ''}", expected select, create table … as select or insert into … select`,
  );
}

function readCreate(sql: string, tokens: readonly Token[]): Statement {
  const { table, next } = readTable(tokens, 2);
  if (tokens[next]?.text.toLowerCase() !== 'with' || tokens[next + 1]?.text !== '(')
    throw refuse(`create table ${table.database}.${table.table} without with (…)`);
  const { properties, end } = readProperties(tokens, next + 2);
  const select = tokens[end + 1];
  if (tokens[end]?.text.toLowerCase() !== 'as' || !select)
    throw refuse(`create table ${table.database}.${table.table} without as select`);
  const text = (name: string): string | undefined => {
    const [value, ...others] = properties.get(name) ?? [];
    if (value !== undefined && (value.kind !== 'text' || others.length > 0))
      throw refuse(`${name}, expected text`);
    return value && textOf(value);
  };
  if (text('table_type')?.toUpperCase() !== 'ICEBERG')
    throw refuse("create table as, expected table_type = 'ICEBERG'");
  if (properties.get('is_external')?.[0]?.text.toLowerCase() !== 'false')
    throw refuse('create table as, expected is_external = false');
  if ((text('format') ?? 'PARQUET').toUpperCase() !== 'PARQUET')
    throw refuse(`format ${text('format')}, expected PARQUET`);
  const location = text('location');
  if (!location) throw refuse('create table as without location');
  return {
    kind: 'create table as',
    table,
    location,
    partitioning: readPartitioning(properties.get('partitioning') ?? []),
    select: sql.slice(select.start),
  };
}

const PROPERTIES = ['table_type', 'is_external', 'format', 'location', 'partitioning'];

/** `name = value, …` up to the closing parenthesis; `end` is the token after it. */
function readProperties(
  tokens: readonly Token[],
  start: number,
): { readonly properties: ReadonlyMap<string, readonly Token[]>; readonly end: number } {
  const properties = new Map<string, readonly Token[]>();
  let at = start;
  while (tokens[at - 1]?.text !== ')') {
    const name = tokens[at]?.text.toLowerCase() ?? 'nothing';
    if (!PROPERTIES.includes(name))
      throw refuse(`table property "${name}", expected one of ${PROPERTIES.join(', ')}`);
    if (properties.has(name)) throw refuse(`table property "${name}" given twice`);
    if (tokens[at + 1]?.text !== '=') throw refuse(`table property "${name}" without =`);
    let depth = 0;
    let end = at + 2;
    while (tokens[end] && (depth > 0 || !(tokens[end]!.text === ',' || tokens[end]!.text === ')'))) {
      if ('[('.includes(tokens[end]!.text)) depth++;
      if ('])'.includes(tokens[end]!.text)) depth--;
      end++;
    }
    if (!tokens[end]) throw refuse('with ( is never closed');
    properties.set(name, tokens.slice(at + 2, end));
    at = end + 1;
  }
  return { properties, end: at };
}

const TRANSFORMS = ['year', 'month', 'day', 'hour', 'bucket', 'truncate'];

function readPartitioning(tokens: readonly Token[]): readonly PartitionTerm[] {
  if (tokens.length === 0) return [];
  const items = tokens.slice(2, -1).filter((token) => token.text !== ',');
  if (tokens[0]!.text.toLowerCase() !== 'array' || items.some((item) => item.kind !== 'text'))
    throw refuse("partitioning, expected array['column', 'month(column)', …]");
  return items.map((item) => {
    const text = textOf(item).trim();
    const match = /^(\w+)\s*\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\)$/.exec(text);
    if (!match && /^\w+$/.test(text)) return { transform: 'identity', column: text.toLowerCase() };
    const transform = match?.[1]?.toLowerCase() ?? '';
    const wantsNumber = transform === 'bucket' || transform === 'truncate';
    if (!match || !TRANSFORMS.includes(transform) || wantsNumber !== (match[3] !== undefined))
      throw refuse(`partition field '${text}', expected a column or ${TRANSFORMS.join(', ')} of one`);
    return {
      transform: transform as PartitionTerm['transform'],
      column: match[2]!.toLowerCase(),
      ...(match[3] !== undefined && { argument: Number(match[3]) }),
    };
  });
}

function readTable(
  tokens: readonly Token[],
  at: number,
): { readonly table: TableIdentifier; readonly next: number } {
  const [database, dot, table] = tokens.slice(at, at + 3);
  const isName = (token: Token | undefined): token is Token =>
    token?.kind === 'word' || token?.kind === 'quoted';
  if (!isName(database) || dot?.text !== '.' || !isName(table)) throw refuse('expected database.table');
  return { table: { database: nameOf(database), table: nameOf(table) }, next: at + 3 };
}

function nameOf(token: Token): string {
  const name = token.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : token.text;
  return name.toLowerCase();
}

function textOf(token: Token): string {
  return token.text.slice(1, -1).replaceAll("''", "'");
}

function refuse(message: string): QueryFailedError {
  return new QueryFailedError(`not run: ${message}`);
}
