import type { ScalarType } from './contract.ts';

/**
 * A bound as a number that orders like the column's values: units of the last decimal, or microseconds. Says what was
 * expected if the text is no value of the type.
 */
export function readBound(
  text: string,
  type: ScalarType,
): { readonly ok: true; readonly order: bigint } | { readonly ok: false; readonly expected: string } {
  switch (type.kind) {
    case 'integer':
    case 'bigint':
      return (
        readDecimal(text, type.kind === 'integer' ? 10 : 19, 0) ?? { ok: false, expected: 'a whole number' }
      );
    case 'decimal':
      return (
        readDecimal(text, type.precision, type.scale) ?? {
          ok: false,
          expected: `a number that decimal(${type.precision}, ${type.scale}) holds exactly`,
        }
      );
    case 'date':
      return readTime(text, /^\d{4}-\d{2}-\d{2}$/) ?? { ok: false, expected: 'a day such as 2026-01-31' };
    case 'timestamp':
    case 'timestamptz':
      return (
        readTime(text, /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,6})?)?$/) ?? {
          ok: false,
          expected: 'a time such as 2026-01-31 00:00:00',
        }
      );
    default:
      return { ok: false, expected: `no bound, ${type.kind} columns have none` };
  }
}

type ReadOrder = { readonly ok: true; readonly order: bigint } | undefined;

function readDecimal(text: string, precision: number, scale: number): ReadOrder {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const [, sign, whole = '', fraction = ''] = match ?? [];
  if (sign === undefined || fraction.length > scale) return undefined;
  const order = BigInt(whole + fraction.padEnd(scale, '0'));
  if (order >= 10n ** BigInt(precision)) return undefined;
  return { ok: true, order: sign === '-' ? -order : order };
}

function readTime(text: string, form: RegExp): ReadOrder {
  if (!form.test(text)) return undefined;
  const [day = '', time = '00:00:00'] = text.split(' ');
  const [clock = '', fraction = ''] = time.split('.');
  const milliseconds = Date.parse(`${day}T${clock}Z`);
  // Date.parse takes 2026-02-30 for March: a day that comes back unequal does not exist.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 19) !== `${day}T${clock}`) {
    return undefined;
  }
  return { ok: true, order: BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, '0')) };
}
