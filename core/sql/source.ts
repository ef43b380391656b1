import type { SourcePosition } from '../contract/contract.ts';
import type { Problem } from '../contract/problem.ts';

/** A word, number, text or sign of SQL, with its place in the expanded text. */
export type Token = {
  readonly kind: 'word' | 'quoted' | 'text' | 'number' | 'sign';
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

/** SQL with its placeholders filled in, that still knows where each character stands in the file. */
export type Source = {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The place in the file of an offset in `text`. */
  positionAt(offset: number): SourcePosition;
  /** A problem at an offset in `text`. */
  problemAt(offset: number, message: string): Problem;
};

/** A `${name}` without a value, or with one that may not stand there. */
export type UnfitPlaceholder = { readonly name: string; readonly problem: Problem };

/** Kinds in the order of the groups of {@link TOKEN}. */
const KINDS = ['space', 'word', 'text', 'quoted', 'number', 'sign'] as const;

// Groups have numbers and not names: a name makes an object of all groups at each match.
const TOKEN =
  /(\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|([\p{L}_][\p{L}\p{N}_@$]*)|('(?:[^']|'')*')|("(?:[^"]|"")*")|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(<>|!=|<=|>=|\|\||->|=>|[\s\S])/gu;

/** Cuts SQL into tokens; blanks and comments are left out. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(TOKEN)) {
    const kind = KINDS[KINDS.findIndex((_kind, index) => match[index + 1] !== undefined)]!;
    if (kind === 'space') continue;
    const start = match.index;
    tokens.push({ kind, text: match[0], start, end: start + match[0].length });
  }
  return tokens;
}

/** Whether the text ends within quotes or a comment, or holds what no token can begin with; offset of the place. */
export function findOpenQuote(sql: string, tokens = tokenize(sql)): number | undefined {
  for (const token of tokens) {
    if (token.kind === 'sign' && (token.text === "'" || token.text === '"')) return token.start;
    if (token.text === '/' && sql.startsWith('/*', token.start)) return token.start;
  }
  return undefined;
}

const PLACEHOLDER = /\$\{([^}]*)\}/g;

/** Fills in `${name}`. Inside of quotes a value's own quotes are doubled, outside of them it must be a name or a number. */
export function expandSource(
  template: string,
  values: Readonly<Record<string, string>>,
  position: SourcePosition,
  options: { readonly placeholders: boolean } = { placeholders: true },
): { readonly source: Source; readonly unfit: readonly UnfitPlaceholder[] } {
  const parts: { readonly start: number; readonly origin: number; readonly literal: boolean }[] = [];
  const unfit: UnfitPlaceholder[] = [];
  const lines = lineStarts(template);
  const place = (origin: number): SourcePosition => {
    const line = lines.findLastIndex((start) => start <= origin);
    // A text inside of a YAML file is indented by as much as its first line.
    return {
      file: position.file,
      line: position.line + line,
      column: position.column + origin - lines[line]!,
    };
  };
  let text = '';
  let last = 0;
  let settled = 0;
  /** Whether the text so far ends within quotes. Only what follows the last settled token is read again. */
  const endsInText = (): boolean => {
    const rest = text.slice(settled);
    const tokens = tokenize(rest);
    const open = findOpenQuote(rest, tokens);
    // The last token may go on in what follows, and so may what is open.
    settled += open ?? tokens.at(-1)?.start ?? 0;
    return open !== undefined && rest[open] === "'";
  };
  const copy = (from: number, to: number): void => {
    parts.push({ start: text.length, origin: from, literal: true });
    text += template.slice(from, to);
  };
  for (const match of options.placeholders ? template.matchAll(PLACEHOLDER) : []) {
    copy(last, match.index);
    const name = match[1]!;
    const value = Object.hasOwn(values, name) ? values[name]! : undefined;
    if (value === undefined) {
      const known = Object.keys(values).sort().join(', ');
      const message = `unknown parameter \${${name}}, expected one of ${known}`;
      unfit.push({ name, problem: { ...place(match.index), message } });
    }
    parts.push({ start: text.length, origin: match.index, literal: false });
    const quoted = endsInText();
    // Outside of quotes a value is SQL: a name or a number can do no harm there.
    if (value !== undefined && !quoted && !/^[+-]?[\w.]+$/.test(value)) {
      const message = `parameter ${name} is "${value}", expected a name or a number, or '\${${name}}' in quotes`;
      unfit.push({ name, problem: { ...place(match.index), message } });
    }
    text += quoted ? (value ?? 'x').replaceAll("'", "''") : (value ?? 'x');
    last = match.index + match[0].length;
  }
  copy(last, template.length);

  const positionAt = (offset: number): SourcePosition => {
    const part = parts.findLast((candidate) => candidate.start <= offset)!;
    return place(part.literal ? part.origin + offset - part.start : part.origin);
  };
  const source: Source = {
    text,
    tokens: tokenize(text),
    positionAt,
    problemAt: (offset, message) => ({ ...positionAt(offset), message }),
  };
  return { source, unfit };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
