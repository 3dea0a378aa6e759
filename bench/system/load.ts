/**
 * The load generator, a process of its own: `node load.ts` reads a LoadSpec as JSON from stdin and prints a LoadResult.
 *
 * HTTP by hand over plain sockets, because any client library costs more than the server that is measured: a request
 * here takes some 15 µs. It understands what our api sends, answers with a Content-Length or none at all, and fails
 * loudly on anything else. Open loop: latency counts from when a request was to be sent, not from when a connection
 * became free, so that a server that stalls cannot hide it (coordinated omission).
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { summarise } from '@inventory/testkit/figures/latency.ts';
import type { Latency } from '@inventory/testkit/figures/latency.ts';

export interface LoadSpec {
  readonly port: number;
  readonly connections: number;
  /** Requests a second, planned; 'closed': each connection sends as soon as it has its answer. */
  readonly rate: number | 'closed';
  /** Cut off from the figures. */
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly requests:
    /** One unit each, of a row drawn at random, for a customer drawn at random, under a new idempotency key. */
    | { readonly kind: 'reserve'; readonly rows: readonly StockRow[]; readonly customers: readonly Customer[] }
    /** Of a product drawn at random; `query` chooses stores, such as `?group=ten`. */
    | { readonly kind: 'availability'; readonly products: readonly string[]; readonly token: string; readonly query?: string }
    | { readonly kind: 'get'; readonly path: string };
}

export interface StockRow { readonly productId: string; readonly storeId: string }
export interface Customer { readonly id: string; readonly token: string }

export interface LoadResult {
  /** How many answers of each status, within the figures. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of a status below 400, a second. */
  readonly perSecond: number;
  readonly latency: Latency;
  /** Of the answers with 503 alone, counted from when the request was really sent: how soon a client is refused. */
  readonly refusals: Latency;
  /** Planned and not sent by the end: the server fell behind. */
  readonly unsent: number;
}

/** How long answers may take that were asked for before the end. */
const PATIENCE_MS = 10_000;

function requestMaker({ requests }: LoadSpec): () => string {
  const pick = <T>(list: readonly T[]): T => {
    const one = list[Math.floor(Math.random() * list.length)];
    if (one === undefined) throw new Error('nothing to draw from');
    return one;
  };
  const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: bench\r\n${more}\r\n`;
  switch (requests.kind) {
    case 'get': {
      const request = get(requests.path);
      return () => request;
    }
    case 'availability': {
      const authorization = `Authorization: Bearer ${requests.token}\r\n`;
      const { query = '' } = requests;
      return () => get(`/api/v1/products/${pick(requests.products)}/availability${query}`, authorization);
    }
    case 'reserve': {
      const run = randomBytes(6).toString('hex');
      let count = 0;
      return () => {
        const { productId, storeId } = pick(requests.rows);
        const { id, token } = pick(requests.customers);
        count += 1;
        const body = `{"product_id":"${productId}","store_id":"${storeId}","quantity":1,"customer_id":"${id}","ttl":3600}`;
        return `POST /api/v1/reservations HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\n`
          + `Content-Type: application/json\r\nIdempotency-Key: ${run}-${count}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      };
    }
  }
}

/** One connection with one request at a time. */
interface Lane {
  send(request: string): void;
  end(): void;
}

function openLane(port: number, onAnswer: (status: number) => void): Promise<Lane> {
  return new Promise((resolve, reject) => {
    let asked = false;
    const open = (): Socket => {
      let received = '';
      const fresh = connect({ host: '127.0.0.1', port, noDelay: true });
      fresh.setEncoding('latin1');
      fresh.once('error', reject);
      fresh.on('data', (chunk: string) => {
        // An answer without a request: the server closes a new connection that was silent for too long, and says so.
        if (!asked) return void fresh.destroy();
        received = received === '' ? chunk : received + chunk;
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        const status = Number(received.slice(9, 12));
        const head = received.slice(0, end + 2);
        const length = /\r\ncontent-length: (\d+)/i.exec(head);
        if (length === null && status !== 204 && status !== 304) throw new Error(`no length:\n${head}`);
        if (received.length < end + 4 + Number(length?.[1] ?? 0)) return;
        received = '';
        asked = false;
        // The api ends a connection after a thousand requests, as any client has to expect.
        if (/\r\nconnection: close/i.test(head)) {
          fresh.destroy();
          socket = open();
        }
        onAnswer(status);
      });
      return fresh;
    };
    let socket = open();
    socket.once('connect', () => {
      resolve({
        send: (request) => {
          if (!socket.writable) socket = open();
          asked = true;
          socket.write(request);
        },
        end: () => { socket.destroy(); },
      });
    });
  });
}

/** Loads until the time is over and every answer is there. @throws when a connection breaks */
async function load(spec: LoadSpec): Promise<LoadResult> {
  const { connections, rate, warmupMs, durationMs } = spec;
  const make = requestMaker(spec);
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const begun = performance.now();
  const end = begun + warmupMs + durationMs;
  const planned: number[] = [];
  const idle: number[] = [];
  const lanes: Lane[] = [];
  const sentAt: number[] = [];
  const reallySentAt: number[] = [];
  const refusals: number[] = [];
  let under = 0;
  let made = 0;
  let finished = (): void => undefined;

  const give = (nth: number, at: number): void => {
    sentAt[nth] = at;
    reallySentAt[nth] = performance.now();
    under += 1;
    lanes[nth]?.send(make());
  };
  const onAnswer = (nth: number, status: number): void => {
    const now = performance.now();
    const at = sentAt[nth] ?? now;
    under -= 1;
    if (at - begun >= warmupMs) {
      latencies.push(now - at);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 503) refusals.push(now - (reallySentAt[nth] ?? now));
    }
    if (now >= end) {
      if (under === 0) finished();
      return;
    }
    if (rate === 'closed') {
      give(nth, now);
      return;
    }
    const next = planned.shift();
    if (next === undefined) idle.push(nth);
    else give(nth, next);
  };
  lanes.push(...await Promise.all(Array.from({ length: connections }, (_, nth) =>
    openLane(spec.port, (status) => { onAnswer(nth, status); }))));

  await new Promise<void>((resolve) => {
    finished = resolve;
    if (rate === 'closed') {
      for (let nth = 0; nth < connections; nth += 1) give(nth, performance.now());
    } else {
      idle.push(...lanes.keys());
      const tick = setInterval(() => {
        const now = Math.min(performance.now(), end);
        for (; made < ((now - begun) / 1000) * rate; made += 1) {
          const at = begun + (made / rate) * 1000;
          const nth = idle.pop();
          if (nth === undefined) planned.push(at);
          else give(nth, at);
        }
        if (now < end) return;
        clearInterval(tick);
        if (under === 0) resolve();
      }, 1);
    }
    setTimeout(resolve, warmupMs + durationMs + PATIENCE_MS).unref();
  });
  for (const lane of lanes) lane.end();
  const good = Object.entries(statuses).reduce((sum, [status, n]) => sum + (Number(status) < 400 ? n : 0), 0);
  return {
    statuses, perSecond: good / (durationMs / 1000), latency: summarise(latencies),
    refusals: summarise(refusals), unsent: planned.length + under,
  };
}

if (import.meta.main) {
  const spec: LoadSpec = JSON.parse(await text(process.stdin));
  process.stdout.write(JSON.stringify(await load(spec)));
}
