import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import type { TokenOptions } from '@inventory/testkit/http/tokens.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, otherCustomer, service, startTestApi, vendor } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

/** Vendor of Madrid, then of Barcelona: the same user. */
const moved = { ...vendor, storeIds: ['BCN-001'] } as const;

describe('rights are those of today', () => {
  let api: TestApi;
  let boss: Client;
  let product: string;
  before(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
    product = await addProduct(api.db);
    for (const store_id of ['MAD-001', 'BCN-001']) {
      await boss.post('/stock', { product_id: product, store_id, quantity_change: 1000, reason: 'RESTOCK' });
    }
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const codeOf = (answer: Answer): unknown => (answer.status < 300 ? answer.status : answer.body['code']);
  const item = (store_id: string) => ({ product_id: product, store_id, quantity_change: 1, reason: 'RESTOCK' });
  const madeBy = async (who: TokenOptions, store_id: string, customer_id: string = customer.userId): Promise<string> => {
    const made = await (await api.as(who)).post('/reservations', { product_id: product, store_id, quantity: 1, customer_id });
    expect(made.status, made.text).to.equal(201);
    return String(made.body['reservation_id']);
  };
  /** The same request under one key, by one and then by the other. */
  const inTurn = async (first: TokenOptions, second: TokenOptions, ask: (client: Client, headers: Readonly<Record<string, string>>) => Promise<Answer>) => {
    const headers = { 'idempotency-key': v7() };
    const [before, after, again] = [await ask(await api.as(first), headers), await ask(await api.as(second), headers), await ask(await api.as(first), headers)];
    expect(again.headers.get('idempotency-replayed'), 'still there for the first').to.equal('true');
    expect(again.text).to.equal(before.text);
    expect(after.headers.get('idempotency-replayed')).to.equal(codeOf(after) === after.status ? 'true' : null);
    return [codeOf(before), codeOf(after)];
  };

  it('for the stored answer to a stock change, when its vendor moves to another store', async () => {
    expect(await inTurn(vendor, moved, (client, headers) => client.post('/stock', item('MAD-001'), { headers })))
      .to.deep.equal([200, 'store_not_in_scope']);
    expect(await inTurn(vendor, moved, (client, headers) => client.request('PUT', `/stores/MAD-001/stock/${product}`,
      { quantity: 1000 }, { headers: { ...headers, 'if-match': '*' } }))).to.deep.equal([200, 'store_not_in_scope']);
    expect(await inTurn(vendor, moved, (client, headers) => client.post('/stock/batch', { items: [item('MAD-001')] }, { headers })))
      .to.deep.equal([200, 'store_not_in_scope']);
  });

  it('for the stored answer to a partial batch: what was refused then does not hide what was done from its own vendor', async () => {
    const batch = { mode: 'partial', items: [item('MAD-001'), item('BCN-001')] };
    const headers = { 'idempotency-key': v7() };
    const [own, other, both] = [await api.as(vendor), await api.as(moved), await api.as({ ...vendor, storeIds: ['MAD-001', 'BCN-001'] })];
    const first = await own.post('/stock/batch', batch, { headers });
    expect([first.status, first.body['succeeded']]).to.deep.equal([207, 1]);
    expect((await own.post('/stock/batch', batch, { headers })).text).to.equal(first.text);
    expect((await both.post('/stock/batch', batch, { headers })).text).to.equal(first.text);
    expect(codeOf(await other.post('/stock/batch', batch, { headers }))).to.equal('store_not_in_scope');
  });

  it('for a key that was stored with the refusal of another batch, which is told as a key of another request', async () => {
    const headers = { 'idempotency-key': v7() };
    const own = await api.as(vendor);
    const items = [{ ...item('MAD-001'), quantity_change: -900_000, reason: 'CORRECTION' }];
    expect((await own.post('/stock/batch', { items }, { headers })).status).to.equal(409);
    expect(codeOf(await own.post('/stock/batch', { mode: 'partial', items }, { headers }))).to.equal('idempotency_key_reused');
  });

  it('for the stored answer to what became of a hold: a vendor who moved, a customer with a vendor\'s id', async () => {
    const asCustomer = { role: 'customer', userId: vendor.userId } as const;
    for (const [verb, body] of [['confirm', {}], ['cancel', {}], ['extend', { ttl: 900 }]] as const) {
      for (const second of [moved, asCustomer]) {
        const id = await madeBy(admin, 'MAD-001');
        expect(await inTurn(vendor, second, (client, headers) => client.post(`/reservations/${id}/${verb}`, body, { headers })), verb)
          .to.deep.equal([200, 'not_found']);
      }
    }
    for (const verb of ['confirm', 'cancel']) {
      const cart = await boss.post('/reservations/batch', { customer_id: customer.userId, lines: [{ product_id: product, store_id: 'MAD-001', quantity: 1 }] });
      expect(await inTurn(vendor, moved, (client, headers) => client.post(`/reservations/batch/${String(cart.body['batch_id'])}/${verb}`, {}, { headers })), verb)
        .to.deep.equal([200, 'not_found']);
    }
  });

  it('for the stored answer to a new hold: a customer with a vendor\'s id gets none for another customer', async () => {
    const order = { product_id: product, store_id: 'MAD-001', quantity: 1, customer_id: customer.userId };
    expect(await inTurn(vendor, { role: 'customer', userId: vendor.userId }, (client, headers) => client.post('/reservations', order, { headers })))
      .to.deep.equal([201, 'forbidden']);
    expect(await inTurn(vendor, moved, (client, headers) => client.post('/reservations', order, { headers }))).to.deep.equal([201, 201]);
  });

  it('for the stored answer to a change of the catalogue, when its admin is none any more', async () => {
    const demoted = { ...vendor, userId: admin.userId };
    const sku = `SKU-${v7()}`;
    expect(await inTurn(admin, demoted, (client, headers) => client.post('/products', { sku, name: 'x', price: '1.00' }, { headers })))
      .to.deep.equal([201, 'forbidden']);
    expect(await inTurn(admin, demoted, (client, headers) => client.post('/stock', item('BCN-001'), { headers })))
      .to.deep.equal([200, 'store_not_in_scope']);
  });

  it('for selling: a vendor makes, extends and cancels a hold in another store, and does not confirm it', async () => {
    const seller = await api.as(vendor);
    const id = await madeBy(vendor, 'BCN-001');
    const refused = await seller.post(`/reservations/${id}/confirm`);
    expect([refused.status, codeOf(refused)]).to.deep.equal([403, 'store_not_in_scope']);
    expect((await seller.post(`/reservations/${id}/extend`, { ttl: 900 })).status).to.equal(200);
    expect((await seller.get(`/reservations/${id}`)).body['status']).to.equal('PENDING');
    expect((await (await api.as(moved)).post(`/reservations/${id}/confirm`)).status, 'that store\'s vendor').to.equal(200);
    const cart = await seller.post('/reservations/batch', { customer_id: customer.userId, lines: ['MAD-001', 'BCN-001'].map((store_id) => (
      { product_id: product, store_id, quantity: 1 })) });
    const path = `/reservations/batch/${String(cart.body['batch_id'])}`;
    expect(codeOf(await seller.post(`${path}/confirm`)), 'a cart with a hold elsewhere').to.equal('store_not_in_scope');
    expect((await seller.post(`${path}/cancel`)).status).to.equal(200);
  });

  it('for the shop\'s server: any customer in any store, and no stock', async () => {
    const shop = await api.as(service);
    for (const who of [customer, otherCustomer]) {
      for (const store of ['MAD-001', 'BCN-001']) {
        const id = await madeBy(service, store, who.userId);
        expect((await shop.post(`/reservations/${id}/extend`, { ttl: 900 })).status).to.equal(200);
        expect((await shop.post(`/reservations/${id}/confirm`)).status).to.equal(200);
        expect((await shop.post(`/reservations/${await madeBy(who, store, who.userId)}/cancel`)).status).to.equal(200);
      }
    }
    expect((await shop.get('/events?store_id=BCN-001&limit=5')).body['items']).to.have.length(5);
    expect((await shop.get(`/reservations?store_id=BCN-001`)).status).to.equal(200);
    for (const [method, path, body] of [
      ['POST', '/stock', item('MAD-001')], ['POST', '/stock/batch', { items: [item('MAD-001')] }],
      ['PUT', `/stores/MAD-001/stock/${product}`, { quantity: 5, expected_quantity: 1 }], ['GET', '/stores/MAD-001/stock', undefined],
      ['POST', '/products', { sku: 'x', name: 'x', price: '1.00' }], ['GET', '/admin/lag', undefined],
    ] as const) expect(codeOf(await shop.request(method, path, body)), `${method} ${path}`).to.equal('forbidden');
  });
});

describe('where payment decides (CUSTOMERS_MAY_CONFIRM=false)', () => {
  it('a customer confirms nothing, neither anew nor by a stored answer; the shop, its vendors and admins do', async () => {
    const api = await startTestApi({ customersMayConfirm: false });
    try {
      const product = await addProduct(api.db);
      const [boss, shopper] = [await api.as(admin), await api.as(customer)];
      await boss.post('/stock', { product_id: product, store_id: 'MAD-001', quantity_change: 10, reason: 'RESTOCK' });
      const line = { product_id: product, store_id: 'MAD-001', quantity: 1 };
      for (const who of [admin, vendor, service]) {
        const { body } = await shopper.post('/reservations', { ...line, customer_id: customer.userId });
        const path = `/reservations/${String(body['reservation_id'])}`;
        const refused = await shopper.post(`${path}/confirm`);
        expect([refused.status, refused.body['code']]).to.deep.equal([403, 'forbidden']);
        expect((await shopper.post(`${path}/extend`, { ttl: 900 })).status).to.equal(200);
        expect((await (await api.as(who)).post(`${path}/confirm`)).status, who.role).to.equal(200);
      }
      const cart = await shopper.post('/reservations/batch', { customer_id: customer.userId, lines: [line] });
      expect((await shopper.post(`/reservations/batch/${String(cart.body['batch_id'])}/confirm`)).status).to.equal(403);
      expect((await shopper.post(`/reservations/batch/${String(cart.body['batch_id'])}/cancel`)).status).to.equal(200);
    } finally {
      await api.close();
    }
  });
});
