import { describe, expect, test } from '@jest/globals';

import { explainError } from '../../../core/refresh/state-error.ts';
import {
  demandShortStatement,
  maxStatementBytes,
  StatementTooLongError,
} from '../../../core/refresh/statement-length.ts';

describe('explainError', () => {
  test.each([
    ['a Lambda function', '{"errorType":"Error","errorMessage":"no table x","trace":[]}', 'no table x'],
    [
      'a failed query',
      '{"QueryExecution":{"Query":"select 1","Status":{"State":"FAILED","StateChangeReason":"DIVISION_BY_ZERO"}}}',
      'DIVISION_BY_ZERO',
    ],
    [
      'a failed query without the outer object',
      '{"Query":"select 1","Status":{"StateChangeReason":"DIVISION_BY_ZERO"}}',
      'DIVISION_BY_ZERO',
    ],
    [
      'a cause that was cut off',
      '{"Status":{"StateChangeReason":"line 1: \\"x\\" is missing"},"Query":"select',
      'line 1: \\"x\\" is missing',
    ],
    ['plain text', 'something\n  odd', 'something odd'],
    ['nothing', '', 'States.Timeout'],
    ['no cause at all', undefined, 'States.Timeout'],
  ])('finds the reason in the cause of %s', (_, cause, reason) => {
    expect(explainError({ Error: 'States.Timeout', Cause: cause })).toBe(reason);
  });

  test('cuts a reason that would hide the others', () => {
    expect(explainError({ Error: 'Error', Cause: 'x'.repeat(5000) }).length).toBeLessThan(1100);
  });
});

test('a statement that would not fit into a payload is refused, counted as it travels', () => {
  const quotes = '"'.repeat(maxStatementBytes / 2);

  expect(() => demandShortStatement('silver.x', quotes)).toThrow(StatementTooLongError);
  expect(demandShortStatement('silver.x', 'select 1')).toBe('select 1');
});
