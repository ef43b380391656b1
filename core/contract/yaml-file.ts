import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { SourcePosition } from './contract.ts';
import type { Problem } from './problem.ts';

/** Steps from the top of a document to a value: keys and indexes. */
export type YamlPath = readonly (string | number)[];

/** A YAML file that knows where each of its values stands. */
export type YamlFile = {
  readonly file: string;
  /** Plain data; undefined if the file is not YAML. */
  readonly value: unknown;
  /** Syntax errors and keys written twice. */
  readonly problems: readonly Problem[];
  /** Where the value at `path` starts; the nearest existing parent's place if there is none. */
  positionOf(path: YamlPath): SourcePosition;
  /** Where the key of the entry at `path` starts. */
  positionOfKey(path: YamlPath): SourcePosition;
  /** Where the first character of a text's content starts: after a quote, below a `|`. */
  positionOfText(path: YamlPath): SourcePosition;
  /** The characters of a scalar as written, so that `0.10` stays `0.10`. */
  sourceOf(path: YamlPath): string | undefined;
};

/** Parses YAML 1.2 and keeps places. Aliases are refused: an entry must be found where it is read. */
export function parseYamlFile(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: Problem[] = document.errors.map((error) => ({
    ...at(error.pos[0]),
    message: `not valid yaml: ${lowerFirst(error.message)}`,
  }));
  const value = problems.length === 0 ? plainValue(document, at, problems) : undefined;
  const startOf = (node: Node | null | undefined): SourcePosition => at(node?.range?.[0] ?? 0);
  return {
    file,
    value: problems.length === 0 ? value : undefined,
    problems,
    positionOf: (path) => startOf(nearest(document, path)),
    positionOfKey: (path) => startOf(keyNode(document, path) ?? nearest(document, path)),
    positionOfText: (path) => textPosition(nearest(document, path), text, at),
    sourceOf: (path) => {
      const node = nodeAt(document, path);
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
  };
}

function plainValue(
  document: Document.Parsed,
  at: (offset: number) => SourcePosition,
  problems: Problem[],
): unknown {
  const aliases: Node[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      aliases.push(alias);
    },
  });
  for (const alias of aliases) {
    problems.push({
      ...at(alias.range?.[0] ?? 0),
      message: 'an alias is not read here, expected the value itself',
    });
  }
  return aliases.length === 0 ? document.toJS() : undefined;
}

function nodeAt(document: Document.Parsed, path: YamlPath): Node | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

function nearest(document: Document.Parsed, path: YamlPath): Node | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (node) return node;
  }
  return undefined;
}

function keyNode(document: Document.Parsed, path: YamlPath): Node | undefined {
  const parent = nodeAt(document, path.slice(0, -1));
  if (!isMap(parent)) return undefined;
  const key = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))?.key;
  return isNode(key) ? key : undefined;
}

function textPosition(
  node: Node | undefined,
  text: string,
  at: (offset: number) => SourcePosition,
): SourcePosition {
  const start = node?.range?.[0] ?? 0;
  if (!isScalar(node)) return at(start);
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') {
    const lineStart = text.indexOf('\n', start) + 1;
    const indentation = /^[ \n\r]*?( *)[^ \n\r]/.exec(text.slice(lineStart));
    const column = (indentation?.[1]?.length ?? 0) + 1;
    return { ...at(lineStart), column };
  }
  return at(node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE' ? start + 1 : start);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
