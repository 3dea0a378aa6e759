import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { eventsOf, stockOf } from '../testing/committing.ts';
import { addProduct, admin, customer, otherCustomer, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('reservations over HTTP', () => {
  let api: TestApi;
  let shopper: Client;
  let everybody: Readonly<Record<'admin' | 'vendor' | 'stranger' | 'otherVendor', Client>>;
  let productId: string;
  before(async () => {
    api = await startTestApi();
    shopper = await api.as(customer);
    everybody = {
      admin: await api.as(admin), vendor: await api.as(vendorOfBarcelona),
      stranger: await api.as(otherCustomer), otherVendor: await api.as(vendor),
    };
  });
  beforeEach(async () => {
    productId = await addProduct(api.db);
    const received = await everybody.admin.post('/stock', {
      product_id: productId, store_id: 'BCN-001', quantity_change: 10, reason: 'RESTOCK',
    });
    expect(received.status).to.equal(200);
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const order = (more: object = {}) => ({
    product_id: productId, store_id: 'BCN-001', quantity: 1, customer_id: 'cust-456', ttl: 600, ...more,
  });
  const barcelona = () => stockOf(api.pool, { productId, storeId: 'BCN-001' });
  const types = async () => (await eventsOf(api.pool, productId)).map(({ type }) => type).slice(1);
  async function made(more?: object, by = shopper): Promise<string> {
    const answer = await by.post('/reservations', order(more));
    expect(answer.status).to.equal(201);
    return String(answer.body['reservation_id']);
  }
  function expectProblem(answer: Answer, status: number, code: string): void {
    expect([answer.status, answer.body['code']]).to.deep.equal([status, code]);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
  }
  /** All of a problem but what names the request. */
  const anonymous = ({ status, body, headers }: Answer) => ({
    status, type: headers.get('content-type'), body: { ...body, request_id: '', instance: '' },
  });

  it('accept the seed\'s body and answer with the seed\'s fields', async () => {
    const answer = await shopper.post('/reservations', order());
    expect(answer.status).to.equal(201);
    const { reservation_id: id, expires_at: expiresAt, created_at: createdAt, ...rest } = answer.body;
    expect(rest).to.deep.equal({
      status: 'PENDING', expires_in_seconds: 600, product_id: productId, store_id: 'BCN-001', customer_id: 'cust-456',
      quantity: 1, batch_id: null, reference: null, sku: `SKU-${productId}`, product_name: 'Laptop HP',
    });
    expect(answer.headers.get('location')).to.equal(`/api/v1/reservations/${String(id)}`);
    expect(answer.headers.get('x-stock-version')).to.equal('2');
    expect(Date.parse(String(expiresAt)) - Date.parse(String(createdAt))).to.equal(600_000);
    expect(await barcelona()).to.deep.equal({ quantity: 10, reserved: 1, version: 2 });
    const seen = await shopper.get(`/reservations/${String(id)}`);
    expect(seen.status).to.equal(200);
    expect(seen.body).to.deep.equal({ ...answer.body, expires_in_seconds: seen.body['expires_in_seconds'] });
    expect(seen.body['expires_in_seconds']).to.be.within(590, 600);
  });

  it('do not exist for a customer whose id is the ref of another one, before he has a ref himself and after', async () => {
    const id = await made();
    const seen = await everybody.admin.get(`/reservations/${id}`);
    const userId = String(seen.body['customer_ref']);
    const impostor = await api.as({ role: 'customer', userId });
    const attempts = async () => {
      const told = [(await impostor.get(`/reservations/${id}`)).status];
      for (const verb of ['extend', 'cancel', 'confirm']) {
        told.push((await impostor.post(`/reservations/${id}/${verb}`, verb === 'extend' ? { ttl: 900 } : {})).status);
      }
      return told;
    };
    expect(await attempts()).to.deep.equal([404, 404, 404, 404]);
    const own = await made({ customer_id: userId }, impostor);
    expect(await attempts()).to.deep.equal([404, 404, 404, 404]);
    expect((await impostor.post(`/reservations/${own}/confirm`, {})).status).to.equal(200);
  });

  it('end after 600 s by default, and keep a reference', async () => {
    const { ttl: _without, ...body } = order({ reference: 'order 7' });
    const answer = await shopper.post('/reservations', body);
    expect(answer.body).to.deep.include({ expires_in_seconds: 600, reference: 'order 7' });
  });

  it('are refused beyond what is available, with the numbers (row 81)', async () => {
    await made({ quantity: 7 });
    const answer = await shopper.post('/reservations', order({ quantity: 4 }));
    expectProblem(answer, 409, 'insufficient_stock');
    expect(answer.body).to.deep.include({
      type: '/api/v1/problems/insufficient_stock', status: 409, instance: '/api/v1/reservations', retryable: false,
      lines: [{ index: 0, product_id: productId, store_id: 'BCN-001', requested: 4, available: 3 }],
    });
    expect(answer.body['request_id']).to.equal(answer.headers.get('x-request-id'));
    expect(await barcelona()).to.deep.equal({ quantity: 10, reserved: 7, version: 2 });
    expect((await shopper.post('/reservations', order({ quantity: 3 }))).status).to.equal(201);
    const nowhere = await shopper.post('/reservations', order({ store_id: 'VAL-001' }));
    expectProblem(nowhere, 409, 'insufficient_stock');
  });

  it('are sold by a confirmation: one event, reservation.confirmed, lowers reserved and quantity', async () => {
    const id = await made({ quantity: 3 });
    const answer = await shopper.post(`/reservations/${id}/confirm`);
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.include({ reservation_id: id, status: 'CONFIRMED', quantity: 3, confirmed_quantity: 3 });
    expect(answer.headers.get('x-stock-version')).to.equal('3');
    expect(await barcelona()).to.deep.equal({ quantity: 7, reserved: 0, version: 3 });
    expect(await types()).to.deep.equal(['reservation.created', 'reservation.confirmed']);
    expect((await shopper.get(`/reservations/${id}`)).body).to.deep.equal(answer.body);
  });

  it('may be sold in part, which releases the rest, but never beyond what they hold', async () => {
    const id = await made({ quantity: 3 });
    expectProblem(await shopper.post(`/reservations/${id}/confirm`, { quantity: 4 }), 400, 'validation_failed');
    const answer = await shopper.post(`/reservations/${id}/confirm`, { quantity: 1 });
    expect(answer.body).to.deep.include({ status: 'CONFIRMED', quantity: 3, confirmed_quantity: 1 });
    expect(await barcelona()).to.deep.equal({ quantity: 9, reserved: 0, version: 3 });
  });

  it('free their units when they are cancelled', async () => {
    const id = await made({ quantity: 3 });
    const answer = await shopper.post(`/reservations/${id}/cancel`, {});
    expect(answer.body).to.deep.include({ reservation_id: id, status: 'CANCELLED' });
    expect(await barcelona()).to.deep.equal({ quantity: 10, reserved: 0, version: 3 });
  });

  for (const { verb, other, done } of [
    { verb: 'confirm', other: 'cancel', done: 'reservation_already_confirmed' },
    { verb: 'cancel', other: 'confirm', done: 'reservation_already_cancelled' },
  ]) {
    it(`answer a second ${verb} with the same bytes and no new event, and a later ${other} with 409 (row 83)`, async () => {
      const id = await made();
      const first = await shopper.post(`/reservations/${id}/${verb}`);
      const again = await shopper.post(`/reservations/${id}/${verb}`);
      expect([again.status, again.text]).to.deep.equal([200, first.text]);
      expectProblem(await shopper.post(`/reservations/${id}/${other}`), 409, done);
      expect(await types()).to.have.length(2);
    });
  }

  it('answer a second confirmation of another quantity with 409', async () => {
    const id = await made({ quantity: 3 });
    await shopper.post(`/reservations/${id}/confirm`, { quantity: 2 });
    expectProblem(await shopper.post(`/reservations/${id}/confirm`), 409, 'reservation_already_confirmed');
    expect((await shopper.post(`/reservations/${id}/confirm`, { quantity: 2 })).status).to.equal(200);
  });

  it('of somebody else are 404 with the same body as unknown ones (rows 82, 86)', async () => {
    const id = await made();
    for (const ask of [
      (client: Client, of: string) => client.get(`/reservations/${of}`),
      (client: Client, of: string) => client.post(`/reservations/${of}/confirm`),
      (client: Client, of: string) => client.post(`/reservations/${of}/cancel`, {}),
      (client: Client, of: string) => client.post(`/reservations/${of}/extend`, { ttl: 900 }),
    ]) {
      const unknown = await ask(shopper, v7());
      expectProblem(unknown, 404, 'not_found');
      for (const client of [everybody.stranger, everybody.otherVendor]) {
        expect(anonymous(await ask(client, id))).to.deep.equal(anonymous(unknown));
      }
    }
    expect(await types()).to.deep.equal(['reservation.created']);
  });

  it('of somebody else take as long to answer as unknown ones (row 86)', async () => {
    const id = await made();
    const median = (ms: readonly number[]): number => ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)] ?? 0;
    for (const ask of [
      (of: string) => everybody.stranger.get(`/reservations/${of}`),
      (of: string) => everybody.stranger.post(`/reservations/${of}/confirm`),
    ]) {
      const timed = async (of: string): Promise<number> => {
        const begun = performance.now();
        expect((await ask(of)).status).to.equal(404);
        return performance.now() - begun;
      };
      const theirs: number[] = [];
      const unknown: number[] = [];
      // By turns, so that a busy machine delays both kinds alike.
      for (let n = 0; n < 40; n += 1) {
        theirs.push(await timed(id));
        unknown.push(await timed(v7()));
      }
      expect(Math.abs(median(theirs) - median(unknown)), 'milliseconds between the medians').to.be.below(10);
    }
  });

  it('may be changed by the customer, the store\'s vendors, admins, and the vendor who made them', async () => {
    for (const client of [shopper, everybody.vendor, everybody.admin]) {
      const id = await made();
      expect((await client.get(`/reservations/${id}`)).status).to.equal(200);
      expect((await client.post(`/reservations/${id}/confirm`)).status).to.equal(200);
    }
    const id = await made({}, everybody.otherVendor);
    expect((await everybody.otherVendor.post(`/reservations/${id}/cancel`)).status).to.equal(200);
  });

  it('can be made by a customer only in his own name', async () => {
    const answer = await everybody.stranger.post('/reservations', order());
    expectProblem(answer, 403, 'forbidden');
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer error="insufficient_scope"');
    expect(await types()).to.deep.equal([]);
  });

  it('of an unknown product or store are 404 (row 54)', async () => {
    expectProblem(await shopper.post('/reservations', order({ product_id: v7() })), 404, 'not_found');
    expectProblem(await shopper.post('/reservations', order({ store_id: 'SEV-001' })), 404, 'not_found');
    expectProblem(await shopper.post('/reservations', order({ store_id: 'bcn-001' })), 404, 'not_found');
  });

  it('are one reservation under one Idempotency-Key, even when it is used twenty times at once (row 75)', async () => {
    const headers = { 'idempotency-key': `cart-${productId}` };
    const answers = await Promise.all(Array.from({ length: 20 }, () => shopper.post('/reservations', order(), { headers })));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    expect(new Set(answers.map((answer) => answer.headers.get('location'))).size).to.equal(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).to.have.length(19);
    expect(await barcelona()).to.deep.include({ reserved: 1 });
    expectProblem(await shopper.post('/reservations', order({ quantity: 2 }), { headers }), 422, 'idempotency_key_reused');
  });

  it('get 503 while the first request under their key takes too long, and its answer later (row 75)', async () => {
    const headers = { 'idempotency-key': `slow-${productId}` };
    const holder = await api.pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM stock WHERE product_id = $1 FOR UPDATE', [productId]);
      const told = await Promise.all([1, 2].map(() => shopper.post('/reservations', order(), { headers })));
      for (const answer of told) {
        expectProblem(answer, 503, 'lock_timeout');
        expect([answer.body['retryable'], answer.headers.get('retry-after')]).to.deep.equal([true, '1']);
      }
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
    const answers = await Promise.all([1, 2].map(() => shopper.post('/reservations', order(), { headers })));
    expect(answers.map(({ status }) => status)).to.deep.equal([201, 201]);
    expect(answers[0]?.text).to.equal(answers[1]?.text);
    expect(await types()).to.deep.equal(['reservation.created']);
  });

  it('repeat a refusal under its key byte for byte, although stock has come in since', async () => {
    const headers = { 'idempotency-key': `short-${productId}` };
    const first = await shopper.post('/reservations', order({ quantity: 11 }), { headers });
    expectProblem(first, 409, 'insufficient_stock');
    await everybody.admin.post('/stock', { product_id: productId, store_id: 'BCN-001', quantity_change: 10, reason: 'RESTOCK' });
    const again = await shopper.post('/reservations', order({ quantity: 11 }), { headers });
    expect([again.status, again.text, again.headers.get('content-type')]).to.deep.equal(
      [409, first.text, 'application/problem+json']);
  });

  it('have separate keys for confirm and cancel, and for each reservation', async () => {
    const [one, two] = [await made(), await made()];
    const headers = { 'idempotency-key': `verbs-${productId}` };
    expect((await shopper.post(`/reservations/${one}/confirm`, {}, { headers })).status).to.equal(200);
    expect((await shopper.post(`/reservations/${two}/cancel`, {}, { headers })).status).to.equal(200);
    expectProblem(await shopper.post(`/reservations/${two}/confirm`, {}, { headers }), 422, 'idempotency_key_reused');
  });
});
