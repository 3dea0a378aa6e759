import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 } from 'uuid';
import { outcomeOf, receive, testCommitter } from '../testing/committing.ts';
import { addProduct, admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';

describe('archiving a product', () => {
  let api: TestApi;
  let boss: Client;
  let shop: Client;
  let other: ReturnType<typeof testCommitter>;
  before(async () => {
    api = await startTestApi();
    [boss, shop] = [await api.as(admin), await api.as(vendor)];
    other = testCommitter(api.url);
  });
  after(async () => {
    const { rows } = await api.pool.query(`
      SELECT s.id FROM stock s JOIN products p ON p.id = s.product_id
      WHERE p.archived_at IS NOT NULL AND s.quantity > 0`);
    expect(rows, 'archived products with stock').to.deep.equal([]);
    await expectInvariants(api.db);
    await other.stop();
    await api.close();
  });

  const archive = (id: string) => boss.request('DELETE', `/products/${id}`);
  const change = (id: string, n: number, store = 'MAD-001') =>
    shop.post('/stock', { product_id: id, store_id: store, quantity_change: n, reason: n > 0 ? 'RESTOCK' : 'SALE' });

  it('keeps it readable and its SKU taken, unlisted and unchangeable; a repeat changes nothing', async () => {
    const id = await addProduct(api.db);
    const archived = await archive(id);
    expect([archived.status, archived.text, archived.headers.get('etag')]).to.deep.equal([204, '', '"2"']);
    expect((await archive(id)).status).to.equal(204);
    const { body } = await boss.get(`/products/${id}`);
    expect(body['archived_at']).to.be.a('string');
    expect(body['version']).to.equal(2);
    expect((await boss.get(`/products?sku=${String(body['sku'])}`)).body['items']).to.deep.equal([]);
    expect((await boss.get(`/products?archived=true&sku=${String(body['sku'])}`)).text).to.contain(id);
    expect((await boss.request('PATCH', `/products/${id}`, { name: 'x' })).body).to.deep.include({ code: 'not_found' });
    expect((await boss.post('/products', { sku: body['sku'], name: 'x', price: '1' })).body)
      .to.deep.include({ code: 'sku_taken' });
    const { rows } = await api.pool.query(`SELECT event_type FROM events WHERE stream_id = $1 ORDER BY position`, [id]);
    expect(rows).to.deep.equal([{ event_type: 'product.created' }, { event_type: 'product.archived' }]);
  });

  it('is refused while a store has any of it, held or not', async () => {
    const id = await addProduct(api.db);
    await change(id, 1);
    expect((await archive(id)).body).to.deep.include({ status: 409, code: 'in_use' });
    const held = await (await api.as(customer)).post('/reservations', {
      product_id: id, store_id: 'MAD-001', quantity: 1, customer_id: customer.userId,
    });
    expect((await archive(id)).body).to.deep.include({ code: 'in_use' });
    await boss.post(`/reservations/${String(held.body['reservation_id'])}/confirm`);
    expect((await archive(id)).status).to.equal(204);
  });

  it('ends its receipts, in new stores and for empty rows', async () => {
    const id = await addProduct(api.db);
    await change(id, 1);
    await change(id, -1);
    expect((await archive(id)).status).to.equal(204);
    expect((await change(id, 1)).body).to.deep.include({ status: 404, code: 'not_found' });
    expect((await boss.post('/stock', { product_id: id, store_id: 'BCN-001', quantity_change: 1,
      reason: 'RESTOCK' })).body)
      .to.deep.include({ status: 404, code: 'not_found' });
  });

  it('is answered like an unknown product by whatever would change or hold it, whatever its history', async () => {
    const [never, once] = [await addProduct(api.db), await addProduct(api.db)];
    await change(once, 1);
    await change(once, -1);
    await archive(never);
    await archive(once);
    const shopper = await api.as(customer);
    const answersOf = async (id: string) => {
      const line = { product_id: id, store_id: 'MAD-001', quantity: 1 };
      const counted = { headers: { 'if-match': '*' } };
      const answers = [
        await change(id, 1), await change(id, -1), await shop.request('PUT', `/stores/MAD-001/stock/${id}`, { quantity: 0 }, counted),
        await shop.request('PUT', `/stores/MAD-001/stock/${id}`, { quantity: 5 }, counted),
        await shop.post('/stock/batch', { mode: 'atomic', items: [{ product_id: id, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' }] }),
        await shopper.post('/reservations', { ...line, customer_id: customer.userId }),
        await shop.post('/reservations', { ...line, customer_id: 'cust-9' }),
        await shopper.post('/reservations/batch', { lines: [line], customer_id: customer.userId }),
        await boss.request('PATCH', `/products/${id}`, { name: 'x' }),
      ];
      return answers.map(({ body }) => body['code']);
    };
    const unknown = await answersOf(v7());
    expect(new Set(unknown)).to.deep.equal(new Set(['not_found']));
    expect(await answersOf(never), 'never received').to.deep.equal(unknown);
    expect(await answersOf(once), 'received and sold').to.deep.equal(unknown);
  });

  it('happens only at the expected version', async () => {
    const id = await addProduct(api.db);
    const at = (tag: string) => boss.request('DELETE', `/products/${id}`, undefined, { headers: { 'if-match': tag } });
    expect((await at('"2"')).body).to.deep.include({ code: 'version_mismatch', current_version: 1 });
    expect((await at('"1"')).status).to.equal(204);
  });

  for (const { what, prepare } of [
    { what: 'the first receipt in a store', prepare: () => Promise.resolve() },
    { what: 'a receipt for a row that is empty', prepare: async (id: string) => {
      await change(id, 1);
      await change(id, -1);
    } },
  ]) {
    it(`at the same moment as ${what}: one of the two comes first, and the other respects it`, async () => {
      const wins = { archived: 0, received: 0 };
      // The loser of a round starts earlier in the next one, so that both finish at about the same time on any machine.
      let headStartMs = 0;
      for (let round = 0; round < 40; round += 1) {
        const id = await addProduct(api.db);
        await prepare(id);
        const late = async <T>(ms: number, start: () => Promise<T>): Promise<T> => {
          if (ms > 0) await delay(ms);
          return start();
        };
        const [archived, received] = await Promise.all([
          late(-headStartMs, () => archive(id)),
          late(headStartMs, () =>
            outcomeOf(other, receive({ productId: id, storeId: 'MAD-001' }, 5, {}, { key: v7() }))),
        ]);
        headStartMs += archived.status === 204 ? -1 : 1;
        const pair = [archived.status === 204 ? 'archived' : archived.body['code'], received.code ?? 'received'];
        expect([['archived', 'not_found'], ['in_use', 'received']]).to.deep.include(pair);
        wins[archived.status === 204 ? 'archived' : 'received'] += 1;
      }
      expect(Math.min(wins.archived, wins.received), `${JSON.stringify(wins)}, or it was no race`).to.be.at.least(1);
    });
  }
});
