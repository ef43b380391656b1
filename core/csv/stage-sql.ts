import type { BronzeColumn, BronzeContract, DerivedColumn, RowRule } from '../contract/contract.ts';
import { conditionsOf } from '../contract/row-rules.ts';
import { formatScalarType } from '../contract/scalar-type.ts';
import { quoteIdentifier, quoteText } from '../sql/quoting.ts';
import { transpileExpression } from '../sql/transpile.ts';
import { columnSql, duckdbTypeOf } from './column-sql.ts';

/** A contract made ready for staging: its derived columns and row rules as DuckDB's SQL. */
export type StagePlan = {
  readonly contract: BronzeContract;
  readonly derived: readonly { readonly column: DerivedColumn; readonly sql: string }[];
  /** What keeps a row out, in order; a rule over several columns is here once for each. */
  readonly barring: readonly {
    readonly rule: RowRule;
    readonly column: string | undefined;
    readonly sql: string;
  }[];
  /** The rules that only count, each of them once. */
  readonly warning: readonly { readonly rule: RowRule; readonly sql: string }[];
};

/** What became of a line: `blank` is none of the file's records. */
export const lineOutcome = { loaded: 0, rejected: 1, blank: 2, failsFile: 3 } as const;

/** Which of the lines' forms a text uses; a form that is not used costs nothing. */
export type LineVariant = {
  readonly hasCarriageReturn: boolean;
  /** White space that a field may have at its ends: none, spaces alone, or any. */
  readonly whiteSpace: 'none' | 'spaces' | 'any';
  readonly isMarked: boolean;
  readonly isEscaped: boolean;
};

/** Translates the contract's derived columns and row rules. @throws SqlProblemError */
export async function planStage(contract: BronzeContract): Promise<StagePlan> {
  const ofFile = contract.columns.map(toSqlColumn);
  const all = [...ofFile, ...contract.derivedColumns.map(toSqlColumn)];
  const derived = [];
  for (const column of contract.derivedColumns) {
    const { from, type } = column;
    const sql =
      from.kind === 'record_hash'
        ? recordHashSql(contract)
        : `try(cast(${await transpileExpression(from.sql, ofFile, from.position)} as ${duckdbTypeOf(type)}))`;
    derived.push({ column, sql });
  }
  const barring = [];
  const warning = [];
  for (const rule of contract.rules) {
    const conditions = [];
    for (const { column, sql } of conditionsOf(rule)) {
      const translated = await transpileExpression(sql, all, rule.position ?? contract.position);
      // What cannot be computed must stop no load: a row whose condition overflows does not break the rule.
      conditions.push({ rule, column, sql: `coalesce(try(${translated}), false)` });
    }
    if (rule.action === 'warn') warning.push({ rule, sql: conditions.map(({ sql }) => sql).join(' or ') });
    else barring.push(...conditions);
  }
  return { contract, derived, barring, warning };
}

function toSqlColumn({ name, type }: Pick<BronzeColumn, 'name' | 'type'>) {
  return { name, type: formatScalarType(type) };
}

/** The hash of a record's trimmed texts, as {@link DerivedSource} has it. */
function recordHashSql(contract: BronzeContract): string {
  const texts = contract.columns.map(({ pii }, index) =>
    pii === 'secret' ? `''` : `coalesce(_field${index}, '')`,
  );
  return `sha256(concat_ws(chr(31), ${texts.join(', ')}))`;
}

/**
 * The table that holds a batch's lines until they are committed. Columns of the pipeline begin with an underscore, which
 * no contract's column does.
 */
export function createStageSql({ contract, derived, warning }: StagePlan, table: string): string {
  const columns = [
    '_file integer',
    '_line bigint',
    '_outcome tinyint',
    '_reason varchar',
    '_column varchar',
    '_value varchar',
    '_record varchar',
    ...warning.map((_, index) => `_warning${index} boolean`),
    ...[...contract.columns, ...derived.map(({ column }) => column)].map(
      ({ name, type }) => `${quoteIdentifier(name)} ${duckdbTypeOf(type)}`,
    ),
  ];
  return `create table ${table} (${columns.join(', ')})`;
}

