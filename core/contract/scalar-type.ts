import type { ScalarType } from './contract.ts';

/** Type names as a contract writes them, for messages. */
export const typeNames =
  'boolean, integer, bigint, real, double, decimal(p, s), date, timestamp(6), timestamp(6) with time zone, varchar';

/** Reads a type in Athena's spelling (`decimal(18, 4)`, `timestamp(6)`); undefined if it is none that a contract may use. */
export function parseScalarType(text: string): ScalarType | undefined {
  const folded = text.trim().toLowerCase().replace(/\s+/g, ' ');
  const decimal = /^decimal ?\( ?(\d{1,2}) ?, ?(\d{1,2}) ?\)$/.exec(folded);
  if (decimal) {
    const precision = Number(decimal[1]);
    const scale = Number(decimal[2]);
    return precision >= 1 && precision <= 38 && scale <= precision
      ? { kind: 'decimal', precision, scale }
      : undefined;
  }
  switch (folded) {
    case 'boolean':
    case 'integer':
    case 'bigint':
    case 'real':
    case 'double':
    case 'date':
    case 'varchar':
      return { kind: folded };
    case 'timestamp(6)':
      return { kind: 'timestamp' };
    case 'timestamp(6) with time zone':
      return { kind: 'timestamptz' };
    default:
      return undefined;
  }
}

/** A type as Athena and the contracts spell it: `decimal(18, 4)`, `timestamp(6)`. */
export function formatScalarType(type: ScalarType): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'timestamp':
      return 'timestamp(6)';
    case 'timestamptz':
      return 'timestamp(6) with time zone';
    default:
      return type.kind;
  }
}
