import { once } from 'node:events';
import { connect } from 'node:net';
import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { addProduct, admin, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

/** Section A of docs/bad-input.md: what is wrong before the body is looked at. */
describe('bad HTTP', () => {
  let api: TestApi;
  let client: Client;
  let token: string;
  let productId: string;
  before(async () => {
    api = await startTestApi();
    client = await api.as(admin);
    token = await api.token(admin);
    productId = await addProduct(api.db);
  });
  after(() => api.close());
  afterEach('the process serves on', async () => {
    expect((await client.get(`/products/${productId}/availability`)).status).to.equal(200);
  });

  function expectProblem(answer: Answer, status: number, code: string): void {
    expect([answer.status, answer.body['code']], answer.text).to.deep.equal([status, code]);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(answer.body).to.include.keys('type', 'title', 'status', 'detail', 'instance', 'code', 'request_id', 'retryable');
  }

  /** The answer to exactly these bytes, until the connection ends. */
  async function raw(bytes: string | Buffer): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: api.port });
    let text = '';
    socket.on('data', (chunk) => { text += chunk.toString('latin1'); });
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
    return text;
  }
  const head = (line: string, ...headers: readonly string[]) =>
    [line, 'Host: localhost', `Authorization: Bearer ${token}`, 'Connection: close', ...headers, '', ''].join('\r\n');
  function expectRaw(text: string, status: number, code: string): void {
    const [top = '', body = ''] = text.split('\r\n\r\n');
    expect(top).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(top.toLowerCase()).to.include('content-type: application/problem+json');
    const problem: Record<string, unknown> = JSON.parse(body);
    expect(problem).to.deep.include({ status, code });
    expect(top.toLowerCase()).to.include(`x-request-id: ${String(problem['request_id'])}`);
  }

  it('row 1: an unknown path is 404, below /api/v1 and elsewhere', async () => {
    for (const path of ['/nowhere', '/stock/x/y/z', '/../../etc/passwd', '/__proto__', '/.env']) {
      expectProblem(await client.get(path), 404, 'not_found');
    }
  });

  it('row 2: a method that a path does not know is 405 with Allow', async () => {
    const answers = [
      [await client.request('DELETE', '/stock'), 'POST'], [await client.get('/stock'), 'POST'],
      [await client.get(`/reservations/${productId}/confirm`), 'POST'],
      [await client.post(`/products/${productId}/availability`, {}), 'GET, HEAD'],
    ] as const;
    for (const [answer, allow] of answers) {
      expectProblem(answer, 405, 'method_not_allowed');
      expect(answer.headers.get('allow')).to.equal(allow);
    }
  });

  it('row 3: a method that HTTP does not know is 400', async () => {
    expectRaw(await raw(head('FOO /api/v1/stock HTTP/1.1')), 400, 'bad_request');
  });

  it('row 4: HEAD answers as GET does, without the body', async () => {
    const answer = await client.request('HEAD', `/products/${productId}/availability`);
    expect([answer.status, answer.text]).to.deep.equal([200, '']);
    expect(answer.headers.get('etag')).to.match(/^"/);
  });

  it('row 5: OPTIONS is 204 with Allow', async () => {
    const answer = await client.request('OPTIONS', '/stock');
    expect([answer.status, answer.headers.get('allow')]).to.deep.equal([204, 'POST']);
  });

  it('rows 6, 7: paths are case-sensitive and have no trailing slash', async () => {
    for (const path of ['/Stock', '/stock/', `/products/${productId}/Availability`, `/products/${productId}/availability/`]) {
      expectProblem(await client.get(path), 404, 'not_found');
    }
    expectRaw(await raw(head('GET /API/v1/stock HTTP/1.1')), 404, 'not_found');
  });

  it('rows 8 to 12: a path that does not decode to an id is refused', async () => {
    for (const id of ['%zz', '%ff', 'a%2fb', 'a%2Fb', '%00', 'a%00b', '%0d%0aX', '%0a', '%5c', '%7f']) {
      const answer = await client.get(`/products/${id}/availability`);
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.text).to.include('"errors":[{"pointer":""');
    }
  });

  it('row 13: a raw byte that is not ASCII in the URL is refused', async () => {
    const bytes = Buffer.from(head('GET /api/v1/products/\u00f1/availability HTTP/1.1'), 'latin1');
    expectRaw(await raw(bytes), 400, 'bad_request');
  });

  it('row 14: a URL above 8 KB is 414', async () => {
    expectProblem(await client.get(`/products/${'x'.repeat(9000)}/availability`), 414, 'uri_too_long');
  });

  it('row 15: headers above 16 KB are 431', async () => {
    for (const bytes of [
      head('GET /api/v1/stock HTTP/1.1', `X-Big: ${'x'.repeat(20_000)}`), head(`GET /api/v1/${'x'.repeat(20_000)} HTTP/1.1`),
      head('GET /api/v1/stock HTTP/1.1', ...Array.from({ length: 2000 }, (_, n) => `X-${n}: ${n}`)),
    ]) expectRaw(await raw(bytes), 431, 'header_fields_too_large');
  });

  it('rows 16, 17: a request has exactly one Host', async () => {
    const path = 'GET /api/v1/stores HTTP/1.1\r\n';
    const rest = `Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
    for (const hosts of ['', 'Host: a\r\nHost: b\r\n', 'Host: a\r\nHost: a\r\n', 'host: a\r\nHOST: b\r\n']) {
      expectRaw(await raw(`${path}${hosts}${rest}`), 400, 'bad_request');
    }
    expect(await raw(`${path}Host: a\r\n${rest}`)).to.match(/^HTTP\/1\.1 200 /);
    expect(await raw(`GET /api/v1/stores HTTP/1.0\r\n${rest}`), 'HTTP/1.0 knew none').to.match(/^HTTP\/1\.1 200 /);
  });

  it('row 23: an expectation that cannot be met is 417', async () => {
    for (const expectation of ['foo', 'foo, 100-continue', '100-continue-not']) {
      const asked = head('POST /api/v1/stock HTTP/1.1', `Expect: ${expectation}`, 'Content-Length: 2');
      const text = await raw(`${asked.replace('Connection: close\r\n', '')}{}`);
      expectRaw(text.replace('HTTP/1.1 100 Continue\r\n\r\n', ''), 417, 'expectation_failed');
      expect(text.toLowerCase()).to.include('\r\nratelimit: ').and.include('\r\nconnection: close');
    }
    await eventually(() => { expect(api.logLines().filter(({ status }) => status === 417)).to.have.length(3); });
    const continued = await raw(`${head('POST /api/v1/stock HTTP/1.1', 'Expect: 100-continue', 'Content-Type: application/json', 'Content-Length: 2')}{}`);
    expect(continued).to.match(/^HTTP\/1\.1 100 /).and.include('"code":"validation_failed"');
  });

  it('row 18: TLS on the plain port is 400', async () => {
    expectRaw(await raw(Buffer.from('16030100f8010000f40303', 'hex')), 400, 'bad_request');
  });

  it('rows 19 to 22: a request that could be read in two ways is 400', async () => {
    const post = 'POST /api/v1/stock HTTP/1.1';
    for (const headers of [
      ['Content-Length: 2', 'Transfer-Encoding: chunked'], ['Content-Length: 2', 'Content-Length: 3'],
      ['Content-Length: -1'], ['Content-Length: +5'], ['Content-Length: 5,5'], ['X-A : 1'], ['X-A: 1', ' folded'],
      ['X-A: a\u0000b'], ['Transfer-Encoding: chunked, identity'],
    ]) {
      expectRaw(await raw(`${head(post, ...headers)}{}`), 400, 'bad_request');
    }
    expectRaw(await raw(head(post).replaceAll('\r\n', '\n')), 400, 'bad_request');
  });

  it('row 98: a transfer coding besides chunked, one in HTTP/1.0, and a version that is none are 400', async () => {
    const body = JSON.stringify({ product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    for (const [version, coding] of [['1.1', 'gzip, chunked'], ['1.1', 'deflate,chunked'], ['1.0', 'chunked'], ['2.0', 'chunked'], ['0.9', 'chunked']]) {
      const post = head(`POST /api/v1/stock HTTP/${version}`, 'Content-Type: application/json', `Transfer-Encoding: ${coding}`);
      expectRaw(await raw(`${post.replace('Connection: close', 'Connection: keep-alive')}${chunks}`), 400, 'bad_request');
    }
    for (const version of ['2.0', '0.9']) {
      expectRaw(await raw(head(`GET /api/v1/stores HTTP/${version}`)), 400, 'bad_request');
    }
    const { rows } = await api.pool.query('SELECT 1 FROM stock WHERE product_id = $1', [productId]);
    expect(rows).to.deep.equal([]);
    expect(await raw(`${head('POST /api/v1/stock HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: Chunked')}{}`.replace(/\{\}$/, '2\r\n{}\r\n0\r\n\r\n')))
      .to.include('"code":"validation_failed"');
  });

  it('row 99: CONNECT is 400: there is nothing to connect to', async () => {
    for (const target of ['/api/v1/stock', 'evil.example:443', '127.0.0.1:5432']) {
      expectRaw(await raw(head(`CONNECT ${target} HTTP/1.1`)), 400, 'bad_request');
    }
  });

  it('row 24: a body that ends too early is 400 and writes nothing', async () => {
    const body = JSON.stringify({ product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
    const socket = connect({ host: '127.0.0.1', port: api.port });
    socket.on('error', () => undefined);
    socket.end(`${head('POST /api/v1/stock HTTP/1.1', 'Content-Type: application/json', `Content-Length: ${body.length + 10}`)}${body}`);
    let text = '';
    socket.on('data', (chunk) => { text += chunk.toString('latin1'); });
    await once(socket, 'close');
    expectRaw(text, 400, 'bad_request');
    const { rows } = await api.pool.query('SELECT 1 FROM stock WHERE product_id = $1', [productId]);
    expect(rows).to.deep.equal([]);
  });

  it('row 28: clients that disconnect in the middle do the process no harm', async () => {
    const slow = head('POST /api/v1/stock HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100');
    for (let n = 0; n < 20; n += 1) {
      const socket = connect({ host: '127.0.0.1', port: api.port });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(`${slow}{"product_id":`);
      socket.resetAndDestroy();
    }
  });

  it('row 28: a write whose client has gone is made as a whole or not at all, and its log line says 499', async () => {
    const product = await addProduct(api.db);
    const body = { product_id: product, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' };
    expect((await client.post('/stock', body)).status).to.equal(200);
    const holder = await api.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM stock WHERE product_id = $1 FOR UPDATE', [product]);
      const socket = connect({ host: '127.0.0.1', port: api.port });
      socket.on('error', () => undefined);
      const text = JSON.stringify(body);
      socket.write(`${head('POST /api/v1/stock HTTP/1.1', 'X-Request-Id: gone-1', 'Content-Type: application/json',
        `Content-Length: ${text.length}`)}${text}`);
      await eventually(async () => {
        const { rows } = await holder.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`);
        expect(rows, 'the change waits for the row').to.have.length.above(0);
      });
      socket.resetAndDestroy();
      await eventually(() => {
        const line = api.logLines().find((each) => each['request_id'] === 'gone-1');
        expect(line).to.deep.include({ status: 499, route: '/stock' });
      });
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    // The next write sees what became of it: one more unit and its event, or neither.
    const { body: { quantity, version } } = await client.post('/stock', body);
    expect([quantity, version]).to.be.deep.oneOf([[2, 2], [3, 3]]);
    const { rows: [log] } = await api.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM events WHERE event_type = 'stock.updated' AND aggregate_id = $1`, [product]);
    expect(log?.n).to.equal(version);
  });

  it('row 71: a request that does not accept JSON is 406 before any side effect', async () => {
    const body = { product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' };
    for (const accept of ['text/html', 'application/xml, text/*', 'application/json;q=0', 'image/png']) {
      expectProblem(await client.post('/stock', body, { headers: { accept } }), 406, 'not_acceptable');
    }
    const { rows } = await api.pool.query('SELECT 1 FROM stock WHERE product_id = $1', [productId]);
    expect(rows).to.deep.equal([]);
    for (const accept of ['*/*', 'application/*', 'text/html, */*;q=0.1', 'application/json; charset=utf-8', 'application/problem+json']) {
      const { status } = await client.get(`/products/${productId}/availability`, { headers: { accept } });
      expect(status, accept).to.equal(200);
    }
  });

  it('rows 78, 79: a malformed X-Request-Id or traceparent is replaced', async () => {
    for (const id of ['a b', 'x'.repeat(5000), '<script>', 'a:b', '\u00f1']) {
      const answer = await client.get('/nowhere', { headers: { 'x-request-id': id, 'traceparent': '00-zz-zz-01' } });
      expect(answer.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
      expect(answer.headers.get('traceparent')).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      expect(answer.body['request_id']).to.equal(answer.headers.get('x-request-id'));
    }
    // fetch cannot send these: UTF-8 bytes, and the same header twice.
    for (const given of ['X-Request-Id: \u{1f600}', 'X-Request-Id: a\r\nX-Request-Id: b']) {
      const text = await raw(Buffer.from(head('GET /nowhere HTTP/1.1', given)));
      expectRaw(text, 404, 'not_found');
      expect(text.toLowerCase()).to.match(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
    }
  });
});
