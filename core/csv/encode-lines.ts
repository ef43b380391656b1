import { newScannedRecord, type RecordProblem, type ScannedRecord, scanRecord } from './scan-record.ts';

/**
 * Text in which every record is one line, as DuckDB takes it. Most lines are the file's own bytes, and are cut at the
 * delimiter. A record that quotes a field, or that holds a NUL, is marked and written anew:
 *
 *     U+001D  r  field  U+001F  field  U+001F  …  U+001F  the record's own text
 *     U+001D  q | u | c  the record's own text          (rejected as a whole)
 *
 * where U+001B and a letter stand for a character that the form needs itself. Lines that a record takes beyond its first are
 * empty, so that the number of a line is its physical line in the file.
 */
export type EncodedLines = {
  readonly text: Buffer;
  /** Bytes read; what follows is the start of a record that goes on behind the end. */
  readonly consumed: number;
  /** Physical lines read, as many as the text has. */
  readonly lines: number;
  /** Whether a line is marked, and whether one holds an escape. */
  readonly isMarked: boolean;
  readonly isEscaped: boolean;
};

/** How records are written. */
export type LineFormat = {
  readonly delimiter: number;
  readonly fieldCount: number;
  /** Fields whose text is left out of the record's own text. */
  readonly secretFields: ReadonlySet<number>;
};

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const mark = 0x1d;
const separator = 0x1f;
const escapeMark = 0x1b;
const markedKinds: Readonly<Record<RecordProblem, number>> = {
  bad_quote: 0x71,
  unterminated_quote: 0x75,
  bad_character: 0x63,
};
const recordKind = 0x72;
const escapeLetters = new Map([
  [lineFeed, 0x6e],
  // DuckDB drops the CR of a CRLF; one that ends a field is text and no part of a line break.
  [carriageReturn, 0x72],
  [0, 0x30],
  [separator, 0x73],
  [mark, 0x6d],
  [escapeMark, 0x65],
]);
/** Bytes that make a line need a closer look: quote, NUL, and the mark itself. */
const specials = [0x22, 0, mark];

/**
 * Encodes the whole records of `bytes`, which begin where a record does. `isLast`: the file ends with them. The text lies in
 * `bytes`, or in the buffer of `scratch`, which the next call uses again.
 */
export function encodeLines(
  bytes: Buffer,
  isLast: boolean,
  format: LineFormat,
  scratch: { lines: Buffer } = { lines: Buffer.alloc(0) },
): EncodedLines {
  const nextSpecial = specialFinder(bytes);
  const record = newScannedRecord();
  const out = new LineWriter(scratch);
  let lines = 0;
  let at = 0;
  let isMarked = false;
  while (at < bytes.length) {
    const special = nextSpecial(at);
    const lineStart = special === bytes.length ? special : lastLineStart(bytes, at, special);
    const plainEnd = special === bytes.length && !isLast ? lastLineStart(bytes, at, special) : lineStart;
    lines += out.copyLines(bytes, at, plainEnd);
    at = plainEnd;
    if (special === bytes.length) break;
    if (!scanRecord(bytes, at, isLast, format.delimiter, record)) break;
    if (record.isQuoted || record.problem !== undefined || record.hasControl) {
      writeMarked(bytes, at, record, format, out);
      isMarked = true;
      lines += record.lines;
    } else {
      lines += out.copyLines(bytes, at, record.end);
    }
    at = record.end;
  }
  return { text: out.finish(bytes), consumed: at, lines, isMarked, isEscaped: out.isEscaped };
}

/** The position of the next special byte at or after a position that only grows; the length if there is none. */
function specialFinder(bytes: Buffer): (from: number) => number {
  const next = specials.map(() => -1);
  return (from) => {
    let nearest = bytes.length;
    for (let index = 0; index < specials.length; index += 1) {
      if (next[index]! < from) {
        const found = bytes.indexOf(specials[index]!, from);
        next[index] = found < 0 ? bytes.length : found;
      }
      nearest = Math.min(nearest, next[index]!);
    }
    return nearest;
  };
}

/** Where the line of `position` begins, not before `from`, which begins a line. */
function lastLineStart(bytes: Buffer, from: number, position: number): number {
  if (position === from) return from;
  const found = bytes.lastIndexOf(lineFeed, position - 1);
  return found < from ? from : found + 1;
}

