import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { eventsOf, receive, stockOf } from '../testing/committing.ts';
import { addProduct, admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('POST /stock', () => {
  let api: TestApi;
  let asVendor: Client;
  let asAdmin: Client;
  let productId: string;
  before(async () => {
    api = await startTestApi();
    asVendor = await api.as(vendor);
    asAdmin = await api.as(admin);
  });
  beforeEach(async () => { productId = await addProduct(api.db); });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const body = (more: object = {}) => ({
    product_id: productId, store_id: 'MAD-001', quantity_change: 20, reason: 'RESTOCK', ...more,
  });
  const madrid = () => stockOf(api.pool, { productId, storeId: 'MAD-001' });
  function expectProblem(answer: Answer, status: number, code: string): void {
    expect([answer.status, answer.body['code']]).to.deep.equal([status, code]);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
  }

  it('takes the seed\'s body and answers with the row after it', async () => {
    // The seed's request, with a UUID for its prod-123.
    const answer = await asVendor.post('/stock', {
      product_id: productId, store_id: 'MAD-001', quantity_change: 20, reason: 'RESTOCK', user_id: 'vendor-789',
    });
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal({
      product_id: productId, store_id: 'MAD-001', quantity: 20, reserved: 0, available: 20, version: 1,
      // What the seed does not know of.
      sku: `SKU-${productId}`, product_name: 'Laptop HP',
    });
    expect(answer.headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(answer.headers.get('etag')).to.equal('"1"');
    expect(answer.headers.get('x-stock-version')).to.equal('1');
  });

  it('writes an event with who, why, by which request and when, and the row after it', async () => {
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const more = { reference: 'delivery 7', note: '\'); DROP TABLE stock; --', occurred_at: '2026-01-01T10:00:00+01:00' };
    const answer = await asVendor.post('/stock', body(more), {
      headers: { 'x-request-id': 'request-7', 'traceparent': trace, 'idempotency-key': `event-${productId}` },
    });
    expect(answer.status, 'row 64: SQL text is text').to.equal(200);
    expect(answer.headers.get('x-request-id')).to.equal('request-7');
    const { rows } = await api.pool.query('SELECT e.*, e.processed FROM events e WHERE aggregate_id = $1 AND event_type = $2', [productId, 'stock.updated']);
    expect(rows).to.have.length(1);
    const [{ payload, metadata, store_id: store, stream_version: version, processed }] = rows;
    expect({ store, version, processed }).to.deep.equal({ store: 'MAD-001', version: 1, processed: false });
    expect(payload).to.deep.include({
      product_id: productId, quantity: 20, reserved: 0, available: 20, version: 1, delta: 20, reserved_delta: 0,
      reason: 'RESTOCK', user_id: 'vendor-789', ...more,
    });
    expect(metadata).to.deep.equal({
      actor: { id: 'vendor-789', role: 'vendor' }, request_id: 'request-7', traceparent: trace,
      idempotency_key: `event-${productId}`,
    });
  });

  it('accepts a sale at the counter down to what is reserved, and not below (row 52)', async () => {
    await asVendor.post('/stock', body());
    await asAdmin.post('/reservations', { product_id: productId, store_id: 'MAD-001', quantity: 5, customer_id: 'cust-456' });
    const sold = await asVendor.post('/stock', body({ quantity_change: -15, reason: 'SALE' }));
    expect(sold.body).to.deep.include({ quantity: 5, reserved: 5, available: 0, version: 3 });
    const short = await asVendor.post('/stock', body({ quantity_change: -1, reason: 'SALE' }));
    expectProblem(short, 409, 'insufficient_stock');
    expect(short.body['lines']).to.deep.equal(
      [{ index: 0, product_id: productId, store_id: 'MAD-001', requested: 1, available: 0 }]);
    expect(await madrid()).to.deep.equal({ quantity: 5, reserved: 5, version: 3 });
  });

  it('refuses a change that takes the row above its cap (row 51)', async () => {
    const row = { productId, storeId: 'MAD-001' };
    await Promise.all(Array.from({ length: 1000 }, () => api.committer.submit(receive(row, 1_000_000))));
    const answer = await asAdmin.post('/stock', body({ quantity_change: 1 }));
    expectProblem(answer, 409, 'stock_limit_exceeded');
    expect(answer.body).to.deep.include({ current_version: 1000, current_quantity: 1_000_000_000, retryable: false });
    expect((await asAdmin.post('/stock', body({ quantity_change: -1, reason: 'LOSS' }))).status).to.equal(200);
  });

  for (const { lock, fields, headers } of [
    { lock: 'expected_version', fields: (version: number) => ({ expected_version: version }), headers: () => ({}) },
    { lock: 'If-Match', fields: () => ({}), headers: (version: number) => ({ 'if-match': `"${version}"` }) },
  ]) {
    it(`changes only the version that ${lock} names, else the answer tells the current one`, async () => {
      const change = (version: number) => asVendor.post('/stock', body(fields(version)), { headers: headers(version) });
      expect((await change(0)).body, 'the first receipt').to.deep.include({ version: 1 });
      const stale = await change(0);
      expectProblem(stale, 412, 'version_mismatch');
      expect(stale.body).to.deep.include({ current_version: 1, current_quantity: 20 });
      expect((await change(1)).headers.get('etag')).to.equal('"2"');
      expect((await change(7)).status).to.equal(412);
      expect(await eventsOf(api.pool, productId)).to.have.length(2);
    });
  }

  it('reads If-Match as RFC 9110 says: * matches, a weak tag never does, an invalid tag is refused (row 77)', async () => {
    const given = (tag: string) => asVendor.post('/stock', body(), { headers: { 'if-match': tag } });
    expect((await given('*')).status).to.equal(200);
    for (const tag of ['W/"1"', '"abc"']) {
      const refused = await given(tag);
      expectProblem(refused, 412, 'version_mismatch');
      expect(refused.body['detail']).to.match(/at version 1, and If-Match names none of its versions: send "1".*weak tag/);
    }
    expectProblem(await given('1'), 400, 'validation_failed');
  });

  it('accepts exactly one of many requests that expect the same version', async () => {
    await asVendor.post('/stock', body());
    const answers = await Promise.all(Array.from({ length: 20 }, () => asVendor.post('/stock', body({ expected_version: 1 }))));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([200, ...Array.from({ length: 19 }, () => 412)]);
    expect(await madrid()).to.deep.equal({ quantity: 40, reserved: 0, version: 2 });
  });

  it('is for vendors of the store and admins: all others are refused, and nothing is written (row 92)', async () => {
    const foreign = await asVendor.post('/stock', body({ store_id: 'BCN-001' }));
    expectProblem(foreign, 403, 'store_not_in_scope');
    const shopper = await (await api.as(customer)).post('/stock', body());
    expectProblem(shopper, 403, 'forbidden');
    const pretender = await asVendor.post('/stock', body({ user_id: 'vendor-790' }));
    expectProblem(pretender, 403, 'forbidden');
    for (const { headers } of [foreign, shopper, pretender]) {
      expect(headers.get('www-authenticate')).to.equal('Bearer error="insufficient_scope"');
    }
    expect(await eventsOf(api.pool, productId)).to.deep.equal([]);
    expect((await asAdmin.post('/stock', body({ store_id: 'BCN-001' }))).status).to.equal(200);
  });

  it('is 404 for an unknown product or store (row 54)', async () => {
    expectProblem(await asAdmin.post('/stock', body({ product_id: v7() })), 404, 'not_found');
    expectProblem(await asAdmin.post('/stock', body({ store_id: 'SEV-001' })), 404, 'not_found');
    expectProblem(await asAdmin.post('/stock', body({ store_id: 'mad-001' })), 404, 'not_found');
  });

  it('repeats the answer under an Idempotency-Key byte for byte, and says so', async () => {
    const headers = { 'idempotency-key': `repeat-${productId}` };
    const first = await asVendor.post('/stock', body(), { headers });
    await asVendor.post('/stock', body());
    const second = await asVendor.post('/stock', body(), { headers });
    expect([second.status, second.text]).to.deep.equal([200, first.text]);
    expect([first, second].map((answer) => answer.headers.get('idempotency-replayed'))).to.deep.equal([null, 'true']);
    for (const name of ['etag', 'x-stock-version', 'content-type']) {
      expect(second.headers.get(name)).to.equal(first.headers.get(name));
    }
    expect(await madrid()).to.deep.include({ quantity: 40 });
  });

  it('refuses a key that was used with another body, but not the same one in another order (row 73)', async () => {
    const headers = { 'idempotency-key': `other-${productId}` };
    await asVendor.post('/stock', body(), { headers });
    expectProblem(await asVendor.post('/stock', body({ quantity_change: 21 }), { headers }), 422, 'idempotency_key_reused');
    const reordered = Object.fromEntries(Object.entries(body()).toReversed());
    expect((await asVendor.post('/stock', reordered, { headers })).status).to.equal(200);
    expect(await madrid()).to.deep.include({ quantity: 20 });
  });

  it('has separate keys for two users, and accepts a corrected request under the key of a faulty one (row 74)', async () => {
    const headers = { 'idempotency-key': `apart-${productId}` };
    expectProblem(await asVendor.post('/stock', body({ quantity_change: 0 }), { headers }), 400, 'validation_failed');
    expect((await asVendor.post('/stock', body(), { headers })).status).to.equal(200);
    expect((await asAdmin.post('/stock', body(), { headers })).status).to.equal(200);
    expect(await madrid()).to.deep.include({ quantity: 40 });
  });

  it('refuses a malformed Idempotency-Key', async () => {
    for (const key of ['', 'a b', 'x'.repeat(256), 'ñ']) {
      const answer = await asVendor.post('/stock', body(), { headers: { 'idempotency-key': key } });
      expectProblem(answer, 400, 'validation_failed');
    }
  });
});
