import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BronzeContract, DerivedColumn, RowRule } from '../../../core/contract/contract.ts';
import { parseScalarType } from '../../../core/contract/scalar-type.ts';
import { openUtf8 } from '../../../core/csv/csv-source.ts';
import { openCsvStage, type StagedFile, stageTable } from '../../../core/csv/stage-csv.ts';
import { bronzeContract, column } from './bronze-contract.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoplake-derived-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stages a file; rows as `select` makes them, in the order of their lines. */
async function stage(
  contract: BronzeContract,
  content: string | Uint8Array,
  select: string,
): Promise<{ readonly staged: StagedFile; readonly rows: readonly unknown[][] }> {
  const path = join(folder, 'file.csv');
  writeFileSync(path, content);
  using csv = await openCsvStage(contract, { scratch: folder });
  const staged = await csv.stageFile(await openUtf8(path, false, contract.encoding), 0);
  const reader = await csv.connection.runAndReadAll(
    `select ${select} from ${stageTable} where _outcome < 2 order by _line`,
  );
  return { staged, rows: reader.getRowsJson() as unknown[][] };
}

function derive(name: string, type: string, expression: string, required = false): DerivedColumn {
  const position = { file: 'things.yaml', line: 1, column: 1 };
  return {
    name,
    type: parseScalarType(type)!,
    required,
    pii: 'none',
    description: name,
    from: { kind: 'expression', sql: expression, position },
  };
}

const rowHash: DerivedColumn = {
  name: 'row_hash',
  type: { kind: 'varchar' },
  required: true,
  pii: 'none',
  description: 'Hash.',
  from: { kind: 'record_hash' },
};

function rule(id: string, action: RowRule['action'], brokenWhen: string, columns: readonly string[] = []) {
  return { id, action, columns, description: id, brokenWhen };
}

function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\u001f')).digest('hex');
}

describe('the hash of a record', () => {
  const contract = bronzeContract(
    [
      column('id', 'bigint', { required: true }),
      column('name', 'varchar', { letterCase: 'upper' }),
      column('secret', 'varchar', { pii: 'secret' }),
      column('price', 'decimal(9, 2)'),
      column('note', 'varchar'),
    ],
    { derivedColumns: [rowHash], encoding: 'utf-8-or-iso-8859-1' },
  );

  test('is of the trimmed texts as delivered, in the order of the contract, without the secret', async () => {
    const lines = [
      'price,id,secret,name',
      '1.50,1,hunter2,anna',
      '1.5,1,,anna',
      ' 1.50\t,1, other ," Anna ""B"", é"',
      'null,+01.0,x,',
      '2,2,a,"two\r\nlines"',
      '3,3,b, a\u001fb ',
    ];
    const { rows } = await stage(contract, `${lines.join('\r\n')}\r\n`, 'row_hash, secret');

    expect(rows).toEqual([
      [hashOf('1', 'anna', '', '1.50', ''), 'REDACTED'],
      [hashOf('1', 'anna', '', '1.5', ''), null],
      [hashOf('1', 'Anna "B", é', '', '1.50', ''), 'REDACTED'],
      [hashOf('+01.0', '', '', 'null', ''), 'REDACTED'],
      [hashOf('2', 'two\r\nlines', '', '2', ''), 'REDACTED'],
      [hashOf('3', 'a\u001fb', '', '3', ''), 'REDACTED'],
    ]);
  });

  test('is of the characters, whatever bytes a file wrote them in', async () => {
    const text = 'id,name,secret,price,note\n1,Málaga ñ,pw,2,\n';

    const latin = await stage(contract, Buffer.from(text, 'latin1'), 'row_hash');
    const utf8 = await stage(contract, `\ufeff${text}`, 'row_hash');

    expect(latin.rows).toEqual([[hashOf('1', 'Málaga ñ', '', '2', '')]]);
    expect(utf8.rows).toEqual(latin.rows);
  });

  test('is not made of a record that is rejected, and the secret is in none of its texts', async () => {
    const { rows } = await stage(
      contract,
      'id,name,secret,price,note\nx,a,hunter2,1,\n1,b,"hunter2",y,\n2,c,hunter2\n3,d,ok,1,\n',
      'row_hash is null, _reason, _value, _record, secret',
    );

    expect(rows.map(([isNull, reason]) => [isNull, reason])).toEqual([
      [true, 'not_integer'],
      [true, 'not_decimal'],
      [true, 'ragged_row'],
      [false, null],
    ]);
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });
});

