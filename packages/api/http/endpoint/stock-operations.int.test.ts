import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, otherCustomer, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

describe('stock_operations_total counts every write', () => {
  let api: TestApi;
  let manager: Client;
  let product: string;
  let earlier: ReadonlyMap<string, number>;
  before(async () => {
    api = await startTestApi();
    manager = await api.as(admin);
    product = await addProduct(api.db);
    for (const store_id of ['MAD-001', 'BCN-001']) expect((await receive(store_id)).status).to.equal(200);
  });
  beforeEach(async () => { earlier = await series(); });
  after(() => api.close());

  const receive = (store_id: string) =>
    manager.post('/stock', { product_id: product, store_id, quantity_change: 100, reason: 'RESTOCK' });
  const line = (store_id: string) => ({ product_id: product, store_id, quantity: 1 });
  const hold = async (store_id: string): Promise<string> => {
    const { body } = await manager.post('/reservations', { ...line(store_id), customer_id: 'cust-456' });
    return String(body['reservation_id']);
  };
  const cart = async (...stores: readonly string[]): Promise<string> => {
    const { body } = await manager.post('/reservations/batch', { lines: stores.map(line), customer_id: 'cust-456' });
    return String(body['batch_id']);
  };
  async function series(): Promise<ReadonlyMap<string, number>> {
    const { values } = await api.metrics.registry.getSingleMetric('stock_operations_total')?.get() ?? { values: [] };
    return new Map(values.map(({ labels, value }) => [
      `${labels['operation']} ${labels['store_id']} ${labels['status']}`, value]));
  }
  /** What was counted since the test began, but for the holds and carts that it made first. */
  async function expectCounted(expected: Readonly<Record<string, number>>): Promise<void> {
    await eventually(async () => {
      const since = [...await series()].map(([name, value]): [string, number] => [name, value - (earlier.get(name) ?? 0)])
        .filter(([name, value]) => value > 0 && !/^reserve(_batch)? /.test(name));
      expect(Object.fromEntries(since)).to.deep.equal(expected);
    });
  }
  const expectStatus = ({ status, text }: Answer, expected: number): void => { expect(status, text).to.equal(expected); };

  it('confirm, cancel, extend and return under the store of the hold, which the request does not name', async () => {
    const ids = [await hold('BCN-001'), await hold('BCN-001')] as const;
    expectStatus(await manager.post(`/reservations/${ids[0]}/extend`, { ttl: 900 }), 200);
    expectStatus(await manager.post(`/reservations/${ids[0]}/confirm`), 200);
    expectStatus(await manager.post(`/reservations/${ids[1]}/cancel`), 200);
    expectStatus(await manager.post(`/reservations/${ids[0]}/return`), 200);
    await expectCounted({
      'extend BCN-001 success': 1, 'confirm BCN-001 success': 1, 'cancel BCN-001 success': 1, 'return BCN-001 success': 1,
    });
  });

  it('a refused one under that store too, somebody else\'s included; one of no hold under other', async () => {
    const id = await hold('MAD-001');
    expectStatus(await manager.post(`/reservations/${id}/confirm`), 200);
    expectStatus(await manager.post(`/reservations/${id}/cancel`), 409);
    expectStatus(await (await api.as(otherCustomer)).post(`/reservations/${id}/extend`, { ttl: 900 }), 404);
    expectStatus(await manager.post(`/reservations/${v7()}/cancel`), 404);
    await expectCounted({
      'confirm MAD-001 success': 1, 'cancel MAD-001 error': 1, 'extend MAD-001 error': 1, 'cancel other error': 1,
    });
  });

  it('a repeat under an Idempotency-Key as often as it is sent', async () => {
    const id = await hold('MAD-001');
    const key = { headers: { 'idempotency-key': `confirm-${id}` } };
    for (const replayed of [null, 'true']) {
      const answer = await manager.post(`/reservations/${id}/confirm`, {}, key);
      expect([answer.status, answer.headers.get('idempotency-replayed')]).to.deep.equal([200, replayed]);
    }
    await expectCounted({ 'confirm MAD-001 success': 2 });
  });

  it('a cart and a batch once under each of their stores, however many lines each has there', async () => {
    const stores = ['MAD-001', 'BCN-001', 'MAD-001'];
    const carts = [await cart(...stores), await cart(...stores)] as const;
    await eventually(async () => {
      const made = await series();
      for (const store of ['MAD-001', 'BCN-001']) {
        const name = `reserve_batch ${store} success`;
        expect((made.get(name) ?? 0) - (earlier.get(name) ?? 0), name).to.equal(2);
      }
    });
    expectStatus(await manager.post(`/reservations/batch/${carts[0]}/confirm`), 200);
    expectStatus(await manager.post(`/reservations/batch/${carts[1]}/cancel`), 200);
    expectStatus(await manager.post('/stock/batch', {
      items: stores.map((store_id) => ({ product_id: product, store_id, quantity_change: 1, reason: 'RESTOCK' })),
    }), 200);
    await expectCounted(Object.fromEntries(['confirm_batch', 'cancel_batch', 'stock_batch'].flatMap((operation) =>
      ['MAD-001', 'BCN-001'].map((store) => [`${operation} ${store} success`, 1]))));
  });

  it('a write of the catalogue: of a store under it, of a product under other, because it belongs to none', async () => {
    expectStatus(await manager.post('/stores', { store_id: 'SEV-001', name: 'Sevilla' }), 201);
    expectStatus(await manager.request('PATCH', '/stores/SEV-001', { name: 'Sevilla Sur' }), 200);
    const made = await manager.post('/products', { sku: `SKU-${v7()}`, name: 'Lamp', price: '9.90' });
    const path = `/products/${String(made.body['product_id'])}`;
    expectStatus(await manager.request('PATCH', path, { price: '8.90' }), 200);
    expectStatus(await manager.request('DELETE', path), 204);
    await expectCounted({
      'store_create SEV-001 success': 1, 'store_update SEV-001 success': 1, 'product_create other success': 1,
      'product_update other success': 1, 'product_archive other success': 1,
    });
  });

  it('and says in the log line of a change what the request did not: the store, the product, the units', async () => {
    const id = await hold('BCN-001');
    await manager.post(`/reservations/${id}/cancel`, {}, { headers: { 'x-request-id': 'line-of-cancel' } });
    await eventually(() => {
      const line = api.logLines().find((each) => each['request_id'] === 'line-of-cancel');
      expect(line).to.deep.include({
        operation: 'cancel', reservation_id: id, store_id: 'BCN-001', product_id: product, quantity: 1,
      });
    });
  });
});
