import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, admin, customer, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

const TIMEOUTS = { headersMs: 10_000, requestMs: 15_000, unreadMs: 500, seatMs: 1000 } as const;

describe('a connection', function () {
  this.timeout(30_000);
  let api: TestApi;
  let token: string;
  let product: string;
  before(async () => {
    api = await startTestApi({ timeouts: TIMEOUTS, connectionsPerAddress: 5 });
    token = await api.token(customer);
    product = await addProduct(api.db);
    await (await api.as(admin)).post('/stock', { product_id: product, store_id: 'MAD-001', quantity_change: 100, reason: 'RESTOCK' });
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  interface Client { readonly socket: Socket; text: string; readonly begun: number }
  async function open(to: TestApi = api): Promise<Client> {
    const socket = connect({ host: '127.0.0.1', port: to.port });
    const client: Client = { socket, text: '', begun: performance.now() };
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => { client.text += chunk.toString('latin1'); });
    await once(socket, 'connect');
    return client;
  }
  /** Until the end, whichever: a client that is still writing may see a reset. */
  const ended = (socket: Socket, withinMs = 10_000): Promise<unknown> =>
    Promise.race([new Promise((resolve) => { socket.once('close', resolve); }), delay(withinMs, undefined, { ref: false })]);
  const head = (line: string, ...headers: readonly string[]) => [line, 'Host: x', ...headers, '', ''].join('\r\n');
  const bearer = () => `Authorization: Bearer ${token}`;
  const json = 'Content-Type: application/json';
  /** Goes on sending until the connection ends. @returns ms until the answer came, and until the end */
  async function flood(first: string, piece: string | Buffer): Promise<{ readonly text: string; readonly answeredMs: number; readonly endedMs: number }> {
    const client = await open();
    let answeredMs = Infinity;
    client.socket.once('data', () => { answeredMs = performance.now() - client.begun; });
    client.socket.write(first);
    const timer = setInterval(() => { if (client.socket.writable && client.socket.writableLength < 1e6) client.socket.write(piece); }, 20);
    await ended(client.socket, 20_000);
    clearInterval(timer);
    return { text: client.text, answeredMs, endedMs: performance.now() - client.begun };
  }

  it('that brings an oversized body is answered 413 at once, and the rest is not read for long', async () => {
    const piece = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
    for (const [first, rest] of [
      [head('POST /api/v1/reservations HTTP/1.1', bearer(), json, 'Content-Length: 1000000000'), 'a'],
      [head('POST /api/v1/reservations HTTP/1.1', bearer(), json, 'Content-Length: 1000000000'), Buffer.alloc(65_536, 0x20)],
      [`${head('POST /api/v1/reservations HTTP/1.1', bearer(), json, 'Transfer-Encoding: chunked')}${piece}`, piece],
      [head('POST /api/v1/stock/batch HTTP/1.1', `Authorization: Bearer ${await api.token(admin)}`, json, 'Content-Length: 1048577'), 'a'],
    ] as const) {
      const { text, answeredMs, endedMs } = await flood(first, rest);
      expect(text).to.match(/^HTTP\/1\.1 413 /).and.include('"code":"payload_too_large"');
      expect(answeredMs, 'ms until the answer').to.be.below(2000);
      expect(endedMs, 'ms until the end').to.be.below(6000);
    }
  });

  it('that brings a body behind an early refusal is answered at once, and the rest is not read for long', async () => {
    for (const [line, status] of [
      ['POST /api/v1/reservations HTTP/1.1', 401], ['POST /api/v1/nowhere HTTP/1.1', 404], ['PUT /api/v1/stock HTTP/1.1', 405],
      ['GET /api/v1/stores HTTP/1.1', 401],
    ] as const) {
      const { text, answeredMs, endedMs } = await flood(head(line, json, 'Content-Length: 20000'), 'a');
      expect(text, line).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answeredMs, 'ms until the answer').to.be.below(2000);
      expect(endedMs, 'ms until the end').to.be.below(6000);
    }
  });

  it('that is kept costs no more for each request that was answered before its body was there', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): void => { warnings.push(warning.message); };
    process.on('warning', hear);
    try {
      const client = await open();
      for (let answers = 1; answers <= 15; answers += 1) {
        client.socket.write(`${head('POST /api/v1/nowhere HTTP/1.1', bearer(), json, 'Content-Length: 100')}{`);
        await eventually(() => { expect(client.text.match(/HTTP\/1\.1 404/g)).to.have.length(answers); }, { everyMs: 1 });
        client.socket.write(' '.repeat(99));
      }
      expect(client.socket.closed, 'it was kept').to.equal(false);
      client.socket.destroy();
      expect(warnings).to.deep.equal([]);
    } finally {
      process.off('warning', hear);
    }
  });

  it('that brings a change and garbage behind it, in one packet, answers the change', async () => {
    const body = JSON.stringify({ product_id: product, store_id: 'MAD-001', quantity: 1, customer_id: customer.userId });
    const change = `${head('POST /api/v1/reservations HTTP/1.1', bearer(), json, `Content-Length: ${body.length}`)}${body}`;
    for (const garbage of ['garbage\r\n\r\n', '\0\0\0', 'GET / HTTP/9.9\r\n\r\n', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n']) {
      const client = await open();
      client.socket.write(`${change}${garbage}`);
      await ended(client.socket);
      expect(client.text.match(/HTTP\/1\.1 \d{3}/g), garbage).to.deep.equal(['HTTP/1.1 201']);
      expect(client.text.toLowerCase()).to.include('connection: close');
    }
    const alone = await open();
    alone.socket.write('garbage\r\n\r\n');
    await ended(alone.socket);
    expect(alone.text).to.match(/^HTTP\/1\.1 400 /);
  });

  it('whose client reads nothing is cut', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => open()));
    const gone = () => api.logLines().filter(({ status, route }) => status === 499 && route === '/openapi.json').length;
    for (const { socket } of clients) {
      socket.pause();
      socket.write(head('GET /api/v1/openapi.json HTTP/1.1', bearer()).repeat(60));
    }
    await eventually(() => { expect(gone()).to.be.at.least(4); }, { timeoutMs: 15_000 });
    for (const { socket } of clients) socket.destroy();
  });

  it('whose client reads slowly, but reads, gets its answer', async () => {
    const { socket } = await open();
    let bytes = 0;
    socket.removeAllListeners('data');
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      socket.pause();
      setTimeout(() => { socket.resume(); }, 5);
    });
    socket.write(head('GET /api/v1/openapi.json HTTP/1.1', bearer()).repeat(12) + head('GET /api/v1/stores HTTP/1.1', bearer(), 'Connection: close'));
    await ended(socket, 25_000);
    const { headers } = await fetch(`http://127.0.0.1:${api.port}/api/v1/openapi.json`);
    expect(bytes).to.be.above(12 * Number(headers.get('content-length')));
  });

  it('of an address that has its share without a token takes the place of its oldest idle one', async () => {
    const clients: Client[] = [];
    for (let n = 0; n < 12; n += 1) clients.push(await open());
    await eventually(() => {
      expect(clients.map(({ socket }) => socket.closed)).to.deep.equal(clients.map((_, n) => n < 7));
    }, { timeoutMs: 900 });
    for (const { socket } of clients) socket.destroy();
  });

  it('is not kept by requests without a token: a 404 renews nothing', async () => {
    const strangers = await Promise.all(['/nowhere', '/api/v1/stores', '/api/v1/openapi.json'].map(async (path) => ({ path, ...await open() })));
    const timer = setInterval(() => {
      for (const { socket, path } of strangers) if (socket.writable) socket.write(head(`GET ${path} HTTP/1.1`));
    }, 100);
    await eventually(() => { expect(strangers.map(({ socket }) => socket.closed)).to.deep.equal([true, true, true]); }, { timeoutMs: 6000 });
    clearInterval(timer);
  });

  it('is kept by a valid token, counts against no share then, and is no stranger\'s to take', async () => {
    const known: Client[] = [];
    for (let n = 0; n < 8; n += 1) {
      const client = await open();
      client.socket.write(head('GET /api/v1/stores HTTP/1.1', bearer()));
      await eventually(() => { expect(client.text).to.include('HTTP/1.1 200'); });
      known.push(client);
    }
    const timer = setInterval(() => { for (const { socket } of known) socket.write(head('GET /api/v1/stores HTTP/1.1', bearer())); }, 300);
    const strangers: Client[] = [];
    for (let n = 0; n < 10; n += 1) strangers.push(await open());
    await delay(2500);
    expect(known.filter(({ socket }) => socket.closed)).to.deep.equal([]);
    clearInterval(timer);
    await eventually(() => { expect(known.filter(({ socket }) => !socket.closed), 'silent since').to.deep.equal([]); }, { timeoutMs: 6000 });
    for (const { socket } of strangers) socket.destroy();
  });

  it('is kept as long as its answers say, which is longer than a proxy keeps an idle one', async () => {
    const said = async (to: TestApi): Promise<number> => {
      const client = await open(to);
      client.socket.write(head('GET /api/v1/stores HTTP/1.1', bearer()));
      await eventually(() => { expect(client.text).to.include('HTTP/1.1 '); });
      client.socket.destroy();
      return Number(/\r\nKeep-Alive: timeout=(\d+)\b/i.exec(client.text)?.[1]);
    };
    expect(await said(api) * 1000, 'within a seat').to.be.at.most(TIMEOUTS.seatMs);
    const usual = await startTestApi();
    try {
      expect(await said(usual), 'nginx keeps one for 60 s').to.equal(65);
    } finally {
      await usual.close();
    }
  });

  it('of a trusted proxy is the proxy\'s to keep', async () => {
    const behind = await startTestApi({ timeouts: TIMEOUTS, connectionsPerAddress: 2, edge: { trustProxy: ['127.0.0.1'] } });
    try {
      const clients = await Promise.all(Array.from({ length: 8 }, () => open(behind)));
      await delay(2500);
      expect(clients.filter(({ socket }) => socket.closed)).to.deep.equal([]);
      for (const { socket } of clients) socket.destroy();
    } finally {
      await behind.close();
    }
  });
});