describe('a derived column', () => {
  const columns = [column('id', 'bigint', { required: true }), column('sold_at', 'timestamp(6)')];

  test('has the value of its expression over the typed columns', async () => {
    const contract = bronzeContract(columns, {
      derivedColumns: [
        derive('sold_on', 'date', 'cast(sold_at as date)'),
        derive('twice', 'bigint', 'id * 2'),
      ],
    });

    const { rows } = await stage(
      contract,
      'id,sold_at\n1,2026-01-31 23:30:00-01:00\n2,\n3,2/28/24 23:59\n',
      'sold_on::varchar, twice::varchar',
    );

    expect(rows).toEqual([
      ['2026-02-01', '2'],
      [null, '4'],
      ['2024-02-28', '6'],
    ]);
  });

  test('rejects the row where it is required and null, after the columns and before the rules', async () => {
    const contract = bronzeContract(columns, {
      derivedColumns: [derive('sold_on', 'date', 'cast(sold_at as date)', true)],
      rules: [rule('T-1', 'reject', 'id > 1')],
    });

    const { rows } = await stage(
      contract,
      'id,sold_at\n1,2026-01-31\nx,\n2,\n3,2026-01-31\n',
      '_reason, _column, _value, _record',
    );

    expect(rows).toEqual([
      [null, null, null, null],
      ['not_integer', 'id', 'x', 'x,'],
      ['missing_required', 'sold_on', null, '2,'],
      ['rule:T-1', null, null, '3,2026-01-31'],
    ]);
  });

  test('may be used by rules, which have no text to show for it', async () => {
    const contract = bronzeContract(columns, {
      derivedColumns: [derive('sold_on', 'date', 'cast(sold_at as date)')],
      rules: [rule('T-1', 'reject', "sold_on < date '2026-01-31'", ['sold_on'])],
    });

    const { rows } = await stage(
      contract,
      'id,sold_at\n1,2026-01-31\n2,2026-01-30 23:59:59\n',
      '_reason, _column, _value',
    );

    expect(rows).toEqual([
      [null, null, null],
      ['rule:T-1', 'sold_on', null],
    ]);
  });

  test('is null where it overflows, of too wide a value or a division by zero, and stops nothing', async () => {
    const contract = bronzeContract(columns.slice(0, 1), {
      derivedColumns: [
        derive('squared', 'bigint', 'id * id'),
        derive('narrow', 'decimal(3, 1)', 'cast(id as decimal(3, 1))'),
        derive('rest', 'bigint', '7 % id'),
      ],
    });

    const { rows } = await stage(
      contract,
      'id\n9223372036854775807\n0\n3\n',
      'squared::varchar, narrow::varchar, rest::varchar',
    );

    expect(rows).toEqual([
      [null, null, '7'],
      ['0', '0.0', null],
      ['9', '3.0', '1'],
    ]);
  });
});

describe('a rule over several columns', () => {
  const columns = ['a', 'b', 'c'].map((name) => column(name, 'bigint'));

  test('names the first column that breaks it as the rule lists them, not as the file or the table does', async () => {
    const contract = bronzeContract(columns, {
      rules: [rule('T-1', 'reject', '${column} < 0', ['c', 'a', 'b']), rule('T-2', 'reject', 'a = 7', ['a'])],
    });

    const { staged, rows } = await stage(
      contract,
      'a,b,c\n-1,-2,-3\n-1,-2,3\n1,-2,3\n7,-2,3\n7,2,3\n,,\n1,2,3\n',
      '_reason, _column, _value',
    );

    expect(rows).toEqual([
      ['rule:T-1', 'c', '-3'],
      ['rule:T-1', 'a', '-1'],
      ['rule:T-1', 'b', '-2'],
      ['rule:T-1', 'b', '-2'],
      ['rule:T-2', 'a', '7'],
      [null, null, null],
      [null, null, null],
    ]);
    expect(staged.rejects).toEqual({ 'rule:T-1': 4, 'rule:T-2': 1 });
  });

  test('is one rule: as a warning it counts a row once', async () => {
    const contract = bronzeContract(columns, {
      rules: [rule('T-1', 'warn', '${column} < 0', ['a', 'b', 'c'])],
    });

    const { staged } = await stage(contract, 'a,b,c\n-1,-2,-3\n1,,-3\n1,,\n', '_line');

    expect(staged).toMatchObject({ loaded: 3, warnings: { 'T-1': 2 } });
  });

  test('fails the file with the rule as its reason', async () => {
    const contract = bronzeContract(columns, {
      rules: [rule('T-1', 'fail', '${column} = 13', ['a', 'b'])],
    });

    await expect(stage(contract, 'a,b\n1,2\n1,13\n', '_line')).rejects.toMatchObject({ reason: 'rule:T-1' });
  });
});

describe('a condition that cannot be computed', () => {
  const most = '9223372036854775807';
  const columns = [
    column('a', 'bigint'),
    column('b', 'bigint'),
    column('money', 'decimal(38, 9)'),
    column('text', 'varchar'),
  ];

  test.each([
    ['overflows 64 bits', 'a * b > 0'],
    ['overflows a negation', '-(b - 3 - a) > 0'],
    ['overflows 38 digits', 'money + money > 0'],
    ['divides by zero', 'a % (b - 2) = 0'],
    ['casts text that is no number', 'cast(text as bigint) > 0'],
    ['casts text that is no day', "cast(text as date) > date '1970-01-01'"],
    ['casts to what is too narrow', 'cast(a as decimal(5, 2)) > 0'],
  ])('is not broken by the row: one that %s', async (_, condition) => {
    const contract = bronzeContract(columns, {
      rules: [rule('T-1', 'reject', condition), rule('T-2', 'warn', condition)],
    });

    const { staged } = await stage(
      contract,
      `a,b,money,text\n${most},2,99999999999999999999999999999.999999999,x\n`,
      '_line',
    );

    expect(staged).toMatchObject({ loaded: 1, rejected: 0, warnings: { 'T-2': 0 } });
  });

  test('leaves the other rows and rules to be judged', async () => {
    const contract = bronzeContract(columns, {
      rules: [rule('T-1', 'reject', 'a * b > 10', ['a']), rule('T-2', 'reject', 'b < 0', ['b'])],
    });

    const { rows } = await stage(contract, `a,b\n${most},2\n6,2\n5,2\n${most},-2\n`, '_reason');

    expect(rows).toEqual([[null], ['rule:T-1'], [null], ['rule:T-2']]);
  });
});
