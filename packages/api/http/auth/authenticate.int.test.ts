import { once } from 'node:events';
import { request } from 'node:http';
import type { Answer } from '@inventory/testkit/http/client.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { addProduct, admin, customer, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

describe('who is asking', () => {
  let api: TestApi;
  let path: string;
  before(async () => {
    api = await startTestApi();
    path = `/products/${await addProduct(api.db)}/availability`;
  });
  after(() => api.close());

  const ask = (headers: Readonly<Record<string, string>>, query = '') =>
    createClient(`http://127.0.0.1:${api.port}/api/v1`).get(`${path}${query}`, { headers });
  function expectUnauthenticated(answer: Answer): void {
    expect([answer.status, answer.body['code'], answer.body['detail']]).to.deep.equal(
      [401, 'unauthenticated', 'A valid bearer token is needed.']);
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
  }

  /** The status of a request with these Authorization headers. */
  async function statusOfTwo(...given: readonly string[]): Promise<number> {
    const asked = request({ port: api.port, path: `/api/v1${path}`, headers: [
      'Host', 'x', ...given.flatMap((value) => ['Authorization', value]),
    ] }).end();
    const [answer] = await once(asked, 'response');
    answer.resume();
    return answer.statusCode;
  }

  it('row 88: no token, another scheme and a malformed header get the same 401', async () => {
    const token = await api.token(admin);
    for (const authorization of ['', 'Basic YTpi', `Basic ${token}`, 'Bearer', 'Bearer ', token, `Bearer ${token} x`, `Token ${token}`]) {
      expectUnauthenticated(await ask({ authorization }));
    }
    expectUnauthenticated(await ask({}));
    expect((await ask({ authorization: `bearer ${token}` })).status).to.equal(200);
    // A proxy may have looked at the other one, so neither counts.
    for (const [first, second] of [[token, 'x'], ['x', token], [token, token]] as const) {
      expect(await statusOfTwo(`Bearer ${first}`, `Bearer ${second}`)).to.equal(401);
    }
    expect(await statusOfTwo(`Bearer ${token}`)).to.equal(200);
  });

  it('row 90: the 401 does not say why a token is refused', async () => {
    for (const token of [await api.token({ ...admin, expiresIn: '-1h' }), await api.token({ ...admin, claims: { aud: 'x' } }), 'abc']) {
      expectUnauthenticated(await ask({ authorization: `Bearer ${token}` }));
    }
  });

  it('row 91: a token in the query is ignored, and is in no log line', async () => {
    const token = await api.token(admin);
    expectUnauthenticated(await ask({}, `?access_token=${token}`));
    await ask({ authorization: `Bearer ${token}` }, `?token=${token}`);
    expect(JSON.stringify(api.logLines())).to.not.include(token).and.not.include(token.split('.')[2]);
  });

  it('is in the log line of every request, with its status', async () => {
    const answer = await ask({ 'authorization': `Bearer ${await api.token(customer)}`, 'x-request-id': 'line-1' });
    expect(answer.status).to.equal(200);
    const line = api.logLines().find((each) => each['request_id'] === 'line-1');
    expect(line).to.deep.include({
      level: 'info', message: 'request', method: 'GET', route: '/products/{id}/availability', status: 200, actor_id: customer.userId,
    });
    expect(line?.['duration_ms']).to.be.a('number');
    expect(line?.['trace_id']).to.match(/^[0-9a-f]{32}$/);
  });

  it('is in the log line of a write together with what was done to which row, and nothing secret', async () => {
    const manager = await api.as(admin);
    const product = await addProduct(api.db);
    const row = { product_id: product, store_id: 'MAD-001' };
    const lineOf = (id: string) => api.logLines().find((each) => each['request_id'] === id);
    const as = (id: string) => ({ headers: { 'x-request-id': id, 'idempotency-key': `key-of-${id}` } });
    await manager.post('/stock', { ...row, quantity_change: 5, reason: 'RESTOCK', note: 'a private note' }, as('line-2'));
    const held = await manager.post('/reservations', { ...row, quantity: 2, customer_id: 'cust-456' }, as('line-3'));
    await manager.post(`/reservations/${String(held.body['reservation_id'])}/confirm`, {}, as('line-4'));
    expect(lineOf('line-2')).to.deep.include({ ...row, operation: 'stock_update', quantity: 5, actor_id: 'admin-1' });
    expect(lineOf('line-3')).to.deep.include({ ...row, operation: 'reserve', quantity: 2 });
    expect(lineOf('line-4')).to.deep.include({ ...row, operation: 'confirm', quantity: 2 });
    expect(JSON.stringify(api.logLines())).to.not.include('a private note').and.not.include('key-of-line');
  });
});
