import type { StateError } from './payloads.ts';

/** Keeps one long reason from hiding the others, and payloads small. */
const maxReason = 1000;

/**
 * What went wrong, in one line. A Lambda function's cause is JSON with `errorMessage`, a query's is the query execution
 * with `Status.StateChangeReason`; it repeats the whole statement and may be cut off in its middle.
 */
export function explainError({ Error: name, Cause: cause = '' }: StateError): string {
  const reason =
    parsedReason(cause) ??
    /"(?:StateChangeReason|errorMessage)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(cause)?.[1] ??
    cause;
  const line = reason.replaceAll(/\s+/g, ' ').trim();
  const text = line.length === 0 ? name : line;
  return text.length > maxReason ? `${text.slice(0, maxReason)}…` : text;
}

type Cause = {
  readonly errorMessage?: unknown;
  readonly Status?: { readonly StateChangeReason?: unknown };
  readonly QueryExecution?: { readonly Status?: { readonly StateChangeReason?: unknown } };
};

function parsedReason(cause: string): string | undefined {
  try {
    const parsed = JSON.parse(cause) as Cause | null;
    const reason =
      parsed?.errorMessage ??
      parsed?.QueryExecution?.Status?.StateChangeReason ??
      parsed?.Status?.StateChangeReason;
    return typeof reason === 'string' ? reason : undefined;
  } catch {
    return undefined;
  }
}
