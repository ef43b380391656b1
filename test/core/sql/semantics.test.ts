import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SqlProblemError } from '../../../core/sql/transpile.ts';
import { type AthenaSession, openAthenaSession } from './duckdb-session.ts';

type Case = {
  readonly id: string;
  readonly sql: string;
  readonly types?: readonly string[];
  readonly rows?: readonly (readonly string[])[];
  readonly error?: string;
  readonly stricter?: string;
};

const readCases = (file: string): readonly Case[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/sql-semantics', file), 'utf8'));

// Each case that is refused, and a word of the reason. A case that is neither here nor the same as Trino fails.
const REFUSED: Readonly<Record<string, string>> = {
  round_: 'round of double to 2 digits differs between Athena and DuckDB',
  date_diff_: "date_diff('month', …) is counted differently by engines, expected year",
  iso8601: 'function from_iso8601_timestamp is not in the portable SQL',
  date_parse_: 'function date_parse is not in the portable SQL',
  date_parse_lax: 'function date_parse is not in the portable SQL',
  format_datetime_: 'function format_datetime is not in the portable SQL',
  attz: 'function at_timezone is not in the portable SQL',
  attz_op: 'function at_time_zone is not in the portable SQL',
  unixtime: 'function from_unixtime is not in the portable SQL',
  try_cast_: 'a cast from varchar(0) to double does not mean the same on Athena and ',
  try_: 'try is blind to errors that differ between Athena and DuckDB, expected',
  cast_vc: 'a cast from double to varchar does not mean the same on Athena and Duc',
  cast_vc_n: 'type char, expected boolean, integer, bigint, decimal, varchar, date o',
  approx: 'approx_distinct is approximate',
  approx_arr: 'approx_percentile is approximate',
  maxby: 'max_by is an unordered pick, expected row_number() over (… order by …)',
  maxby_null: 'max_by is an unordered pick, expected row_number() over (… order by …)',
  array_join_: 'function array_join is not in the portable SQL',
  split_: 'function element_at is not in the portable SQL',
  subscript_oob: 'function subscript is not in the portable SQL',
  str_: '|| of unknown, expected varchar',
  regexp: 'function regexp_extract_all is not in the portable SQL',
  regexp_named: 'regexp_replace: not a portable pattern: "(?", only plain groups and "(',
  unnest_left: 'an empty array',
  unnest_map: 'function map is not in the portable SQL',
  format_: 'function format is not in the portable SQL',
  sha: 'function xxhash64 is not in the portable SQL',
  json_: 'function json_extract_scalar is not in the portable SQL',
  json_fmt: 'function json_format is not in the portable SQL',
  map_: 'function subscript is not in the portable SQL',
  row_: 'type struct, expected boolean, integer, bigint, decimal, varchar, date',
  arr_fn: 'function contains is not in the portable SQL',
  lambda_: 'function transform is not in the portable SQL',
  math_: 'power is different in the last digits on Athena and DuckDB',
  stats: 'stddev is different in the last digits on Athena and DuckDB',
  stats2: 'stddev is different in the last digits on Athena and DuckDB',
  ts_arith: 'timestamp(0) - timestamp(0), expected numbers, or a date or timestamp ',
  current_: 'current_date is not the same on every run',
  last_day: 'function to_iso8601 is not in the portable SQL',
  recursive: 'with recursive is not in the portable SQL',
  str_cmp: 'type char, expected boolean, integer, bigint, decimal, varchar, date o',
  url: 'function url_extract_host is not in the portable SQL',
  hist: 'function histogram is not in the portable SQL',
  tz_type: 'a cast from varchar(23) to timestamp(3) with time zone does not mean t',
  match_rec: 'not SQL that Athena takes: Invalid expression / Unexpected token at "M',
  levenshtein: 'function levenshtein_distance is not in the portable SQL',
  rnd_dbl: 'round of double to 2 digits differs between Athena and DuckDB',
  dp: 'function date_parse is not in the portable SQL',
  try_dp: 'try is blind to errors that differ between Athena and DuckDB, expected',
  cohort: "date_diff('month', …) is counted differently by engines, expected year",
  json_x: 'function json_extract_scalar is not in the portable SQL',
  iso_ts: 'function from_iso8601_timestamp is not in the portable SQL',
  median: 'approx_percentile is approximate',
  apxd: 'approx_distinct is approximate',
  window_filter: 'filter over a window, which Athena does not take, expected a case',
};

let session: AthenaSession;
beforeAll(async () => {
  session = await openAthenaSession();
});
afterAll(() => session.close());

const isAnswered = (id: string): boolean => !Object.hasOwn(REFUSED, id);

describe.each(['cases.json', 'more-cases.json'])('%s', (file) => {
  const cases = readCases(file);

  test.each(cases.filter(({ id, error, stricter }) => isAnswered(id) && !error && !stricter))(
    '$id answers as Trino does',
    async ({ sql, types, rows }) => {
      const answer = await session.ask(sql);

      expect(answer).toEqual({ types, rows });
    },
  );

  test.each(cases.filter(({ id, error, stricter }) => isAnswered(id) && (error || stricter)))(
    '$id fails',
    async ({ sql }) => {
      await expect(session.ask(sql)).rejects.toThrow(
        /zero|overflow|out of range|could not cast|beyond|entries|sequence|Index|blanks/i,
      );
    },
  );

  test.each(cases.filter(({ id }) => !isAnswered(id)))('$id is refused', async ({ id, sql }) => {
    const answer = session.ask(sql);

    await expect(answer).rejects.toThrow(SqlProblemError);
    await expect(answer).rejects.toThrow(REFUSED[id]);
  });
});

test('every refused case is one of the files', () => {
  const ids = [...readCases('cases.json'), ...readCases('more-cases.json')].map(({ id }) => id);

  expect(Object.keys(REFUSED).filter((id) => !ids.includes(id))).toEqual([]);
});
