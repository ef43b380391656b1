import { afterEach, describe, expect, test } from '@jest/globals';
import { loadPack } from '../../../core/contract/load-pack.ts';
import { formatProblem } from '../../../core/contract/problem.ts';
import { type PackFolder, shopFiles, writePack } from './pack-folder.ts';

let folder: PackFolder | undefined;
afterEach(async () => {
  await folder?.remove();
  folder = undefined;
});

const simple = '    bronze.orders: ordered_at\n';

/** Problems of the pack whose orders follow bronze as given, by file, line and column. */
async function problemsOf(follows: string, changes: Readonly<Record<string, string>> = {}) {
  const yaml = shopFiles['silver/orders.yaml']!.replace(simple, follows);
  folder = await writePack({ 'silver/orders.yaml': yaml, ...changes });
  const { pack, problems } = await loadPack(folder.folder);
  const place = folder.folder.length + 1;
  return { pack, problems: problems.map((problem) => formatProblem(problem).slice(place)) };
}

describe('following an input by key', () => {
  test('is read with its column and key', async () => {
    const { pack, problems } = await problemsOf(
      '    bronze.orders:\n      column: ordered_at\n      key: [order_id, email]\n',
    );

    expect(problems).toEqual([]);
    expect(pack.models[0]?.publish).toEqual({
      mode: 'replace_partitions',
      follows: [
        {
          table: { layer: 'bronze', name: 'orders' },
          column: 'ordered_at',
          key: ['order_id', 'email'],
        },
      ],
    });
  });

  test('without a key is the short form', async () => {
    const { pack, problems } = await problemsOf('    bronze.orders:\n      column: ordered_at\n');

    expect(problems).toEqual([]);
    expect(pack.models[0]?.publish).toEqual({
      mode: 'replace_partitions',
      follows: [{ table: { layer: 'bronze', name: 'orders' }, column: 'ordered_at' }],
    });
  });

  const mistakes: readonly (readonly [string, string, string])[] = [
    [
      'a key column that the input has not',
      '      column: ordered_at\n      key: [order_id, number]\n',
      'silver/orders.yaml:10:23: follows bronze.orders by key column "number", which is not a column of it',
    ],
    [
      'a key column listed twice',
      '      column: ordered_at\n      key: [order_id, order_id]\n',
      'silver/orders.yaml:10:23: follows bronze.orders by key column "order_id", which is listed twice',
    ],
    [
      'a column that does not partition',
      '      column: order_id\n      key: [order_id]\n',
      'silver/orders.yaml:8:5: follows bronze.orders by order_id, but it is partitioned by month(ordered_at), expected month(order_id)',
    ],
    ['a missing column', '      key: [order_id]\n', 'silver/orders.yaml:9:7: missing key "column"'],
    [
      'an unknown word',
      '      column: ordered_at\n      keys: [order_id]\n',
      'silver/orders.yaml:10:7: unknown key "keys", expected one of column, key',
    ],
  ];
  test.each(mistakes)('with %s is told at its place', async (_name, follow, expected) => {
    const { problems } = await problemsOf(`    bronze.orders:\n${follow}`);

    expect(problems).toEqual([expected]);
  });

  test('with an empty key is told at its place', async () => {
    const { problems } = await problemsOf('    bronze.orders:\n      column: ordered_at\n      key: []\n');

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^silver\/orders\.yaml:10:12: /);
  });

  test('is allowed for one input only', async () => {
    const { problems } = await problemsOf(
      `    bronze.orders: {column: ordered_at, key: [order_id]}\n    bronze.returns: {column: ordered_at, key: [order_id]}\n`,
      {
        'bronze/returns.yaml': shopFiles['bronze/orders.yaml']!.replace('SHOP-B1', 'SHOP-B2'),
        'silver/orders.sql': `${shopFiles['silver/orders.sql']!.trimEnd()}\n    and order_id not in (select order_id from \${bronze}.returns)\n`,
      },
    );

    expect(problems).toEqual([
      'silver/orders.yaml:9:47: follows bronze.returns by key, but bronze.orders has one too, expected one key',
    ]);
  });

  test('of numbers cut to a width is refused, since no query can tell them', async () => {
    const cut = (text: string) => text.replace(/\[month\(\w+\)\]/, '["truncate(10, order_id)"]');
    folder = await writePack({
      'bronze/orders.yaml': cut(shopFiles['bronze/orders.yaml']!),
      'silver/orders.yaml': cut(shopFiles['silver/orders.yaml']!).replace(
        simple,
        '    bronze.orders:\n      column: order_id\n      key: [order_id]\n',
      ),
    });

    const { problems } = await loadPack(folder.folder);

    expect(problems.map(({ line, column, message }) => `${line}:${column}: ${message}`)).toEqual([
      '10:12: follows bronze.orders by key, but a query cannot tell partitions by truncate of order_id, expected another',
    ]);
  });
});
