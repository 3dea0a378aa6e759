import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { endpoints } from '../../endpoints.ts';
import { addProduct, admin, customer, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

/** Sections D and E of docs/bad-input.md, and the rows of A and C that need lists or time. */
describe('bad queries, headers and states', () => {
  let api: TestApi;
  let client: Client;
  let productId: string;
  before(async () => {
    api = await startTestApi({ maxConnections: 200, timeouts: { headersMs: 500, requestMs: 1000 } });
    client = await api.as(admin);
  });
  beforeEach(async () => { productId = await addProduct(api.db); });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const receive = (quantity: number, storeId = 'MAD-001') => client.post('/stock', {
    product_id: productId, store_id: storeId, quantity_change: quantity, reason: 'RESTOCK',
  });
  const order = (quantity: number, more: object = {}) => client.post('/reservations', {
    product_id: productId, store_id: 'MAD-001', quantity, customer_id: 'cust-456', ...more,
  });
  function expectProblem(answer: Answer, status: number, code: string): void {
    expect([answer.status, answer.body['code']], answer.text).to.deep.equal([status, code]);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
  }
  const expectFault = (answer: Answer, pointer: string): void => {
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.text).to.include(`"pointer":"${pointer}"`);
  };

  async function open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: api.port });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }
  /** The answer, until the connection ends, while the client goes on sending single bytes. */
  async function trickle(head: string, byte: string): Promise<string> {
    const socket = await open();
    let text = '';
    socket.on('data', (chunk) => { text += chunk.toString('latin1'); });
    socket.write(head);
    const timer = setInterval(() => { if (socket.writable) socket.write(byte); }, 100);
    await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
    clearInterval(timer);
    return text;
  }

  it('rows 25, 26: headers or a body that arrive byte by byte end with 408, and others are served meanwhile', async () => {
    const head = 'POST /api/v1/stock HTTP/1.1\r\nHost: x\r\n';
    const slow = [
      trickle(`${head}X-Slow: `, 'a'),
      trickle(`${head}Content-Type: application/json\r\nAuthorization: Bearer ${await api.token(admin)}\r\nContent-Length: 5000\r\n\r\n{`, ' '),
    ];
    expect((await client.get('/stores')).status).to.equal(200);
    for (const text of await Promise.all(slow)) {
      expect(text).to.match(/^HTTP\/1\.1 408 /).and.include('"code":"request_timeout"');
    }
  });

  it('row 27: connections beyond the limit are closed at once, and open ones stay open', async () => {
    await client.get('/stores');
    const crowd = await Promise.all(Array.from({ length: 230 }, async () => {
      const socket = await open().catch(() => undefined);
      return { socket, gone: socket === undefined ? Promise.resolve() : once(socket, 'close').then(() => undefined) };
    }));
    let refused = 0;
    for (const { gone } of crowd) void gone.then(() => { refused += 1; });
    await eventually(() => { expect(refused).to.be.at.least(30); });
    // Silent connections end by the time-out of the headers, and there is room again.
    await eventually(async () => { expect((await client.get('/stores')).status).to.equal(200); });
    for (const { socket } of crowd) socket?.destroy();
  });

  it('row 61: a cart of no lines or 51, and a list of 1 001 changes, are refused', async () => {
    const line = { product_id: productId, store_id: 'MAD-001', quantity: 1 };
    for (const lines of [[], Array.from({ length: 51 }, () => line)]) {
      expectFault(await client.post('/reservations/batch', { customer_id: 'cust-456', lines }), '/lines');
    }
    const item = { product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' };
    for (const items of [[], Array.from({ length: 1001 }, () => item)]) {
      expectFault(await client.post('/stock/batch', { mode: 'atomic', items }), '/items');
    }
  });

  it('row 62: what a cart wants of one stock row is added up before it is compared', async () => {
    await receive(5);
    const line = { product_id: productId, store_id: 'MAD-001', quantity: 3 };
    const answer = await client.post('/reservations/batch', { customer_id: 'cust-456', lines: [line, line] });
    expectProblem(answer, 409, 'insufficient_stock');
    expect(answer.text).to.include('"requested":6').and.include('"available":5');
  });

  it('rows 65, 66: a limit is digits, from 1 to 200', async () => {
    for (const path of ['/products', '/stores', '/reservations', '/stores/MAD-001/stock', '/events']) {
      for (const limit of ['', '0x10', '1e3', '%205', '-1', 'abc', '1.5', '0', '201', '99999999999', '1&limit=2']) {
        expectFault(await client.get(`${path}?limit=${limit}`), '/limit');
      }
      expect((await client.get(`${path}?limit=200`)).status, path).to.equal(200);
    }
  });

  it('row 67: false is false', async () => {
    await client.request('DELETE', `/products/${productId}`);
    const has = async (archived: string) => (await client.get(`/products?limit=200${archived}`)).text.includes(productId);
    expect([await has('&archived=false'), await has('&archived=true'), await has('')]).to.deep.equal([false, true, false]);
    for (const word of ['0', '1', 'FALSE', 'yes', '']) expectFault(await client.get(`/products?archived=${word}`), '/archived');
  });

  it('row 68: a cursor fits only its own list and filters, unchanged; after a restore of the log it is 410', async () => {
    await addProduct(api.db);
    const first = await client.get('/products?limit=1');
    const cursor = String(first.body['next_cursor']);
    expect((await client.get(`/products?limit=1&cursor=${cursor}`)).status).to.equal(200);
    const [body = '', digest = ''] = cursor.split('.');
    const wrong = ['x', '', '.', `${body}.`, `.${digest}`, `${body}.${digest.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`, `x${cursor}`,
      'x'.repeat(400), '%00', '[]'];
    for (const text of wrong) expectFault(await client.get(`/products?limit=1&cursor=${text}`), '/cursor');
    expectFault(await client.get(`/products?limit=1&archived=true&cursor=${cursor}`), '/cursor');
    expectFault(await client.get(`/stores?limit=1&cursor=${cursor}`), '/cursor');
    const page = await client.get('/events?limit=1');
    await api.pool.query('UPDATE log_epoch SET epoch = epoch + 1');
    expectProblem(await client.get(`/events?limit=1&after=${String(page.body['next_cursor'])}`), 410, 'log_epoch_changed');
  });

  it('row 69: thousands of query parameters are refused', async () => {
    const many = Array.from({ length: 2000 }, (_, n) => `p${n}=1`).join('&');
    expect((await client.get(`/products?${many}`)).status).to.equal(414);
    expectProblem(await client.get(`/products?${many.slice(0, 5000)}`), 400, 'validation_failed');
  });

  it('row 70: every endpoint refuses an unknown query parameter', async () => {
    const closed = endpoints.filter(({ access }) => access !== 'public');
    for (const { method, path } of closed) {
      const filled = path.replace('{store}', 'MAD-001').replace('{product}', productId).replace('{ref}', productId)
        .replace('{id}', path.startsWith('/stores/') ? 'MAD-001' : path.startsWith('/admin/replays/') ? '5f1c0a9be2' : productId);
      const body = method === 'get' || method === 'delete' ? undefined : {};
      expectFault(await client.request(method.toUpperCase(), `${filled}?colour=red`, body), '/colour');
    }
    expect(closed.length).to.be.above(25);
  });

  it('row 72: an Idempotency-Key may be left out', async () => {
    expect((await receive(1)).status).to.equal(200);
    expect((await receive(1)).body['quantity']).to.equal(2);
    for (const key of ['', 'a b', 'x'.repeat(256), 'ñ']) {
      const answer = await client.post('/stock', {}, { headers: { 'idempotency-key': key } });
      expectProblem(answer, 400, 'validation_failed');
    }
  });

  it('row 76: a count without a condition is 428', async () => {
    await receive(1);
    expectProblem(await client.put(`/stores/MAD-001/stock/${productId}`, { quantity: 5 }), 428, 'precondition_required');
  });

  it('row 97: a condition that an endpoint does not look at is refused: a write that ignored it would go against it', async () => {
    await receive(5);
    const row = `/stores/MAD-001/stock/${productId}`;
    expectFault(await client.put(row, { quantity: 9, expected_quantity: 5 }, { headers: { 'if-none-match': '*' } }), '');
    expect((await client.get(row)).body['quantity'], 'what is there is not counted as new').to.equal(5);
    const writes = endpoints.filter(({ method }) => method !== 'get');
    for (const { method, path, conditional = false } of writes) {
      const filled = path.replace('{store}', 'MAD-001').replace('{product}', productId)
        .replace('{id}', path.startsWith('/stores/') ? 'MAD-001' : productId);
      for (const header of [...(conditional ? [] : ['If-Match']), 'If-None-Match']) {
        const answer = await client.request(method.toUpperCase(), filled, method === 'delete' ? undefined : {}, { headers: { [header]: '"7"' } });
        expectProblem(answer, 400, 'validation_failed');
        expect(answer.text, `${method} ${path}`).to.include(`${header} is not looked at`);
      }
    }
    expect(writes.filter(({ conditional = false }) => !conditional)).to.have.length.above(5);
  });

  it('row 77: a tag with a zero before it is another tag', async () => {
    await receive(5);
    const row = `/stores/MAD-001/stock/${productId}`;
    expectProblem(await client.put(row, { quantity: 9 }, { headers: { 'if-match': '"01"' } }), 412, 'version_mismatch');
    expect((await client.put(row, { quantity: 9 }, { headers: { 'if-match': '"1"' } })).status).to.equal(200);
  });

  it('rows 81, 82: more than is available is 409, an unknown hold is 404', async () => {
    await receive(1);
    expectProblem(await order(2), 409, 'insufficient_stock');
    for (const verb of ['confirm', 'cancel', 'extend']) {
      expectProblem(await client.post(`/reservations/${v7()}/${verb}`, verb === 'extend' ? { ttl: 60 } : {}), 404, 'not_found');
    }
  });

  it('row 85: a lapsed hold is not extended', async () => {
    await receive(1);
    const { body: { reservation_id: id } } = await order(1, { ttl: 1 });
    await eventually(async () => {
      expect((await client.get(`/reservations/${String(id)}`)).body['status']).to.equal('EXPIRED');
    });
    expectProblem(await client.post(`/reservations/${String(id)}/extend`, { ttl: 600 }), 409, 'reservation_expired');
  });

  it('row 87: a product with stock or with holds cannot be archived', async () => {
    await receive(1);
    expectProblem(await client.request('DELETE', `/products/${productId}`), 409, 'in_use');
    const shopper = await api.as(customer);
    const hold = { product_id: productId, store_id: 'MAD-001', quantity: 1, customer_id: customer.userId };
    expect((await shopper.post('/reservations', hold)).status).to.equal(201);
    expectProblem(await client.request('DELETE', `/products/${productId}`), 409, 'in_use');
  });
});