/** Facts of one file that its lines are read by. */
export type FileLayout = {
  readonly delimiter: number;
  readonly fieldCount: number;
  readonly fields: readonly (number | undefined)[];
};

/**
 * The statement that reads encoded lines (`$1`, a blob), types and tests them and stages every line of file `$2`, the first of
 * which follows line `$3`.
 */
export function stageLinesSql(
  plan: StagePlan,
  table: string,
  layout: FileLayout,
  variant: LineVariant,
): string {
  const { contract, derived, barring, warning } = plan;
  const columns = contract.columns.map((column, index) => describeColumn(column, index, layout, variant));
  const hasSecret = contract.columns.some(({ pii }) => pii === 'secret');
  const tested = [
    ...columns,
    ...derived.map(({ column }) => ({
      name: quoteIdentifier(column.name),
      plainName: column.name,
      fine: column.required ? `${quoteIdentifier(column.name)} is not null` : 'true',
      reason: `'missing_required'`,
      // No text of the file is to blame alone.
      shown: 'null',
    })),
  ];
  const names = tested.map(({ name }) => name).join(', ');
  const firstFailing = (from: number, to: number) => {
    const some = tested.slice(from, to).map(({ fine }, index) => ({ fine, index: from + index }));
    const isFine = some.map(({ fine }) => `(${fine})`).join(' and ');
    return `when ${isFine} then null else case ${some.map(({ fine, index }) => `when (${fine}) is not true then ${index}`).join(' ')} end end`;
  };
  const pick = (values: readonly string[]) =>
    values.length === 0
      ? 'null'
      : `case _failing ${values.map((value, index) => `when ${index} then ${value}`).join(' ')} end`;
  const pickRule = (values: readonly string[]) =>
    values.length === 0
      ? 'null'
      : `case _rule ${values.map((value, index) => `when ${index} then ${value}`).join(' ')} end`;
  const testedColumn = (name: string | undefined) => tested.find(({ plainName }) => plainName === name);
  const rejects = barring.map(({ rule }) => rule.action === 'reject');
  return `
insert into ${table}
select
  $2::integer, $3::bigint + _number,
  case when _blank then ${lineOutcome.blank} when _reject is null and _failing is null and _rule is null then ${lineOutcome.loaded}
    ${rejects.includes(false) ? `when ${pickRule(rejects.map((reject) => String(!reject)))} then ${lineOutcome.failsFile}` : ''}
    else ${lineOutcome.rejected} end,
  case when _blank then null when _reject is not null then _reject
    when _failing is not null then ${pick(tested.map(({ reason }) => reason))}
    when _rule is not null then ${pickRule(barring.map(({ rule }) => quoteText(`rule:${rule.id}`)))} end,
  case when _blank or _reject is not null then null
    when _failing is not null then ${pick(tested.map(({ plainName }) => quoteText(plainName)))}
    when _rule is not null then ${pickRule(barring.map(({ column }) => (column === undefined ? 'null' : quoteText(column))))} end,
  case when _blank or _reject is not null then null
    when _failing is not null then ${pick(tested.map(({ shown }) => shown))}
    when _rule is not null then ${pickRule(barring.map(({ column }) => testedColumn(column)?.shown ?? 'null'))} end,
  case when _blank or (_reject is null and _failing is null and _rule is null) then null
    ${hasSecret ? 'when _reject is not null then null' : ''} else ${recordText(contract, layout, variant)} end
  ${warning.map((_, index) => `, _warning${index}`).join('')}
  , ${names}
from (
  select *,
    case when _sound then case ${barring.map(({ sql }, index) => `when (${sql}) then ${index}`).join(' ')} ${barring.length === 0 ? 'when true then null' : ''} end end as _rule
    ${warning.map(({ sql }, index) => `, case when _sound then ${sql} else false end as _warning${index}`).join('')}
  from (
    select *, not _blank and _reject is null and _failing is null as _sound
    from (${derivedSql(derived, firstFailing(columns.length, tested.length))}
      select *,
        case when _blank or _reject is not null then null ${firstFailing(0, columns.length)} as ${derived.length === 0 ? '_failing' : '_failing_of_file'}
      from (
        select *, ${columns.map(({ value, name }) => `${value} as ${name}`).join(',\n          ')}
        from (
          select *, ${columns.map(({ cast }, index) => `${cast} as _cast${index}`).join(', ')}
        from (
          select *, ${columns.map(({ text }, index) => `${text} as _text${index}`).join(', ')}
          from (
            select *, ${columns.map(({ field }, index) => `${field} as _field${index}`).join(', ')}
            from (
              select * ${columns.map(({ raw }, index) => `, ${raw} as _raw${index}`).join('')} from (${linesSql(layout, variant)})
            )
          ) as cut
        ) as fielded
        ) as tried
      ) as typed${derived.length === 0 ? '' : ') as of_file) as checked) as derived'}
    ) as judged
  ) as sound
) as ruled`;
}

