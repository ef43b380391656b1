import { expect, test } from '@jest/globals';
import { normaliseSql } from '../../../core/contract/contract-hash.ts';

test('normalised SQL keeps what stands in quotes, also what looks like a comment or a gap', () => {
  const sql = `select '--  it''s' as "a  --b", /* one
    two */ 1 -- three
from   t`;

  expect(normaliseSql(sql)).toBe(`select '--  it''s' as "a  --b", 1 from t`);
});

test('a quote inside a comment opens no text', () => {
  expect(normaliseSql("select 1 -- don't\n  , 2")).toBe('select 1 , 2');
});
