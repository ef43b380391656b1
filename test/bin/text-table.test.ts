import { expect, test } from '@jest/globals';
import { formatResultCsv, formatResultJson } from '../../bin/result-format.ts';
import { countFitting, formatTable } from '../../bin/text-table.ts';

const columns = [
  { title: 'name', align: 'left' },
  { title: 'rows', align: 'right' },
] as const;

test('text stands left and numbers right', () => {
  expect(
    formatTable(columns, [
      ['sales', '5'],
      ['returns', '1,200'],
    ]),
  ).toEqual(['name      rows', '-------  -----', 'sales        5', 'returns  1,200']);
});

test('control characters of values are shown and not sent to the terminal', () => {
  const lines = formatTable(columns, [['\u001b[31mred\nblue', null]]);

  expect(lines.at(-1)).toBe('\\x1b[31mred\\nblue');
});

test('lines are cut to the width of the terminal', () => {
  expect(formatTable(columns, [['a long name', '5']], { width: 10 }).at(-1)).toBe('a long na…');
});

test('as many columns fit as have room, and one always does', () => {
  expect(countFitting(columns, [['sales', '5']], 20)).toBe(2);
  expect(countFitting(columns, [['sales', '5']], 8)).toBe(1);
  expect(countFitting(columns, [['sales', '5']], 2)).toBe(1);
});

const result = {
  columns: [
    { name: 'id', type: 'bigint' },
    { name: 'share', type: 'double' },
    { name: 'text', type: 'varchar' },
    { name: 'is_new', type: 'boolean' },
  ],
  rows: [
    ['9223372036854775807', 'NaN', 'a "b", c', 'true'],
    [null, null, '', null],
  ],
};

test('CSV tells NULL from the empty text and quotes what needs it', () => {
  expect(formatResultCsv(result)).toEqual([
    'id,share,text,is_new',
    '9223372036854775807,NaN,"a ""b"", c",true',
    ',,"",',
  ]);
});

test('JSON keeps every digit of an int64 and has no NaN', () => {
  expect(formatResultJson(result).join('\n')).toContain(
    '{"id": 9223372036854775807, "share": "NaN", "text": "a \\"b\\", c", "is_new": true},',
  );
  expect(JSON.parse(formatResultJson(result).join('\n'))).toHaveLength(2);
  expect(JSON.parse(formatResultJson({ columns: result.columns, rows: [] }).join('\n'))).toEqual([]);
});
