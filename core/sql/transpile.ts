import type { SourcePosition } from '../contract/contract.ts';
import { formatProblem, type Problem } from '../contract/problem.ts';
import type { TableIdentifier } from '../ports/table-catalog.ts';
import { attempt, type Column, type CompileContext, type Scope } from './compile-context.ts';
import { compileExpression } from './compile-expression.ts';
import { type CompiledQuery, compileQuery, type QueryEnvironment } from './compile-query.ts';
import type { SqlColumn, SqlMode } from './dialect.ts';
import { type Fields, type Node, parseStatement, prepareParser, unwrap } from './parse.ts';
import { type AnyOfTerms, findScanTerms } from './scan-terms.ts';
import { expandSource, type Source, tokenize } from './source.ts';
import { formatSqlType, parseSqlType, type SqlType } from './sql-type.ts';
import { findTables, type QueryableColumns } from './table-reference.ts';

/**
 * A table as a query names it: its identifier, the snapshot after `for version as of`, and what the query's `where` says of the rows
 * that it needs.
 */
export type QueriedTable = TableIdentifier & { readonly snapshotId?: string; readonly anyOf?: AnyOfTerms };

/** What {@link transpileQuery} needs to know of a table: its columns in order, with Trino's type names, and DuckDB's text for it. */
export type QueryableTable = { readonly columns: readonly SqlColumn[]; readonly duckdb: string };

/** DuckDB's text of a query and the columns that Athena would answer with. */
export type TranspiledQuery = { readonly sql: string; readonly columns: readonly SqlColumn[] };

/** The SQL cannot be run, or would not mean the same on both engines; says why and where. */
export class SqlProblemError extends Error {
  override readonly name = 'SqlProblemError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** Where SQL stands that came from no file. */
const QUERY: SourcePosition = { file: 'query', line: 1, column: 1 };

/** Translates a select in Athena's dialect to DuckDB. @throws SqlProblemError */
export async function transpileQuery(
  sql: string,
  options: {
    readonly mode: SqlMode;
    /** Asked once for each mention of a table. */
    readonly resolve: (table: QueriedTable) => Promise<QueryableTable | undefined>;
    readonly position?: SourcePosition;
  },
): Promise<TranspiledQuery> {
  await prepareParser();
  const { source } = expandSource(sql, {}, options.position ?? QUERY, { placeholders: false });
  const tree = parseOrThrow(source);
  const tables = new Map<Fields, QueryableColumns | undefined>();
  const terms = findScanTerms(tree);
  for (const { database, table, snapshotId, fields } of findTables(tree)) {
    const anyOf = terms.get(fields);
    const found = await options.resolve({
      database,
      table,
      ...(snapshotId !== undefined && { snapshotId }),
      ...(anyOf !== undefined && { anyOf }),
    });
    tables.set(fields, found && { columns: found.columns.map(readColumn), duckdb: found.duckdb });
  }
  const { query, problems } = compileTree(
    source,
    tree,
    options.mode,
    (_database, _name, _snapshotId, mention) => tables.get(mention),
  );
  if (problems.length > 0) throw new SqlProblemError(problems);
  const columns = query.columns.map((column, index) => ({
    name: column.name || `_col${index}`,
    type: formatSqlType(column.type),
  }));
  return { sql: query.sql, columns };
}

/**
 * Translates one condition or expression over the given columns to DuckDB (row rules of bronze contracts, table mode).
 * The connection must have run {@link SESSION_STATEMENTS}. @throws SqlProblemError
 */
export async function transpileExpression(
  sql: string,
  columns: readonly SqlColumn[],
  position: SourcePosition = QUERY,
): Promise<string> {
  await prepareParser();
  const { source } = expandSource(sql, {}, position, { placeholders: false });
  const { typed, problems } = compileLoneExpression(source, columns.map(readColumn));
  if (problems.length > 0 || !typed) throw new SqlProblemError(problems);
  return typed.sql;
}

/** An expression over columns of one table, with their bare names, and its type. */
export function compileLoneExpression(
  source: Source,
  columns: readonly Column[],
): {
  readonly typed?: { readonly sql: string; readonly type: SqlType };
  readonly problems: readonly Problem[];
} {
  const prefix = 'select ';
  // The parser takes statements only; places are those of the expression, moved by the prefix.
  const shifted = shiftSource(source, prefix);
  const tree = parseStatement(shifted);
  if (isProblem(tree)) return { problems: [tree] };
  const { kind, fields } = unwrap(tree);
  const items = (fields.expressions ?? []) as readonly Node[];
  const extra = Object.entries(fields).find(
    ([field, value]) =>
      field !== 'expressions' &&
      value !== null &&
      value !== false &&
      !(Array.isArray(value) && value.length === 0),
  );
  if (kind !== 'select' || items.length !== 1 || extra || items[0]!.alias || items[0]!.star)
    return { problems: [source.problemAt(0, 'expected one expression over the columns of the table')] };
  const problems: Problem[] = [];
  const context = makeContext(shifted, 'table', problems, noTables);
  const merged = new Map(columns.map((column) => [column.name, column.type]));
  const scope: Scope = { relations: [{ alias: '', columns }], merged };
  const typed = attempt(context, undefined, () => compileExpression(context, items[0]!, scope));
  return { ...(typed && { typed }), problems };
}

/** Compiles a parsed statement; problems are gathered. */
export function compileTree(
  source: Source,
  tree: Node,
  mode: SqlMode,
  table: QueryEnvironment['table'],
): { readonly query: CompiledQuery; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const environment: QueryEnvironment = { ctes: new Map(), table };
  const context = makeContext(source, mode, problems, environment);
  const query = attempt<CompiledQuery>(context, { sql: '', columns: [] }, () =>
    compileQuery(context, tree, environment, undefined, true),
  );
  return { query, problems };
}

/** Whether the parser answered with a problem. */
export function isProblem(answer: Node | Problem): answer is Problem {
  return typeof (answer as Problem).message === 'string' && typeof (answer as Problem).file === 'string';
}

const noTables: QueryEnvironment = { ctes: new Map(), table: () => undefined };

function makeContext(
  source: Source,
  mode: SqlMode,
  problems: Problem[],
  environment: QueryEnvironment,
): CompileContext {
  const context: CompileContext = {
    source,
    mode,
    problems,
    near: 0,
    compileSubquery: (query, scope) => compileQuery(context, query, environment, scope, false),
  };
  return context;
}

function parseOrThrow(source: Source): Node {
  const tree = parseStatement(source);
  if (isProblem(tree)) throw new SqlProblemError([tree]);
  return tree;
}

function shiftSource(source: Source, prefix: string): Source {
  const by = prefix.length;
  const moved = source.tokens.map((token) => ({ ...token, start: token.start + by, end: token.end + by }));
  const tokens = [...tokenize(prefix), ...moved];
  const back = (offset: number): number => Math.max(0, offset - by);
  return {
    text: prefix + source.text,
    tokens,
    positionAt: (offset) => source.positionAt(back(offset)),
    problemAt: (offset, message) => source.problemAt(back(offset), message),
  };
}

function readColumn(column: SqlColumn): Column {
  const type = parseSqlType(column.type);
  // A type outside of the portable SQL is known by name only; using the column is an error.
  return { name: column.name.toLowerCase(), type: type ?? { kind: 'foreign', name: column.type } };
}
