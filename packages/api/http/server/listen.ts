/** The HTTP server: Node's own limits are too generous (docs/traps.md, 22), and its own answers have no body. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { answerClientError } from './client-errors.ts';
import { createCutOff } from './cut-off.ts';
import { createSeats } from './seats.ts';
import type { SeatRules } from './seats.ts';

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

/** In ms. */
export interface Timeouts {
  /** How long the headers of a request may take to arrive, and all of it. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How long a client may read nothing of its answer; 30 s where it is left out. */
  readonly unreadMs?: number;
  /** How long a connection is kept without a valid token; 75 s where it is left out. */
  readonly seatMs?: number;
}

const TIMEOUTS: Timeouts = { headersMs: 10_000, requestMs: 15_000 };
const UNREAD_MS = 30_000;
/** How long a connection without a request is kept, as its answers say: longer than a proxy does (nginx: 60 s). */
const KEEP_ALIVE_MS = 65_000;
/** Longer than that: a client that was told 65 s may send its next request after 64. */
const SEAT_MS = 75_000;
/** How long the rest of a body is read after its answer. */
const REST_MS = 1000;

interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Connections beyond are closed at once. */
  readonly maxConnections: number;
  /** Who of those that show no token may keep how many of them. */
  readonly seats: Pick<SeatRules, 'isProxy' | 'addressKey' | 'isRecognised' | 'perAddress'>;
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
  const { seatMs = SEAT_MS } = timeouts;
  const server: Server = createServer({
    connectionsCheckingInterval: Math.min(1000, timeouts.headersMs), requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headersMs, keepAliveTimeout: Math.min(KEEP_ALIVE_MS, seatMs), maxHeaderSize: 16_384,
    // Node would answer without a body. The app refuses such requests itself (refuseAmbiguousHosts).
    requireHostHeader: false,
  }, app);
  const inHand = new Set<ServerResponse<IncomingMessage>>();
  const seats = createSeats({ ...address.seats, seatMs });
  const cutOff = createCutOff({ unreadMs: timeouts.unreadMs ?? UNREAD_MS, restMs: REST_MS });
  let closing = false;
  let drained = false;
  const sayLast = (res: ServerResponse): void => { if (!res.headersSent) res.setHeader('connection', 'close'); };
  server.on('connection', seats.take);
  server.prependListener('request', (req, res) => {
    inHand.add(res);
    seats.watch(req, res);
    cutOff.watch(req, res);
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
  server.on('clientError', (error, socket) => {
    answerClientError(error, socket, [...inHand].filter((res) => Object.is(res.socket, socket)));
  });
  // Node would end the connection without an answer.
  server.on('connect', (_req, socket) => { answerClientError(new Error('CONNECT is not served'), socket, []); });
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
      seats.stop();
      cutOff.stop();
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
