import { expect, test } from '@jest/globals';
import { formatCents, quoteField } from '../../../core/generate/csv-text.ts';

test.each([
  ['', ''],
  ['tea for one', 'tea for one'],
  ['mug, large', '"mug, large"'],
  ['frame 7"', '"frame 7"""'],
  ['two\nlines', '"two\nlines"'],
  ['two\rlines', '"two\rlines"'],
])('a field of %j is written as %j', (text, field) => {
  expect(quoteField(text)).toBe(field);
});

test.each([
  [0, '0.00'],
  [7, '0.07'],
  [1_250, '12.50'],
  [123_456_789, '1234567.89'],
])('%d cents are written as %s', (cents, text) => {
  expect(formatCents(cents)).toBe(text);
});
