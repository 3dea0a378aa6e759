/** The client that a user of the document alone has: it is generated from it, and runs the seed's three flows. */
import { expect } from 'chai';
import createClient from 'openapi-fetch';
import type { paths } from '@inventory/client/generated/openapi.ts';
import { addProduct, admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import type { TokenOptions } from '@inventory/testkit/http/tokens.ts';

describe('a client generated from openapi.json', () => {
  let api: TestApi;
  let product_id: string;
  before(async () => {
    api = await startTestApi();
    product_id = await addProduct(api.db);
    const manager = await clientOf(admin);
    for (const [store_id, quantity_change] of [['MAD-001', 7], ['BCN-001', 11]] as const) {
      const { response } = await manager.POST('/stock', {
        body: { product_id, store_id, quantity_change, reason: 'RESTOCK' },
      });
      expect(response.status).to.equal(200);
    }
  });
  after(() => api.close());

  async function clientOf(who: TokenOptions) {
    return createClient<paths>({
      baseUrl: `http://127.0.0.1:${api.port}/api/v1`, headers: { authorization: `Bearer ${await api.token(who)}` },
    });
  }

  it('Flow 1: a shopper asks where a product is available', async () => {
    const shopper = await clientOf(customer);
    const { data, response } = await shopper.GET('/products/{id}/availability', {
      params: { path: { id: product_id } },
    });
    expect(data).to.include({ product_id, product_name: 'Laptop HP', total_available: 18, source: 'database' });
    expect(data?.stores.map(({ store_id, available }) => [store_id, available])).to.deep.equal(
      [['BCN-001', 11], ['MAD-001', 7]]);
    const again = await shopper.GET('/products/{id}/availability', {
      params: { path: { id: product_id }, header: { 'If-None-Match': response.headers.get('etag') ?? '' } },
    });
    expect(again.response.status).to.equal(304);
  });

  it('Flow 2: a vendor receives 20 units once, however often he sends it', async () => {
    const seller = await clientOf(vendor);
    const receive = (version?: number) => seller.POST('/stock', {
      params: { header: { 'Idempotency-Key': 'delivery-4711' } },
      body: {
        product_id, store_id: 'MAD-001', quantity_change: 20, reason: 'RESTOCK', user_id: vendor.userId,
        ...(version === undefined ? {} : { expected_version: version }),
      },
    });
    const first = await receive();
    expect(first.data).to.deep.equal({
      product_id, store_id: 'MAD-001', quantity: 27, reserved: 0, available: 27, version: 2, sku: `SKU-${product_id}`, product_name: 'Laptop HP',
    });
    const second = await receive();
    expect(second.data).to.deep.equal(first.data);
    expect(second.response.headers.get('idempotency-replayed')).to.equal('true');
    const { error } = await receive(1);
    expect(error).to.include({ code: 'idempotency_key_reused', status: 422, retryable: false });
  });

  it('Flow 3: a customer reserves, gets the numbers where stock is short, and confirms', async () => {
    const shopper = await clientOf(customer);
    const order = { product_id, store_id: 'BCN-001', customer_id: customer.userId, ttl: 600 };
    const { data } = await shopper.POST('/reservations', { body: { ...order, quantity: 10 } });
    expect(data).to.include({ status: 'PENDING', expires_in_seconds: 600 });
    const short = await shopper.POST('/reservations', { body: { ...order, quantity: 2 } });
    expect(short.response.status).to.equal(409);
    expect(short.error?.lines).to.deep.equal([
      { index: 0, product_id, store_id: 'BCN-001', requested: 2, available: 1 },
    ]);
    const id = data?.reservation_id ?? '';
    const confirmed = await shopper.POST('/reservations/{id}/confirm', {
      params: { path: { id } }, body: { quantity: 9 },
    });
    expect(confirmed.data).to.include({ reservation_id: id, status: 'CONFIRMED', confirmed_quantity: 9 });
    const seen = await shopper.GET('/reservations/{id}', { params: { path: { id } } });
    expect(seen.data?.status).to.equal('CONFIRMED');
  });
});
