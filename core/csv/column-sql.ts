import type { BronzeColumn, ScalarType } from '../contract/contract.ts';

/**
 * DuckDB macros for the spec's forms of values. A `try_cast` alone would take `1.7` for 2, `1e3`, `0x1F` and ` 12 ` for
 * integers and 24:00 for a time, so what a cast sees has passed a regular expression before.
 */
export const csvMacros: readonly string[] = [
  `csv_trim(x) as trim(x, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13))`,
  `csv_unescape(x) as replace(replace(replace(replace(replace(replace(x,
     chr(27) || 'n', chr(10)), chr(27) || 'r', chr(13)), chr(27) || '0', chr(0)), chr(27) || 's', chr(31)),
     chr(27) || 'm', chr(29)), chr(27) || 'e', chr(27))`,
  // No IN lists here: DuckDB makes a join of each. Words for null sort behind digits and signs, which most texts begin with.
  `csv_null(x) as case when x < ':' then x = '' when strlen(x) > 4 then false else case lower(x)
     when 'null' then true when 'na' then true when 'n/a' then true when 'nan' then true when 'none' then true
     when '\\n' then true else false end end`,
  // As many bytes as characters: all of it is ASCII. translate() takes 30 times as long.
  `csv_lower(x) as case when strlen(x) = length(x) then lower(x)
     else translate(x, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') end`,
  `csv_upper(x) as case when strlen(x) = length(x) then upper(x)
     else translate(x, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') end`,
  `csv_is_integer(x) as regexp_full_match(x, '[+-]?[0-9]+(\\.0*)?')`,
  `csv_is_decimal(x) as regexp_full_match(x, '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?')`,
  // Digits before and behind the point, without the point; the exponent, cut to a size at which only its sign matters.
  `csv_whole(x) as regexp_extract(x, '^[+-]?([0-9]*)', 1)`,
  `csv_fraction(x) as regexp_extract(x, '^[+-]?[0-9]*\\.([0-9]*)', 1)`,
  `csv_exponent(x) as case when length(ltrim(regexp_extract(x, '[eE][+-]?([0-9]+)$', 1), '0')) > 15
       then case when regexp_matches(x, '[eE]-') then -1000000000000000 else 1000000000000000 end
     else coalesce(try_cast(regexp_extract(x, '[eE]([+-]?[0-9]+)$', 1) as bigint), 0) end`,
  // Value = 0.<digits> * 10^point, digits without leading zeros.
  `csv_digits(x) as ltrim(csv_whole(x) || csv_fraction(x), '0')`,
  `csv_point(x) as length(csv_whole(x)) + csv_exponent(x)
     - (length(csv_whole(x)) + length(csv_fraction(x)) - length(csv_digits(x)))`,
  // Units of 10^-s, rounded half away from zero; NULL where there are more than w digits before the point.
  `csv_units(x, w, s) as case when csv_digits(x) = '' then 0::hugeint
     when csv_point(x) > w then null
     when csv_point(x) + s < 0 then 0::hugeint
     else (case when starts_with(x, '-') then -1 else 1 end) * (
       cast('0' || left(rpad(csv_digits(x), greatest(0, csv_point(x) + s)::integer, '0'), greatest(0, csv_point(x) + s)) as hugeint)
       + case when substr(csv_digits(x), csv_point(x) + s + 1, 1) >= '5' then 1 else 0 end) end`,
  `csv_decimal_text(u, s) as case when u < 0 then '-' else '' end
     || case when s = 0 then abs(u)::varchar
        else left(lpad(abs(u)::varchar, greatest(length(abs(u)::varchar), s + 1)::integer, '0'), -s) || '.'
          || right(lpad(abs(u)::varchar, greatest(length(abs(u)::varchar), s + 1)::integer, '0'), s) end`,
  `csv_is_iso(x) as regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?( UTC|Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?')`,
  `csv_is_slashed(x) as regexp_full_match(x, '[0-9]{1,2}/[0-9]{1,2}/([0-9]{2}|[0-9]{4})( ([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?')`,
  `csv_day(x) as case when starts_with(x, '0000') then null else try_cast(x as date) end`,
  // hh:mm, hh:mm:ss or hh:mm:ss.ffffff behind the day
  `csv_time(x) as case when x = '' then interval 0 second else cast(case when length(x) <= 5 then x || ':00' else x end as interval) end`,
  `csv_offset(x) as case when regexp_matches(x, '[+-][0-9]{2}:[0-9]{2}$') and length(x) > 16
     then cast(right(x, 6)[2:] as interval) * (case when right(x, 6)[1] = '-' then -1 else 1 end) else interval 0 second end`,
  `csv_iso(x) as csv_day(left(x, 10)) + csv_time(regexp_extract(x, '^.{10}[ T]([0-9:.]+)', 1)) - csv_offset(x)`,
  `csv_slashed(x) as csv_day(
       (case when length(regexp_extract(x, '/([0-9]+)( |$)', 1)) = 2 then '20' else '' end) || regexp_extract(x, '/([0-9]+)( |$)', 1)
       || '-' || lpad(split_part(x, '/', 1), 2, '0') || '-' || lpad(split_part(x, '/', 2), 2, '0'))
     + csv_time(case when contains(x, ' ') then regexp_replace(split_part(x, ' ', 2), '^([0-9]):', '0\\1:') else '' end)`,
  `csv_timestamp(x) as case when csv_is_iso(x) then csv_iso(x) when csv_is_slashed(x) then csv_slashed(x) end`,
  `csv_boolean(x) as case lower(x)
     when 'true' then true when 't' then true when 'yes' then true when 'y' then true when '1' then true
     when 'false' then false when 'f' then false when 'no' then false when 'n' then false when '0' then false end`,
];

