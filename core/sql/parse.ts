import { Dialect, init, parse } from '@polyglot-sql/sdk';
import type { Problem } from '../contract/problem.ts';
import type { Source } from './source.ts';
import { findOpenQuote } from './source.ts';

/** A node of the parser's tree: an object with one key, its kind. */
export type Node = { readonly [kind: string]: unknown };

/** What a node holds. */
export type Fields = { readonly [field: string]: unknown };

let ready: Promise<void> | undefined;

/** Loads the parser once. */
export function prepareParser(): Promise<void> {
  ready ??= init();
  return ready;
}

/** The one statement of the text, or what is wrong with it. Call {@link prepareParser} before. */
export function parseStatement(source: Source): Node | Problem {
  const open = findOpenQuote(source.text, source.tokens);
  if (open !== undefined)
    return source.problemAt(open, `${source.text.slice(open, open + 2).trim()} is never closed`);
  const semicolon = source.tokens.find(
    (token, index) => token.text === ';' && index < source.tokens.length - 1,
  );
  if (semicolon) return source.problemAt(semicolon.start, 'a second statement, expected one');
  const result = parse(blankComments(source), Dialect.Trino);
  if (!result.success) return problemOf(source, result.error ?? 'not SQL');
  const statements = result.ast as readonly Node[];
  if (statements.length !== 1)
    return source.problemAt(0, `${statements.length} statements, expected one select`);
  return statements[0]!;
}

/** The text with blanks in place of comments, which the parser would hang into its tree. */
function blankComments({ text, tokens }: Source): string {
  let blanked = '';
  for (const token of tokens) {
    const gap = text.slice(blanked.length, token.start);
    blanked += gap.replaceAll(/[^\n]/g, ' ') + text.slice(token.start, token.end);
  }
  return blanked;
}

/** The kind of a node and its fields. */
export function unwrap(node: Node): { readonly kind: string; readonly fields: Fields } {
  const [kind, fields] = Object.entries(node)[0] ?? ['nothing', {}];
  return { kind, fields: (fields ?? {}) as Fields };
}

/** Offset of the first identifier in a node, if it has one. The parser keeps no other places. */
export function firstOffset(value: unknown): number | undefined {
  return bounds(value)?.start;
}

/** Offset after the last identifier in a node, if it has one. */
export function lastOffset(value: unknown): number | undefined {
  return bounds(value)?.end;
}

type Span = { readonly start: number; readonly end: number };

/** Spans of nodes that were asked before: each is asked for its own and again for those around it. */
const spans = new WeakMap<object, Span | 'none'>();

function bounds(value: unknown): Span | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const before = spans.get(value);
  if (before !== undefined) return before === 'none' ? undefined : before;
  let found: Span | undefined;
  for (const [key, child] of Object.entries(value)) {
    const span = key === 'span' ? (child as Span | null) : bounds(child);
    if (!span) continue;
    found = found
      ? { start: Math.min(found.start, span.start), end: Math.max(found.end, span.end) }
      : { start: span.start, end: span.end };
  }
  spans.set(value, found ?? 'none');
  return found;
}

function problemOf(source: Source, error: string): Problem {
  const place = /line (\d+),? column (\d+):? ?/.exec(error);
  const message = `not SQL that Athena takes: ${error.replace(/^Parse error at line \d+, column \d+: /, '')}`;
  if (!place) return source.problemAt(0, message);
  const lines = source.text.split('\n');
  const before = lines.slice(0, Number(place[1]) - 1).reduce((sum, line) => sum + line.length + 1, 0);
  // The parser names the column after the token that it could not take.
  const offset = Math.min(source.text.length, before + Number(place[2]) - 1);
  const token = source.tokens.findLast((candidate) => candidate.start < offset);
  return source.problemAt(token?.start ?? 0, `${message} at ${token ? `"${token.text}"` : 'the start'}`);
}
