import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Pack } from '../../../core/contract/contract.ts';
import { type LoadedPack, loadPack, loadPacks } from '../../../core/contract/load-pack.ts';
import { shopFiles, writePack } from './pack-folder.ts';

async function load(changes: Readonly<Record<string, string | null>> = {}): Promise<LoadedPack> {
  const files = await writePack(changes);
  try {
    return await loadPack(files.folder);
  } finally {
    await files.remove();
  }
}

/** Problems as `bronze/orders.yaml:3:1: message`, with one file changed. */
async function problemsOf(path: string, from: string | RegExp, to: string): Promise<readonly string[]> {
  const text = shopFiles[path] ?? '';
  const changed = text.replace(from, () => to);
  if (changed === text) throw new Error(`"${from}" is not in ${path}`);
  const { problems } = await load({ [path]: changed });
  return problems.map(
    ({ file, line, column, message }) => `${file.replace(/^.*\/shop\//, '')}:${line}:${column}: ${message}`,
  );
}

describe('a correct pack', () => {
  test('is read with its defaults', async () => {
    const { pack, problems } = await load();

    expect(problems).toEqual([]);
    expect(pack).toMatchObject({
      name: 'shop',
      description: 'A shop.',
      parameters: { minimum_total: '0.10' },
    });
    expect(pack.bronze).toMatchObject([
      {
        layer: 'bronze',
        name: 'orders',
        dataset: 'orders',
        encoding: 'utf-8',
        header: 'required',
        maxRejectShare: 0.5,
        partitioning: [{ transform: 'month', column: 'ordered_at' }],
        rules: [{ id: 'SHOP-B1', action: 'warn', columns: ['total'], brokenWhen: 'total is null' }],
      },
    ]);
    expect(pack.models.map(({ layer, name }) => `${layer}.${name}`)).toEqual(['silver.orders', 'gold.days']);
    expect(pack.models[1]).toMatchObject({ publish: { mode: 'replace' }, partitioning: [], checks: [] });
  });

  test('keeps bounds as written and leaves out what is not given', async () => {
    const { pack } = await load();

    const [orderId, orderedAt, total, email] = pack.bronze[0]?.columns ?? [];

    expect(orderId).toMatchObject({ aliases: ['Order No'], minimum: '1', letterCase: 'as_delivered' });
    expect(orderId).not.toHaveProperty('maximum');
    expect(orderedAt).toMatchObject({ type: { kind: 'timestamp' }, aliases: [] });
    expect(total).toMatchObject({ minimum: '-0.50', maximum: '1000000', required: false });
    expect(email).toMatchObject({ letterCase: 'lower', pii: 'direct' });
  });

  test('says where the SQL of a check starts', async () => {
    const { pack } = await load();

    const position = pack.models[0]?.checks[0]?.position;

    const line = shopFiles['silver/orders.yaml']?.split('\n')[(position?.line ?? 0) - 1];
    expect(line?.slice((position?.column ?? 0) - 1)).toBe('select count(*) as failed_rows');
  });

  test('follows an input by partition', async () => {
    const { pack } = await load();

    expect(pack.models[0]).toMatchObject({
      publish: {
        mode: 'replace_partitions',
        follows: [{ table: { layer: 'bronze', name: 'orders' }, column: 'ordered_at' }],
      },
      eventDate: 'order_date',
      mainInput: { layer: 'bronze', name: 'orders' },
    });
    expect(pack.models[1]).toMatchObject({
      mainInputWhere: "order_date <= date '${as_of}'",
      mainInputWherePosition: { line: expect.any(Number) },
    });
    expect(pack.bronze[0]?.rules[0]?.position).toMatchObject({ line: 33, column: 18 });
  });
});

