import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { readObjectEvent } from '../../../lambdas/ingest/landed-object.ts';
import { objectEvent } from '../support/messages.ts';

const keys = [
  'retail/invoices/2011.csv',
  'retail/invoices/dt=2011-01-01/part 1 of 2.csv',
  'retail/invoices/a+b.csv',
  'retail/invoices/100%.csv',
  'retail/invoices/a%20b%2Bc.csv',
  'retail/invoices/Übersicht/発注.csv.gz',
  'retail/invoices/a//b.csv',
  'retail/invoices/"quoted" & <tagged>?.csv',
];

test.each(keys)('takes the key %s as it is: EventBridge does not encode it', (key) => {
  const { pack, dataset, file } = readObjectEvent(objectEvent(key));

  expect([pack, dataset]).toEqual(['retail', 'invoices']);
  expect(file.location).toBe(`s3://landing/${key}`);
  expect(file.sourceFile).toBe(key.slice('retail/invoices/'.length));
});

test('keeps any path below the dataset, whatever its characters', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (path) => {
      const { file } = readObjectEvent(objectEvent(`retail/invoices/${path}`));
      expect(file).toEqual({ location: `s3://landing/retail/invoices/${path}`, sourceFile: path });
    }),
  );
});

test('tells a deletion from a creation', () => {
  expect(readObjectEvent(objectEvent('retail/invoices/a.csv')).kind).toBe('created');
  expect(readObjectEvent(objectEvent('retail/invoices/a.csv', 'Object Deleted')).kind).toBe('deleted');
});

test.each([
  ['{"detail":{}}', 'the message is no S3 event of EventBridge'],
  ['{"Records":[{"s3":{"object":{"key":"a"}}}]}', 'the message is no S3 event of EventBridge'],
  [objectEvent('stray.csv'), 'object key "stray.csv" has no dataset, expected <pack>/<dataset>/<file>'],
  [objectEvent('retail/stray.csv'), 'object key "retail/stray.csv" has no dataset'],
  ['not json', 'is not valid JSON'],
])('refuses %s', (body, message) => {
  expect(() => readObjectEvent(body)).toThrow(message);
});
