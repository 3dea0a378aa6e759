import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { z } from 'zod';
import { addProduct, admin, customer, otherCustomer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { reservation } from './schema.ts';

const cartAnswer = z.object({ batch_id: z.uuid(), reservations: z.array(reservation),
  expires_in_seconds: z.int().optional() });

describe('a cart as a thing', () => {
  let api: TestApi;
  let boss: Client;
  let buyer: Client;
  let products: readonly string[];
  before(async () => {
    api = await startTestApi();
    [boss, buyer] = [await api.as(admin), await api.as(customer)];
  });
  beforeEach(async () => {
    // 5 of the first, 3 of the second, 2 of the third, in both stores.
    products = await Promise.all([5, 3, 2].map(async (quantity_change) => {
      const product_id = await addProduct(api.db);
      for (const store_id of ['MAD-001', 'BCN-001']) await boss.post('/stock',
        { product_id, store_id, quantity_change, reason: 'RESTOCK' });
      return product_id;
    }));
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const line = (nth: number, quantity: number, store_id = 'MAD-001', more: object = {}) =>
    ({ product_id: products[nth] ?? '', store_id, quantity, ...more });
  const send = (lines: readonly object[], more: object = {}, headers: Record<string, string> = {}, by = buyer) =>
    by.post('/reservations/batch', { lines, customer_id: customer.userId, ...more }, { headers });
  const made = async (lines: readonly object[], more: object = {}, by = buyer) =>
    cartAnswer.parse((await send(lines, more, {}, by)).body);
  const reserved = async () => (await api.pool.query<{ store_id: string; reserved: number; nth: number }>(`
    SELECT store_id, reserved, array_position($1::uuid[], product_id) - 1 AS nth FROM stock
    WHERE product_id = ANY ($1) AND reserved > 0 ORDER BY nth, store_id`, [products]))
    .rows.map((row) => `${row.nth} ${row.store_id} ${row.reserved}`);

  it('is shown as it is now, line by line, to whom its holds exist for', async () => {
    const { batch_id: id, reservations } = await made([line(0, 2), line(1, 1, 'BCN-001')], { ttl: 500 });
    const { body, text } = await buyer.get(`/reservations/batch/${id}`);
    expect(body).to.deep.include({ batch_id: id, expires_at: reservations[0]?.expires_at });
    expect(cartAnswer.parse(body).reservations.map(({ reservation_id, status }) => [reservation_id, status]))
      .to.have.deep.members(reservations.map(({ reservation_id }) => [reservation_id, 'PENDING']));
    expect(text).to.contain('expires_in_seconds').and.contain(`"customer_id":"${customer.userId}"`);
    const ofMadrid = cartAnswer.parse((await (await api.as(vendor)).get(`/reservations/batch/${id}`)).body);
    expect(ofMadrid.reservations.map(({ store_id }) => store_id)).to.deep.equal(['MAD-001']);
    for (const [who, of] of [[otherCustomer, id], [customer, v7()]] as const) {
      expect((await (await api.as(who)).get(`/reservations/batch/${of}`)).body).to.deep.include({ code: 'not_found', detail: 'There is no such cart.' });
    }
    await buyer.post(`/reservations/batch/${id}/cancel`);
    expect((await buyer.get(`/reservations/batch/${id}`)).body).to.deep.include({ expires_at: null });
  });

  it('is extended as a whole: its open holds, and refused where none is open', async () => {
    const { batch_id: id, reservations: [first] } = await made([line(0, 1), line(1, 1)], { ttl: 60 });
    await buyer.post(`/reservations/${first?.reservation_id}/cancel`);
    const extended = cartAnswer.parse((await buyer.post(`/reservations/batch/${id}/extend`, { ttl: 900 })).body);
    expect(extended.reservations).to.have.length(1);
    expect(Date.parse(extended.reservations[0]?.expires_at ?? '') - Date.parse(first?.expires_at ?? '')).to.be.above(800_000);
    await buyer.post(`/reservations/batch/${id}/confirm`, { lines: extended.reservations.map(({ reservation_id }) => ({ reservation_id })) });
    expect((await buyer.post(`/reservations/batch/${id}/extend`, { ttl: 900 })).status).to.equal(409);
  });

  it('is confirmed with fewer units, and without the lines that are left out: what they held is free', async () => {
    const { batch_id: id, reservations: [first, second, third] } = await made([line(0, 4), line(1, 2), line(2, 2, 'BCN-001')]);
    const confirm = () => buyer.post(`/reservations/batch/${id}/confirm`, {
      lines: [{ reservation_id: first?.reservation_id, quantity: 3 }, { reservation_id: second?.reservation_id }],
    });
    const answer = await confirm();
    expect(answer.status, answer.text).to.equal(200);
    expect(cartAnswer.parse(answer.body).reservations.map(({ reservation_id, status, confirmed_quantity }) => [reservation_id, status, confirmed_quantity]))
      .to.have.deep.members([[first?.reservation_id, 'CONFIRMED', 3], [second?.reservation_id, 'CONFIRMED', 2], [third?.reservation_id, 'CANCELLED', undefined]]);
    expect(await reserved()).to.deep.equal([]);
    expect((await confirm()).text, 'the same again').to.equal(answer.text);
    for (const [lines, status] of [
      [[], 400], [[{ reservation_id: first?.reservation_id }, { reservation_id: first?.reservation_id }], 400],
      [[{ reservation_id: first?.reservation_id, quantity: 0 }], 400], [[{ reservation_id: v7() }], 404],
      [[{ reservation_id: first?.reservation_id, quantity: 2 }, { reservation_id: second?.reservation_id }], 409],
    ] as const) expect((await buyer.post(`/reservations/batch/${id}/confirm`, { lines })).status, JSON.stringify(lines)).to.equal(status);
  });

  it('with a closed line is not confirmed as a whole, and is finished by naming the others', async function () {
    this.timeout(60_000);
    /** A cart whose first and third line last, and whose second one soon does not; on a slow machine not as soon. */
    const lapsing = async (ttl = 2): Promise<z.output<typeof cartAnswer>> => {
      const cart = await made([line(0, 1), line(1, 1), line(2, 1)], { ttl });
      const told = await Promise.all([0, 2].map((nth) => buyer.post(`/reservations/${cart.reservations[nth]?.reservation_id}/extend`, { ttl: 600 })));
      if (told.every(({ status }) => status === 200)) return cart;
      await buyer.post(`/reservations/batch/${cart.batch_id}/cancel`);
      return lapsing(ttl * 2);
    };
    const { batch_id: id, reservations: [first, second, third] } = await lapsing();
    await buyer.post(`/reservations/${first?.reservation_id}/cancel`);
    await eventually(async () => {
      expect((await buyer.get(`/reservations/${second?.reservation_id}`)).body['status']).to.equal('EXPIRED');
    }, { timeoutMs: 40_000 });
    expect((await buyer.post(`/reservations/batch/${id}/confirm`)).status).to.equal(409);
    expect((await buyer.post(`/reservations/batch/${id}/confirm`, { lines: [{ reservation_id: second?.reservation_id }] })).body)
      .to.deep.include({ code: 'reservation_expired' });
    const finished = await buyer.post(`/reservations/batch/${id}/confirm`, { lines: [{ reservation_id: third?.reservation_id }] });
    expect(finished.status, finished.text).to.equal(200);
    const { body } = await buyer.get(`/reservations/batch/${id}`);
    expect(cartAnswer.parse(body).reservations.map(({ reservation_id, status }) => [reservation_id, status])).to.have.deep.members([
      [first?.reservation_id, 'CANCELLED'], [second?.reservation_id, 'EXPIRED'], [third?.reservation_id, 'CONFIRMED'],
    ]);
  });

  it('that is confirmed by some and cancelled by others at once ends one way: each unit is sold or free, and never both', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { batch_id: id, reservations } = await made([line(0, 1), line(1, 1), line(2, 1)]);
      const lines = reservations.slice(0, 2).map(({ reservation_id }) => ({ reservation_id }));
      const told = await Promise.all([
        buyer.post(`/reservations/batch/${id}/confirm`, { lines }), buyer.post(`/reservations/batch/${id}/cancel`),
        buyer.post(`/reservations/batch/${id}/extend`, { ttl: 900 }),
      ]);
      const ends = told.slice(0, 2).filter(({ status }) => status === 200);
      expect(ends, told.map(({ text }) => text).join('\n')).to.have.length(1);
      const { body } = await buyer.get(`/reservations/batch/${id}`);
      const shown = cartAnswer.parse(body).reservations.map(({ status }) => status);
      expect(cartAnswer.parse(ends[0]?.body).reservations.map(({ status }) => status)).to.deep.equal(shown);
      expect(await reserved()).to.deep.equal([]);
      // The next round needs units again.
      for (const nth of [0, 1]) await boss.post('/stock', { product_id: products[nth] ?? '', store_id: 'MAD-001', quantity_change: 1, reason: 'RETURN' });
    }
  });
});