/** How a column's text becomes its value. */
export type ColumnSql = {
  /** What DuckDB's own cast makes of the text, which counts only where a test of the text says so; `null` if it is not used. */
  readonly cast: string;
  /** Value of a text that is not null; NULL if the text is no value, or one that the type cannot hold. */
  readonly value: string;
  /** Reason for a text without a value, NULL if only the range is to blame. */
  readonly malformed: string;
  /** Condition that the value is in range; undefined if every value is. */
  readonly bounds: string | undefined;
};

/**
 * DuckDB's expressions for a column. `names` are SQL: of its trimmed text, NULL if it is null, of what `cast` gave, and of the
 * value.
 */
export function columnSql(
  column: BronzeColumn,
  names: { readonly text: string; readonly cast: string; readonly value: string },
): ColumnSql {
  const { type, minimum, maximum } = column;
  const isTime = type.kind === 'timestamp' || type.kind === 'date';
  const bound = (operator: string, limit: string | undefined) =>
    limit === undefined ? [] : [`${names.value} ${operator} cast('${limit}' as ${duckdbTypeOf(type)})`];
  const bounds = [
    ...(isTime
      ? [`${names.value} >= ${type.kind} '1900-01-01' and ${names.value} < ${type.kind} '2100-01-01'`]
      : []),
    ...bound('>=', minimum),
    ...bound('<=', maximum),
  ];
  return { ...valueSql(column, names), bounds: bounds.length === 0 ? undefined : bounds.join(' and ') };
}

/** The type that a column's values have in DuckDB. */
export function duckdbTypeOf(type: ScalarType): string {
  return type.kind === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : type.kind;
}

function valueSql(
  column: BronzeColumn,
  { text, cast }: { readonly text: string; readonly cast: string },
): Omit<ColumnSql, 'bounds'> {
  const { type } = column;
  const unless = (condition: string, reason: string) => `case when not ${condition} then '${reason}' end`;
  switch (type.kind) {
    case 'varchar':
      return { cast: 'null', value: varcharSql(column, text), malformed: 'cast(null as varchar)' };
    case 'integer':
    case 'bigint':
      return {
        // The cast rounds a fraction, but this one is of zeros.
        cast: `try_cast(${text} as ${type.kind})`,
        value: `case when csv_is_integer(${text}) then ${cast} end`,
        malformed: unless(`csv_is_integer(${text})`, 'not_integer'),
      };
    case 'decimal': {
      const whole = type.precision - type.scale;
      // At most this many digits, which need neither rounding nor a range test.
      const plain =
        whole === 0 ? '' : `[+-]?[0-9]{1,${whole}}${type.scale === 0 ? '' : `(\\.[0-9]{1,${type.scale}})?`}`;
      const target = duckdbTypeOf(type);
      return {
        cast: 'null',
        value: `case ${plain === '' ? '' : `when regexp_full_match(${text}, '${plain}') then cast(${text} as ${target})`}
          when csv_is_decimal(${text})
            then try_cast(csv_decimal_text(csv_units(${text}, ${whole}, ${type.scale}), ${type.scale}) as ${target}) end`,
        malformed: unless(`csv_is_decimal(${text})`, 'not_decimal'),
      };
    }
    case 'timestamp':
    case 'date': {
      // Written back as it was: then the text had the form, and the time exists. Far quicker than taking it to pieces.
      return {
        cast: `case when strlen(${text}) = 19 or strlen(${text}) = 10 then try_cast(${text} as timestamp)
          when strlen(${text}) = 23 and ends_with(${text}, ' UTC') then try_cast(left(${text}, 19) as timestamp) end`,
        value: `cast(case when ${cast} is null then csv_timestamp(${text})
          when left(${cast}::varchar, strlen(${text})) = left(${text}, 19) and ${text} >= '0001' then ${cast} else csv_timestamp(${text}) end as ${type.kind})`,
        malformed: `'not_timestamp'`,
      };
    }
    case 'boolean':
      return { cast: 'null', value: `csv_boolean(${text})`, malformed: `'not_boolean'` };
    default:
      throw new Error(
        `column ${column.name}: CSV fields have no ${type.kind} form, expected varchar, bigint, integer, decimal, date, timestamp(6) or boolean`,
      );
  }
}

function varcharSql({ pii, letterCase }: BronzeColumn, text: string): string {
  if (pii === 'secret') return `case when ${text} is not null then 'REDACTED' end`;
  return letterCase === 'as_delivered' ? text : `csv_${letterCase}(${text})`;
}
