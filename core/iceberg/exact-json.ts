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
    if (typeof value !== 'number' || context.source === undefined || String(value) === context.source)
      return value;
    return /^-?\d+$/.test(context.source) ? BigInt(context.source) : exactJson.rawJSON(context.source);
  }) as JsonValue;
}

/** Writes JSON; a bigint becomes a plain number of all its digits. */
export function formatExactJson(value: JsonValue, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, item) => (typeof item === 'bigint' ? exactJson.rawJSON(item.toString()) : item),
    indent,
  );
}
