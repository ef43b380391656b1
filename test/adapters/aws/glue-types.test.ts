import { expect, test } from '@jest/globals';

import { toGlueType } from '../../../adapters/aws/glue-types.ts';

test.each([
  ['boolean', 'boolean'],
  ['int', 'int'],
  ['long', 'bigint'],
  ['float', 'float'],
  ['double', 'double'],
  ['decimal(18, 4)', 'decimal(18,4)'],
  ['decimal(38,0)', 'decimal(38,0)'],
  ['date', 'date'],
  ['timestamp', 'timestamp'],
  ['timestamptz', 'timestamp'],
  ['string', 'string'],
  ['uuid', 'string'],
  ['time', 'string'],
  ['binary', 'binary'],
  ['fixed[16]', 'binary'],
])('shows %s as %s', (iceberg, glue) => {
  expect(toGlueType(iceberg)).toBe(glue);
});
