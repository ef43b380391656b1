/** Settings and macros that translated SQL counts on: run all of it once on each DuckDB connection. */
export const SESSION_STATEMENTS: readonly string[] = [
  "set default_null_order = 'nulls_last'",
  "set timezone = 'UTC'",
  'set ieee_floating_point_ops = true',
  ...[
    // A decimal's digits without its point.
    `lake_digits(x) as cast(replace(cast(x as varchar), '.', '') as hugeint)`,
    // n * shift / d in integers, rounded half away from zero. n = q*d + r keeps the product small; what still does not fit is an
    // overflow error of HUGEINT and never a wrong number.
    `lake_divide(n, d, shift) as case when n is null or d is null then null
       when d = 0 then error('Division by zero')
       else lake_half_up((n // d) * shift + ((n % d) * shift) // d, ((n % d) * shift) % d, n, d) end`,
    `lake_half_up(quotient, rest, n, d) as quotient + case
       when abs(rest) < abs(d) - abs(rest) then 0
       when (n < 0) = (d < 0) then 1 else -1 end`,
    `lake_divide_integers(a, b) as case when b = 0 then error('Division by zero') else a // b end`,
    `lake_remainder(a, b) as case when b = 0 then error('Division by zero') else a % b end`,
    // Text that Trino takes for a number. What only one of the engines takes is an error, in a try_cast too.
    `lake_integer_text(x, safe) as case when regexp_full_match(x, '[+-]?[0-9]+') then x
       when regexp_matches(x, '^\\s+\\S|\\S\\s+$') then error('blanks around an integer, which versions of Athena take differently')
       when regexp_matches(x, '[^\\x00-\\x7f]') then error('not ASCII: a number was expected')
       when not safe and x is not null then error('not an integer') end`,
    `lake_decimal_text(x, safe) as case
       when regexp_full_match(x, '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?') then x
       when regexp_matches(x, '[^\\x00-\\x7f]') then error('not ASCII: a number was expected')
       when not safe and x is not null then error('not a decimal number') end`,
    `lake_double(x) as case when regexp_full_match(x, '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?|NaN')
       then cast(x as double) when x is not null then error('not a number') end`,
    `lake_boolean(x, safe) as case when lower(x) in ('true', 't', '1') then true when lower(x) in ('false', 'f', '0') then false
       when not safe and x is not null then error('not a boolean') end`,
    `lake_date(x, safe) as case
       when regexp_full_match(trim(x), '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}')
         then case when safe then try_cast(trim(x) as date) else cast(trim(x) as date) end
       when safe and regexp_full_match(x, '\\s*[+-]?[0-9]+-[0-9]+-[0-9]+\\s*') then error('a year of four digits was expected')
       when not safe and x is not null then error('not a date') end`,
    `lake_timestamp(x, safe) as case
       when regexp_full_match(trim(x), '[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?)?')
         then case when safe then try_cast(trim(x) as timestamp) else cast(trim(x) as timestamp) end
       when safe and regexp_matches(x, '^\\s*[+-]?[0-9]+-[0-9]+-[0-9]+( [0-9]|\\s*$)')
         then error('a timestamp like 2026-01-31 10:20:30.123456 was expected')
       when not safe and x is not null then error('not a timestamp') end`,
    `lake_timestamp_text(x, digits) as strftime(x, '%Y-%m-%d %H:%M:%S')
       || case when digits = 0 then '' else '.' || left(strftime(x, '%f'), digits) end`,
    `lake_floor(a, b) as (a - ((a % b) + b) % b) // b`,
    `lake_round_time(x, micros) as make_timestamp(lake_floor((2 * epoch_us(x) + micros), 2 * micros) * micros)`,
    // date_diff goes by whole milliseconds.
    `lake_milliseconds(x) as make_timestamp(lake_floor(epoch_us(x), 1000) * 1000)`,
    // As many bytes as characters: all of it is ASCII. translate() takes 30 times as long.
    `lake_upper(x) as case when strlen(x) = length(x) then upper(x)
       else translate(x, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') end`,
    `lake_lower(x) as case when strlen(x) = length(x) then lower(x)
       else translate(x, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') end`,
    // The capital that DuckDB has for sharp s is no upper case of it in Java.
    `lake_upper_unicode(x) as array_to_string(list_transform(string_split(x, 'ß'), lambda part: upper(part)), 'ß')`,
    `lake_lower_unicode(x) as lower(x)`,
    // A sum of decimals may leave 38 digits behind before it overflows DuckDB's 128 bits.
    `lake_bounded(x, most) as case when x > most or x < -most then error('Decimal overflow') else x end`,
    // What Java calls white space, which Trino trims.
    `lake_blanks() as chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || chr(29) || chr(30) || chr(31) || ' '
       || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8200)
       || chr(8201) || chr(8202) || chr(8232) || chr(8233) || chr(8287) || chr(12288)`,
    `lake_substring(x, start, size) as case
       when start is null or size is null then null
       when start = 0 or size <= 0 or abs(start) > length(x) then case when x is null then null else '' end
       else substring(x, case when start > 0 then start else length(x) + start + 1 end, size) end`,
    `lake_split_part(x, delimiter, n) as case when n < 1 then error('Index must be greater than zero')
       else string_split(x, delimiter)[n] end`,
    `lake_extract(x, pattern, "group") as case when regexp_matches(x, pattern) then regexp_extract(x, pattern, "group") end`,
    `lake_checked_series(series) as case when len(series) > 10000
       then error('result of sequence function must not have more than 10000 entries') else series end`,
    `lake_sequence(a, b) as lake_checked_series(case when a <= b then generate_series(a, b) else generate_series(a, b, -1) end)`,
    `lake_sequence_step(a, b, step) as case
       when step = 0 then error('sequence step must not be zero')
       when (step > 0 and b < a) or (step < 0 and b > a)
         then error('sequence stop value should be greater than or equal to start value if step is greater than zero '
           || 'otherwise stop should be less than or equal to start')
       else lake_checked_series(generate_series(a, b, step)) end`,
    `lake_sequence_days(a, b, step) as list_transform(lake_sequence_step(0, cast(b - a as bigint), step),
       lambda i: a + cast(i as integer))`,
    // Each month is counted from the first day given: 31 January, 29 February, 31 March.
    `lake_sequence_months(a, b, step) as list_filter(list_transform(lake_sequence_step(0,
         (year(b) * 12 + month(b)) - (year(a) * 12 + month(a)), step),
         lambda i: cast(a + to_months(cast(i as integer)) as date)),
       lambda d: case when step > 0 then d <= b else d >= b end)`,
  ].map((macro) => `create or replace temp macro ${macro}`),
];
