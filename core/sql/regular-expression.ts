/** What a pattern is used for: the place of a line's end matters where the matched text is handed out. */
export type PatternUse = 'like' | 'extract group' | 'extract' | 'replace';

/** A portable pattern in RE2's spelling, or why it is not portable. */
export type PortablePattern = { readonly re2: string } | { readonly refused: string };

const ESCAPED_SIGNS = '.^$*+?()[]{}|\\/-';
const CONTROLS: Readonly<Record<string, string>> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f' };
// Athena's \s has the vertical tab, RE2's has not.
const BLANKS = '\\t\\n\\x0b\\f\\r ';
const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: 'a-zA-Z0-9_', s: BLANKS };

class Refusal extends Error {}

/**
 * Checks that a pattern means the same to Athena (Joni, Java's syntax) and DuckDB (RE2), and respells it for RE2. Measured on both:
 * `\s` differs, `\b` is Unicode on Athena and ASCII on DuckDB, `$` also stands before a last line break on Athena, and
 * replacing what may be empty goes on differently.
 */
export function translatePattern(pattern: string, use: PatternUse): PortablePattern {
  let at = 0;
  let depth = 0;
  let groups = 0;
  let uncertainGroup = false;
  const take = (): string => pattern[at++] ?? '';
  const refuse = (reason: string): never => {
    throw new Refusal(reason);
  };

  // Each of these returns RE2's text and whether it can match nothing.
  type Piece = { readonly text: string; readonly empty: boolean };

  const readAlternatives = (): Piece => {
    const branches = [readSequence()];
    while (pattern[at] === '|') {
      at++;
      uncertainGroup = true;
      branches.push(readSequence());
    }
    return {
      text: branches.map((branch) => branch.text).join('|'),
      empty: branches.some((branch) => branch.empty),
    };
  };

  const readSequence = (): Piece => {
    let text = '';
    let empty = true;
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')') {
      const groupsBefore = groups;
      const piece = readAtom();
      const quantified = readQuantifier(piece, groups > groupsBefore);
      text += quantified.text;
      empty &&= quantified.empty;
    }
    return { text, empty };
  };

  const readAtom = (): Piece => {
    const sign = take();
    if (sign === '(') return readGroup();
    if (sign === '[') return { text: readClass(), empty: false };
    if (sign === '\\') return readEscape();
    if (sign === '.') return { text: '.', empty: false };
    if (sign === '^') return { text: '^', empty: true };
    if (sign === '$') return readEnd();
    if ('*+?{'.includes(sign)) return refuse(`"${sign}" without anything before it`);
    if (sign === '}' || sign === ']') return refuse(`a bare "${sign}", expected "\\${sign}"`);
    return { text: sign, empty: false };
  };

  const readEnd = (): Piece => {
    const next = pattern[at];
    if (next !== undefined && next !== ')' && next !== '|')
      return refuse('"$" before the end of the pattern');
    if (use === 'extract' || use === 'replace' || (use === 'extract group' && depth > 0))
      return refuse('"$", which also matches before a last line break on Athena; write "\\z"');
    return { text: '(?:\\n?\\z)', empty: true };
  };

  const readGroup = (): Piece => {
    let opening = '(';
    if (pattern[at] === '?') {
      if (pattern[at + 1] !== ':')
        refuse('"(?", only plain groups and "(?:" mean the same on Athena and DuckDB');
      at += 2;
      opening = '(?:';
    } else {
      groups++;
    }
    depth++;
    const inner = readAlternatives();
    if (take() !== ')') refuse('a "(" that is never closed');
    depth--;
    return { text: `${opening}${inner.text})`, empty: inner.empty };
  };

  const readEscape = (): Piece => {
    const sign = take();
    if (sign === 'z') return { text: '\\z', empty: true };
    if (sign in CLASSES) return { text: `[${CLASSES[sign]}]`, empty: false };
    if (sign === 'D' || sign === 'W' || sign === 'S')
      return { text: `[^${CLASSES[sign.toLowerCase()]}]`, empty: false };
    const control = CONTROLS[sign];
    if (control) return { text: control, empty: false };
    if (sign && ESCAPED_SIGNS.includes(sign)) return { text: `\\${sign}`, empty: false };
    return refuse(`"\\${sign}", which does not mean the same on Athena and DuckDB`);
  };

  const readClass = (): string => {
    let text = '[';
    if (pattern[at] === '^') {
      at++;
      text += '^';
    }
    if (pattern[at] === ']') refuse('an empty character class');
    while (pattern[at] !== ']') {
      const sign = take();
      if (sign === '') refuse('a "[" that is never closed');
      if (sign === '[') refuse('"[" inside of a character class, expected "\\["');
      if (sign === '&' && pattern[at] === '&') refuse('"&&" inside of a character class');
      if (sign !== '\\') {
        text += sign;
        continue;
      }
      const escaped = take();
      if (escaped in CLASSES) text += CLASSES[escaped];
      else if (escaped in CONTROLS) text += CONTROLS[escaped];
      else if (escaped && ESCAPED_SIGNS.includes(escaped)) text += `\\${escaped}`;
      else refuse(`"\\${escaped}" inside of a character class`);
    }
    at++;
    return `${text}]`;
  };

  const readQuantifier = (piece: Piece, holdsGroup: boolean): Piece => {
    const match = /^(?:[*+?]|\{(\d+)(,(\d*))?\})/.exec(pattern.slice(at));
    if (!match) {
      if (pattern[at] === '{') refuse('a bare "{", expected "\\{" or "{2,3}"');
      return piece;
    }
    if (piece.text === '^' || piece.text === '\\z' || piece.text.startsWith('(?:\\n?'))
      refuse(`"${match[0]}" after an anchor`);
    if (Number(match[1] ?? 0) > 1000 || Number(match[3] || 0) > 1000)
      refuse(`"${match[0]}", more than 1000 repetitions`);
    at += match[0].length;
    if (holdsGroup) uncertainGroup = true;
    let text = match[0];
    if (pattern[at] === '?') {
      at++;
      text += '?';
    }
    if (pattern[at] === '+') refuse('a possessive quantifier');
    if (pattern[at] !== undefined && '*?{'.includes(pattern[at]!)) refuse('a quantifier after a quantifier');
    if (piece.empty) refuse(`"${text}" after what may be empty`);
    const empty = /^[*?]/.test(match[0]) || match[1] === '0';
    return { text: `${piece.text}${text}`, empty };
  };

  try {
    const whole = readAlternatives();
    if (at < pattern.length) refuse('a ")" that closes nothing');
    if (use === 'replace' && whole.empty) refuse('it may match nothing, and then replaces differently');
    if (use === 'extract group' && uncertainGroup)
      refuse(
        'a group that may take no part (| or a quantifier), which is NULL on Athena and empty on DuckDB',
      );
    return { re2: whole.text };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}

/** The replacement of regexp_replace in RE2's spelling: `$1` is `\1`. */
export function translateReplacement(replacement: string): PortablePattern {
  if (replacement.includes('\\')) return { refused: 'a backslash in the replacement' };
  if (/\$(?!\d)|\$\d\d/.test(replacement))
    return { refused: '"$" in the replacement, expected $1 to $9 and no digit after it' };
  return { re2: replacement.replaceAll(/\$(\d)/g, '\\$1') };
}
