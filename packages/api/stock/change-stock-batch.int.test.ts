import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { addProduct, admin, customer, startTestApi, vendor } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { atomicAnswer, partialAnswer } from './schema.ts';

describe('a batch of changes', () => {
  let api: TestApi;
  let boss: Client;
  let shop: Client;
  let products: readonly string[];
  before(async () => {
    api = await startTestApi();
    [boss, shop] = [await api.as(admin), await api.as(vendor)];
    products = await Promise.all(Array.from({ length: 10 }, () => addProduct(api.db)));
  });
  after(async () => {
    await expectInvariants(api.db);
    await api.close();
  });

  const item = (nth: number, quantity_change: number, more: object = {}) => (
    { product_id: products[nth] ?? '', store_id: 'MAD-001', quantity_change, reason: quantity_change > 0 ? 'RESTOCK'
      : 'SALE', ...more });
  const send = (mode: 'atomic' | 'partial', items: readonly object[], headers: Record<string, string> = {},
    by = boss) =>
    by.post('/stock/batch', { mode, items }, { headers });
  const fresh = async () => {
    products = [await addProduct(api.db), await addProduct(api.db), await addProduct(api.db),
      ...products];
  };
  beforeEach(fresh);
  const quantities = async () => (await api.pool.query<{ product_id: string; quantity: number }>(
    `SELECT product_id, quantity FROM stock WHERE store_id = 'MAD-001' AND product_id = ANY ($1)`,
    [products.slice(0, 3)]))
    .rows.reduce<Record<string, number>>((all, row) =>
      ({ ...all, [String(products.indexOf(row.product_id))]: row.quantity }), {});

  it('in atomic mode is done as a whole, item after item, in one transaction', async () => {
    const answer = await send('atomic', [item(0, 5), item(1, 7), item(0, -2)]);
    expect(answer.status).to.equal(200);
    const { items } = atomicAnswer.parse(answer.body);
    expect(items.map(({ index, quantity, version }) => [index, quantity, version]))
      .to.deep.equal([[0, 5, 1], [1, 7, 1], [2, 3, 2]]);
    const { rows } = await api.pool.query(
      `SELECT DISTINCT xmin::text FROM events WHERE event_type = 'stock.updated' AND aggregate_id = ANY ($1)`,
      [products.slice(0, 2)]);
    expect(rows).to.have.length(1);
  });

  it('in atomic mode is refused as a whole, with every item that cannot be done', async () => {
    const { body } = await send('atomic', [item(0, 5), item(0, -6), item(1, 1, { product_id: v7() }),
      item(2, 1, { expected_version: 4 })]);
    expect(body).to.deep.include({ status: 409, code: 'insufficient_stock' });
    expect(body['lines']).to.deep.equal([{ index: 1, product_id: products[0], store_id: 'MAD-001', requested: 6,
      available: 5 }]);
    expect(body['errors']).to.have.length(3);
    expect(body['errors']).to.have.nested.property('[2].pointer', '/items/3');
    expect(await quantities()).to.deep.equal({});
  });

  it('in partial mode does what can be done, with a status for each item', async () => {
    const answer = await send('partial', [item(0, 5), item(0, -6), item(1, 1, { product_id: v7() }),
      item(2, 1, { expected_version: 4 }), item(0, -5)]);
    expect(answer.status).to.equal(207);
    const body = partialAnswer.parse(answer.body);
    expect(body).to.deep.include({ succeeded: 2, failed: 3 });
    expect(body.items.map((each) => [each.index, each.status, 'code' in each ? each.code : each.quantity]))
      .to.deep.equal([
        [0, 200, 5], [1, 409, 'insufficient_stock'], [2, 404, 'not_found'], [3, 412, 'version_mismatch'], [4, 200, 0],
      ]);
    expect(body.items[1]).to.have.nested.property('lines[0].index', 1);
    expect(body.items[3]).to.deep.include({ current_version: 0, current_quantity: 0 });
    expect(await quantities()).to.deep.equal({ 0: 0 });
  });

  it('touches foreign stores in neither mode', async () => {
    const items = [item(0, 5), item(1, 5, { store_id: 'BCN-001' })];
    expect((await send('atomic', items, {}, shop)).body).to.deep.include({ status: 403, code: 'store_not_in_scope' });
    expect(await quantities()).to.deep.equal({});
    // The answer does not tell him whether such a store or product exists.
    const unknown = [item(2, 5, { store_id: 'NIX-001' }), item(2, 5, { store_id: 'BCN-001', product_id: v7() })];
    const partial = partialAnswer.parse((await send('partial', [...items, ...unknown], {}, shop)).body);
    expect(partial.items.map(({ status }) => status)).to.deep.equal([200, 403, 403, 403]);
    expect((await send('atomic', items, {}, await api.as(customer))).body).to.deep.include({ code: 'forbidden' });
    expect((await boss.post('/stock/batch', { items, user_id: 'somebody' })).body)
      .to.deep.include({ code: 'forbidden' });
  });

  for (const mode of ['atomic', 'partial'] as const) {
    it(`in ${mode} mode under one idempotency key has one effect and the same bytes, refused items included`,
      async () => {
        const headers = { 'idempotency-key': v7() };
        const items = [item(0, 5), item(0, mode === 'partial' ? -9 : -1)];
        const told = await Promise.all(Array.from({ length: 10 }, () => send(mode, items, headers)));
        expect(new Set(told.map(({ status, text }) => `${status} ${text}`)).size).to.equal(1);
        expect(told[0]?.status).to.equal(mode === 'partial' ? 207 : 200);
        expect(await quantities()).to.deep.equal({ 0: mode === 'partial' ? 5 : 4 });
        expect((await send(mode, [item(0, 5)], headers)).body).to.deep.include({ code: 'idempotency_key_reused' });
      });
  }

  it('has up to a thousand items, far beyond the size of other bodies', async () => {
    const note = 'x'.repeat(400);
    const items = Array.from({ length: 1000 }, (_, n) => item(n % 3, 1, { note }));
    const answer = await send('atomic', items);
    expect(answer.status).to.equal(200);
    expect(await quantities()).to.deep.equal({ 0: 334, 1: 333, 2: 333 });
    expect((await send('atomic', [...items, item(0, 1)])).body)
      .to.deep.include({ status: 400, code: 'validation_failed' });
    expect((await send('atomic', [])).body).to.deep.include({ code: 'validation_failed' });
    const huge = items.map((each) => ({ ...each, note: 'x'.repeat(1100) }));
    expect((await send('atomic', huge)).body).to.deep.include({ status: 413, code: 'payload_too_large' });
  });

  it('is refused when malformed, with a pointer to each fault', async () => {
    for (const [body, pointer] of [
      [{ items: [item(0, 0)] }, '/items/0/quantity_change'],
      [{ items: [item(0, 1), item(0, 1, { reason: 'sale' })] }, '/items/1/reason'],
      [{ items: [item(0, 1, { user_id: 'admin-1' })] }, '/items/0/user_id'],
      [{ mode: 'ATOMIC', items: [item(0, 1)] }, '/mode'],
      [{ items: item(0, 1) }, '/items'], [{}, '/items'], [{ items: [null] }, '/items/0'], [{ items: [[]] }, '/items/0'],
    ] as const) {
      const answer = await boss.post('/stock/batch', body);
      expect(answer.body, JSON.stringify(body)).to.deep.include({ code: 'validation_failed' });
      expect(answer.body['errors'], JSON.stringify(body)).to.have.nested.property('[0].pointer', pointer);
    }
  });

  it('does not deadlock with batches of the same rows in another order, and all of them add up', async () => {
    const rows = await Promise.all(Array.from({ length: 30 }, () => addProduct(api.db)));
    const all = rows.map((product_id) => ({ product_id, store_id: 'BCN-001', quantity_change: 1, reason: 'RESTOCK' }));
    const told = await Promise.all(Array.from({ length: 12 }, (_, n) =>
      send(n % 3 === 0 ? 'partial' : 'atomic', n % 2 === 0 ? all : all.toReversed())));
    expect(new Set(told.map(({ status }) => status))).to.deep.equal(new Set([200, 207]));
    const { rows: sums } = await api.pool.query(
      `SELECT DISTINCT quantity, version FROM stock WHERE product_id = ANY ($1)`, [rows]);
    expect(sums).to.deep.equal([{ quantity: 12, version: 12 }]);
  });
});