function writeMarked(
  bytes: Buffer,
  start: number,
  record: ScannedRecord,
  format: LineFormat,
  out: LineWriter,
): void {
  out.begin(bytes);
  out.reserve(4 * (record.end - start) + record.bounds.length + record.lines + 8);
  out.put(mark);
  if (record.problem !== undefined) {
    out.put(markedKinds[record.problem]);
    out.write(bytes, start, record.textEnd, true);
  } else {
    out.put(recordKind);
    const fields = record.quoting.length;
    for (let index = 0; index < fields; index += 1) {
      const [from, to] = [record.bounds[2 * index]!, record.bounds[2 * index + 1]!];
      out.write(bytes, from, to, record.hasControl, record.quoting[index] === 2);
      out.put(separator);
    }
    let from = start;
    if (fields === format.fieldCount) {
      for (const index of format.secretFields) {
        const quotes = record.quoting[index]! > 0 ? 1 : 0;
        out.write(bytes, from, record.bounds[2 * index]! - quotes, record.hasControl);
        from = record.bounds[2 * index + 1]! + quotes;
      }
    }
    out.write(bytes, from, record.textEnd, record.hasControl);
  }
  for (let line = 0; line < record.lines; line += 1) out.put(lineFeed);
}

/** Gathers lines; as long as they are the input's own, it does so without a copy. */
class LineWriter {
  isEscaped = false;
  readonly #scratch: { lines: Buffer };
  #buffer: Buffer | undefined;
  #length = 0;
  /** Length of the input's head that stands for the output so far. */
  #untouched = 0;

  constructor(scratch: { lines: Buffer }) {
    this.#scratch = scratch;
  }

  /** Takes whole lines of the input as they are; returns how many. */
  copyLines(bytes: Buffer, from: number, to: number): number {
    if (from === to) return 0;
    if (this.#buffer === undefined && this.#untouched === from) {
      this.#untouched = to;
    } else {
      this.begin(bytes);
      this.reserve(to - from + 1);
      this.#length += bytes.copy(this.#buffer!, this.#length, from, to);
      if (bytes[to - 1] !== lineFeed) this.put(lineFeed);
    }
    // Plainly byte by byte: a search for each line break takes three times as long.
    let lines = bytes[to - 1] === lineFeed ? 0 : 1;
    for (let at = from; at < to; at += 1) if (bytes[at] === lineFeed) lines += 1;
    return lines;
  }

  reserve(size: number): void {
    const needed = this.#length + size;
    if (this.#buffer !== undefined && this.#buffer.length >= needed) return;
    let larger = this.#scratch.lines;
    if (larger.length < needed) larger = Buffer.allocUnsafe(Math.max(needed + (needed >> 1), 1 << 16));
    if (this.#buffer !== undefined && larger !== this.#buffer) this.#buffer.copy(larger, 0, 0, this.#length);
    this.#scratch.lines = larger;
    this.#buffer = larger;
  }

  put(byte: number): void {
    this.#buffer![this.#length] = byte;
    this.#length += 1;
  }

  write(bytes: Buffer, from: number, to: number, escapes: boolean, isDoubled = false): void {
    const buffer = this.#buffer!;
    let length = this.#length;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at]!;
      const letter = escapes && byte < 0x20 ? escapeLetters.get(byte) : undefined;
      if (letter !== undefined) {
        buffer[length++] = escapeMark;
        buffer[length++] = letter;
        this.isEscaped = true;
        continue;
      }
      buffer[length++] = byte;
      if (isDoubled && byte === 0x22) at += 1;
    }
    this.#length = length;
  }

  /** The text without its last line break. */
  finish(bytes: Buffer): Buffer {
    const text =
      this.#buffer === undefined
        ? bytes.subarray(0, this.#untouched)
        : this.#buffer.subarray(0, this.#length);
    const end = text.at(-1) === lineFeed ? text.length - 1 : text.length;
    return text.subarray(0, end > 0 && text[end - 1] === carriageReturn ? end - 1 : end);
  }

  /** Goes over to a buffer of its own, with the lines so far. */
  begin(bytes: Buffer): void {
    if (this.#buffer !== undefined) return;
    this.reserve(bytes.length + 1024);
    this.#length = bytes.copy(this.#buffer!, 0, 0, this.#untouched);
  }
}