/** Begins a select around the typed columns: adds the derived ones of the rows that are fine so far, and tests them too. */
function derivedSql(derived: StagePlan['derived'], firstFailing: string): string {
  if (derived.length === 0) return '';
  const values = derived.map(
    ({ column, sql }) => `case when _is_typed then ${sql} end as ${quoteIdentifier(column.name)}`,
  );
  return `
      select *, case when not _is_typed then _failing_of_file ${firstFailing} as _failing
      from (select *, ${values.join(', ')}
      from (select *, not _blank and _reject is null and _failing_of_file is null as _is_typed from (`;
}

type DescribedColumn = {
  /** In quotes, as SQL has it, and plain. */
  readonly name: string;
  readonly plainName: string;
  /** The field as it stands. */
  readonly raw: string;
  /** The trimmed text. */
  readonly field: string;
  /** The trimmed text, NULL where it means null. */
  readonly text: string;
  /** What DuckDB's own cast gives. */
  readonly cast: string;
  readonly value: string;
  /** Whether the value may stand. */
  readonly fine: string;
  readonly reason: string;
  /** The text as quarantine may show it. */
  readonly shown: string;
};

function describeColumn(
  column: BronzeColumn,
  index: number,
  layout: FileLayout,
  variant: LineVariant,
): DescribedColumn {
  const name = quoteIdentifier(column.name);
  const at = layout.fields[index];
  const raw = at === undefined ? 'cast(null as varchar)' : `_fields[${at + 1}]`;
  const field = trimSql(`_raw${index}`, variant);
  const text =
    column.type.kind === 'varchar'
      ? `nullif(_field${index}, '')`
      : `case when csv_null(_field${index}) then null else _field${index} end`;
  const sql = columnSql(column, { text: `_text${index}`, cast: `_cast${index}`, value: name });
  const isThere = column.required ? 'false' : `_text${index} is null`;
  const inBounds = sql.bounds === undefined ? '' : ` and ${sql.bounds}`;
  const reason = `case when _text${index} is null then 'missing_required' when ${name} is not null then 'out_of_range' else coalesce(${sql.malformed}, 'out_of_range') end`;
  return {
    name,
    plainName: column.name,
    raw,
    field,
    text,
    cast: sql.cast,
    value: sql.value,
    fine: `${isThere} or (${name} is not null${inBounds})`,
    reason,
    shown: column.pii === 'secret' ? `''` : `coalesce(_field${index}, '')`,
  };
}

