import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('GET /products/{id}/availability', () => {
  let api: TestApi;
  let shopper: Client;
  let productId: string;
  before(async () => {
    api = await startTestApi();
    shopper = await api.as(customer);
    productId = await addProduct(api.db);
    // The seed's numbers: 2 of 7 are held in Madrid, 1 of 11 in Barcelona; Valencia has none.
    const manager = await api.as(admin);
    for (const [storeId, quantity, reserved] of [['MAD-001', 7, 2], ['BCN-001', 11, 1], ['VAL-001', 1, 0]] as const) {
      const row = { product_id: productId, store_id: storeId };
      await manager.post('/stock', { ...row, quantity_change: quantity, reason: 'RESTOCK' });
      if (reserved > 0) await manager.post('/reservations', { ...row, quantity: reserved, customer_id: 'cust-456' });
    }
    await manager.post('/stock', { product_id: productId, store_id: 'VAL-001', quantity_change: -1, reason: 'SALE' });
  });
  after(() => api.close());

  const path = () => `/products/${productId}/availability`;

  it('answers as the seed says, with versions, age and source', async () => {
    const { status, headers, body } = await shopper.get(path());
    expect(status).to.equal(200);
    const { as_of: asOf, ...rest } = body;
    expect(rest).to.deep.equal({
      product_id: productId, product_name: 'Laptop HP', total_available: 15,
      stores: [
        { store_id: 'BCN-001', store_name: 'Barcelona Plaza', available: 10, reserved: 1, version: 2 },
        { store_id: 'MAD-001', store_name: 'Madrid Centro', available: 5, reserved: 2, version: 2 },
        { store_id: 'VAL-001', store_name: 'Valencia Norte', available: 0, reserved: 0, version: 2 },
      ],
      source: 'database',
    });
    expect(Date.parse(String(asOf))).to.be.within(Date.now() - 5000, Date.now() + 1000);
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(headers.get('cache-control')).to.equal('no-cache');
    expect(headers.get('x-served-by')).to.equal('test');
  });

  it('is 304 for a client with the current answer, and 200 once something has changed', async () => {
    const etag = (await shopper.get(path())).headers.get('etag') ?? '';
    expect(etag).to.match(/^"[\w-]+"$/);
    const known = await shopper.get(path(), { headers: { 'if-none-match': etag } });
    expect([known.status, known.text, known.headers.get('etag')]).to.deep.equal([304, '', etag]);
    await (await api.as(admin)).post('/stock', { product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'COUNT' });
    const changed = await shopper.get(path(), { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.body['total_available']]).to.deep.equal([200, 16]);
  });

  it('shows a hold and its end at once when the database answers', async () => {
    const hold = { product_id: productId, store_id: 'BCN-001', quantity: 3, customer_id: customer.userId };
    const { body: { reservation_id: id } } = await shopper.post('/reservations', hold);
    const barcelona = async () => {
      const { stores } = (await shopper.get(path())).body;
      return Array.isArray(stores) ? stores.find((store: { store_id: string }) => store.store_id === 'BCN-001') : undefined;
    };
    expect(await barcelona()).to.deep.include({ available: 7, reserved: 4 });
    await shopper.post(`/reservations/${String(id)}/confirm`);
    expect(await barcelona()).to.deep.include({ available: 7, reserved: 1 });
  });

  it('shows several products at once, in the order asked for, and which of them do not exist', async () => {
    const [other, unknown] = [await addProduct(api.db, 'Mouse'), v7()];
    const answer = await shopper.get(`/availability?product_ids=${[other, unknown, productId, other.toUpperCase()].join(',')}`);
    expect(answer.status, answer.text).to.equal(200);
    const items: { product_name: string; stores: unknown[] }[] = JSON.parse(answer.text).items;
    expect(items.map(({ product_name, stores }) => [product_name, stores.length])).to.deep.equal(
      [['Mouse', 0], ['Laptop HP', 3]]);
    expect(answer.body['not_found']).to.deep.equal([unknown]);
    const most = Array.from({ length: 100 }, () => v7());
    expect((await shopper.get(`/availability?product_ids=${most.join(',')}`)).body['not_found']).to.have.length(100);
    for (const list of ['', 'x', `${v7()},`, [...most, v7()].join(',')]) {
      const refused = await shopper.get(`/availability?product_ids=${list}`);
      expect([refused.status, refused.body['code']], list.slice(0, 40)).to.deep.equal([400, 'validation_failed']);
    }
  });

  it('shows the reader\'s own write under min_version', async () => {
    const receipt = { product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RETURN' };
    const { headers } = await (await api.as(admin)).post('/stock', receipt);
    const version = Number(headers.get('x-stock-version'));
    const { body } = await shopper.get(`${path()}?min_version=MAD-001:${version}`);
    expect(JSON.stringify(body['stores'])).to.include(`"version":${version}`);
    for (const junk of ['', 'MAD-001', 'MAD-001:x', '7', 'MAD-001:-1', 'MAD-001:0', `MAD-001:${version + 1}`, 'NIX-001:1']) {
      expect((await shopper.get(`${path()}?min_version=${junk}`)).status, junk).to.equal(400);
    }
  });

  it('is 404 for an unknown product, and 400 for an unknown parameter', async () => {
    const unknown = await shopper.get(`/products/${v7()}/availability`);
    expect([unknown.status, unknown.body['code']]).to.deep.equal([404, 'not_found']);
    const asked = await shopper.get(`${path()}?colour=red`);
    expect([asked.status, asked.body['code']], 'row 70').to.deep.equal([400, 'validation_failed']);
  });
});
