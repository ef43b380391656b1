const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const quote = 0x22;

/** Why a record is rejected as a whole, in the order in which the spec tests. */
export type RecordProblem = 'bad_quote' | 'unterminated_quote' | 'bad_character';

/** One record as positions in the bytes; reused from record to record, since a file has millions. */
export type ScannedRecord = {
  /** Position after the record's line break. */
  end: number;
  /** Position after the record's text, line break excluded. */
  textEnd: number;
  /** Physical lines that the record takes. */
  lines: number;
  /** Start and end of each field's content in turn, enclosing quotes excluded. */
  readonly bounds: number[];
  /** By field: 0 as it stands, 1 was quoted, 2 was quoted and holds doubled quotes. */
  readonly quoting: number[];
  problem: RecordProblem | undefined;
  /** Whether a field was quoted. */
  isQuoted: boolean;
  /** Whether the text holds a control character, a line break in quotes for one. */
  hasControl: boolean;
};

/** An empty record to scan into. */
export function newScannedRecord(): ScannedRecord {
  return {
    end: 0,
    textEnd: 0,
    lines: 0,
    bounds: [],
    quoting: [],
    problem: undefined,
    isQuoted: false,
    hasControl: false,
  };
}

/**
 * Scans the record that begins at `start`, by RFC 4180 as the spec reads it. Returns false if the bytes end before the
 * record does and more may follow (`isLast` is false).
 */
export function scanRecord(
  bytes: Uint8Array,
  start: number,
  isLast: boolean,
  delimiter: number,
  record: ScannedRecord,
): boolean {
  const limit = bytes.length;
  record.bounds.length = 0;
  record.quoting.length = 0;
  record.problem = undefined;
  record.isQuoted = false;
  record.hasControl = false;
  record.lines = 1;
  let hasNul = false;
  let at = start;
  for (;;) {
    if (bytes[at] !== quote || at >= limit) {
      const from = at;
      let byte = 0;
      while (at < limit) {
        byte = bytes[at]!;
        if (byte === delimiter || byte === lineFeed) break;
        if (byte < 0x20) {
          record.hasControl = true;
          if (byte === 0) hasNul = true;
        }
        at += 1;
      }
      if (at === limit && !isLast) return false;
      const endsField = at < limit && byte === delimiter;
      // A CR before the line feed, or one that ends the file, belongs to the line break.
      const to = !endsField && at > from && bytes[at - 1] === carriageReturn ? at - 1 : at;
      record.bounds.push(from, to);
      record.quoting.push(0);
      if (endsField) {
        at += 1;
        continue;
      }
      record.textEnd = to;
      record.end = Math.min(limit, at + 1);
      break;
    }
    const from = at + 1;
    let kind = 1;
    record.isQuoted = true;
    at = from;
    for (;;) {
      if (at >= limit) {
        if (!isLast) return false;
        record.problem = 'unterminated_quote';
        record.end = limit;
        record.textEnd = limit;
        return true;
      }
      const byte = bytes[at]!;
      if (byte === quote) {
        if (at + 1 >= limit && !isLast) return false;
        if (bytes[at + 1] !== quote) break;
        kind = 2;
        at += 2;
        continue;
      }
      if (byte < 0x20) {
        record.hasControl = true;
        if (byte === lineFeed) record.lines += 1;
        else if (byte === 0) hasNul = true;
      }
      at += 1;
    }
    record.bounds.push(from, at);
    record.quoting.push(kind);
    at += 1;
    const next = at < limit ? bytes[at]! : lineFeed;
    if (next === delimiter) {
      at += 1;
      continue;
    }
    if (next === lineFeed) {
      record.textEnd = at;
      record.end = Math.min(limit, at + 1);
      break;
    }
    if (next === carriageReturn) {
      if (at + 1 >= limit && !isLast) return false;
      if (at + 1 >= limit || bytes[at + 1] === lineFeed) {
        record.textEnd = at;
        record.end = Math.min(limit, at + 2);
        break;
      }
    }
    return endBadQuote(bytes, at, isLast, record);
  }
  if (hasNul) record.problem = 'bad_character';
  return true;
}

/** Text after a closing quote: the record ends at the next line break, whatever quotes come before it. */
function endBadQuote(bytes: Uint8Array, at: number, isLast: boolean, record: ScannedRecord): boolean {
  const found = bytes.indexOf(lineFeed, at);
  if (found < 0 && !isLast) return false;
  const to = found < 0 ? bytes.length : found;
  record.problem = 'bad_quote';
  record.hasControl = true;
  record.textEnd = bytes[to - 1] === carriageReturn ? to - 1 : to;
  record.end = found < 0 ? to : found + 1;
  return true;
}

/** The text of a field, doubled quotes made single. */
export function fieldText(bytes: Buffer, record: ScannedRecord, index: number): string {
  const text = bytes.toString('utf8', record.bounds[2 * index], record.bounds[2 * index + 1]);
  return record.quoting[index] === 2 ? text.replaceAll('""', '"') : text;
}