describe('a mistake is told with its place and what was expected', () => {
  const bronze = 'bronze/orders.yaml';
  const silver = 'silver/orders.yaml';
  const gold = 'gold/days.yaml';
  const derived = (lines: string) => `derived_columns:\n  - name: day\n    pii: none\n${lines}rules:\n`;
  const derivedCases: readonly (readonly [string, string, string | RegExp, string, string])[] = [
    [
      'a derived column that is nothing',
      bronze,
      'rules:\n',
      derived('    type: date\n    description: Day.\n'),
      'derived column "day" needs an expression or from: record_hash, expected one of them',
    ],
    [
      'a derived column that is two things',
      bronze,
      'rules:\n',
      derived('    type: varchar\n    description: D.\n    from: record_hash\n    expression: email\n'),
      'bronze/orders.yaml:33:11: derived column "day" needs an expression or from: record_hash',
    ],
    [
      'a hash that is no text',
      bronze,
      'rules:\n',
      derived('    type: bigint\n    description: D.\n    from: record_hash\n'),
      'bronze/orders.yaml:31:11: derived column "day" is bigint, expected varchar: it holds a hash',
    ],
    [
      'a derived column under the name of another',
      bronze,
      'rules:\n',
      derived('    type: date\n    description: D.\n    expression: email\n').replace('day', 'total'),
      'bronze/orders.yaml:29:11: derived column "total" is a column of the file too',
    ],
    [
      'a derived column under the name of an audit column',
      bronze,
      'rules:\n',
      derived('    type: date\n    description: D.\n    expression: email\n').replace('day', 'load_id'),
      'column name "load_id" is taken, the pipeline adds it to bronze tables',
    ],
    [
      'a derived column of an unknown type',
      bronze,
      'rules:\n',
      derived('    type: day\n    description: D.\n    expression: email\n'),
      'bronze/orders.yaml:31:11: type "day" is not a type',
    ],
    [
      'a placeholder in a derived column',
      bronze,
      'rules:\n',
      derived('    type: date\n    description: D.\n    expression: ${minimum_total}\n'),
      'bronze/orders.yaml:33:17: expression of column "day" has ${minimum_total}, expected no placeholder',
    ],
    [
      'a secret derived column',
      bronze,
      'rules:\n',
      derived('    type: varchar\n    description: D.\n    expression: email\n').replace('none', 'secret'),
      'pii "secret" is unknown, expected one of none, pseudonym, direct, quasi',
    ],
  ];
  const cases: readonly (readonly [string, string, string | RegExp, string, string])[] = [
    [
      'an unknown key',
      bronze,
      'grain: one order\n',
      'grain: one order\ngrian: x\n',
      'bronze/orders.yaml:3:1: unknown key "grian", expected one of dataset, description, grain',
    ],
    ['a missing key', bronze, 'grain: one order\n', '', 'bronze/orders.yaml:1:1: missing key "grain"'],
    ['a missing key of a column', bronze, '    pii: none\n', '', 'bronze/orders.yaml:5:5: missing key "pii"'],
    [
      'an unknown type',
      bronze,
      'type: bigint',
      'type: text',
      'bronze/orders.yaml:7:11: type "text" is not a type, expected one of boolean, integer, bigint',
    ],
    [
      'a decimal that is too wide',
      bronze,
      'decimal(18, 2)',
      'decimal(39, 2)',
      'type "decimal(39, 2)" is not a type',
    ],
    [
      'an unknown word',
      bronze,
      'pii: direct',
      'pii: private',
      'bronze/orders.yaml:26:10: pii "private" is unknown, expected one of none, pseudonym',
    ],
    [
      'a value of the wrong form',
      bronze,
      'required: true',
      'required: yes',
      'bronze/orders.yaml:8:15: required "yes" has the wrong form, expected boolean',
    ],
    [
      'a malformed column name',
      bronze,
      'name: email',
      'name: eMail',
      'bronze/orders.yaml:23:11: name "eMail" is malformed, expected lower snake_case',
    ],
    [
      'a reserved column name',
      bronze,
      'name: email',
      'name: order',
      'column name "order" is a reserved word',
    ],
    [
      'an audit column',
      bronze,
      'name: email',
      'name: load_id',
      'column name "load_id" is taken, the pipeline adds it to bronze tables',
    ],
    [
      'a column listed twice',
      bronze,
      'name: email',
      'name: total',
      'bronze/orders.yaml:23:11: column "total" is listed twice',
    ],
    [
      'a header of two columns',
      bronze,
      'aliases: [Order No]',
      'aliases: ["E-mail"]',
      'header "email" of column "email" is also one of column "order_id"',
    ],
    [
      'an alias that matches nothing',
      bronze,
      'aliases: [Order No]',
      'aliases: ["#"]',
      'bronze/orders.yaml:6:15: alias "#" has no letter',
    ],
    [
      'a bound of another type',
      bronze,
      'minimum: 1\n',
      'minimum: 1.5\n',
      'bronze/orders.yaml:11:14: minimum "1.5" of column "order_id" is malformed, expected a whole number',
    ],
    [
      'a bound with too many decimals',
      bronze,
      '-0.50',
      '-0.505',
      'expected a number that decimal(18, 2) holds exactly',
    ],
    [
      'bounds the wrong way round',
      bronze,
      '-0.50',
      '2000000',
      'minimum 2000000 of column "total" is above its maximum 1000000',
    ],
    [
      'a bound on text',
      bronze,
      '    case: lower\n',
      '    minimum: a\n',
      'expected no bound, varchar columns have none',
    ],
    [
      'a rule on no column',
      bronze,
      'column: total',
      'column: sum',
      'bronze/orders.yaml:31:13: column "sum" of rule SHOP-B1 is not a column of the table',
    ],
    [
      'a rule on a list of columns, one of which is none',
      bronze,
      'column: total\n',
      'columns: [total, sum]\n',
      'bronze/orders.yaml:31:22: column "sum" of rule SHOP-B1 is not a column of the table',
    ],
    [
      'a rule on a list of columns, one of them twice',
      bronze,
      'column: total\n',
      'columns: [total, total]\n',
      'bronze/orders.yaml:31:22: column "total" of rule SHOP-B1 is listed twice',
    ],
    [
      'a rule on a column and on a list',
      bronze,
      'column: total\n',
      'column: total\n    columns: [total, email]\n',
      'bronze/orders.yaml:32:14: rule SHOP-B1 has column and columns, expected one of them',
    ],
    [
      'a rule on a list of one',
      bronze,
      'column: total\n',
      'columns: [total]\n',
      'bronze/orders.yaml:31:14: columns',
    ],
    [
      'a condition that forgets its columns',
      bronze,
      'column: total\n',
      'columns: [total, email]\n',
      'bronze/orders.yaml:33:18: condition of rule SHOP-B1 has no ${column}, which stands for its columns',
    ],
    [
      'a condition with a placeholder and no list of columns',
      bronze,
      'total is null',
      '${column} is null',
      'bronze/orders.yaml:33:18: condition of rule SHOP-B1 has ${column}, expected none: only rules with columns have',
    ],
    [
      'a condition with another placeholder',
      bronze,
      'column: total\n    description: No total.\n    broken_when: total is null',
      'columns: [total, email]\n    description: No.\n    broken_when: ${column} is null or ${minimum_total} > 0',
      'bronze/orders.yaml:33:18: condition of rule SHOP-B1 has ${minimum_total}, expected ${column}',
    ],
    ...derivedCases,
    [
      'a reject share above 1',
      bronze,
      'grain: one order\n',
      'grain: one order\nmax_reject_share: 1.5\n',
      'bronze/orders.yaml:3:19: max_reject_share 1.5 must be <= 1',
    ],
    ['a bucket in bronze', bronze, 'month(ordered_at)', '"bucket(4, order_id)"', 'bucket is not for bronze'],
    [
      'an unknown partition column',
      bronze,
      'month(ordered_at)',
      'month(ordered)',
      'bronze/orders.yaml:3:16: partition column "ordered" is not a column of the table',
    ],
    [
      'a transform that does not fit',
      bronze,
      'month(ordered_at)',
      'month(order_id)',
      'month does not fit column "order_id" of type bigint, expected date, timestamp(6)',
    ],
    [
      'a partition field that a comma tears apart',
      bronze,
      'month(ordered_at)',
      'truncate(10, order_id)',
      'a comma between [ and ] needs quotes: ["truncate(10, sku)"]',
    ],
    [
      'a malformed partition field',
      bronze,
      'month(ordered_at)',
      'truncate(order_id)',
      'partition field "truncate(order_id)" is malformed',
    ],
    [
      'a secret that is no text',
      bronze,
      /pii: none\n {4}description: Number/,
      'pii: secret\n    description: Number',
      'secret column "order_id" is bigint, expected varchar',
    ],
    [
      'a key column that is none',
      silver,
      'key: [order_id]',
      'key: [order_id, line]',
      'silver/orders.yaml:3:17: key column "line" is not a column of the table',
    ],
    [
      'an event date that is no date',
      silver,
      'event_date: order_date',
      'event_date: total',
      'silver/orders.yaml:9:13: event_date "total" is decimal(18,2), expected a date column',
    ],
    [
      'following a table that is none',
      silver,
      'bronze.orders: ordered_at',
      'bronze.lines: ordered_at',
      'silver/orders.yaml:8:5: follows bronze.lines is not a table of the pack',
    ],
    [
      'following by a column that does not partition',
      silver,
      'bronze.orders: ordered_at',
      'bronze.orders: order_id',
      'follows bronze.orders by order_id, but it is partitioned by month(ordered_at), expected month(order_id)',
    ],
    [
      'a malformed reference',
      silver,
      'bronze.orders: ordered_at',
      'orders: ordered_at',
      'key "orders" is malformed, expected a table such as `bronze.invoices`',
    ],
    [
      'replace_partitions of an unpartitioned table',
      silver,
      'partitioning: [month(order_date)]\n',
      '',
      'replace_partitions needs exactly one partition field',
    ],
    [
      'follows without replace_partitions',
      silver,
      'replace_partitions',
      'replace',
      'silver/orders.yaml:7:3: follows is of replace_partitions, expected none with replace',
    ],
    [
      'replace_partitions that follows nothing',
      silver,
      '  follows:\n    bronze.orders: ordered_at\n',
      '',
      'replace_partitions follows no input',
    ],
    [
      'a main input above the table',
      silver,
      'main_input: bronze.orders',
      'main_input: gold.days',
      'main_input gold.days is above silver, expected an input',
    ],
    [
      'an input that the SQL does not read',
      gold,
      'silver.orders',
      'bronze.orders',
      'gold/days.yaml:5:3: main_input bronze.orders is not an input, the SQL does not read it',
    ],
    [
      'an unknown severity',
      silver,
      'severity: error',
      'severity: fatal',
      'severity "fatal" is unknown, expected one of error, warn, info',
    ],
    [
      'an id used twice',
      silver,
      'id: SHOP-S1',
      'id: SHOP-B1',
      'id SHOP-B1 is taken, bronze.orders has it too',
    ],
    [
      'an id like those of the pipeline',
      silver,
      'id: SHOP-S1',
      'id: C1',
      'id "C1" is malformed, expected an id such as `RET-S1`',
    ],
    [
      'personal data in gold',
      gold,
      /pii: none\n {4}description: Money/,
      'pii: direct\n    description: Money',
      'gold/days.yaml:15:10: gold column "revenue" is direct, expected none, pseudonym or quasi',
    ],
    [
      'an event date in gold',
      gold,
      'key: [order_date]\n',
      'key: [order_date]\nevent_date: order_date\n',
      'event_date is of silver facts, expected none in gold',
    ],
    [
      'a silver table that is made for no day',
      silver,
      'key: [order_id]\n',
      'key: [order_id]\nas_of: none\n',
      'as_of is of gold, expected none in silver',
    ],
    [
      'a parameter of the pipeline',
      'pack.yaml',
      'minimum_total',
      'as_of',
      'pack.yaml:3:3: parameter name "as_of" is taken by the pipeline',
    ],
    [
      'a key written twice',
      gold,
      'grain: one day\n',
      'grain: one day\ngrain: two\n',
      'gold/days.yaml:3:1: not valid yaml: map keys must be unique',
    ],
    ['text that is not YAML', gold, 'grain: one day', 'grain: "one day', 'gold/days.yaml:'],
    [
      'an alias',
      gold,
      'grain: one day',
      'grain: &grain one day\ndataset: *grain',
      'gold/days.yaml:3:10: an alias is not read here',
    ],
    [
      'an empty SQL file',
      'gold/days.sql',
      /[\s\S]+/,
      '\n',
      'gold/days.sql:1:1: the file is empty, expected one select',
    ],
  ];
  test.each(cases)('%s', async (_name, path, from, to, expected) => {
    const problems = await problemsOf(path, from, to);

    expect(problems.join('\n')).toContain(expected);
  });

  test('a case on a number', async () => {
    const problems = await problemsOf('bronze/orders.yaml', 'minimum: 1\n', 'case: upper\n');

    expect(problems).toEqual([
      'bronze/orders.yaml:11:11: case upper of column "order_id" needs a varchar, got bigint',
    ]);
  });

  test('several mistakes of several files, in the order of file and line', async () => {
    const { problems, pack } = await load({
      'bronze/orders.yaml': (shopFiles['bronze/orders.yaml'] ?? '').replaceAll('pii: none', 'pii: some'),
      'gold/days.yaml': (shopFiles['gold/days.yaml'] ?? '').replace('type: date', 'type: day'),
    });

    expect(problems.map(({ file, line }) => [file.split('/').at(-1), line])).toEqual([
      ['orders.yaml', 9],
      ['orders.yaml', 15],
      ['orders.yaml', 21],
      ['days.yaml', 9],
    ]);
    expect(pack.bronze).toEqual([]);
    expect(pack.models.map(({ name }) => name)).toEqual(['orders']);
  });
});

