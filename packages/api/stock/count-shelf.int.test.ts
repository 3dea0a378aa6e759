import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('a count of many products', () => {
  let api: TestApi;
  let shop: Client;
  let boss: Client;
  before(async () => {
    api = await startTestApi();
    [shop, boss] = [await api.as(vendor), await api.as(admin)];
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const receivedOf = (quantities: readonly number[]) => Promise.all(quantities.map(async (quantity_change) => {
    const product_id = await addProduct(api.db);
    await shop.post('/stock', { product_id, store_id: 'MAD-001', quantity_change, reason: 'RESTOCK' });
    return product_id;
  }));
  const count = (items: readonly object[], more: object = {}, by = shop, headers: Record<string, string> = {}) =>
    by.post('/stores/MAD-001/counts', { items, ...more }, { headers });
  const quantityOf = async (product: string) => (await shop.get(`/stores/MAD-001/stock/${product}`)).body['quantity'];
  const holdOf = async (product_id: string, quantity: number) =>
    String((await boss.post('/reservations', { product_id, store_id: 'MAD-001', quantity, customer_id: customer.userId })).body['reservation_id']);

  it('is done as a whole: each row as it was found, with one reference', async () => {
    const [a, b] = await receivedOf([10, 20]);
    const fresh = await addProduct(api.db);
    const answer = await count([
      { product_id: a, quantity: 9, expected_quantity: 10 }, { product_id: b, quantity: 20, expected_version: 1, note: 'as it should be' },
      { product_id: fresh, quantity: 4, expected_quantity: 0 },
    ], { reference: 'count-2026-12' });
    expect(answer.status, answer.text).to.equal(200);
    const called = (id: string | undefined) => ({ sku: `SKU-${id}`, product_name: 'Laptop HP' });
    expect(answer.body).to.deep.equal({ mode: 'atomic', items: [
      { index: 0, status: 200, product_id: a, store_id: 'MAD-001', quantity: 9, reserved: 0, available: 9, version: 2, ...called(a) },
      { index: 1, status: 200, product_id: b, store_id: 'MAD-001', quantity: 20, reserved: 0, available: 20, version: 1, ...called(b) },
      { index: 2, status: 200, product_id: fresh, store_id: 'MAD-001', quantity: 4, reserved: 0, available: 4, version: 1, ...called(fresh) },
    ] });
    const { rows } = await api.pool.query<{ delta: number; reason: string }>(`SELECT (payload ->> 'delta')::int AS delta, payload ->> 'reason' AS reason
      FROM events WHERE payload ->> 'reference' = 'count-2026-12' ORDER BY position`);
    expect(rows).to.deep.equal([{ delta: -1, reason: 'COUNT' }, { delta: 4, reason: 'COUNT' }]);
  });

  it('is refused as a whole and points at every item that cannot be done, with the holds that it would leave without units', async () => {
    const [a, b, c] = await receivedOf([10, 10, 10]);
    const held = await holdOf(b ?? '', 6);
    const { body, text } = await count([
      { product_id: a, quantity: 9, expected_quantity: 10 }, { product_id: b, quantity: 5, expected_quantity: 10 },
      { product_id: c, quantity: 9, expected_version: 7 },
    ]);
    expect(body, text).to.deep.include({ status: 409, code: 'insufficient_stock' });
    expect(body['errors']).to.have.length(2).and.to.have.nested.property('[0]').that.deep.equals({ pointer: '/items/1', message: '4 available, 5 requested.' });
    expect(body['errors']).to.have.nested.property('[1].pointer', '/items/2');
    expect(body['holds']).to.have.length(1).and.to.have.nested.property('[0]').that.deep.includes({ index: 1, reservation_id: held, quantity: 6, customer_id: customer.userId });
    expect(await quantityOf(a ?? '')).to.equal(10);
  });

  it('in partial mode does what can be done, and says of each item what became of it', async () => {
    const [a, b] = await receivedOf([10, 10]);
    await holdOf(b ?? '', 6);
    const { status, body, text } = await count([
      { product_id: a, quantity: 9, expected_quantity: 10 }, { product_id: b, quantity: 5, expected_quantity: 10 },
      { product_id: v7(), quantity: 1, expected_quantity: 0 },
    ], { mode: 'partial' });
    expect([status, body['succeeded'], body['failed']], text).to.deep.equal([207, 1, 2]);
    expect(body['items']).to.have.nested.property('[0]').that.deep.includes({ status: 200, quantity: 9 });
    expect(body['items']).to.have.nested.property('[1]').that.deep.includes({
      status: 409, code: 'insufficient_stock', current_quantity: 10, current_reserved: 6, current_version: 2,
    });
    expect(body['items']).to.have.nested.property('[1].holds[0].quantity', 6);
    expect(body['items']).to.have.nested.property('[2].code', 'not_found');
  });

  it('ends the youngest holds of each row where it may, and names them', async () => {
    const [a, b] = await receivedOf([10, 10]);
    const [first, second] = [await holdOf(a ?? '', 3), await holdOf(a ?? '', 3)];
    const { status, body, text } = await count([
      { product_id: a, quantity: 4, expected_quantity: 10 }, { product_id: b, quantity: 8, expected_quantity: 10 },
    ], { on_shortfall: 'RELEASE' });
    expect(status, text).to.equal(200);
    expect(body['items']).to.have.nested.property('[0]').that.deep.includes({ quantity: 4, reserved: 3, available: 1 });
    expect(body['items']).to.have.nested.property('[0].released').that.is.an('array').with.length(1);
    expect(body['items']).to.have.nested.property('[0].released[0]').that.deep.includes({
      reservation_id: second, status: 'CANCELLED', customer_id: customer.userId });
    expect(body['items']).to.have.nested.property('[1].released').that.deep.equals([]);
    expect((await boss.get(`/reservations/${first}`)).body).to.deep.include({ status: 'PENDING' });
  });

  it('counts in packs what it finds and what it expects, where the barcode is one of a pack', async () => {
    const value = `BOX-${v7()}`;
    const product = String((await boss.post('/products', {
      sku: value, name: 'Crisps', price: '1.20', identifiers: [{ value, kind: 'OWN', units: 12 }],
    })).body['product_id']);
    expect((await count([{ barcode: value, quantity: 5, expected_quantity: 0 }])).status).to.equal(200);
    const answer = await count([{ barcode: value, quantity: 4, expected_quantity: 5 }]);
    expect([answer.status, await quantityOf(product)], answer.text).to.deep.equal([200, 48]);
    expect((await count([{ barcode: value, quantity: 4, expected_quantity: 5 }])).body).to.deep.include({ code: 'version_mismatch' });
    const { body } = await count([{ barcode: value, quantity: 4, expected_quantity: 100_000_000 }]);
    expect(body).to.deep.include({ code: 'validation_failed' }).and.have.nested.property('errors[0].pointer', '/items/0/expected_quantity');
  });

  it('needs the state that each item replaces: otherwise it would silently undo a sale', async () => {
    const [a, b] = await receivedOf([1, 1]);
    const { body } = await count([{ product_id: a, quantity: 1, expected_quantity: 1 }, { product_id: b, quantity: 1 }]);
    expect(body).to.deep.include({ status: 428, code: 'precondition_required' });
    expect(body['errors']).to.deep.equal([{ pointer: '/items/1', message: 'needs expected_quantity or expected_version' }]);
  });

  it('is for those who work for the store; to end holds it needs the right to act on those of others', async () => {
    const [a] = await receivedOf([5]);
    const item = { product_id: a, quantity: 5, expected_quantity: 5 };
    expect((await count([item], {}, await api.as(customer))).body).to.deep.include({ code: 'forbidden' });
    expect((await (await api.as(vendor)).post('/stores/BCN-001/counts', { items: [item] })).body).to.deep.include({ code: 'store_not_in_scope' });
    const counter = await api.as({ ...vendor, claims: { permissions: ['stock:count'] } });
    expect((await count([item], {}, counter)).status).to.equal(200);
    expect((await count([item], { on_shortfall: 'RELEASE' }, counter)).body)
      .to.deep.include({ code: 'forbidden', detail: 'Your token does not give the permission reserve:others.' });
  });

  it('under one idempotency key is one count, answered with the same bytes', async () => {
    const [a] = await receivedOf([10]);
    const told = await Promise.all(Array.from({ length: 10 }, () =>
      count([{ product_id: a, quantity: 7, expected_quantity: 10 }], {}, shop, { 'idempotency-key': `count-${a}` })));
    expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
    expect(told[0]?.status).to.equal(200);
  });

  it('is refused when malformed, with a pointer to each fault', async () => {
    const item = { product_id: v7(), quantity: 1, expected_quantity: 1 };
    for (const [body, pointer] of [
      [{ items: [] }, '/items'], [{ items: [item, item] }, '/items'], [{ items: [{ ...item, quantity: -1 }] }, '/items/0/quantity'],
      [{ items: [{ ...item, store_id: 'MAD-001' }] }, '/items/0/store_id'], [{ items: [item], on_shortfall: 'IGNORE' }, '/on_shortfall'],
      [{ items: Array.from({ length: 1001 }, () => ({ ...item, product_id: v7() })) }, '/items'], [{ items: [item], mode: 'some' }, '/mode'],
    ] as const) {
      const answer = await shop.post('/stores/MAD-001/counts', body);
      expect(answer.body, pointer).to.deep.include({ code: 'validation_failed' });
      expect(answer.body['errors'], pointer).to.have.nested.property('[0].pointer', pointer);
    }
  });
});
