import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { listOf } from '../http/endpoint/page.ts';
import { addProduct, admin, customer, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { movement } from './movement.ts';
import { historyQuery, listQuery } from './queries.ts';
import { explanation, namedRow } from './schema.ts';

describe('stock is read', () => {
  let api: TestApi;
  let shop: Client;
  before(async () => {
    api = await startTestApi();
    shop = await api.as(vendor);
  });
  after(async () => {
    await api.pool.query('DELETE FROM stock WHERE version = 0'); // the rows without events that the plans needed
    await expectInvariants(api.db);
    await api.close();
  });

  const change = (id: string, n: number, more: object = {}) =>
    shop.post('/stock', { product_id: id, store_id: 'MAD-001', quantity_change: n, reason: n > 0 ? 'RESTOCK' : 'SALE',
      ...more });
  const reserve = (id: string, quantity: number, ttl = 600) =>
    shop.post('/reservations', { product_id: id, store_id: 'MAD-001', quantity, customer_id: 'cust-1', ttl,
      reference: 'order-1' });

  it('only by those who work for the store', async () => {
    const id = await addProduct(api.db);
    await change(id, 1);
    for (const path of ['', `/${id}`, `/${id}?as_of=1`, `/${id}/history`, `/${id}/explain`]) {
      const url = `/stores/MAD-001/stock${path}`;
      expect((await (await api.as(customer)).get(url)).body, url).to.deep.include({ code: 'forbidden' });
      expect((await (await api.as(vendorOfBarcelona)).get(url)).body, url)
        .to.deep.include({ code: 'store_not_in_scope' });
      expect((await (await api.as(admin)).get(url)).status, url).to.be.oneOf([200, 404]);
      expect((await (await api.as()).get(url)).status, url).to.equal(401);
    }
  });

  it('not while its table is locked, which is nobody\'s fault and says when to ask again', async () => {
    const id = await addProduct(api.db);
    await change(id, 1);
    const locker = await api.pool.connect();
    try {
      await locker.query('BEGIN; LOCK TABLE stock IN ACCESS EXCLUSIVE MODE');
      for (const path of [`/stores/MAD-001/stock/${id}`, '/stores/MAD-001/stock']) {
        const { status, body, headers } = await shop.get(path);
        expect([status, body['code'], headers.get('retry-after')], path).to.deep.equal([503, 'dependency_unavailable', '1']);
      }
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    expect((await shop.get(`/stores/MAD-001/stock/${id}`)).status).to.equal(200);
  });

  it('one row with its version as its tag', async () => {
    const id = await addProduct(api.db, 'Monitor');
    await change(id, 3);
    const answer = await shop.get(`/stores/MAD-001/stock/${id}`);
    expect(namedRow.parse(answer.body)).to.deep.include(
      { product_id: id, store_id: 'MAD-001', quantity: 3, available: 3, version: 1, product_name: 'Monitor' });
    expect(answer.headers.get('etag')).to.equal('"1"');
    expect((await shop.get(`/stores/MAD-001/stock/${id}`, { headers: { 'if-none-match': '"1"' } })).status)
      .to.equal(304);
    const unknown = await shop.get(`/stores/MAD-001/stock/${v7()}`);
    expect(unknown.body).to.deep.include({ code: 'not_found' });
    for (const path of ['/history', '/explain', '?as_of=1']) {
      expect((await shop.get(`/stores/MAD-001/stock/${v7()}${path}`)).body, path)
        .to.deep.include({ code: 'not_found' });
    }
  });

  it('a store page by page, or what is running out in it', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => addProduct(api.db)));
    for (const [n, id] of ids.entries()) await change(id, n + 1);
    await reserve(ids[5] ?? '', 5);
    const read = async (first: string) => {
      const seen: string[] = [];
      for (let path: string | undefined = first; path !== undefined;) {
        const answer = await shop.get(path);
        const page = listOf(namedRow).parse(answer.body);
        seen.push(...page.items.map(({ product_id }) => product_id));
        path = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
        expect(page.next_cursor === null).to.equal(path === undefined);
      }
      expect(new Set(seen).size).to.equal(seen.length);
      return seen;
    };
    expect(await read('/stores/MAD-001/stock?limit=2')).to.include.members(ids);
    const low = await read('/stores/MAD-001/stock?limit=2&below=3');
    expect(low.filter((id) => ids.includes(id)).sort()).to.deep.equal([ids[0], ids[1], ids[5]].sort());
    expect((await (await api.as(admin)).get('/stores/VAL-001/stock')).body)
      .to.deep.equal({ items: [], next_cursor: null });
    expect((await (await api.as(admin)).get('/stores/NONE-001/stock')).body).to.deep.include({ code: 'not_found' });
    const { body } = await shop.get('/stores/MAD-001/stock?limit=2&below=3');
    const boss = await api.as(admin);
    for (const query of [`below=4&cursor=${String(body['next_cursor'])}`, `cursor=${String(body['next_cursor'])}`,
      'below=-1', 'below=0x3', 'below=', 'under=3']) {
      expect((await boss.get(`/stores/MAD-001/stock?${query}`)).body, query)
        .to.deep.include({ code: 'validation_failed' });
    }
    expect((await boss.get(`/stores/BCN-001/stock?below=3&cursor=${String(body['next_cursor'])}`)).body)
      .to.deep.include({ code: 'validation_failed' });
  });

  it('with every movement: who, why, before and after, the newest first', async () => {
    const id = await addProduct(api.db);
    await change(id, 10, { reference: 'delivery-1', note: 'on two pallets', occurred_at: '2026-01-01T08:00:00Z' });
    const { body: held } = await reserve(id, 3);
    await shop.post(`/reservations/${String(held['reservation_id'])}/confirm`, { quantity: 2 });
    const page = listOf(movement).parse((await shop.get(`/stores/MAD-001/stock/${id}/history`)).body);
    expect(page.items.map(({ version, type, delta, reserved_delta }) => [version, type, delta, reserved_delta]))
      .to.deep.equal([
        [3, 'reservation.confirmed', -2, -3], [2, 'reservation.created', 0, 3], [1, 'stock.updated', 10, 0],
      ]);
    expect(page.items[0]).to.deep.include({
      reservation_id: held['reservation_id'], customer_id: 'cust-1', reference: 'order-1', reason: null,
      before: { quantity: 10, reserved: 3, available: 7 }, after: { quantity: 8, reserved: 0, available: 8 },
      actor: { id: 'vendor-789', role: 'vendor' },
    });
    expect(page.items[2]).to.deep.include({
      reason: 'RESTOCK', reference: 'delivery-1', note: 'on two pallets', occurred_at: '2026-01-01T08:00:00Z',
      reservation_id: null,
      before: { quantity: 0, reserved: 0, available: 0 },
    });
  });

  it('with every movement once, page by page, also while more are made', async () => {
    const id = await addProduct(api.db);
    for (let n = 0; n < 7; n += 1) await change(id, 1);
    const versions: number[] = [];
    for (let path: string | undefined = `/stores/MAD-001/stock/${id}/history?limit=3`; path !== undefined;) {
      const answer = await shop.get(path);
      versions.push(...listOf(movement).parse(answer.body).items.map(({ version }) => version));
      path = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      await change(id, 1);
    }
    expect(versions).to.deep.equal([7, 6, 5, 4, 3, 2, 1]);
  });

  it('with the reasons of its number: they add up to it, and so does the fold', async () => {
    const id = await addProduct(api.db);
    await change(id, 10);
    await change(id, 5);
    await change(id, -2, { reason: 'DAMAGE' });
    const { body: sold } = await reserve(id, 4);
    await shop.post(`/reservations/${String(sold['reservation_id'])}/confirm`);
    await reserve(id, 2);
    const told = explanation.parse((await shop.get(`/stores/MAD-001/stock/${id}/explain`)).body);
    expect(told).to.deep.include({ quantity: 9, reserved: 2, available: 7, version: 6, agrees: true, held_units: 2 });
    expect(told.folded).to.deep.equal({ quantity: 9, reserved: 2, available: 7, version: 6 });
    expect(told.opening).to.deep.equal({ quantity: 0, reserved: 0, available: 0, version: 0 });
    expect(told.totals.map(({ type, reason, events, delta }) => [type, reason, events, delta])).to.deep.equal([
      ['stock.updated', 'RESTOCK', 2, 15], ['stock.updated', 'DAMAGE', 1, -2], ['reservation.created', null, 2, 0],
      ['reservation.confirmed', null, 1, -4],
    ]);
    expect(told.chain.map(({ version }) => version)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(told.open_holds).to.have.length(1);
    expect(told.open_holds[0]).to.deep.include(
      { customer_id: 'cust-1', created_by: 'vendor-789', quantity: 2, lapsed: false });
  });

  it('with what does not agree, when the row was changed without an event', async () => {
    const id = await addProduct(api.db);
    await change(id, 10);
    const explain = async () => explanation.parse((await shop.get(`/stores/MAD-001/stock/${id}/explain`)).body);
    const tamper = (assignment: string) => api.pool.query(`UPDATE stock SET ${assignment} WHERE product_id = $1`, [id]);
    await tamper('quantity = 11');
    expect(await explain()).to.deep.include({ agrees: false, disagreement: 'quantity is 11, the events say 10' });
    await tamper('quantity = 10, reserved = 1');
    expect((await explain()).agrees).to.equal(false);
    await tamper('reserved = 0, version = 2');
    expect(await explain()).to.deep.include({ disagreement: 'version is 2, the events say 1' });
    await tamper('version = 1');
    expect((await explain()).agrees).to.equal(true);
  });

  it('with a long past folded onto an opening balance', async () => {
    const id = await addProduct(api.db);
    await change(id, 1);
    const { rows: [row] } = await api.pool.query<{ id: string }>('SELECT id FROM stock WHERE product_id = $1', [id]);
    // 10 049 more events of one unit each, in one statement.
    await api.pool.query(`
      WITH raised AS (UPDATE stock SET quantity = 10050, version = 10050 WHERE id = $1)
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, jsonb_build_object(
        'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', n, 'reserved', 0,
        'available', n, 'version', n, 'delta', 1, 'reserved_delta', 0,
        'reason', 'RESTOCK', 'user_id', 'x', 'reference', null, 'note', null, 'occurred_at', null), id, n
      FROM stock CROSS JOIN generate_series(2, 10050) n WHERE id = $1 ORDER BY n`, [row?.id]);
    const begun = performance.now();
    const told = explanation.parse((await shop.get(`/stores/MAD-001/stock/${id}/explain`)).body);
    process.stdout.write(`      explained 10 000 events in ${Math.round(performance.now() - begun)} ms\n`);
    expect(told).to.deep.include({ quantity: 10_050, agrees: true });
    expect(told.opening).to.deep.include({ quantity: 50, version: 50 });
    expect(told.totals).to.deep.equal([{ type: 'stock.updated', reason: 'RESTOCK', events: 10_000, delta: 10_000,
      reserved_delta: 0 }]);
    expect(told.chain).to.have.length(100);
    expect(told.chain.at(-1)?.version).to.equal(10_050);
  });

  it('by index, however many rows there are', async () => {
    for (let n = 0; n < 5; n += 1) {
      const stockIds = await addStockRows(api.pool, { rows: 4_000 });
      await appendStockEvents(api.pool, { stockIds: stockIds.slice(0, 100), each: 10 });
    }
    await api.pool.query('ANALYZE');
    const plan = async (query: { compile: () => { sql: string; parameters: readonly unknown[] } }) => {
      const { sql, parameters } = query.compile();
      const { rows } = await api.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, [...parameters]);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    for (const filter of [{}, { below: 5 }, { after: '80000000-0000-4000-8000-000000000000' }]) {
      const told = await plan(listQuery(api.db, 'MAD-001',
        { below: undefined, after: undefined, size: 51, ...filter }));
      expect(told, told).to.contain('idx_stock_store_product').and.not.contain('Seq Scan').and.not.contain('Sort');
    }
    const told = await plan(historyQuery(api.db, v7(), 17, 51));
    expect(told, told).to.contain('events_stream_unique').and.not.contain('Seq Scan');
  });
});