describe('files', () => {
  const messages = async (changes: Readonly<Record<string, string | null>>) =>
    (await load(changes)).problems.map(({ file, message }) => `${file.split('/shop/')[1]}: ${message}`);

  test('without their other half are problems', async () => {
    expect(await messages({ 'gold/days.sql': null })).toEqual([
      'gold/days.yaml: the file is alone, expected days.sql beside it',
    ]);
    expect(await messages({ 'gold/days.yaml': null })).toEqual([
      'gold/days.sql: the file is alone, expected days.yaml beside it',
    ]);
  });

  test('out of place are problems, hidden ones are not', async () => {
    expect(await messages({ 'gold/days.yml': 'x', 'gold/.DS_Store': 'x', 'bronze/orders.sql': 'x' })).toEqual(
      [
        'bronze/orders.sql: "orders.sql" is out of place, expected files that end in .yaml',
        'gold/days.yml: "days.yml" is out of place, expected files that end in .sql or .yaml',
      ],
    );
  });

  test('named like a table of the pipeline are problems', async () => {
    const days = { 'gold/days.sql': null, 'gold/days.yaml': null };
    expect(
      await messages({
        ...days,
        'gold/quality_results.sql': shopFiles['gold/days.sql'] ?? '',
        'gold/quality_results.yaml': shopFiles['gold/days.yaml'] ?? '',
      }),
    ).toEqual(['gold/quality_results.yaml: table name "quality_results" is taken by the pipeline in gold']);
  });

  test('of a dataset that another table has are problems', async () => {
    const more = (shopFiles['bronze/orders.yaml'] ?? '').replace('SHOP-B1', 'SHOP-B2');
    expect(
      await messages({
        'bronze/more_orders.yaml': more,
        'bronze/orders.yaml': `dataset: more_orders\n${shopFiles['bronze/orders.yaml']}`,
      }),
    ).toEqual(['bronze/orders.yaml: dataset "more_orders" is taken, table more_orders is fed by it']);
  });

  test('of a pack without pack.yaml are still read', async () => {
    expect(await messages({ 'pack.yaml': null })).toEqual([
      'pack.yaml: the file is missing, expected at least `description: …`',
    ]);
  });
});

