import type {
  DerivedColumn,
  ModelCheck,
  ModelContract,
  Pack,
  RowRule,
} from '../../../core/contract/contract.ts';

/** What a test says of a model; the rest is filled in. */
export type SmallModel = Partial<Omit<ModelContract, 'checks'>> & {
  readonly name: string;
  readonly layer: 'silver' | 'gold';
  readonly sql: string;
  readonly checks?: readonly Pick<ModelCheck, 'id' | 'sql'>[];
};

const place = (file: string) => ({ file, line: 1, column: 1 });

/** A pack `shop` with the bronze table `orders (order_id bigint, amount decimal(18, 4), country varchar, ordered_at timestamp(6))`. */
export function makePack(
  models: readonly SmallModel[],
  options: {
    readonly parameters?: Readonly<Record<string, string>>;
    readonly rules?: readonly RowRule[];
    readonly derivedColumns?: readonly DerivedColumn[];
    /** SQL by name. */
    readonly queries?: Readonly<Record<string, string>>;
  } = {},
): Pack {
  const column = {
    aliases: [],
    required: false,
    pii: 'none',
    description: '',
    letterCase: 'as_delivered',
  } as const;
  return {
    name: 'shop',
    description: '',
    parameters: options.parameters ?? {},
    bronze: [
      {
        layer: 'bronze',
        pack: 'shop',
        name: 'orders',
        dataset: 'orders',
        description: '',
        grain: 'one line',
        encoding: 'utf-8',
        header: 'all',
        maxRejectShare: 0.5,
        columns: [
          { ...column, name: 'order_id', type: { kind: 'bigint' } },
          { ...column, name: 'amount', type: { kind: 'decimal', precision: 18, scale: 4 } },
          { ...column, name: 'country', type: { kind: 'varchar' } },
          { ...column, name: 'ordered_at', type: { kind: 'timestamp' } },
        ],
        derivedColumns: options.derivedColumns ?? [],
        rules: options.rules ?? [],
        partitioning: [],
        hash: 'b',
        position: place('sql/shop/bronze/orders.yaml'),
      },
    ],
    models: models.map(makeModel),
    queries: Object.entries(options.queries ?? {}).map(([name, sql]) => ({
      pack: 'shop',
      name,
      question: 'Which?',
      sql,
      position: place(`sql/shop/queries/${name}.sql`),
    })),
  };
}

function makeModel({ checks = [], ...model }: SmallModel): ModelContract {
  const yaml = `sql/shop/${model.layer}/${model.name}.yaml`;
  return {
    pack: 'shop',
    description: '',
    grain: 'one row',
    key: ['order_id'],
    columns: [{ name: 'order_id', type: { kind: 'bigint' }, notNull: true, description: '', pii: 'none' }],
    partitioning: [],
    publish: { mode: 'replace' },
    hash: 'm',
    position: place(yaml),
    sqlFile: `sql/shop/${model.layer}/${model.name}.sql`,
    checks: checks.map((check) => ({
      severity: 'error',
      description: '',
      position: { file: yaml, line: 10, column: 7 },
      ...check,
    })),
    ...model,
  };
}
