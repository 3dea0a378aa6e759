import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import type { z } from 'zod';
import { customer, otherCustomer, vendor } from '../testing/api.ts';
import { cartAnswer, startCartApi, stockShelves } from '../testing/carts.ts';
import type { Carts } from '../testing/carts.ts';
import { commandOf, hold } from '../testing/committing.ts';

describe('a cart as a thing', () => {
  let shop: Awaited<ReturnType<typeof startCartApi>>;
  let carts: Carts;
  before(async () => { shop = await startCartApi(); });
  beforeEach(async () => { carts = await stockShelves(shop); });
  after(async () => {
    await expectInvariants(shop.api.db);
    await shop.api.close();
  });

  it('is shown as it is now, line by line, to whom its holds exist for', async () => {
    const { batch_id: id, reservations } = await carts.made([carts.line(0, 2), carts.line(1, 1, 'BCN-001')], { ttl: 500 });
    const { body, text } = await carts.buyer.get(`/reservations/batch/${id}`);
    expect(body).to.deep.include({ batch_id: id, expires_at: reservations[0]?.expires_at });
    expect(cartAnswer.parse(body).reservations.map(({ reservation_id, status }) => [reservation_id, status]))
      .to.deep.equal(reservations.map(({ reservation_id }) => [reservation_id, 'PENDING']));
    expect(text).to.contain('expires_in_seconds').and.contain(`"customer_id":"${customer.userId}"`);
    const ofMadrid = cartAnswer.parse((await (await carts.api.as(vendor)).get(`/reservations/batch/${id}`)).body);
    expect(ofMadrid.reservations.map(({ store_id }) => store_id)).to.deep.equal(['MAD-001']);
    for (const [who, of] of [[otherCustomer, id], [customer, v7()]] as const) {
      expect((await (await carts.api.as(who)).get(`/reservations/batch/${of}`)).body).to.deep.include({ code: 'not_found', detail: 'There is no such cart.' });
    }
    await carts.buyer.post(`/reservations/batch/${id}/cancel`);
    expect((await carts.buyer.get(`/reservations/batch/${id}`)).body).to.deep.include({ expires_at: null });
  });

  it('is shown in the order of its lines, also where the clock moved on while their ids were made', async () => {
    const real = Date.now;
    let ms = 0;
    const lines = Array.from({ length: 20 }, (_, nth) => carts.line(nth % 2, 1, nth % 3 === 0 ? 'MAD-001' : 'BCN-001', { reference: `line-${nth}` }));
    await carts.boss.post('/stock/batch', { items: lines.map(({ product_id, store_id }) => ({ product_id, store_id, quantity_change: 1, reason: 'RESTOCK' })) });
    try {
      // The api of this test is in this process: each look at the clock is a millisecond later.
      Date.now = () => { ms += 1; return real() + ms; };
      const { batch_id: id } = await carts.made(lines);
      const references = ({ body }: { body: unknown }) => cartAnswer.parse(body).reservations.map(({ reference }) => reference);
      const wanted = lines.map(({ reference }) => reference);
      expect(references(await carts.buyer.get(`/reservations/batch/${id}`))).to.deep.equal(wanted);
      expect(references(await carts.buyer.post(`/reservations/batch/${id}/cancel`))).to.deep.equal(wanted);
    } finally {
      Date.now = real;
    }
  });

  it('is extended as a whole: its open holds, and refused where none is open', async () => {
    const { batch_id: id, reservations: [first] } = await carts.made([carts.line(0, 1), carts.line(1, 1)], { ttl: 60 });
    await carts.buyer.post(`/reservations/${first?.reservation_id}/cancel`);
    const extended = cartAnswer.parse((await carts.buyer.post(`/reservations/batch/${id}/extend`, { ttl: 900 })).body);
    expect(extended.reservations).to.have.length(1);
    expect(Date.parse(extended.reservations[0]?.expires_at ?? '') - Date.parse(first?.expires_at ?? '')).to.be.above(800_000);
    await carts.buyer.post(`/reservations/batch/${id}/confirm`, { lines: extended.reservations.map(({ reservation_id }) => ({ reservation_id })) });
    expect((await carts.buyer.post(`/reservations/batch/${id}/extend`, { ttl: 900 })).status).to.equal(409);
  });

  it('is confirmed with fewer units, and without the lines that are left out: what they held is free', async () => {
    const { batch_id: id, reservations: [first, second, third] } = await carts.made([carts.line(0, 4), carts.line(1, 2), carts.line(2, 2, 'BCN-001')]);
    const confirm = () => carts.buyer.post(`/reservations/batch/${id}/confirm`, {
      lines: [{ reservation_id: first?.reservation_id, quantity: 3 }, { reservation_id: second?.reservation_id }],
    });
    const answer = await confirm();
    expect(answer.status, answer.text).to.equal(200);
    expect(cartAnswer.parse(answer.body).reservations.map(({ reservation_id, status, confirmed_quantity }) => [reservation_id, status, confirmed_quantity]))
      .to.deep.equal([[first?.reservation_id, 'CONFIRMED', 3], [second?.reservation_id, 'CONFIRMED', 2], [third?.reservation_id, 'CANCELLED', undefined]]);
    expect(await carts.reserved()).to.deep.equal([]);
    expect((await confirm()).text, 'the same again').to.equal(answer.text);
    for (const [lines, status] of [
      [[], 400], [[{ reservation_id: first?.reservation_id }, { reservation_id: first?.reservation_id }], 400],
      [[{ reservation_id: first?.reservation_id, quantity: 0 }], 400], [[{ reservation_id: v7() }], 404],
      [[{ reservation_id: first?.reservation_id, quantity: 2 }, { reservation_id: second?.reservation_id }], 409],
    ] as const) expect((await carts.buyer.post(`/reservations/batch/${id}/confirm`, { lines })).status, JSON.stringify(lines)).to.equal(status);
  });

  it('with a closed line is not confirmed as a whole, and is finished by naming the others', async function () {
    this.timeout(60_000);
    /** A cart whose first and third line last, and whose second one soon does not; on a slow machine not as soon. */
    const lapsing = async (ttl = 2): Promise<z.output<typeof cartAnswer>> => {
      const cart = await carts.made([carts.line(0, 1), carts.line(1, 1), carts.line(2, 1)], { ttl });
      const told = await Promise.all([0, 2].map((nth) => carts.buyer.post(`/reservations/${cart.reservations[nth]?.reservation_id}/extend`, { ttl: 600 })));
      if (told.every(({ status }) => status === 200)) return cart;
      await carts.buyer.post(`/reservations/batch/${cart.batch_id}/cancel`);
      return lapsing(ttl * 2);
    };
    const { batch_id: id, reservations: [first, second, third] } = await lapsing();
    await carts.buyer.post(`/reservations/${first?.reservation_id}/cancel`);
    await eventually(async () => {
      expect((await carts.buyer.get(`/reservations/${second?.reservation_id}`)).body['status']).to.equal('EXPIRED');
    }, { timeoutMs: 40_000 });
    expect((await carts.buyer.post(`/reservations/batch/${id}/confirm`)).status).to.equal(409);
    expect((await carts.buyer.post(`/reservations/batch/${id}/confirm`, { lines: [{ reservation_id: second?.reservation_id }] })).body)
      .to.deep.include({ code: 'reservation_expired' });
    const finished = await carts.buyer.post(`/reservations/batch/${id}/confirm`, { lines: [{ reservation_id: third?.reservation_id }] });
    expect(finished.status, finished.text).to.equal(200);
    const { body } = await carts.buyer.get(`/reservations/batch/${id}`);
    expect(cartAnswer.parse(body).reservations.map(({ reservation_id, status }) => [reservation_id, status])).to.deep.equal([
      [first?.reservation_id, 'CANCELLED'], [second?.reservation_id, 'EXPIRED'], [third?.reservation_id, 'CONFIRMED'],
    ]);
  });

  it('is finished although a line that is left out lapses while the request waits for its stock row', async function () {
    this.timeout(60_000);
    /** Confirms the first line of a cart whose second one lapses meanwhile. */
    const finish = async (tries = 10): Promise<string> => {
      const [batchId, first, second] = [v7(), v7(), v7()];
      const row = { productId: carts.products[0] ?? '', storeId: 'MAD-001' };
      const held = (reservationId: string, ttlSeconds: number) =>
        hold(row, 1, { reservationId, ttlSeconds, batchId, customerId: customer.userId }).parts;
      await carts.api.committer.submit(commandOf([...held(first, 600), ...held(second, 0.4)]));
      const elsewhere = await carts.api.pool.connect();
      try {
        await elsewhere.query('BEGIN');
        await elsewhere.query('SELECT 1 FROM stock WHERE product_id = $1 AND store_id = $2 FOR UPDATE', [row.productId, row.storeId]);
        const asked = carts.buyer.post(`/reservations/batch/${batchId}/confirm`, { lines: [{ reservation_id: first }] });
        await eventually(async () => {
          const { rows: [lapsed] } = await elsewhere.query<{ yes: boolean }>('SELECT expires_at < clock_timestamp() AS yes FROM reservations WHERE id = $1', [second]);
          expect(lapsed?.yes).to.equal(true);
        });
        await elsewhere.query('COMMIT');
        const answer = await asked;
        // A slow machine may let the wait for the row run out.
        if (answer.status === 503 && tries > 0) {
          await carts.boss.post(`/reservations/${first}/cancel`);
          return await finish(tries - 1);
        }
        expect(answer.status, answer.text).to.equal(200);
        expect(cartAnswer.parse(answer.body).reservations.map(({ reservation_id, status }) => [reservation_id, status]))
          .to.deep.equal([[first, 'CONFIRMED']]);
        expect((await carts.buyer.post(`/reservations/batch/${batchId}/confirm`, { lines: [{ reservation_id: first }] })).text, 'the same again')
          .to.equal(answer.text);
        return second;
      } finally {
        await elsewhere.query('ROLLBACK');
        elsewhere.release();
      }
    };
    expect((await carts.buyer.get(`/reservations/${await finish()}`)).body).to.deep.include({ status: 'EXPIRED' });
  });

  it('that is confirmed by some and cancelled by others at once ends one way: each unit is sold or free, and never both', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { batch_id: id, reservations } = await carts.made([carts.line(0, 1), carts.line(1, 1), carts.line(2, 1)]);
      const lines = reservations.slice(0, 2).map(({ reservation_id }) => ({ reservation_id }));
      const told = await Promise.all([
        carts.buyer.post(`/reservations/batch/${id}/confirm`, { lines }), carts.buyer.post(`/reservations/batch/${id}/cancel`),
        carts.buyer.post(`/reservations/batch/${id}/extend`, { ttl: 900 }),
      ]);
      const ends = told.slice(0, 2).filter(({ status }) => status === 200);
      expect(ends, told.map(({ text }) => text).join('\n')).to.have.length(1);
      const { body } = await carts.buyer.get(`/reservations/batch/${id}`);
      const shown = cartAnswer.parse(body).reservations.map(({ status }) => status);
      expect(cartAnswer.parse(ends[0]?.body).reservations.map(({ status }) => status)).to.deep.equal(shown);
      expect(await carts.reserved()).to.deep.equal([]);
      // The next round needs units again.
      for (const nth of [0, 1]) await carts.boss.post('/stock', { product_id: carts.products[nth] ?? '', store_id: 'MAD-001', quantity_change: 1, reason: 'RETURN' });
    }
  });
});
