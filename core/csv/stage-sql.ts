import type { BronzeColumn, BronzeContract, RowRule } from '../contract/contract.ts';
import { formatScalarType } from '../contract/scalar-type.ts';
import { transpileExpression } from '../sql/transpile.ts';
import { columnSql, duckdbTypeOf } from './column-sql.ts';

/** A contract made ready for staging: its row rules as DuckDB's SQL. */
export type StagePlan = {
  readonly contract: BronzeContract;
  /** The rules that keep a row out, in order. */
  readonly barring: readonly { readonly rule: RowRule; readonly sql: string }[];
  /** The rules that only count. */
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

/** Translates the contract's row rules. @throws SqlProblemError */
export async function planStage(contract: BronzeContract): Promise<StagePlan> {
  const columns = contract.columns.map(({ name, type }) => ({ name, type: formatScalarType(type) }));
  const rules = [];
  for (const rule of contract.rules) {
    rules.push({ rule, sql: await transpileExpression(rule.brokenWhen, columns, contract.position) });
  }
  return {
    contract,
    barring: rules.filter(({ rule }) => rule.action !== 'warn'),
    warning: rules.filter(({ rule }) => rule.action === 'warn'),
  };
}

/**
 * The table that holds a batch's lines until they are committed. Columns of the pipeline begin with an underscore, which
 * no contract's column does.
 */
export function createStageSql({ contract, warning }: StagePlan, table: string): string {
  const columns = [
    '_file integer',
    '_line bigint',
    '_outcome tinyint',
    '_reason varchar',
    '_column varchar',
    '_value varchar',
    '_record varchar',
    ...warning.map((_, index) => `_warning${index} boolean`),
    ...contract.columns.map((column) => `${quoteName(column.name)} ${duckdbTypeOf(column.type)}`),
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
  const { contract, barring, warning } = plan;
  const columns = contract.columns.map((column, index) => describeColumn(column, index, layout, variant));
  const hasSecret = contract.columns.some(({ pii }) => pii === 'secret');
  const names = contract.columns.map(({ name }) => quoteName(name)).join(', ');
  const isFine = columns.map(({ fine }) => `(${fine})`).join(' and ');
  const failing = columns.map(({ fine }, index) => `when (${fine}) is not true then ${index}`).join(' ');
  const pick = (values: readonly string[]) =>
    values.length === 0
      ? 'null'
      : `case _failing ${values.map((value, index) => `when ${index} then ${value}`).join(' ')} end`;
  const pickRule = (values: readonly string[]) =>
    values.length === 0
      ? 'null'
      : `case _rule ${values.map((value, index) => `when ${index} then ${value}`).join(' ')} end`;
  const ruleColumn = (rule: RowRule) => contract.columns.findIndex(({ name }) => name === rule.column);
  const rejects = barring.map(({ rule }) => rule.action === 'reject');
  return `
insert into ${table}
select
  $2::integer, $3::bigint + _number,
  case when _blank then ${lineOutcome.blank} when _reject is null and _failing is null and _rule is null then ${lineOutcome.loaded}
    ${rejects.includes(false) ? `when ${pickRule(rejects.map((reject) => String(!reject)))} then ${lineOutcome.failsFile}` : ''}
    else ${lineOutcome.rejected} end,
  case when _blank then null when _reject is not null then _reject
    when _failing is not null then ${pick(columns.map(({ reason }) => reason))}
    when _rule is not null then ${pickRule(barring.map(({ rule }) => textLiteral(`rule:${rule.id}`)))} end,
  case when _blank or _reject is not null then null
    when _failing is not null then ${pick(contract.columns.map(({ name }) => textLiteral(name)))}
    when _rule is not null then ${pickRule(barring.map(({ rule }) => (rule.column === undefined ? 'null' : textLiteral(rule.column))))} end,
  case when _blank or _reject is not null then null
    when _failing is not null then ${pick(columns.map(({ shown }) => shown))}
    when _rule is not null then ${pickRule(barring.map(({ rule }) => columns[ruleColumn(rule)]?.shown ?? 'null'))} end,
  case when _blank or (_reject is null and _failing is null and _rule is null) then null
    ${hasSecret ? 'when _reject is not null then null' : ''} else ${recordText(contract, layout, variant)} end
  ${warning.map((_, index) => `, _warning${index}`).join('')}
  , ${names}
from (
  select *,
    case when _sound then case ${barring.map(({ sql }, index) => `when (${sql}) then ${index}`).join(' ')} ${barring.length === 0 ? 'when true then null' : ''} end end as _rule
    ${warning.map(({ sql }, index) => `, case when _sound then coalesce((${sql}), false) else false end as _warning${index}`).join('')}
  from (
    select *, not _blank and _reject is null and _failing is null as _sound
    from (
      select *,
        case when _blank or _reject is not null then null when ${isFine} then null else case ${failing} end end as _failing
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
      ) as typed
    ) as judged
  ) as sound
) as ruled`;
}

type DescribedColumn = {
  readonly name: string;
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
  const name = quoteName(column.name);
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
  const cut = textLiteral(String.fromCharCode(delimiter));
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
  const cut = textLiteral(character);
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
      : `array_to_string(list_transform(_fields, lambda x, i : case when i in (${secrets.join(', ')}) then '' else x end), ${textLiteral(String.fromCharCode(layout.delimiter))})`;
  return variant.isMarked ? `case when ord(_line) = 29 then _fields[-1] else ${plain} end` : plain;
}

/** A name as DuckDB's SQL quotes it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a SQL literal. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
