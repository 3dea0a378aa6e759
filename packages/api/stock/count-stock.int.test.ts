import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { stockRow } from './schema.ts';

describe('a count of the shelf', () => {
  let api: TestApi;
  let shop: Client;
  before(async () => {
    api = await startTestApi();
    shop = await api.as(vendor);
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const rowOf = async (quantity = 0) => {
    const id = await addProduct(api.db);
    if (quantity > 0) await shop.post('/stock',
      { product_id: id, store_id: 'MAD-001', quantity_change: quantity, reason: 'RESTOCK' });
    return id;
  };
  const count = (id: string, body: object, headers: Record<string, string> = {}, by = shop) =>
    by.put(`/stores/MAD-001/stock/${id}`, body, { headers });
  const lastEvent = async (id: string) => (await api.pool.query<{ payload: Record<string, unknown> }>(
    `SELECT payload FROM events WHERE aggregate_id = $1 AND event_type = 'stock.updated'
     ORDER BY position DESC LIMIT 1`, [id])).rows[0]?.payload;

  it('at the expected version sets the quantity, with the reason COUNT', async () => {
    const id = await rowOf(40);
    const answer = await count(id, { quantity: 38, reference: 'count-7', note: 'two are missing' },
      { 'if-match': '"1"' });
    expect(answer.status).to.equal(200);
    expect(stockRow.parse(answer.body)).to.deep.equal(
      { product_id: id, store_id: 'MAD-001', quantity: 38, reserved: 0, available: 38, version: 2 });
    expect(answer.headers.get('etag')).to.equal('"2"');
    expect(await lastEvent(id)).to.deep.include(
      { reason: 'COUNT', delta: -2, reference: 'count-7', note: 'two are missing', user_id: 'vendor-789' });
  });

  it('may name the quantity instead of the version', async () => {
    const id = await rowOf(40);
    expect((await count(id, { quantity: 41, expected_quantity: 40 })).body)
      .to.deep.include({ quantity: 41, version: 2 });
    expect((await count(id, { quantity: 41, expected_quantity: 40 })).body).to.deep.include(
      { status: 412, code: 'version_mismatch', current_version: 2, current_quantity: 41 });
  });

  it('needs one of the two: otherwise it would silently undo a sale', async () => {
    const id = await rowOf(40);
    expect((await count(id, { quantity: 38 })).body).to.deep.include({ status: 428, code: 'precondition_required' });
    expect((await count(id, { quantity: 38 }, { 'if-match': '"9"' })).body)
      .to.deep.include({ status: 412, current_version: 1, current_quantity: 40 });
    expect((await count(id, { quantity: 38 }, { 'if-match': 'W/"1"' })).body)
      .to.deep.include({ code: 'version_mismatch' });
    expect((await count(id, { quantity: 38 }, { 'if-match': '1' })).body)
      .to.deep.include({ code: 'validation_failed' });
    expect((await count(id, { quantity: 38 }, { 'if-match': '*' })).body).to.deep.include({ quantity: 38 });
  });

  it('makes a missing row, even for an empty shelf; If-Match: * needs an existing one',
    async () => {
      const [some, none] = [await rowOf(), await rowOf()];
      expect((await count(some, { quantity: 5 }, { 'if-match': '*' })).body)
        .to.deep.include({ code: 'version_mismatch', current_version: 0 });
      expect((await count(some, { quantity: 5, expected_quantity: 0 })).body)
        .to.deep.include({ quantity: 5, version: 1 });
      expect((await count(none, { quantity: 0, expected_quantity: 0 })).body)
        .to.deep.include({ quantity: 0, version: 1 });
      expect((await shop.get(`/stores/MAD-001/stock/${none}`)).body).to.deep.include({ quantity: 0, version: 1 });
      expect((await count(v7(), { quantity: 0, expected_quantity: 0 })).body).to.deep.include({ code: 'not_found' });
    });

  it('that agrees with the row leaves its version', async () => {
    const id = await rowOf(40);
    expect((await count(id, { quantity: 40 }, { 'if-match': '"1"' })).body)
      .to.deep.include({ quantity: 40, version: 1 });
  });

  const holdOf = async (product_id: string, quantity: number, customer_id = 'somebody') => {
    const { body } = await shop.post('/reservations', { product_id, store_id: 'MAD-001', quantity, customer_id, reference: `of-${customer_id}` });
    return String(body['reservation_id']);
  };

  it('below what is held is refused, and names the holds, the youngest first', async () => {
    const id = await rowOf(5);
    const [first, second] = [await holdOf(id, 2, 'ann'), await holdOf(id, 1, 'ben')];
    const { body, text } = await count(id, { quantity: 2 }, { 'if-match': '"3"' });
    expect(body, text).to.deep.include({
      status: 409, code: 'insufficient_stock', retryable: false, current_version: 3, current_quantity: 5, current_reserved: 3,
      lines: [{ index: 0, product_id: id, store_id: 'MAD-001', requested: 3, available: 2 }],
    });
    expect(body['holds']).to.be.an('array').with.length(2);
    expect(body['holds']).to.have.nested.property('[0]').that.deep.includes({ index: 0, reservation_id: second, customer_id: 'ben', quantity: 1, reference: 'of-ben' });
    expect(body['holds']).to.have.nested.property('[1]').that.deep.includes({ reservation_id: first, customer_id: 'ann', quantity: 2 });
    expect(body['holds']).to.have.nested.property('[1].customer_ref').that.is.a('string');
    expect((await count(id, { quantity: 3 }, { 'if-match': '"3"' })).body).to.deep.include({ available: 0 });
  });

  it('below what is held ends the youngest holds where it is asked to, as events of the same commit', async () => {
    const id = await rowOf(5);
    const [first, second, third] = [await holdOf(id, 2), await holdOf(id, 1), await holdOf(id, 1)];
    const release = () => count(id, { quantity: 3, on_shortfall: 'RELEASE' }, { 'if-match': '"4"', 'idempotency-key': `release-${id}` });
    const answer = await release();
    expect(answer.status, answer.text).to.equal(200);
    expect(answer.body).to.deep.include({ quantity: 3, reserved: 3, available: 0, version: 6 });
    expect(answer.body['released']).to.be.an('array').with.length(1);
    expect(answer.body['released']).to.have.nested.property('[0]').that.deep.includes({ reservation_id: third, status: 'CANCELLED', customer_id: 'somebody' });
    expect((await release()).text, 'the same again').to.equal(answer.text);
    for (const [hold, status] of [[first, 'PENDING'], [second, 'PENDING'], [third, 'CANCELLED']] as const) {
      expect((await shop.get(`/reservations/${hold}`)).body).to.deep.include({ status });
    }
    const { rows } = await api.pool.query(`SELECT event_type, payload ->> 'cause' AS cause, (payload ->> 'version')::int AS version, xmin::text AS xid,
      metadata -> 'actor' ->> 'id' AS actor FROM events WHERE payload ->> 'product_id' = $1 AND stream_version > 4 ORDER BY stream_version`, [id]);
    expect(rows.map(({ event_type, cause, version, actor }) => [event_type, cause, version, actor])).to.deep.equal([
      ['reservation.cancelled', 'SHORTFALL', 5, 'vendor-789'], ['stock.updated', null, 6, 'vendor-789'],
    ]);
    expect(new Set(rows.map(({ xid }) => xid)).size).to.equal(1);
  });

  it('that may end holds ends none where they fit, and one that finds nothing ends all', async () => {
    const id = await rowOf(5);
    await holdOf(id, 2);
    expect((await count(id, { quantity: 2, on_shortfall: 'RELEASE' }, { 'if-match': '*' })).body).to.deep.include({ reserved: 2 }).and.to.have.deep.property('released', []);
    expect((await count(id, { quantity: 0, on_shortfall: 'RELEASE' }, { 'if-match': '*' })).body).to.deep.include({ quantity: 0, reserved: 0 });
  });

  it('ends holds of others only with the right to act on them', async () => {
    const id = await rowOf(5);
    const counter = await api.as({ ...vendor, claims: { permissions: ['stock:count'] } });
    expect((await count(id, { quantity: 5 }, { 'if-match': '*' }, counter)).status).to.equal(200);
    expect((await count(id, { quantity: 5, on_shortfall: 'RELEASE' }, { 'if-match': '*' }, counter)).body)
      .to.deep.include({ code: 'forbidden', detail: 'Your token does not give the permission reserve:others.' });
  });

  it('is for those who work for the store, in their own name', async () => {
    const id = await rowOf(1);
    expect((await count(id, { quantity: 2 }, { 'if-match': '"1"' }, await api.as(customer))).body)
      .to.deep.include({ code: 'forbidden' });
    expect((await count(id, { quantity: 2 }, { 'if-match': '"1"' }, await api.as(vendorOfBarcelona))).body)
      .to.deep.include({ code: 'store_not_in_scope' });
    expect((await count(id, { quantity: 2, user_id: 'somebody' }, { 'if-match': '"1"' })).body)
      .to.deep.include({ code: 'forbidden' });
    expect((await count(id, { quantity: 2 }, { 'if-match': '"1"' }, await api.as(admin))).body)
      .to.deep.include({ quantity: 2 });
  });

  it('is refused when malformed, with a pointer to each fault', async () => {
    const id = await rowOf(1);
    for (const [fault, pointer] of [
      [{ quantity: -1 }, '/quantity'], [{ quantity: '5' }, '/quantity'], [{ quantity: 1.5 }, '/quantity'],
      [{ quantity: 1_000_000_001 }, '/quantity'],
      [{ quantity: null }, '/quantity'], [{}, '/quantity'],
      [{ quantity: 1, expected_quantity: -1 }, '/expected_quantity'],
      [{ quantity: 1, reserved: 0 }, '/reserved'], [{ quantity: 1, reason: 'COUNT' }, '/reason'],
      [{ quantity: 1, occurred_at: 'tomorrow' }, '/occurred_at'], [{ quantity: 1, on_shortfall: 'release' }, '/on_shortfall'],
    ] as const) {
      const { body } = await count(id, fault, { 'if-match': '"1"' });
      expect(body, JSON.stringify(fault)).to.deep.include({ code: 'validation_failed' });
      expect(body['errors'], JSON.stringify(fault)).to.have.nested.property('[0].pointer', pointer);
    }
    expect((await shop.put(`/stores/MAD-001/stock/not-a-uuid`, { quantity: 1, expected_quantity: 0 })).body)
      .to.deep.include({ code: 'validation_failed' });
    expect((await shop.put(`/stores/MAD.001/stock/${id}`, { quantity: 1, expected_quantity: 0 })).body)
      .to.deep.include({ code: 'validation_failed' });
  });

  it('by many at once at one version is one count', async () => {
    const id = await rowOf(40);
    const told = await Promise.all(Array.from({ length: 20 }, (_, n) =>
      count(id, { quantity: n }, { 'if-match': '"1"' })));
    expect(told.map(({ status }) => status).sort()).to.deep.equal([200, ...Array.from({ length: 19 }, () => 412)]);
  });

  it('under one idempotency key is one count, answered with the same bytes', async () => {
    const id = await rowOf(40);
    const headers = { 'if-match': '"1"', 'idempotency-key': v7() };
    const told = await Promise.all(Array.from({ length: 20 }, () => count(id, { quantity: 7 }, headers)));
    expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    expect(told[0]?.status).to.equal(200);
    expect((await count(id, { quantity: 8 }, headers)).body).to.deep.include({ code: 'idempotency_key_reused' });
  });
});
