import type { BronzeColumn, BronzeContract } from '../../../core/contract/contract.ts';

/**
 * The spec's rules for CSV written once more, slowly and plainly, sharing no code with the product: strings, regular
 * expressions, BigInt. The fuzz test holds the reader against it.
 */
export type ReferenceRow = {
  readonly line: number;
  readonly reason: string | null;
  readonly column: string | null;
  readonly value: string | null;
  readonly record: string | null;
  /** Typed values as text: units of the last decimal, microseconds; absent for rejected rows. */
  readonly values: readonly (string | null)[] | null;
};

export type ReferenceRule = {
  readonly reason: string;
  readonly column: string;
  readonly breaks: (values: readonly (string | null)[]) => boolean;
};

type Field = { readonly text: string; readonly from: number; readonly to: number };
type Parsed = {
  readonly line: number;
  readonly raw: string;
  readonly fields: readonly Field[];
  readonly problem: string | null;
};

/** All records of the text, blank ones left out. */
export function referenceRecords(text: string, delimiter: string): Parsed[] {
  const d = delimiter.replace('|', '\\|');
  const closed = new RegExp(`"((?:[^"]|"")*)"(?!")(?=${d}|\\n|\\r\\n|\\r$|$)`, 'y');
  const badlyClosed = /"(?:[^"]|"")*"(?!")[^\n]*/y;
  const open = new RegExp(`[^${d}\\n]*`, 'y');
  const found: Parsed[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    const line = text.slice(0, start).split('\n').length;
    const fields: Field[] = [];
    let problem: string | null = null;
    for (;;) {
      const match = (pattern: RegExp) => {
        pattern.lastIndex = at;
        return pattern.exec(text);
      };
      if (text[at] === '"') {
        const whole = match(closed);
        if (whole) {
          fields.push({
            text: whole[1]!.replaceAll('""', '"'),
            from: at - start,
            to: at + whole[0].length - start,
          });
          at += whole[0].length;
        } else {
          const bad = match(badlyClosed);
          problem = bad ? 'bad_quote' : 'unterminated_quote';
          at = bad ? at + bad[0].length : text.length;
        }
      } else {
        const plain = match(open)![0];
        const ends = at + plain.length === text.length || text[at + plain.length] === '\n';
        const kept = ends && plain.endsWith('\r') ? plain.slice(0, -1) : plain;
        fields.push({ text: kept, from: at - start, to: at + kept.length - start });
        at += kept.length;
      }
      if (problem === null && text[at] === delimiter) {
        at += 1;
        continue;
      }
      break;
    }
    let raw = text.slice(start, at);
    if (problem === 'bad_quote' && raw.endsWith('\r')) raw = raw.slice(0, -1);
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    if (problem === null && raw.includes('\0')) problem = 'bad_character';
    if (problem === null && fields.length === 1 && trim(fields[0]!.text) === '') continue;
    found.push({ line, raw, fields, problem });
  }
  return found;
}

/** What the spec makes of the records behind the header, given which field feeds which column. */
export function referenceRows(
  text: string,
  delimiter: string,
  contract: BronzeContract,
  rules: readonly ReferenceRule[],
): ReferenceRow[] {
  const [header, ...records] = referenceRecords(text, delimiter);
  const names = header!.fields.map((field) => trim(field.text));
  const secrets = contract.columns
    .filter(({ pii }) => pii === 'secret')
    .map(({ name }) => names.indexOf(name));
  return records.map((record): ReferenceRow => {
    const { line, raw, fields } = record;
    const problem = record.problem ?? (fields.length === names.length ? null : 'ragged_row');
    if (problem !== null) {
      return {
        line,
        reason: problem,
        column: null,
        value: null,
        record: secrets.length > 0 ? null : raw,
        values: null,
      };
    }
    const shown = [...secrets]
      .sort((a, b) => b - a)
      .reduce((rest, index) => rest.slice(0, fields[index]!.from) + rest.slice(fields[index]!.to), raw);
    const values: (string | null)[] = [];
    for (const column of contract.columns) {
      const at = names.indexOf(column.name);
      const cell = at < 0 ? '' : trim(fields[at]!.text);
      const result = typed(column, cell);
      if (typeof result === 'object' && result !== null) {
        const value = column.pii === 'secret' ? '' : cell;
        return { line, reason: result.reason, column: column.name, value, record: shown, values: null };
      }
      values.push(result);
    }
    const broken = rules.find((rule) => rule.breaks(values));
    if (broken) {
      const at = names.indexOf(broken.column);
      return {
        line,
        reason: broken.reason,
        column: broken.column,
        value: trim(fields[at]!.text),
        record: shown,
        values: null,
      };
    }
    return { line, reason: null, column: null, value: null, record: null, values };
  });
}

