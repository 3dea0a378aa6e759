/** The ops port: /livez, /readyz and /metrics, which no balancer forwards. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { jsonLine } from './log-fields.ts';
import type { Readiness } from './readiness.ts';

export type OpsServer = { readonly port: number; close(): Promise<void> };

/**
 * Serves /livez, /readyz (`?verbose` for JSON) and /metrics. /livez says that the event loop turns, and nothing else, because
 * a restart cures neither a database nor a broker. Rejects when the port is taken.
 */
export async function startOpsServer(options: {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  readonly readiness: Readiness;
}): Promise<OpsServer> {
  const limits = { requestTimeout: 5000, headersTimeout: 5000, maxHeaderSize: 8192 };
  const server = createServer(limits, (request, response) => {
    answer(options, request, response).catch(() => {
      if (!response.headersSent) send(response, 500, 'internal error\n');
    });
  });
  server.maxConnections = 100;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
}

async function answer(
  { registry, readiness }: { readonly registry: Registry; readonly readiness: Readiness },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path, query] = (request.url ?? '').split('?', 2);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, 'method not allowed\n');
  } else if (path === '/livez') {
    send(response, 200, 'ok\n');
  } else if (path === '/readyz') {
    const ready = readiness.ready();
    if (new URLSearchParams(query).has('verbose')) {
      const body = jsonLine({ ready, checks: readiness.snapshot() });
      send(response, ready ? 200 : 503, `${body}\n`, 'application/json');
    } else {
      const reasons = readiness.snapshot().filter(({ ok, required }) => !ok && required);
      send(response, ready ? 200 : 503, ready ? 'ok\n' : `not ready: ${reasons.map(({ name }) => name).join(', ')}\n`);
    }
  } else if (path === '/metrics') {
    send(response, 200, await registry.metrics(), registry.contentType);
  } else {
    send(response, 404, 'not found\n');
  }
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': type, 'content-length': length, 'cache-control': 'no-cache' });
  response.end(body);
}