describe('the hash of a table', () => {
  const hashes = async (path: string, from: string, to: string) => {
    const of = (pack: Pack) => [...pack.bronze, ...pack.models].map(({ hash }) => hash);
    const text = shopFiles[path] ?? '';
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`"${from}" is not in ${path}`);
    const before = of((await load()).pack);
    const after = of((await load({ [path]: changed })).pack);
    return before.map((hash, index) => hash === after[index]);
  };

  test.each([
    ['a comment of the SQL', 'silver/orders.sql', '-- one row per order', '-- a row per order -- really'],
    ['layout of the SQL', 'silver/orders.sql', 'order_id,\n    total', 'order_id,   total'],
    ['a description', 'silver/orders.yaml', 'description: Money.', 'description: Euros.'],
    ['a description of bronze', 'bronze/orders.yaml', 'description: Money.', 'description: Euros.'],
    ['the event date', 'silver/orders.yaml', 'event_date: order_date\n', ''],
    ['spaces in a type', 'gold/days.yaml', 'decimal(18, 2)', 'decimal(18,2)'],
  ])('is not changed by %s', async (_name, path, from, to) => {
    expect(await hashes(path, from, to)).toEqual([true, true, true]);
  });

  test.each([
    ['the SQL', 'silver/orders.sql', '>=', '>', [true, false, true]],
    ['a type', 'silver/orders.yaml', 'decimal(18,2)', 'decimal(18,4)', [true, false, true]],
    ['the day', 'gold/days.yaml', 'grain: one day\n', 'grain: one day\nas_of: none\n', [true, true, false]],
    [
      'the partitioning',
      'gold/days.yaml',
      'grain: one day\n',
      'grain: one day\npartitioning: [order_date]\n',
      [true, true, false],
    ],
    ['a check', 'silver/orders.yaml', 'total <= 0', 'total < 0', [true, false, true]],
    ['the null rule', 'gold/days.yaml', '    not_null: true\n', '', [true, true, false]],
    ['a parameter that one table uses', 'pack.yaml', '0.10', '0.20', [true, false, true]],
    ['a bound of bronze', 'bronze/orders.yaml', 'minimum: 1', 'minimum: 0', [false, true, true]],
    ['a rule of bronze', 'bronze/orders.yaml', 'action: warn', 'action: reject', [false, true, true]],
    [
      'a derived column',
      'bronze/orders.yaml',
      'rules:\n',
      'derived_columns: [{ name: h, type: varchar, pii: none, description: H., from: record_hash }]\nrules:\n',
      [false, true, true],
    ],
  ])('for %s changes with what it decides', async (_name, path, from, to, expected) => {
    expect(await hashes(path, from, to)).toEqual(expected);
  });
});

