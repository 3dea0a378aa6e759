import { expect } from 'chai';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createClient, isInventoryProblem } from './client.ts';
import type { WatchOptions } from './client.ts';

type Say = (req: IncomingMessage, res: ServerResponse, nth: number) => void;

const row = (version: number, available = version) => ({
  product_id: 'p', store_id: 'MAD-001', available, level: 'OK', version, committed_at: '2026-12-01T00:00:00.000Z',
});
const frame = (event: string, data: object, more = ''): string => `event: ${event}\n${more}data: ${JSON.stringify(data)}\n\n`;
const begin = (res: ServerResponse): ServerResponse => res.writeHead(200, { 'content-type': 'text/event-stream' });

describe('watching availability', function () {
  this.timeout(20_000);
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  /** Watches a server that says so, until `until` things were told. */
  async function watched(say: Say, until: number, more: Partial<WatchOptions> = {}) {
    const asked: IncomingMessage[] = [];
    const server = createServer((req, res) => {
      asked.push(req);
      say(req, res, asked.length);
    });
    servers.push(server);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const over = new AbortController();
    const told: unknown[] = [];
    const tell = (what: unknown): void => {
      told.push(what);
      if (told.length >= until) over.abort();
    };
    let n = 0;
    await createClient({ baseUrl: `http://127.0.0.1:${port}`, token: () => { n += 1; return `token-${n}`; } }).watch({
      signal: over.signal,
      onRows: (rows, { snapshot }) => { tell([snapshot ? 'all' : 'some', ...rows.map(({ version }) => version)]); },
      onTick: ({ behind_ms: behind }) => { tell(behind); },
      onState: (state) => { tell(state.kind === 'live' ? 'live' : state.code); },
      ...more,
    });
    return { told, asked };
  }

  it('hands over a snapshot, changes and ticks, however they are cut into pieces', async () => {
    const { told, asked } = await watched((_req, res) => {
      begin(res);
      const text = frame('snapshot', { as_of: 'x', rows: [row(1)] }, 'id: a\n') + ': a comment\n\n' + frame('stock', { rows: [row(2)] }, 'id: b\n')
        + frame('stock', { rows: [row(2)] }) + frame('tick', { as_of: null, behind_ms: 7, server_time: 'x' });
      const pieces = [...Buffer.from(text)].map((byte) => Buffer.of(byte));
      const next = (): void => { const piece = pieces.shift(); if (piece !== undefined) res.write(piece, next); };
      next();
    }, 4, { product_ids: ['p', 'q'], levels_only: true });
    expect(told).to.deep.equal(['live', ['all', 1], ['some', 2], 7]);
    expect(asked[0]?.url).to.equal('/api/v1/stream?product_ids=p%2Cq&levels_only=true');
    expect(asked[0]?.headers).to.include({ accept: 'text/event-stream', authorization: 'Bearer token-1' });
  });

  it('goes on behind the last frame after a cut and after a goodbye, with a fresh token, and takes no older version', async () => {
    const { told, asked } = await watched((_req, res, nth) => {
      begin(res);
      if (nth === 1) res.write(frame('snapshot', { rows: [row(5)] }, 'id: a\n'), () => { res.destroy(); });
      else if (nth === 2) res.end(frame('stock', { rows: [row(4), row(6)] }, 'id: b\n') + frame('bye', { reason: 'DRAIN' }, 'retry: 30\n'));
      else res.write(frame('stock', { rows: [row(7)] }, 'id: c\n'));
    }, 8);
    expect(told).to.deep.equal(['live', ['all', 5], 'network_error', 'live', ['some', 6], 'DRAIN', 'live', ['some', 7]]);
    expect(asked.map(({ headers }) => [headers['last-event-id'], headers.authorization])).to.deep.equal(
      [[undefined, 'Bearer token-1'], ['a', 'Bearer token-2'], ['b', 'Bearer token-3']]);
  });

  it('begins anew after a reset: the versions of another log may be lower', async () => {
    const { told, asked } = await watched((_req, res, nth) => {
      begin(res);
      if (nth === 1) res.end(frame('snapshot', { rows: [row(9)] }, 'id: a\n') + frame('reset', { reason: 'EPOCH' }, 'retry: 10\n'));
      else res.write(frame('snapshot', { rows: [row(3)] }, 'id: b\n'));
    }, 5);
    expect(told).to.deep.equal(['live', ['all', 9], 'EPOCH', 'live', ['all', 3]]);
    expect(asked[1]?.headers['last-event-id']).to.equal(undefined);
  });

  it('outlasts what passes, and ends with what does not, and with an error of onRows', async () => {
    const problem = (res: ServerResponse, status: number, code: string): void => {
      res.writeHead(status, { 'content-type': 'application/problem+json', 'x-request-id': 'r' })
        .end(JSON.stringify({ code, detail: code, retryable: status === 503 }));
    };
    const { told } = await watched((req, res, nth) => {
      if (nth === 1) problem(res, 503, 'overloaded');
      else if (nth === 2) req.socket.destroy();
      else if (nth === 3) res.writeHead(200, { 'content-type': 'text/html', 'x-request-id': 'r' }).end('<p>a portal</p>');
      else begin(res).write(frame('tick', { behind_ms: 1, server_time: 'x' }));
    }, 5);
    expect(told).to.deep.equal(['overloaded', 'network_error', 'network_error', 'live', 1]);
    const refused = await watched((_req, res) => { problem(res, 403, 'forbidden'); }, 9).catch((error: unknown) => error);
    expect(isInventoryProblem(refused) && refused.code).to.equal('forbidden');
    const own = await watched((_req, res) => { begin(res).write(frame('snapshot', { rows: [] })); }, 9, {
      onRows: () => { throw new Error('no screen'); },
    }).catch(String);
    expect(own).to.equal('Error: no screen');
  });
});
