/**
 * 200 KB: a payload of Step Functions holds 256 KB (262,144 bytes) and so does a statement of Athena; what else is in the
 * payload must fit as well, and a text in JSON is longer by its escapes.
 */
export const maxStatementBytes = 200 * 1024;

/** The statement cannot be handed from state to state. Trying again would not make it shorter. */
export class StatementTooLongError extends Error {
  override readonly name = 'StatementTooLongError';
}

/** Whether the statement can be handed on. */
export function isShortStatement(sql: string): boolean {
  return bytesOf(sql) <= maxStatementBytes;
}

/** The text itself. @throws StatementTooLongError */
export function demandShortStatement(subject: string, sql: string): string {
  const bytes = bytesOf(sql);
  if (bytes <= maxStatementBytes) return sql;
  throw new StatementTooLongError(
    `the statement of ${subject} has ${bytes} bytes, expected at most ${maxStatementBytes}`,
  );
}

function bytesOf(sql: string): number {
  return Buffer.byteLength(JSON.stringify(sql));
}
