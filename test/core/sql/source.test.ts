import { expect, test } from '@jest/globals';
import { expandSource } from '../../../core/sql/source.ts';

const position = { file: 'a.sql', line: 5, column: 3 };

test('knows where text behind a placeholder stands in the file', () => {
  const { source } = expandSource(
    'select ${silver}.a,\n  ${n} + bad',
    { silver: 'shop_silver', n: '12345678' },
    position,
  );

  const dot = source.positionAt(source.text.indexOf('.a'));
  const bad = source.positionAt(source.text.indexOf('bad'));

  expect(source.text).toBe('select shop_silver.a,\n  12345678 + bad');
  expect(dot).toEqual({ file: 'a.sql', line: 5, column: 19 });
  expect(bad).toEqual({ file: 'a.sql', line: 6, column: 12 });
});

test("doubles a value's quotes where it stands in quotes", () => {
  const { source, unfit } = expandSource(
    "where x = '${name}' -- it's",
    { name: "O'Neil' or '1'='1" },
    position,
  );

  expect(source.text).toBe("where x = 'O''Neil'' or ''1''=''1' -- it's");
  expect(unfit).toEqual([]);
});

test('lets no SQL in where a value stands outside of quotes', () => {
  const { unfit } = expandSource('where x > ${n}', { n: '1; drop table y' }, position);

  expect(unfit).toHaveLength(1);
});
