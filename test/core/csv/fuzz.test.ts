import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BronzeContract } from '../../../core/contract/contract.ts';
import { openUtf8 } from '../../../core/csv/csv-source.ts';
import { type CsvStage, openCsvStage, stageTable } from '../../../core/csv/stage-csv.ts';
import { bronzeContract, column } from './bronze-contract.ts';
import { type ReferenceRow, type ReferenceRule, referenceRows } from './reference-reader.ts';

const columns = [
  column('name', 'varchar', { letterCase: 'lower' }),
  column('quantity', 'bigint', { required: true, minimum: '-1000' }),
  column('price', 'decimal(18, 4)', { maximum: '1000000.5' }),
  column('sold_at', 'timestamp(6)'),
  column('born_on', 'date'),
  column('is_open', 'boolean'),
];
const rules = [
  { id: 'T-1', action: 'reject', columns: ['quantity'], description: 'Seven.', brokenWhen: 'quantity = 7' },
  { id: 'T-2', action: 'warn', columns: ['name'], description: 'No name.', brokenWhen: 'name is null' },
] as const;
const referenceRules: readonly ReferenceRule[] = [
  { reason: 'rule:T-1', column: 'quantity', breaks: (values) => values.includes('7') && values[1] === '7' },
];
const wide = bronzeContract(columns, { rules });
const secretive = bronzeContract([
  column('name', 'varchar', { required: true }),
  column('secret', 'varchar', { pii: 'secret' }),
  column('quantity', 'bigint'),
]);
const single = bronzeContract([column('name', 'varchar', { letterCase: 'upper' })]);
const huge = bronzeContract([
  column('big', 'decimal(38, 0)'),
  column('small', 'decimal(4, 4)'),
  column('quantity', 'bigint'),
]);

const pieces = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ',',
      ',',
      ',',
      '\n',
      '\n',
      '\r\n',
      '"',
      '"',
      '""',
      '","',
      '"\n',
      ',"',
      '"\r\n"',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '\r',
      '\0',
      ' ',
      '\t',
      '\v',
      '\f',
      '\u00a0',
      '\u2003',
      '\u001b',
      '\u001d',
      '\u001f',
      '\u001bn',
      '\u001dr',
      '\ufeff',
      ';',
      '|',
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a',
      'É',
      '😀',
      '7',
      '1',
      '-2',
      '2010-12-01',
      'null',
      'N/A',
      '\\N',
      'NaN',
      'Yes',
      'x'.repeat(40),
    ),
  },
);
const soup = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''));

const number = fc.oneof(
  fc.stringMatching(/^[+-]?[0-9]{0,21}(\.[0-9]{0,9})?([eE][+-]?[0-9]{1,3})?$/),
  fc.constantFrom(
    '1e99999',
    '1e-99999',
    '-1e-99999999999999999999',
    '0e9999',
    '9223372036854775807',
    '9223372036854775807.000',
    '00000000000000000000000000000000000000000000000012',
    '-00000000000000000000000000000000000000007.00000000000000000000000000000000',
    '+5',
    '+0005.',
    '9223372036854775808',
    '-9223372036854775809',
  ),
  fc.constantFrom(
    '99999999999999.99994',
    '99999999999999.99995',
    '-0.00005',
    '0.00004999',
    '000000000000000000000000000000001.5',
    '1_000',
    '0x1F',
    '١',
    '1,5',
  ),
  fc.stringMatching(/^-?0{0,40}[0-9]{30,40}(\.[0-9]{1,3})?$/),
  fc.stringMatching(/^-?[01]?\.[09]{3,5}[4-5]?$/),
);
const digits = (length: number, max: number) =>
  fc.integer({ min: 0, max }).map((value) => String(value).padStart(length, '0'));
const clock = fc
  .tuple(
    digits(2, 25),
    digits(2, 61),
    fc.constantFrom('', ':00', ':59', ':60', ':07.5', ':07.123456', ':07.1234567'),
  )
  .map(([hour, minute, rest]) => `${hour}:${minute}${rest}`);
