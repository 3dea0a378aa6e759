import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, customer, otherCustomer, vendor, vendorOfBarcelona } from '../testing/api.ts';
import { cartAnswer, startCartApi, stockShelves } from '../testing/carts.ts';
import type { Carts } from '../testing/carts.ts';
import { commandOf, hold } from '../testing/committing.ts';

describe('a cart', () => {
  let shop: Awaited<ReturnType<typeof startCartApi>>;
  let carts: Carts;
  before(async () => { shop = await startCartApi(); });
  beforeEach(async () => { carts = await stockShelves(shop); });
  after(async () => {
    await expectInvariants(shop.api.db);
    await shop.api.close();
  });

  it('holds every line, in one transaction, under one batch_id', async () => {
    const answer = await carts.send([carts.line(0, 2), carts.line(1, 1, 'BCN-001', { reference: 'gift' }), carts.line(0, 1)],
      { ttl: 60, reference: 'order-7' });
    expect(answer.status).to.equal(201);
    const cart = cartAnswer.parse(answer.body);
    expect(cart.expires_in_seconds).to.equal(60);
    expect(answer.headers.get('location')).to.equal(`/api/v1/reservations?batch_id=${cart.batch_id}`);
    expect(cart.reservations.map(({ product_id, store_id, quantity, reference, status, batch_id }) =>
      [product_id, store_id, quantity, reference, status, batch_id]))
      .to.deep.equal([
        [carts.products[0], 'MAD-001', 2, 'order-7', 'PENDING', cart.batch_id],
        [carts.products[1], 'BCN-001', 1, 'gift', 'PENDING', cart.batch_id],
        [carts.products[0], 'MAD-001', 1, 'order-7', 'PENDING', cart.batch_id],
      ]);
    const { rows } = await carts.api.pool.query(`SELECT DISTINCT xmin::text FROM events WHERE payload ->> 'batch_id' = $1`,
      [cart.batch_id]);
    expect(rows).to.have.length(1);
    expect((await carts.buyer.get(String(answer.headers.get('location')).replace('/api/v1', ''))).body['items'])
      .to.have.length(3);
  });

  it('is refused as a whole and names every short line; lines of one row are added up first', async () => {
    const { body } = await carts.send([carts.line(0, 3), carts.line(1, 4, 'BCN-001'), carts.line(0, 3), carts.line(2, 2)]);
    expect(body).to.deep.include({ status: 409, code: 'insufficient_stock' });
    expect(body['lines']).to.deep.equal([
      { index: 0, product_id: carts.products[0], store_id: 'MAD-001', requested: 6, available: 5 },
      { index: 1, product_id: carts.products[1], store_id: 'BCN-001', requested: 4, available: 3 },
      { index: 2, product_id: carts.products[0], store_id: 'MAD-001', requested: 6, available: 5 },
    ]);
    expect(await carts.reserved()).to.deep.equal([]);
  });

  it('with a line of an unknown product is refused as a whole', async () => {
    const { body } = await carts.send([carts.line(0, 1), carts.line(0, 1, 'MAD-001', { product_id: v7() }), carts.line(0, 1, 'NONE-001')]);
    expect(body).to.deep.include({ status: 404, code: 'not_found' });
    expect(body['errors']).to.have.length(2);
    expect(await carts.reserved()).to.deep.equal([]);
  });

  it('is confirmed as a whole; a repeat has the same answer and no further event', async () => {
    const cart = await carts.made([carts.line(0, 2), carts.line(1, 1, 'BCN-001')]);
    const confirm = () => carts.buyer.post(`/reservations/batch/${cart.batch_id}/confirm`);
    const first = await confirm();
    expect(first.status).to.equal(200);
    expect(cartAnswer.parse(first.body).reservations.map(({ status, confirmed_quantity: sold }) => [status, sold]))
      .to.deep.equal([['CONFIRMED', 2], ['CONFIRMED', 1]]);
    expect((await confirm()).text).to.equal(first.text);
    const { rows } = await carts.api.pool.query(`SELECT 1 FROM events WHERE payload ->> 'batch_id' = $1`, [cart.batch_id]);
    expect(rows).to.have.length(4);
    expect((await carts.buyer.post(`/reservations/batch/${cart.batch_id}/cancel`)).body)
      .to.deep.include({ status: 409, code: 'reservation_already_confirmed' });
  });

  it('is cancelled as a whole', async () => {
    const cart = await carts.made([carts.line(0, 2), carts.line(1, 1, 'BCN-001')]);
    const cancel = () => carts.buyer.post(`/reservations/batch/${cart.batch_id}/cancel`, {});
    expect(cartAnswer.parse((await cancel()).body).reservations.map(({ status }) => status))
      .to.deep.equal(['CANCELLED', 'CANCELLED']);
    expect((await cancel()).status).to.equal(200);
    expect(await carts.reserved()).to.deep.equal([]);
    expect((await carts.buyer.post(`/reservations/batch/${cart.batch_id}/confirm`)).body)
      .to.deep.include({ code: 'reservation_already_cancelled' });
  });

  it('with one closed line is neither confirmed nor cancelled: all or nothing', async () => {
    const cart = await carts.made([carts.line(0, 2), carts.line(1, 1)]);
    await carts.buyer.post(`/reservations/${cart.reservations[1]?.reservation_id ?? ''}/cancel`);
    const { body } = await carts.buyer.post(`/reservations/batch/${cart.batch_id}/confirm`);
    expect(body).to.deep.include({ status: 409, code: 'reservation_already_cancelled' });
    expect(body['errors']).to.have.nested.property('[0].pointer', '/reservations/1');
    expect(await carts.reserved()).to.deep.equal(['0 MAD-001 2']);
  });

  it('that has lapsed reads EXPIRED, swept or not', async () => {
    // It lives for a millisecond, which no request may ask for.
    const batchId = v7();
    await carts.api.committer.submit(commandOf([0, 1].flatMap((nth) => hold(
      { productId: carts.products[nth] ?? '', storeId: 'MAD-001' }, 1,
      { ttlSeconds: 0.001, batchId, customerId: customer.userId }).parts)));
    expect(await carts.reserved()).to.deep.equal(['0 MAD-001 1', '1 MAD-001 1']);
    for (const verb of ['confirm', 'cancel']) {
      expect((await carts.buyer.post(`/reservations/batch/${batchId}/${verb}`)).body)
        .to.deep.include({ status: 409, code: 'reservation_expired' });
    }
    expect(await carts.reserved()).to.deep.equal([]);
  });

  it('of somebody else does not exist: the answer is that for an unknown cart', async () => {
    const cart = await carts.made([carts.line(0, 1), carts.line(0, 1, 'BCN-001')]);
    const told = async (by: Client, id: string, verb: string) => {
      const { body } = await by.post(`/reservations/batch/${id}/${verb}`);
      const { request_id: _request, instance: _instance, ...rest } = body;
      return rest;
    };
    for (const verb of ['confirm', 'cancel']) {
      const unknown = await told(await carts.api.as(otherCustomer), v7(), verb);
      expect(unknown).to.deep.include({ status: 404, code: 'not_found' });
      for (const who of [otherCustomer, vendor, vendorOfBarcelona]) {
        expect(await told(await carts.api.as(who), cart.batch_id, verb), `${who.userId} ${verb}`).to.deep.equal(unknown);
      }
      // The id of a hold is not the id of its cart.
      expect(await told(carts.buyer, cart.reservations[0]?.reservation_id ?? '', verb)).to.deep.equal(unknown);
    }
    expect((await carts.boss.post(`/reservations/batch/${cart.batch_id}/confirm`)).status).to.equal(200);
  });

  it('can be made by a customer for himself, and by a vendor for any customer', async () => {
    expect((await carts.send([carts.line(0, 1)], { customer_id: 'cust-457' })).body)
      .to.deep.include({ status: 403, code: 'forbidden' });
    const cart = await carts.made([carts.line(0, 1, 'BCN-001')], {}, await carts.api.as(vendor));
    expect((await (await carts.api.as(vendor)).post(`/reservations/batch/${cart.batch_id}/cancel`)).status).to.equal(200);
  });

  it('under one idempotency key is one cart, answered with the same bytes', async () => {
    const headers = { 'idempotency-key': v7() };
    const told = await Promise.all(Array.from({ length: 10 }, () => carts.send([carts.line(0, 2), carts.line(1, 1)], {}, headers)));
    expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    expect(await carts.reserved()).to.deep.equal(['0 MAD-001 2', '1 MAD-001 1']);
    const key = { headers: { 'idempotency-key': v7() } };
    const path = `/reservations/batch/${String(told[0]?.body['batch_id'])}/confirm`;
    const [one, two] = await Promise.all([carts.buyer.post(path, {}, key), carts.buyer.post(path, {}, key)]);
    expect(one.text).to.equal(two.text);
  });

  it('counts against the customer\'s hold limits, but a shop may still reserve for him', async () => {
    const product_id = await addProduct(carts.api.db);
    await carts.boss.post('/stock', { product_id, store_id: 'MAD-001', quantity_change: 500, reason: 'RESTOCK' });
    const hoarder = await carts.api.as({ role: 'customer', userId: 'hoarder' });
    const ask = (lines: number, by: Client) => carts.send(
      Array.from({ length: lines }, () => ({ product_id, store_id: 'MAD-001', quantity: 1 })),
      { customer_id: 'hoarder' }, {}, by);
    expect((await ask(50, hoarder)).status).to.equal(201);
    const { body } = await ask(50, hoarder);
    expect((await ask(1, hoarder)).body).to.deep.include({ status: 409, code: 'hold_limit_exceeded' });
    const single = { product_id, store_id: 'MAD-001', quantity: 1, customer_id: 'hoarder' };
    expect((await hoarder.post('/reservations', single)).body).to.deep.include({ code: 'hold_limit_exceeded' });
    expect((await carts.boss.post('/reservations', single)).status).to.equal(201);
    await hoarder.post(`/reservations/batch/${String(body['batch_id'])}/cancel`);
    expect((await hoarder.post('/reservations', single)).status).to.equal(201);
  });

  it('is refused when malformed, with a pointer to each fault', async () => {
    for (const [fault, pointer] of [
      [{ lines: [] }, '/lines'], [{ lines: Array.from({ length: 51 }, () => carts.line(0, 1)) }, '/lines'],
      [{ lines: [carts.line(0, 0)] }, '/lines/0/quantity'],
      [{ lines: [carts.line(0, 1), carts.line(0, 101)] }, '/lines/1/quantity'],
      [{ lines: [carts.line(0, 1, 'MAD.001')] }, '/lines/0/store_id'],
      [{ lines: [carts.line(0, 1, 'MAD-001', { ttl: 5 })] }, '/lines/0/ttl'], [{ ttl: 0 }, '/ttl'],
      [{ ttl: 86_401 }, '/ttl'], [{ batch_id: v7() }, '/batch_id'],
      [{ lines: 'x' }, '/lines'],
    ] as const) {
      const { body } = await carts.send([carts.line(0, 1)], fault);
      expect(body, JSON.stringify(fault)).to.deep.include({ code: 'validation_failed' });
      expect(body['errors'], JSON.stringify(fault)).to.have.nested.property('[0].pointer', pointer);
    }
    expect((await carts.buyer.post('/reservations/batch/x/confirm')).body).to.deep.include({ code: 'validation_failed' });
    expect((await carts.buyer.get('/reservations/batch')).body).to.deep.include({ code: 'method_not_allowed' });
  });

  it('takes all or nothing while many carts want the same shelf: every unit is sold, none twice',
    async () => {
      const [a = '', b = ''] = carts.products;
      // Ten carts want one unit each of two rows with 5 and 3 units, half of them in the other order: three can be held.
      const told = await Promise.all(Array.from({ length: 10 }, (_, n) => carts.send(n % 2 === 0
        ? [{ product_id: a, store_id: 'MAD-001', quantity: 1 }, { product_id: b, store_id: 'MAD-001', quantity: 1 }]
        : [{ product_id: b, store_id: 'MAD-001', quantity: 1 }, { product_id: a, store_id: 'MAD-001', quantity: 1 }], {},
      {}, carts.boss)));
      expect(told.filter(({ status }) => status === 201)).to.have.length(3);
      expect(await carts.reserved()).to.deep.equal(['0 MAD-001 3', '1 MAD-001 3']);
    });
});
