/** JSON as it stands in Iceberg metadata: integers of 64 bits are exact, whatever their size. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

export type JsonObject = { readonly [key: string]: JsonValue | undefined };

// Part of ECMAScript 2025's "JSON.parse source text access", which TypeScript's es2024 library does not declare.
const exactJson = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/**
 * Parses JSON without losing a digit: a number that JavaScript cannot hold as it is written becomes a bigint, or, if it
 * is no integer, a raw piece of JSON that {@link formatExactJson} writes back unchanged.
 */
export function parseExactJson(text: string): JsonValue {
  return exactJson.parse(text, (_key, value, context) => {
    const { source } = context;
    if (typeof value !== 'number' || source === undefined) return value;
    // Beyond 2^53 a number can print as it was written and still be another one: 8446963019593747000 is kept as …7456.
    const isExact = String(value) === source && (!isInteger(source) || Number.isSafeInteger(value));
    if (isExact) return value;
    return isInteger(source) ? BigInt(source) : exactJson.rawJSON(source);
  }) as JsonValue;
}

function isInteger(source: string): boolean {
  return /^-?\d+$/.test(source);
}

/** Writes JSON; a bigint becomes a plain number of all its digits. */
export function formatExactJson(value: JsonValue, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, item) => (typeof item === 'bigint' ? exactJson.rawJSON(item.toString()) : item),
    indent,
  );
}