const zone = fc.constantFrom(
  '',
  '',
  ' UTC',
  'Z',
  'z',
  ' GMT',
  '+00:00',
  '-00:30',
  '+23:59',
  '-23:59',
  '+24:00',
  '+05:60',
  '+0530',
);
const isoDay = fc
  .tuple(
    fc.constantFrom('0000', '0001', '1899', '1900', '1999', '2000', '2010', '2099', '2100', '9999'),
    digits(2, 13),
    digits(2, 32),
  )
  .map((parts) => parts.join('-'));
const slashedDay = fc
  .tuple(
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
    fc.constantFrom('10', '00', '99', '1899', '2010', '0000', '010'),
  )
  .map((parts) => parts.join('/'));
const time = fc.oneof(
  isoDay,
  slashedDay,
  fc.tuple(isoDay, fc.constantFrom(' ', 'T', 't', '  '), clock, zone).map((parts) => parts.join('')),
  fc
    .tuple(
      slashedDay,
      fc.constantFrom(' ', 'T'),
      fc.oneof(clock, fc.constantFrom('8:26', '08:26:01', '24:00', '8:6')),
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      fc.constantFrom(
        '1899-12-31 23:30',
        '1900-01-01 00:10',
        '2099-12-31 23:50',
        '2010-02-28T23:59:59.999999',
      ),
      zone,
    )
    .map((parts) => parts.join('')),
);
const word = fc.constantFrom(
  '',
  ' ',
  'null',
  'NONE',
  'na',
  'NaN',
  '\\n',
  'yes',
  'F',
  '1',
  '0',
  'on',
  'İ',
  'ÀB',
  '"q"',
  'a"b',
  'K',
);
const cell = fc
  .tuple(fc.oneof(number, time, word), fc.constantFrom('', '', '', ' ', '\t', '\u00a0'))
  .map(([text, space]) => `${space}${text}${space}`);
const quoted = fc
  .tuple(cell, fc.constantFrom('', '', '\n', ',', '\r\n'))
  .map(([text, extra]) => `"${(text + extra).replaceAll('"', '""')}"`);
const anyCell = fc.oneof({ weight: 4, arbitrary: cell }, { weight: 1, arbitrary: quoted });
const grid = (width: number, values: fc.Arbitrary<string>) =>
  fc
    .array(
      fc.tuple(fc.array(values, { minLength: width, maxLength: width }), fc.constantFrom('\n', '\n', '\r\n')),
      { maxLength: 12 },
    )
    .map((rows) => rows.map(([cells, end]) => cells.join(',') + end).join(''));