function trim(text: string): string {
  let [from, to] = [0, text.length];
  const isWhite = (at: number) => [9, 10, 11, 12, 13, 32].includes(text.charCodeAt(at));
  while (from < to && isWhite(from)) from += 1;
  while (to > from && isWhite(to - 1)) to -= 1;
  return text.slice(from, to);
}

type Typed = string | null | { readonly reason: string };

function typed(column: BronzeColumn, cell: string): Typed {
  const { type } = column;
  const nulls = type.kind === 'varchar' ? [''] : ['', 'null', 'na', 'n/a', 'nan', 'none', '\\n'];
  if (nulls.includes(cell.toLowerCase())) return column.required ? { reason: 'missing_required' } : null;
  if (type.kind === 'varchar') {
    if (column.pii === 'secret') return 'REDACTED';
    if (column.letterCase === 'as_delivered') return cell;
    return column.letterCase === 'lower'
      ? cell.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
      : cell.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  }
  if (type.kind === 'boolean') {
    const lower = cell.toLowerCase();
    if (['true', 't', 'yes', 'y', '1'].includes(lower)) return 'true';
    if (['false', 'f', 'no', 'n', '0'].includes(lower)) return 'false';
    return { reason: 'not_boolean' };
  }
  const scale = type.kind === 'decimal' ? type.scale : 0;
  const order = orderOf(column, cell);
  if (typeof order !== 'bigint') return order;
  const bound = (text: string | undefined) => {
    if (text === undefined) return undefined;
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(scale, '0'));
  };
  const [minimum, maximum] = [bound(column.minimum), bound(column.maximum)];
  if ((minimum !== undefined && order < minimum) || (maximum !== undefined && order > maximum)) {
    return { reason: 'out_of_range' };
  }
  return String(order);
}

function orderOf(column: BronzeColumn, cell: string): bigint | { readonly reason: string } {
  const { type } = column;
  const outOfRange = { reason: 'out_of_range' };
  if (type.kind === 'bigint') {
    const match = /^([+-]?)(\d+)(\.0*)?$/.exec(cell);
    if (!match) return { reason: 'not_integer' };
    const value = BigInt(match[2]!) * (match[1] === '-' ? -1n : 1n);
    return BigInt.asIntN(64, value) === value ? value : outOfRange;
  }
  if (type.kind === 'decimal') {
    const match = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/.exec(cell);
    if (!match) return { reason: 'not_decimal' };
    const [, sign, whole = '', afterWhole = '', alone = '', exponent = '0'] = match;
    const fraction = afterWhole || alone;
    const digits = BigInt(whole + fraction);
    if (digits === 0n) return 0n;
    const size = BigInt(exponent);
    if (size > 5000n) return outOfRange;
    if (size < -5000n) return 0n;
    const shift = Number(size) - fraction.length + type.scale;
    let units: bigint;
    if (shift >= 0) units = digits * 10n ** BigInt(shift);
    else {
      const by = 10n ** BigInt(-shift);
      units = (2n * digits + by) / (2n * by);
    }
    return units >= 10n ** BigInt(type.precision) ? outOfRange : sign === '-' ? -units : units;
  }
  const time = microsecondsOf(cell);
  if (time === undefined) return { reason: 'not_timestamp' };
  const limit = (year: number) => BigInt(Date.UTC(year, 0, 1)) * 1000n;
  if (time < limit(1900) || time >= limit(2100)) return outOfRange;
  const day = 86_400_000_000n;
  return type.kind === 'date' ? time - (((time % day) + day) % day) : time;
}

function microsecondsOf(cell: string): bigint | undefined {
  const iso =
    /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?: UTC|Z|([+-])(\d\d):(\d\d))?)?$/.exec(
      cell,
    );
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d\d|\d{4})(?: (\d{1,2}):(\d\d)(?::(\d\d))?)?$/.exec(cell);
  const parts = iso
    ? [iso[1], iso[2], iso[3], iso[4], iso[5], iso[6]]
    : slashed
      ? [
          slashed[3]!.length === 2 ? `20${slashed[3]}` : slashed[3],
          slashed[1],
          slashed[2],
          slashed[4],
          slashed[5],
          slashed[6],
        ]
      : undefined;
  if (parts === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    Number(part ?? 0),
  );
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day > [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!) return undefined;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute, second);
  let time = BigInt(at.getTime()) * 1000n + BigInt((iso?.[7] ?? '').padEnd(6, '0'));
  if (iso?.[8] !== undefined) {
    const [hours, minutes] = [Number(iso[9]), Number(iso[10])];
    if (hours > 23 || minutes > 59) return undefined;
    const offset = BigInt(hours * 60 + minutes) * 60_000_000n;
    time -= iso[8] === '-' ? -offset : offset;
  }
  return time;
}