describe('all packs of a root', () => {
  test('are read in the order of their names', async () => {
    const files = await writePack();

    const { packs, problems } = await loadPacks(files.root);
    await files.remove();

    expect(problems).toEqual([]);
    expect(packs.map(({ name }) => name)).toEqual(['shop']);
  });

  test('of the project are without a problem', async () => {
    const { packs, problems } = await loadPacks(join(import.meta.dirname, '../../../sql'));

    expect(problems).toEqual([]);
    expect(packs.map(({ name }) => name)).toContain('retail');
  });

  test('of an empty root are a problem', async () => {
    const files = await writePack();

    const { problems } = await loadPacks(join(files.folder, 'silver'));
    await files.remove();

    expect(problems.map(({ message }) => message)).toEqual([
      'the folder holds no pack, expected a folder with a pack.yaml',
    ]);
  });

  test('cannot be read from a root that is not there', async () => {
    const files = await writePack();
    await files.remove();

    await expect(loadPacks(files.root)).rejects.toThrow('no such folder, expected one that holds packs');
  });
});

describe('dashboard queries', () => {
  const question = '-- Which day was best?\n';
  const select = 'select order_date from ${gold}.days order by order_date\n';

  test('are read with their question, by name, and are no part of a table', async () => {
    const { pack: without } = await load();

    const { pack, problems } = await load({
      'queries/worst_days.sql': `-- Which days  were worst?  \r\n${select}`,
      'queries/best_day.sql': question + select,
    });

    expect(problems).toEqual([]);
    expect(pack.queries.map(({ pack: owner, name, question: asked }) => [owner, name, asked])).toEqual([
      ['shop', 'best_day', 'Which day was best?'],
      ['shop', 'worst_days', 'Which days  were worst?'],
    ]);
    expect(pack.queries[0]?.sql).toBe(question + select);
    expect(pack.models.map(({ hash }) => hash)).toEqual(without.models.map(({ hash }) => hash));
  });

  test.each([
    [
      'a first line that is no question',
      'queries/best_day.sql',
      '-- one row per day\nselect 1',
      'the question',
    ],
    ['no first line', 'queries/best_day.sql', '', 'the question'],
    ['a question of more than Athena takes', 'queries/a.sql', `-- ${'a'.repeat(1024)}?\n`, 'the question'],
    [
      'a name that is too long behind that of the pack',
      `queries/${'a'.repeat(127)}.sql`,
      question + select,
      'expected at most 128',
    ],
    ['a name that is none', 'queries/Best-Day.sql', question + select, 'query name "Best-Day" is malformed'],
    ['a file of another kind', 'queries/best_day.yaml', 'question: Which?', 'out of place'],
  ])('%s is told', async (_, file, text, expected) => {
    const { problems } = await load({ [file]: text });

    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(expected)]);
    expect(problems[0]?.file.endsWith(`shop/${file}`)).toBe(true);
  });
});
