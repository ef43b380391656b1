import { describe, expect, test } from '@jest/globals';
import { readBound } from '../../../core/contract/column-bounds.ts';
import { parseScalarType } from '../../../core/contract/scalar-type.ts';

function bound(text: string, type: string) {
  const parsed = parseScalarType(type);
  if (!parsed) throw new Error(`${type} is not a type`);
  return readBound(text, parsed);
}

describe('bounds', () => {
  test.each([
    ['-0.5', 'decimal(18, 2)', -50n],
    ['9223372036854775807', 'bigint', 9223372036854775807n],
    ['1970-01-02', 'date', 86_400_000_000n],
    ['1970-01-01 00:00:00.5', 'timestamp(6)', 500_000n],
    ['1969-12-31 23:59:59.999999', 'timestamp(6)', -1n],
  ])('%s of %s orders like its value', (text, type, order) => {
    expect(bound(text, type)).toEqual({ ok: true, order });
  });

  test.each([
    ['1e3', 'decimal(18, 2)'],
    ['0.005', 'decimal(18, 2)'],
    ['100', 'decimal(4, 2)'],
    ['1.0', 'bigint'],
    ['2026-02-30', 'date'],
    ['2026-01-01 24:00:00', 'timestamp(6)'],
    ['2026-01-01 00:00:00', 'date'],
    ['true', 'boolean'],
  ])('%s of %s is refused', (text, type) => {
    expect(bound(text, type).ok).toBe(false);
  });
});
