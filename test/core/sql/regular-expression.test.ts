import { expect, test } from '@jest/globals';
import { translatePattern, translateReplacement } from '../../../core/sql/regular-expression.ts';

test.each([
  ['^[A-Z]?[0-9]{6}$', '^[A-Z]?[0-9]{6}(?:\\n?\\z)'],
  ['(?:a|b)+?c*', '(?:a|b)+?c*'],
  ['\\d+\\s', '[0-9]+[\\t\\n\\x0b\\f\\r ]'],
  ['[^\\d.]', '[^0-9.]'],
  ['a\\.b\\\\', 'a\\.b\\\\'],
  ['^$|x', '^(?:\\n?\\z)|x'],
])('takes %s', (pattern, re2) => {
  expect(translatePattern(pattern, 'like')).toEqual({ re2 });
});

test.each([
  ['a(?=b)'],
  ['a(?!b)'],
  ['(?<=a)b'],
  ['(?<name>a)'],
  ['(?i)a'],
  ['(a)\\1'],
  ['a++'],
  ['a*+'],
  ['\\bword\\b'],
  ['\\p{L}'],
  ['[a-z&&[^b]]'],
  ['[[:alpha:]]'],
  ['a$b'],
  ['(a*)*'],
  ['(a'],
  ['a)'],
  ['[a'],
  ['a{1001}'],
  ['a{'],
  ['\\'],
  ['*a'],
])('refuses %s', (pattern) => {
  expect(translatePattern(pattern, 'like')).toHaveProperty('refused');
});

test('refuses $ where the matched text is handed out', () => {
  expect(translatePattern('a.*$', 'extract')).toHaveProperty('refused');
  expect(translatePattern('a.*\\z', 'extract')).toEqual({ re2: 'a.*\\z' });
});

test('refuses a group that may take no part', () => {
  expect(translatePattern('(a)?b', 'extract group')).toHaveProperty('refused');
  expect(translatePattern('(a)b?$', 'extract group')).toHaveProperty('re2');
});

test('refuses to replace what may be empty', () => {
  expect(translatePattern('x*', 'replace')).toHaveProperty('refused');
  expect(translatePattern('x+', 'replace')).toEqual({ re2: 'x+' });
});

test('respells groups in a replacement', () => {
  expect(translateReplacement('$2-$1')).toEqual({ re2: '\\2-\\1' });
  expect(translateReplacement('$10')).toHaveProperty('refused');
  expect(translateReplacement('a\\b')).toHaveProperty('refused');
});
