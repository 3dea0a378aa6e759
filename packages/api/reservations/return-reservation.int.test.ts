import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, otherCustomer, service, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('the return of a sale', () => {
  let api: TestApi;
  let boss: Client;
  let store: Client;
  let product: string;
  before(async () => {
    api = await startTestApi();
    [boss, store] = [await api.as(admin), await api.as(vendor)];
  });
  beforeEach(async () => {
    product = await addProduct(api.db);
    await boss.post('/stock', { product_id: product, store_id: 'MAD-001', quantity_change: 10, reason: 'RESTOCK' });
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const heldBy = async (by: Client, quantity: number, more: object = {}): Promise<string> => {
    const { body, text } = await by.post('/reservations', { product_id: product, store_id: 'MAD-001', quantity, customer_id: customer.userId, ...more });
    expect(body['status'], text).to.equal('PENDING');
    return String(body['reservation_id']);
  };
  /** A hold of five units of which four were sold. */
  const sold = async (by = boss, more: object = {}): Promise<string> => {
    const id = await heldBy(by, 5, more);
    expect((await boss.post(`/reservations/${id}/confirm`, { quantity: 4 })).status).to.equal(200);
    return id;
  };
  const giveBack = (id: string, body: object = {}, by = store, headers: Record<string, string> = {}) =>
    by.post(`/reservations/${id}/return`, body, { headers });
  const shelf = async () => (await store.get(`/stores/MAD-001/stock/${product}`)).body;

  it('puts its units on the shelf, and the reservation says how many have come back', async () => {
    const id = await sold(boss, { reference: 'order-9' });
    const answer = await giveBack(id, { quantity: 3, note: 'unopened' });
    expect(answer.status, answer.text).to.equal(200);
    expect(answer.body).to.deep.include({ reservation_id: id, status: 'CONFIRMED', confirmed_quantity: 4, returned_quantity: 3, customer_id: customer.userId });
    expect(await shelf()).to.deep.include({ quantity: 9, reserved: 0, available: 9, version: Number(answer.headers.get('x-stock-version')) });
    expect((await boss.get(`/reservations/${id}`)).body).to.deep.include({ status: 'CONFIRMED', returned_quantity: 3 });
    expect((await store.get('/stores/MAD-001/movements?reason=RETURN')).body['items']).to.have.nested.property('[0]').that.deep.includes({
      product_id: product, type: 'stock.updated', reason: 'RETURN', delta: 3, reservation_id: id, reference: null, note: 'unopened',
      actor: { id: 'vendor-789', role: 'vendor' },
    });
    const { rows: [event] } = await api.pool.query<{ payload: object }>(
      `SELECT payload FROM events WHERE event_type = 'stock.updated' AND payload ->> 'reason' = 'RETURN' AND aggregate_id = $1`, [product]);
    expect(event?.payload).to.deep.include({
      returned: { reservation_id: id, confirmed_quantity: 4, returned_quantity: 3 }, quantity: 9, delta: 3, user_id: 'vendor-789',
    });
    expect((await store.get(`/stores/MAD-001/stock/${product}/explain`)).body).to.deep.include({ agrees: true });
  });

  it('shows its own reference everywhere, whether or not the hold had one', async () => {
    for (const [nth, more] of [{}, { reference: 'order-10' }].entries()) {
      const slip = `slip-${nth}`;
      expect((await giveBack(await sold(boss, more), { quantity: 1, reference: slip })).status).to.equal(200);
      for (const path of ['/stores/MAD-001/movements?reason=RETURN', `/stores/MAD-001/stock/${product}/history`, `/stores/MAD-001/stock/${product}/explain`]) {
        expect((await store.get(path)).text, path).to.contain(`"reference":"${slip}"`).and.not.contain('erased');
      }
    }
  });

  it('comes in parts that add up, and never to more than was sold', async () => {
    const id = await sold();
    expect((await giveBack(id, { quantity: 1 })).body).to.deep.include({ returned_quantity: 1 });
    expect((await giveBack(id, { quantity: 2 })).body).to.deep.include({ returned_quantity: 3 });
    expect((await giveBack(id, { quantity: 2 })).body).to.deep.include({
      status: 409, code: 'more_than_sold', confirmed_quantity: 4, returned_quantity: 3, retryable: false,
    });
    const rest = await giveBack(id);
    expect(rest.body).to.deep.include({ returned_quantity: 4 });
    expect((await giveBack(id)).text, 'all of it again').to.equal(rest.text);
    expect(await shelf()).to.deep.include({ quantity: 10 });
    expect((await boss.post(`/reservations/${id}/confirm`, { quantity: 4 })).body, 'the sale stays one').to.deep.include({ status: 'CONFIRMED' });
  });

  it('under one idempotency key is one return, answered with the same bytes', async () => {
    const id = await sold();
    const headers = { 'idempotency-key': v7() };
    const told = await Promise.all(Array.from({ length: 10 }, () => giveBack(id, { quantity: 1 }, store, headers)));
    expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    expect(await shelf()).to.deep.include({ quantity: 7 });
    expect((await giveBack(id, { quantity: 2 }, store, headers)).body).to.deep.include({ code: 'idempotency_key_reused' });
  });

  it('is only of what was sold', async () => {
    const [open, gone] = [await heldBy(boss, 1), await heldBy(boss, 1)];
    await boss.post(`/reservations/${gone}/cancel`);
    expect((await giveBack(open)).body).to.deep.include({ status: 409, code: 'wrong_state', current_status: 'PENDING' });
    expect((await giveBack(gone)).body).to.deep.include({ status: 409, code: 'wrong_state', current_status: 'CANCELLED' });
    expect((await giveBack(v7())).body).to.deep.include({ status: 404, code: 'not_found' });
  });

  it('is booked by the store that takes it back, in one\'s own name', async () => {
    const id = await sold(await api.as(vendorOfBarcelona));
    for (const [who, status, code] of [
      [customer, 403, 'forbidden'], [otherCustomer, 403, 'forbidden'], [service, 403, 'forbidden'], [vendorOfBarcelona, 403, 'store_not_in_scope'],
      [{ ...vendorOfBarcelona, userId: 'another' }, 404, 'not_found'],
    ] as const) expect((await giveBack(id, {}, await api.as(who))).body, who.userId).to.deep.include({ status, code });
    expect((await giveBack(id, { user_id: 'somebody' })).body).to.deep.include({ code: 'forbidden' });
    expect((await giveBack(id, { user_id: 'vendor-789' })).status).to.equal(200);
  });

  it('is told again only to whom today\'s rights allow it', async () => {
    const id = await sold();
    const headers = { 'idempotency-key': v7() };
    expect((await giveBack(id, { quantity: 1 }, store, headers)).status).to.equal(200);
    const elsewhere = await api.as({ ...vendor, storeIds: ['BCN-001'] });
    expect((await giveBack(id, { quantity: 1 }, elsewhere, headers)).body).to.deep.include({ status: 404, code: 'not_found' });
  });

  it('does not give the customer back what he may buy in a day, and leaves his sale his own', async () => {
    const buyer = await api.as(customer);
    const id = await heldBy(buyer, 2);
    await buyer.post(`/reservations/${id}/confirm`);
    expect((await giveBack(id)).status).to.equal(200);
    const { rows: [row] } = await api.pool.query('SELECT sold_as, confirmed_quantity, returned_quantity FROM reservations WHERE id = $1', [id]);
    expect(row).to.deep.equal({ sold_as: 'customer', confirmed_quantity: 2, returned_quantity: 2 });
  });

  it('of a product that was archived since is refused: such products stay without stock', async () => {
    const id = await heldBy(boss, 10);
    await boss.post(`/reservations/${id}/confirm`);
    expect((await boss.request('DELETE', `/products/${product}`)).status).to.equal(204);
    expect((await giveBack(id)).body).to.deep.include({ status: 404, code: 'not_found' });
    expect(await shelf()).to.deep.include({ quantity: 0 });
  });

  it('is refused when malformed, with a pointer to each fault', async () => {
    const id = await sold();
    for (const [fault, pointer] of [
      [{ quantity: 0 }, '/quantity'], [{ quantity: -1 }, '/quantity'], [{ quantity: 1.5 }, '/quantity'], [{ quantity: 100_001 }, '/quantity'],
      [{ quantity: '1' }, '/quantity'], [{ quantity: null }, '/quantity'], [{ reason: 'RETURN' }, '/reason'], [{ reference: '' }, '/reference'],
      [{ occurred_at: 'today' }, '/occurred_at'],
    ] as const) {
      const { body } = await giveBack(id, fault);
      expect(body, JSON.stringify(fault)).to.deep.include({ code: 'validation_failed' });
      expect(body['errors'], JSON.stringify(fault)).to.have.nested.property('[0].pointer', pointer);
    }
    expect((await giveBack('x')).body).to.deep.include({ code: 'validation_failed' });
  });
});
