import type { PartitionTerm, ScalarType } from './contract.ts';

/** Reads `country`, `month(invoice_date)`, `truncate(10, sku)`; undefined if the text is none of these. */
export function parsePartitionTerm(text: string): PartitionTerm | undefined {
  const folded = text.trim().replace(/\s+/g, ' ');
  if (/^[a-z][a-z0-9_]*$/.test(folded)) return { transform: 'identity', column: folded };
  const call = /^([a-z]+) ?\( ?(?:(\d{1,9}) ?, ?)?([a-z][a-z0-9_]*) ?\)$/.exec(folded);
  const [, transform, digits, column] = call ?? [];
  if (transform === undefined || column === undefined) return undefined;
  switch (transform) {
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return digits === undefined ? { transform, column } : undefined;
    case 'truncate':
    case 'bucket':
      return digits !== undefined && Number(digits) > 0
        ? { transform, column, argument: Number(digits) }
        : undefined;
    default:
      return undefined;
  }
}

/** A term as a contract writes it. */
export function formatPartitionTerm(term: PartitionTerm): string {
  if (term.transform === 'identity') return term.column;
  const argument = term.argument === undefined ? '' : `${term.argument}, `;
  return `${term.transform}(${argument}${term.column})`;
}

/** Types that the transform takes, for messages; undefined if `type` is one of them. */
export function unfitFor(term: PartitionTerm, type: ScalarType): string | undefined {
  const expected = fittingKinds[term.transform];
  return expected.includes(type.kind)
    ? undefined
    : expected.map((kind) => kindNames[kind] ?? kind).join(', ');
}

type Kind = ScalarType['kind'];

const exactKinds: readonly Kind[] = [
  'integer',
  'bigint',
  'decimal',
  'date',
  'timestamp',
  'timestamptz',
  'varchar',
];

/** Iceberg's table of transforms, floating point left out: equal values with unequal bits make unequal partitions. */
const fittingKinds: Readonly<Record<PartitionTerm['transform'], readonly Kind[]>> = {
  identity: ['boolean', ...exactKinds],
  year: ['date', 'timestamp', 'timestamptz'],
  month: ['date', 'timestamp', 'timestamptz'],
  day: ['date', 'timestamp', 'timestamptz'],
  hour: ['timestamp', 'timestamptz'],
  truncate: ['integer', 'bigint', 'decimal', 'varchar'],
  bucket: exactKinds,
};

const kindNames: Partial<Record<Kind, string>> = {
  timestamp: 'timestamp(6)',
  timestamptz: 'timestamp(6) with time zone',
};
