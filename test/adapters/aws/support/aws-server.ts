import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type AwsClients, closeAwsClients, createAwsClients } from '../../../../adapters/aws/clients.ts';

/** A request as a script sees it. */
export type AwsRequest = {
  /** The operation of a JSON protocol, e.g. `UpdateTable`, or the HTTP method for S3. */
  readonly operation: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** What the server does to a request: an answer, or a broken connection (before the answer, or after so many bytes of it). */
export type AwsAnswer =
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly drop: true }
  | {
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly cutAfter: number;
    };

/** A server on this machine that answers in an AWS service's stead. */
export type AwsServer = AsyncDisposable & {
  readonly clients: AwsClients;
  readonly requests: readonly AwsRequest[];
};

/** Starts a server that answers each request as `answer` says. */
export async function startAwsServer(answer: (request: AwsRequest) => AwsAnswer): Promise<AwsServer> {
  const requests: AwsRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk as Buffer);
    }
    const target = incoming.headers['x-amz-target'];
    const request: AwsRequest = {
      operation: typeof target === 'string' ? (target.split('.').at(-1) ?? '') : (incoming.method ?? ''),
      url: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(request);
    send(answer(request), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  pointAwsAt(`http://127.0.0.1:${port}`);
  const clients = createAwsClients();
  return {
    clients,
    requests,
    async [Symbol.asyncDispose]() {
      closeAwsClients(clients);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Points the SDK at an endpoint in the way that users do. Jest gives each test file an environment of its own, and the
 * SDK reads it when a client is first used, so it stays.
 */
function pointAwsAt(endpoint: string): void {
  delete process.env.AWS_ENDPOINT_URL_S3;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
}

/** An AWS JSON error. */
export function jsonError(status: number, name: string, message = name): AwsAnswer {
  return {
    status,
    body: JSON.stringify({ __type: name, message, Message: message }),
    headers: { 'content-type': 'application/x-amz-json-1.1' },
  };
}

/** An AWS JSON answer. */
export function json(value: unknown): AwsAnswer {
  return {
    status: 200,
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/x-amz-json-1.1' },
  };
}

/** An S3 error. */
export function xmlError(status: number, code: string): AwsAnswer {
  return {
    status,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
    headers: { 'content-type': 'application/xml' },
  };
}

function send(answer: AwsAnswer, response: ServerResponse): void {
  if ('drop' in answer) {
    response.socket?.destroy();
    return;
  }
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-length': Buffer.byteLength(answer.body),
  });
  if ('cutAfter' in answer) {
    response.write(answer.body.slice(0, answer.cutAfter), () => response.socket?.destroy());
    return;
  }
  response.end(answer.body);
}