/** The lines with their fields, whether they are blank, why they are rejected as a whole, and whether a field may need trimming. */
function linesSql({ delimiter, fieldCount }: FileLayout, variant: LineVariant): string {
  const cut = quoteText(String.fromCharCode(delimiter));
  const decoded = variant.hasCarriageReturn
    ? `replace(decode($1::blob), chr(13) || chr(10), chr(10))`
    : 'decode($1::blob)';
  const lines = `
    select unnest(_lines) as _line, unnest(range(1, len(_lines) + 1)) as _number
    from (select string_split(${decoded}, chr(10)) as _lines)`;
  const trims = trimsSql(delimiter, variant);
  if (!variant.isMarked) {
    return `
    select *, case when len(_fields) = 1 then csv_trim(_line) = '' else false end as _blank,
      case when len(_fields) <> ${fieldCount} then 'ragged_row' end as _reject
    from (select *, string_split(_line, ${cut}) as _fields, ${trims} as _trims from (${lines}))`;
  }
  const split = `string_split(case when _kind is null then _line else substr(_line, 3) end, case when _kind is null then ${cut} else chr(31) end)`;
  const fields = variant.isEscaped
    ? `case when _kind is not null and contains(_line, chr(27)) then list_transform(${split}, lambda x : csv_unescape(x)) else ${split} end`
    : split;
  return `
    select *,
      case when len(_fields) > 2 then false when _kind is null then len(_fields) = 1 and csv_trim(_line) = ''
        else _kind = 'r' and len(_fields) = 2 and csv_trim(_fields[1]) = '' end as _blank,
      case when _kind is null then case when len(_fields) <> ${fieldCount} then 'ragged_row' end
        when _kind = 'q' then 'bad_quote' when _kind = 'u' then 'unterminated_quote' when _kind = 'c' then 'bad_character'
        when len(_fields) <> ${fieldCount + 1} then 'ragged_row' end as _reject
    from (
      select *, ${fields} as _fields, case when _kind is not null then true else ${trims} end as _trims
      from (select *, case when ord(_line) = 29 then substr(_line, 2, 1) end as _kind from (${lines}))
    )`;
}

/** Whether a line has white space at the end of a field: cheaper to ask once than to trim every field. */
function trimsSql(delimiter: number, { whiteSpace }: LineVariant): string {
  const character = String.fromCharCode(delimiter);
  const cut = quoteText(character);
  if (whiteSpace === 'none') return 'false';
  if (whiteSpace === 'spaces') {
    return `(contains(_line, ' ' || ${cut}) or contains(_line, ${cut} || ' ') or starts_with(_line, ' ') or ends_with(_line, ' '))`;
  }
  const pattern = character === '|' ? '\\|' : character;
  // A tab that is the delimiter is in no field.
  const white = character === '\t' ? '\\x0b-\\r ' : '\\t\\x0b-\\r ';
  return `regexp_matches(_line, '(?:^|${pattern})[${white}]|[${white}](?:$|${pattern})')`;
}

function trimSql(raw: string, { whiteSpace, isMarked }: LineVariant): string {
  if (whiteSpace === 'none' && !isMarked) return raw;
  const trimmed =
    whiteSpace === 'any'
      ? `csv_trim(${raw})`
      : `case when ${raw} < '!' or ends_with(${raw}, ' ') then csv_trim(${raw}) else ${raw} end`;
  return `case when _trims then ${trimmed} else ${raw} end`;
}

/** Which forms a text uses. */
export function variantOf(
  {
    text,
    isMarked,
    isEscaped,
  }: { readonly text: Buffer; readonly isMarked: boolean; readonly isEscaped: boolean },
  delimiter: number,
): LineVariant {
  const hasCarriageReturn = text.includes(0x0d);
  const isAny =
    // Line breaks in quotes are white space too, once they are unescaped.
    isEscaped ||
    hasCarriageReturn ||
    // A quoted field may hold the tab that is the delimiter elsewhere.
    (isMarked && delimiter === 0x09) ||
    [0x09, 0x0b, 0x0c].some((byte) => byte !== delimiter && text.includes(byte));
  const cut = String.fromCharCode(delimiter);
  const hasSpaces = () =>
    text[0] === 0x20 ||
    text.at(-1) === 0x20 ||
    [` ${cut}`, `${cut} `, ' \n', '\n '].some((ends) => text.includes(ends));
  return {
    hasCarriageReturn,
    whiteSpace: isAny ? 'any' : hasSpaces() ? 'spaces' : 'none',
    isMarked,
    isEscaped,
  };
}

/** The text of a rejected record, without its secrets. */
function recordText(contract: BronzeContract, layout: FileLayout, variant: LineVariant): string {
  const secrets = contract.columns.flatMap(({ pii }, index) =>
    pii === 'secret' && layout.fields[index] !== undefined ? [layout.fields[index] + 1] : [],
  );
  const plain =
    secrets.length === 0
      ? '_line'
      : `array_to_string(list_transform(_fields, lambda x, i : case when i in (${secrets.join(', ')}) then '' else x end), ${quoteText(String.fromCharCode(layout.delimiter))})`;
  return variant.isMarked ? `case when ord(_line) = 29 then _fields[-1] else ${plain} end` : plain;
}