describe('the CSV reader agrees with the plain reading of the spec', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoplake-fuzz-'));
  const stages = new Map<string, CsvStage>();
  const contracts: Readonly<Record<string, BronzeContract>> = { wide, secretive, single, huge };
  let files = 0;

  beforeAll(async () => {
    for (const [name, contract] of Object.entries(contracts)) {
      // Blocks of a few bytes cut records everywhere; the large one is what runs in earnest.
      for (const blockSize of [11, 1 << 21]) {
        stages.set(
          `${name} ${blockSize}`,
          await openCsvStage(contract, { scratch: folder, blockSize, threads: 1 }),
        );
      }
    }
  });

  afterAll(() => {
    for (const stage of stages.values()) stage[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function compare(name: string, blockSize: number, text: string): Promise<void> {
    const contract = contracts[name]!;
    const path = join(folder, `${files++}.csv`);
    writeFileSync(path, text);
    const stage = stages.get(`${name} ${blockSize}`)!;

    const staged = await stage.stageFile(await openUtf8(path, false, 'utf-8'), 0);
    const actual = await readStage(stage, contract);
    await stage.drop(0);
    rmSync(path);

    const expected = referenceRows(
      text.replace(/^\ufeff/, ''),
      ',',
      contract,
      name === 'wide' ? referenceRules : [],
    );
    expect(actual).toEqual(expected);
    expect(staged.loaded).toBe(expected.filter(({ reason }) => reason === null).length);
    expect(staged.rejected).toBe(expected.filter(({ reason }) => reason !== null).length);
    if (name === 'wide') {
      expect(staged.warnings).toEqual({
        'T-2': expected.filter(({ values }) => values !== null && values[0] === null).length,
      });
    }
  }

  const sizes = fc.constantFrom(11, 1 << 21);
  const check = (runs: number, arbitrary: fc.Arbitrary<[string, number, string]>) =>
    fc.assert(
      fc.asyncProperty(arbitrary, (input) => compare(...input)),
      { numRuns: runs },
    );

  test('on records of quotes, line breaks, control characters and text in any order', async () => {
    await check(
      Number(process.env.FUZZ_RUNS ?? 50),
      fc
        .oneof(
          soup.map(
            (text) => ['wide', `\ufeff${wide.columns.map(({ name }) => name).join(',')}\n${text}`] as const,
          ),
          soup.map((text) => ['secretive', `name,secret,quantity\r\n${text}`] as const),
          soup.map((text) => ['single', `\n \nname\n${text}`] as const),
        )
        .chain(([name, text]) => fc.tuple(fc.constant(name as string), sizes, fc.constant(text))),
    );
  });

  test('on values of every form, in range and out of it', async () => {
    await check(
      Number(process.env.FUZZ_RUNS ?? 50),
      fc
        .oneof(
          grid(6, anyCell).map(
            (text) => ['wide', `name,quantity,price,sold_at,born_on,is_open\n${text}`] as const,
          ),
          grid(3, anyCell).map((text) => ['secretive', `name,quantity,secret\n${text}`] as const),
          grid(4, fc.oneof(number, word)).map(
            (text) => ['huge', `big,small,extra,quantity\n${text}`] as const,
          ),
        )
        .chain(([name, text]) =>
          fc.tuple(fc.constant(name as string), fc.constantFrom(1 << 21, 1 << 21, 11), fc.constant(text)),
        ),
    );
  });

  test('on rows that are fine but for one value', async () => {
    const good = ['Name', '5', '2.5', '2010-12-01 08:26:00', '12/1/10', 'y'];
    const cells: readonly fc.Arbitrary<string>[] = [word, number, number, time, time, word];
    await check(
      Number(process.env.FUZZ_RUNS ?? 20),
      fc
        .array(
          fc
            .nat(5)
            .chain((at) =>
              cells[at]!.map((text) =>
                good
                  .map((value, index) => (index === at ? `"${text.replaceAll('"', '""')}"` : value))
                  .join(','),
              ),
            ),
          { minLength: 20, maxLength: 40 },
        )
        .map(
          (rows) =>
            ['wide', 1 << 21, `name,quantity,price,sold_at,born_on,is_open\n${rows.join('\n')}`] as [
              string,
              number,
              string,
            ],
        ),
    );
  });
});

async function readStage(stage: CsvStage, contract: BronzeContract): Promise<ReferenceRow[]> {
  const values = contract.columns.map(({ name, type }) => {
    if (type.kind === 'timestamp' || type.kind === 'date') return `epoch_us(${name}::timestamp)::varchar`;
    if (type.kind === 'decimal') return `replace(${name}::varchar, '.', '')::hugeint::varchar`;
    return `${name}::varchar`;
  });
  // As Base64, since DuckDB's client takes a U+FEFF at the start of a text for a byte order mark and drops it.
  const texts = ['_reason', '_column', '_value', '_record', ...values].map(
    (sql) => `to_base64(encode(${sql}))`,
  );
  const reader = await stage.connection.runAndReadAll(
    `select _line, ${texts.join(', ')} from ${stageTable} where _outcome <> 2 order by _line`,
  );
  return reader.getRowsJS().map((row): ReferenceRow => {
    const [line, ...encoded] = row as (string | null)[];
    const [reason = null, name = null, value = null, record = null, ...rest] = encoded.map((text) =>
      text === null ? null : Buffer.from(text, 'base64').toString('utf8'),
    );
    return {
      line: Number(line),
      reason,
      column: name,
      value,
      record,
      values: reason === null ? rest : null,
    };
  });
}
