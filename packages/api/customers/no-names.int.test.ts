import type { Client } from '@inventory/testkit/http/client.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { expect } from 'chai';
import { addProduct, admin, service, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { refOf } from '../testing/committing.ts';
import { tablesWith } from '@inventory/testkit/log/tables-with.ts';

const CANARY = 'canary-7f3a';

describe('the id of a customer', () => {
  let api: TestApi;
  let product: string;
  let canary: Client;
  let shop: Client;
  before(async () => {
    api = await startTestApi({ hides: true });
    product = await addProduct(api.db);
    await (await api.as(admin)).post('/stock', { product_id: product, store_id: 'MAD-001', quantity_change: 100, reason: 'RESTOCK' });
    [canary, shop] = await Promise.all([api.as({ role: 'customer', userId: CANARY }), api.as(service)]);
  });
  after(() => expectInvariants(api.db).finally(() => api.close()));

  const order = (quantity = 1) => ({ product_id: product, store_id: 'MAD-001', quantity, customer_id: CANARY });

  it('stands in customers alone, and in no log line, whoever has asked for what', async () => {
    const statuses: number[] = [];
    const ask = async (client: Client, path: string, body?: unknown, requestId = `request-of-${CANARY}`) => {
      const headers = { 'idempotency-key': `key-of-${CANARY}-${statuses.length}`, 'x-request-id': requestId };
      const first = await client.post(path, body, { headers });
      const again = await client.post(path, body, { headers });
      expect(again.text, 'byte for byte').to.equal(first.text);
      expect(again.headers.get('idempotency-replayed')).to.equal('true');
      statuses.push(first.status);
      return String(first.body['reservation_id'] ?? first.body['batch_id']);
    };
    const own = await ask(canary, '/reservations', order());
    const seller = await api.as(vendor);
    const served = await ask(seller, '/reservations', order());
    const sold = await ask(shop, '/reservations', order());
    const cart = await ask(canary, '/reservations/batch', { lines: [{ product_id: product, store_id: 'MAD-001', quantity: 2 }], customer_id: CANARY });
    // A stored problem has the id that its client gave the request: docs/security.md asks for none that names a person.
    await ask(canary, '/reservations', order(100), 'checkout-1');
    await ask(canary, `/reservations/${own}/extend`, { ttl: 3600 });
    await ask(canary, `/reservations/${own}/cancel`);
    await ask(seller, `/reservations/${served}/confirm`);
    await ask(shop, `/reservations/${sold}/confirm`);
    await ask(canary, `/reservations/batch/${cart}/cancel`);
    await canary.post('/stream/tickets', {});
    expect(statuses).to.deep.equal([201, 201, 201, 201, 409, 200, 200, 200, 200, 200]);
    expect(await tablesWith(api.pool, CANARY)).to.deep.equal(['customers']);
    expect(api.logLines().filter((line) => JSON.stringify(line).includes(CANARY))).to.deep.equal([]);
    expect(JSON.stringify(await api.metrics.registry.getMetricsAsJSON())).not.to.contain(CANARY);
  });

  it('is in answers, beside the ref for all but customers; and only the shop and the admin may ask whose a ref is', async () => {
    const ref = await refOf(api.pool, CANARY);
    const made = await canary.post('/reservations', order());
    expect(made.body).to.include({ customer_id: CANARY }).and.not.have.property('customer_ref');
    const path = `/reservations/${String(made.body['reservation_id'])}`;
    const list = `/reservations?customer_id=${CANARY}&status=PENDING`;
    for (const client of [shop, await api.as(vendor), await api.as(admin)]) {
      expect((await client.get(path)).body).to.include({ customer_id: CANARY, customer_ref: ref });
      const { items } = (await client.get(list)).body;
      expect(items).to.have.length(1).and.have.nested.property('[0]').that.includes({ customer_id: CANARY, customer_ref: ref });
    }
    expect((await canary.get(path)).body).to.include({ customer_id: CANARY }).and.not.have.property('customer_ref');
    expect((await shop.get(`/customers/${ref ?? ''}`)).body).to.include({ customer_ref: ref, customer_id: CANARY, erased_at: null });
    expect((await (await api.as(vendor)).get(`/customers/${ref ?? ''}`)).status).to.equal(403);
    expect((await shop.get(`/customers/${product}`)).status).to.equal(404);
  });

  it('is in the history and the explanation of a row, and not in the log', async () => {
    const ref = await refOf(api.pool, CANARY);
    const seller = await api.as(vendor);
    const { text: history } = await seller.get(`/stores/MAD-001/stock/${product}/history`);
    expect(history).to.contain(`"customer_id":"${CANARY}"`).and.to.contain(`"actor":{"id":"${CANARY}","role":"customer"}`);
    const { body, text } = await seller.get(`/stores/MAD-001/stock/${product}/explain`);
    expect(body['agrees']).to.equal(true);
    expect(body['opening']).to.include({ version: 0 });
    expect(text).to.contain(`"customer_id":"${CANARY}"`).and.to.contain(`"created_by":"${CANARY}"`);
    const { text: log } = await shop.get('/events?type=reservation.created');
    expect(log).to.contain(`"customer_ref":"${ref ?? ''}"`).and.not.to.contain(CANARY);
  });
});
