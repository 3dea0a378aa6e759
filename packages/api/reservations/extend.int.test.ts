import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, otherCustomer, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { reservation } from './schema.ts';

describe('a hold is extended', () => {
  let api: TestApi;
  let buyer: Client;
  let productId: string;
  before(async () => {
    api = await startTestApi();
    buyer = await api.as(customer);
    productId = await addProduct(api.db);
    await (await api.as(admin)).post('/stock',
      { product_id: productId, store_id: 'MAD-001', quantity_change: 50, reason: 'RESTOCK' });
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const hold = async (ttl = 60) => reservation.parse((await buyer.post('/reservations', {
    product_id: productId, store_id: 'MAD-001', quantity: 1, customer_id: customer.userId, ttl,
  })).body);
  const extend = (id: string, body: unknown, by = buyer) => by.post(`/reservations/${id}/extend`, body);
  const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

  it('to so many seconds from now, by an event that raises the version', async () => {
    const { reservation_id: id, created_at: created } = await hold();
    const answer = await extend(id, { ttl: 900 });
    expect(answer.status).to.equal(200);
    expect(seconds(created, reservation.parse(answer.body).expires_at)).to.be.within(900, 960);
    const { rows } = await api.pool.query(`SELECT event_type FROM events WHERE aggregate_id = $1 ORDER BY position`,
      [id]);
    expect(rows).to.deep.equal([{ event_type: 'reservation.created' }, { event_type: 'reservation.extended' }]);
  });

  it('never shortened: the answer shows the hold as it is', async () => {
    const { reservation_id: id, expires_at: before } = await hold(600);
    expect((await extend(id, { ttl: 5 })).body).to.deep.include({ status: 'PENDING', expires_at: before });
  });

  it('never beyond 24 hours after it was made', async () => {
    const { reservation_id: id, created_at: created } = await hold();
    const { body } = await extend(id, { ttl: 86_400 });
    expect(seconds(created, String(body['expires_at']))).to.equal(86_400);
    expect((await extend(id, { ttl: 86_400 })).body['expires_at']).to.equal(body['expires_at']);
  });

  it('not after it has ended, and not by somebody else', async () => {
    const [sold, gone, foreign] = [await hold(), await hold(), await hold()];
    await buyer.post(`/reservations/${sold.reservation_id}/confirm`);
    await buyer.post(`/reservations/${gone.reservation_id}/cancel`);
    expect((await extend(sold.reservation_id, { ttl: 60 })).body)
      .to.deep.include({ code: 'reservation_already_confirmed' });
    expect((await extend(gone.reservation_id, { ttl: 60 })).body)
      .to.deep.include({ code: 'reservation_already_cancelled' });
    expect((await extend(foreign.reservation_id, { ttl: 60 }, await api.as(otherCustomer))).body)
      .to.deep.include({ code: 'not_found' });
    expect((await extend(v7(), { ttl: 60 })).body).to.deep.include({ code: 'not_found' });
  });

  it('only by a valid ttl', async () => {
    const { reservation_id: id } = await hold();
    for (const body of [{}, { ttl: 0 }, { ttl: -1 }, { ttl: 86_401 }, { ttl: '10m' }, { ttl: 1e9 }, { ttl: null },
      { ttl: 60, expires_at: 'x' }, [], null, 7]) {
      expect((await extend(id, body)).body, JSON.stringify(body)).to.deep.include({ status: 400 });
    }
  });
});
