import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readAvroFile, writeAvroFile } from '../../../core/iceberg/avro-file.ts';
import { formatExactJson, parseExactJson } from '../../../core/iceberg/exact-json.ts';
import { avroName, decimalLength } from '../../../core/iceberg/manifest-schema.ts';
import {
  parsePartitionText,
  partitionCondition,
  partitionText,
} from '../../../core/iceberg/partition-text.ts';
import type { PrimitiveType } from '../../../core/iceberg/schema.ts';
import {
  compareValues,
  decodeValue,
  encodeValue,
  truncateLower,
  truncateUpper,
} from '../../../core/iceberg/single-value.ts';
import { formatTableMetadata, parseTableMetadata } from '../../../core/iceberg/table-metadata.ts';
import { formatValue, parseValue } from '../../../core/iceberg/value-text.ts';

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const hex = (type: PrimitiveType, value: Parameters<typeof encodeValue>[1]) =>
  Buffer.from(encodeValue(type, value)).toString('hex');

describe('single-value serialization', () => {
  test("has the bytes of Iceberg's specification", () => {
    expect(hex({ kind: 'boolean' }, true)).toBe('01');
    expect(hex({ kind: 'int' }, 34)).toBe('22000000');
    expect(hex({ kind: 'long' }, 34n)).toBe('2200000000000000');
    expect(hex({ kind: 'timestamp' }, -1n)).toBe('ffffffffffffffff');
    expect(hex({ kind: 'string' }, 'iceberg')).toBe('69636562657267');
    expect(hex({ kind: 'decimal', precision: 9, scale: 2 }, 1420n)).toBe('058c');
    expect(hex({ kind: 'decimal', precision: 9, scale: 2 }, 128n)).toBe('0080');
    expect(hex({ kind: 'decimal', precision: 9, scale: 2 }, -128n)).toBe('80');
    expect(hex({ kind: 'decimal', precision: 9, scale: 2 }, 0n)).toBe('00');
  });

  test('reads back every long and decimal', () => {
    fc.assert(
      fc.property(long, (value) => {
        for (const type of [{ kind: 'long' }, { kind: 'decimal', precision: 38, scale: 3 }] as const) {
          expect(decodeValue(type, encodeValue(type, value))).toBe(value);
          expect(parseValue(type, formatValue(type, value))).toBe(value);
        }
      }),
    );
  });

  test('reads bounds from before a promotion', () => {
    expect(decodeValue({ kind: 'long' }, encodeValue({ kind: 'int' }, -5))).toBe(-5n);
    expect(decodeValue({ kind: 'double' }, encodeValue({ kind: 'float' }, 1.5))).toBe(1.5);
  });
});

describe('bounds of text', () => {
  test('enclose it, whatever its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 0, maxLength: 40 }), (text) => {
        const upper = truncateUpper(text);
        expect(compareValues(truncateLower(text), text)).toBeLessThanOrEqual(0);
        if (upper !== undefined) {
          expect(compareValues(upper, text)).toBeGreaterThanOrEqual(0);
          expect(Array.from(upper).length).toBeLessThanOrEqual(16);
          expect(Buffer.from(upper).toString()).toBe(upper);
        }
      }),
    );
  });

  test('skip what no text can hold', () => {
    const rest = 'a'.repeat(15);
    expect(truncateUpper(`${rest}\ud7ffx`)).toBe(`${rest}\ue000`);
    expect(truncateUpper(`${rest}\u{10ffff}x`)).toBe(`${'a'.repeat(14)}b`);
    expect(truncateUpper('\u{10ffff}'.repeat(17))).toBeUndefined();
    expect(truncateUpper('short')).toBe('short');
  });
});

