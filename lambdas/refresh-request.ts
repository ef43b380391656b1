/** What a load asks for: a refresh of its pack. The body of a message in the queue of refresh requests. */
export type RefreshRequestMessage = { readonly pack: string };

/** The pack that a message names. @throws Error if the body is no request */
export function readRequestedPack(body: string): string {
  const message: unknown = JSON.parse(body);
  const pack =
    typeof message === 'object' && message !== null && 'pack' in message ? message.pack : undefined;
  if (typeof pack !== 'string') throw new Error('the message names no pack, expected {"pack":"<name>"}');
  return pack;
}
