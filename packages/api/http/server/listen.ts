/** The HTTP server: Node's own limits are too generous (docs/traps.md, 22), and its own answers have no body. */
import { createServer } from 'node:http';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { ErrorCode } from '@inventory/domain/errors.ts';
import { v7 } from 'uuid';
import { problemAnswer } from '../problems.ts';

/** The errors of Node's parser, by their code. */
const clientErrors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['header_fields_too_large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
};

function answerClientError(error: Error, socket: Duplex): void {
  if (!socket.writable || ('bytesWritten' in socket && socket.bytesWritten === 0 && isReset(error))) {
    socket.destroy();
    return;
  }
  const [code, message] = clientErrors[codeOf(error)] ?? ['bad_request', 'The request is not valid HTTP.'];
  // There is no request yet, so the answer makes an id of its own.
  const requestId = v7();
  const { status, headers, body } = problemAnswer({ code, message, details: {} }, {
    requestId, instance: '/', repeatable: false,
  });
  const lines = Object.entries({
    ...headers, 'x-request-id': requestId, 'content-length': String(body.length), 'connection': 'close',
  });
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n${body.toString()}`);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
function isReset(error: Error): boolean {
  return codeOf(error) === 'ECONNRESET';
}

/** How long a close waits for a turn of the event loop without new connections, and how short such a turn is, in ms. */
const QUIET_MS = 250;
const SHORT_TURN_MS = 0.2;

interface ListeningServer {
  readonly port: number;
  /**
   * Takes no new connections, so that a balancer goes elsewhere before it has sent anything. Open connections may go on
   * asking for `drainMs`; each answer ends its connection. Then it closes those that are idle, and resolves when the
   * requests in hand are answered.
   */
  close(): Promise<void>;
}

/** How long a request may take to arrive, in ms. */
export interface Timeouts {
  readonly headersMs: number;
  readonly requestMs: number;
}

const TIMEOUTS: Timeouts = { headersMs: 10_000, requestMs: 15_000 };

interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Connections beyond are closed at once. */
  readonly maxConnections: number;
  /** Shorter ones for tests. */
  readonly timeouts?: Timeouts;
  /**
   * How long a close leaves an idle connection open, in ms. A request that is on its way when the server closes it is
   * lost; a client that keeps idle connections for less than this closes first.
   */
  readonly drainMs: number;
}

/** Listens. @throws the error of `server.listen`, such as EADDRINUSE */
export async function listen(app: RequestListener, address: ListenOptions): Promise<ListeningServer> {
  const { timeouts = TIMEOUTS } = address;
  const server: Server = createServer({
    connectionsCheckingInterval: Math.min(1000, timeouts.headersMs), requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headersMs, keepAliveTimeout: 65_000, maxHeaderSize: 16_384,
    // Node would answer without a body. The app refuses such requests itself (refuseAmbiguousHosts).
    requireHostHeader: false,
  }, app);
  const inHand = new Set<ServerResponse>();
  let closing = false;
  let drained = false;
  const sayLast = (res: ServerResponse): void => { if (!res.headersSent) res.setHeader('connection', 'close'); };
  server.prependListener('request', (_req, res) => {
    inHand.add(res);
    if (closing) sayLast(res);
    res.once('close', () => {
      inHand.delete(res);
      // Its answer had begun before the close, without `connection: close`.
      if (drained) server.closeIdleConnections();
    });
  });
  server.maxConnections = address.maxConnections;
  server.maxHeadersCount = 100;
  server.maxRequestsPerSocket = 1000;
  server.on('clientError', answerClientError);
  // Node answers `Expect: 100-continue` itself, and any other with an empty 417. The app refuses those (refuseExpectations).
  server.on('checkExpectation', app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: portOf(server.address()),
    close: async () => {
      await quietTurn(server);
      // Not the `close` of an HTTP server, which ends all idle connections at once.
      const ended = new Promise<void>((resolve) => { NetServer.prototype.close.call(server, () => { resolve(); }); });
      closing = true;
      inHand.forEach(sayLast);
      const patience = new AbortController();
      await Promise.race([ended, delay(address.drainMs, undefined, patience).catch(() => undefined)]);
      patience.abort();
      drained = true;
      server.close();
      await ended;
    },
  };
}

/**
 * Resolves after a short turn of the event loop in which no connection came. The loop accepts one connection a turn, and
 * one that the kernel has accepted and the loop has not is reset when the listener closes, together with a request that
 * was sent on it.
 */
async function quietTurn(server: Server): Promise<void> {
  let came = 0;
  const count = (): void => { came += 1; };
  server.on('connection', count);
  const deadline = performance.now() + QUIET_MS;
  for (let begun = performance.now(), before = -1; begun < deadline;) {
    await turn();
    const now = performance.now();
    if (came === before && now - begun < SHORT_TURN_MS) break;
    [begun, before] = [now, came];
  }
  server.off('connection', count);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
