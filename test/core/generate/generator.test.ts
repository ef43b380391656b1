import { expect, test } from '@jest/globals';
import { partPath } from '../../../core/generate/generator.ts';

test('parts of a delivery sort in their order', () => {
  const paths = [1, 2, 10, 9_999].map((part) => partPath('orders', '2024-01-31', part));

  expect(paths[0]).toBe('orders/dt=2024-01-31/part-0001.csv');
  expect(paths.toSorted()).toEqual(paths);
});