describe('metadata JSON', () => {
  test('keeps every digit and every unknown field', () => {
    const text = `{"a":9223372036854775807,"b":-9007199254740993,"c":1.10,"d":[1,2.5,"9007199254740993"],"e":1e2}`;

    expect(formatExactJson(parseExactJson(text))).toBe(text);
  });

  test('keeps an id that prints as written and is another number', () => {
    const id = '8446963019593747000';

    expect(parseExactJson(`{"id":${id}}`)).toEqual({ id: BigInt(id) });
  });

  test('is refused in other format versions', () => {
    const bytes = new TextEncoder().encode('{"format-version":3}');

    expect(() => parseTableMetadata(bytes, 's3://b/m.json')).toThrow(
      's3://b/m.json: format version 3 is not supported, expected 2',
    );
  });

  test('of a table without main says so as Java does, and reads it back', () => {
    const json = `{"format-version":2,"last-sequence-number":0,"current-snapshot-id":-1,"x-new":9223372036854775807}`;

    const metadata = parseTableMetadata(new TextEncoder().encode(json), 'm');
    const written = new TextDecoder().decode(formatTableMetadata(metadata));

    expect(metadata['current-snapshot-id']).toBeUndefined();
    expect(written).toContain('"current-snapshot-id":-1');
    expect(written).toContain('"x-new":9223372036854775807');
  });
});

describe('Avro files', () => {
  test('give back longs of all 64 bits and bytes', () => {
    const schema = {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'bytes', type: ['null', 'bytes'] },
      ],
    };
    fc.assert(
      fc.property(fc.array(fc.record({ id: long, bytes: fc.option(fc.uint8Array()) })), (records) => {
        const file = writeAvroFile(
          schema,
          { key: 'value' },
          records.map((record) => ({ ...record, bytes: record.bytes && Buffer.from(record.bytes) })),
        );
        const read = readAvroFile(file, 'x');
        expect(read.metadata.get('key')).toBe('value');
        expect(read.records.map((record) => record.id)).toEqual(records.map((record) => record.id));
      }),
      { numRuns: 30 },
    );
  });

  test('are refused when damaged', () => {
    const file = Buffer.from(
      writeAvroFile({ type: 'record', name: 'r', fields: [{ name: 'a', type: 'long' }] }, {}, [{ a: 1n }]),
    );

    expect(() => readAvroFile(file.subarray(0, file.length - 3), 's3://b/m.avro')).toThrow(
      's3://b/m.avro: not a readable',
    );
    expect(() => readAvroFile(Buffer.from('PAR1'), 's3://b/m.avro')).toThrow(
      'expected it to begin with "Obj"',
    );
  });

  test('have names that Avro allows, as Java makes them', () => {
    expect([avroName('day_month'), avroName('a-b'), avroName('1st'), avroName('größe')]).toEqual([
      'day_month',
      'a_x2Db',
      '_1st',
      'gr_xF6_xDFe',
    ]);
  });

  test('hold decimals in the bytes that their precision needs', () => {
    expect([2, 4, 9, 18, 38].map(decimalLength)).toEqual([1, 2, 4, 8, 16]);
  });
});

describe('partition values', () => {
  const field = (transform: string) => ({ 'source-id': 1, 'field-id': 1000, name: 'p', transform });

  test.each([
    ['year', 41, '2011'],
    ['month', 503, '2011-12'],
    ['month', -1, '1969-12'],
    ['day', 15309, '2011-12-01'],
    ['day', -1, '1969-12-31'],
    ['hour', -1, '1969-12-31-23'],
  ])('have the text of Iceberg: %s %i is %s', (transform, value, text) => {
    const type = { kind: transform === 'day' ? 'date' : 'int' } as const;

    expect(partitionText(field(transform), type, value)).toBe(text);
    expect(parsePartitionText(field(transform), type, text)).toBe(value);
  });

  test('become conditions in SQL', () => {
    expect(partitionCondition('day', 'month', { kind: 'date' }, ['2011-12', null])).toBe(
      `(("day" >= date '2011-12-01' and "day" < date '2012-01-01') or "day" is null)`,
    );
    expect(partitionCondition('at', 'day', { kind: 'timestamp' }, ['2011-12-31'])).toBe(
      `(("at" >= timestamp '2011-12-31 00:00:00.000000' and "at" < timestamp '2012-01-01 00:00:00.000000'))`,
    );
    expect(partitionCondition('country', 'identity', { kind: 'string' }, [`Côte d'Ivoire`])).toBe(
      `("country" = 'Côte d''Ivoire')`,
    );
    expect(partitionCondition('country', 'identity', { kind: 'string' }, [])).toBe('false');
  });

  test('are refused when they are none', () => {
    expect(() => parsePartitionText(field('month'), { kind: 'int' }, '2011')).toThrow(
      '"2011" is no value of month',
    );
  });
});
