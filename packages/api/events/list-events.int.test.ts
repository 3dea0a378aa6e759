import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { startWriters } from '@inventory/testkit/log/writers.ts';
import { expect } from 'chai';
import { v7 } from 'uuid';
import type { z } from 'zod';
import { addProduct, admin, customer, startTestApi, vendor, vendorOfBarcelona } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { feed } from './schema.ts';
import type { loggedEvent } from './schema.ts';

type Seen = z.output<typeof loggedEvent>;

describe('the feed of events', () => {
  let api: TestApi;
  let boss: Client;
  beforeEach(async () => {
    api = await startTestApi();
    boss = await api.as(admin);
  });
  afterEach(() => api.close());

  const page = async (client: Client, query: string) => {
    const answer = await client.get(`/events?${query}`);
    expect(answer.status, answer.text).to.equal(200);
    const [, next] = /^<\/api\/v1(\/events\?[^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '') ?? [];
    expect(new URL(`http://x${next ?? ''}`).searchParams.get('after')).to.equal(answer.body['next_cursor']);
    return feed.parse(answer.body);
  };
  /** Follows the feed until `enough`, from the beginning or after a cursor. */
  const follow = async (client: Client, enough: (more: boolean) => boolean, query = '', after?: string) => {
    const events: Seen[] = [];
    for (let cursor = after; ;) {
      const told = await page(client, `${query}${cursor === undefined ? '' : `&after=${cursor}`}`);
      events.push(...told.items);
      cursor = told.next_cursor;
      if (enough(told.has_more)) return { events, cursor };
    }
  };
  const toTheEnd = (client: Client, query = '', after?: string) => follow(client, (more) => !more, query, after);

  it('has every event of four writers, each once, in the order of the log, while they write and roll back', async () => {
    const stockIds = await addStockRows(api.pool, { rows: 20 });
    const writers = startWriters(api.pool, { stockIds, writers: 4, pauseMs: 3 });
    let stopped = false;
    const reading = follow(boss, (more) => stopped && !more, 'limit=20');
    while (writers.committed() < 600) await page(boss, 'limit=1');
    const committed = await writers.stop();
    stopped = true;
    const first = await reading;
    const events = [...first.events];
    let { cursor } = first;
    // The feed ends where the log is settled; any transaction on the server, autovacuum too, may hold that back.
    await eventually(async () => {
      const rest = await toTheEnd(boss, 'limit=20', cursor);
      events.push(...rest.events);
      ({ cursor } = rest);
      expect(events.filter(({ type }) => type === 'stock.updated')).to.have.length.of.at.least(committed);
    }, { timeoutMs: 20_000 });
    const positions = events.map(({ position }) => position);
    expect(positions).to.deep.equal(positions.toSorted((a, b) => a - b));
    expect(new Set(positions).size).to.equal(positions.length);
    expect(events.filter(({ type }) => type === 'stock.updated')).to.have.length(committed);
    await expectInvariants(api.db);
  });

  it('goes on after a cursor, also from its end: nothing is missed, nothing comes twice', async () => {
    const first = await toTheEnd(boss);
    expect(first.events.map(({ type }) => type)).to.deep.equal(['store.created', 'store.created', 'store.created']);
    const again = await page(boss, `after=${first.cursor}`);
    expect(again).to.deep.include({ items: [], has_more: false });
    const id = await addProduct(api.db);
    const change = { product_id: id, store_id: 'MAD-001', quantity_change: 5, reason: 'RESTOCK' };
    await boss.post('/stock', change, { headers: { 'x-request-id': 'the-request', 'idempotency-key': 'a-key' } });
    const second = await toTheEnd(boss, '', again.next_cursor);
    expect(second.events.map(({ type }) => type)).to.deep.equal(['product.created', 'stock.updated']);
    expect(second.events[1]).to.deep.include({
      store_id: 'MAD-001', aggregate_id: id, stream_version: 1, actor: { id: 'admin-1', role: 'admin' },
      request_id: 'the-request',
    });
    expect(second.events[1]?.data).to.deep.include({ quantity: 5, delta: 5, version: 1 });
    expect(JSON.stringify(second.events), 'what is between us and the client').not.to.contain('a-key');
    expect((await boss.get(`/events/${second.events[1]?.id ?? ''}`)).body).to.deep.equal(second.events[1]);
  });

  it('ends before what is not settled: an event that was committed after one that is still open', async () => {
    const writer = await api.pool.connect();
    const insert = (store: string) => `INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
      VALUES (gen_random_uuid(), 'reservation.rejected', '${store}', gen_random_uuid(), '{}', gen_random_uuid())`;
    await writer.query('BEGIN');
    await writer.query(insert('MAD-001'));
    await api.pool.query(insert('BCN-001'));
    const before = await toTheEnd(boss);
    expect(before.events).to.have.length(3);
    await writer.query('COMMIT');
    writer.release();
    const { events } = await toTheEnd(boss, '', before.cursor);
    expect(events.map(({ store_id: store }) => store)).to.deep.equal(['MAD-001', 'BCN-001']);
  });

  it('shows a vendor the events of his stores, not those of other stores or of the catalogue', async () => {
    const id = await addProduct(api.db);
    for (const store_id of ['MAD-001', 'BCN-001']) {
      await boss.post('/stock', { product_id: id, store_id, quantity_change: 5, reason: 'RESTOCK' });
    }
    const [madrid, barcelona] = [await api.as(vendor), await api.as(vendorOfBarcelona)];
    const { events } = await toTheEnd(madrid);
    expect(events.map(({ type, store_id: store }) => [type, store])).to.deep.equal(
      [['store.created', 'MAD-001'], ['stock.updated', 'MAD-001']]);
    expect((await toTheEnd(madrid, 'store_id=MAD-001')).events).to.deep.equal(events);
    expect((await madrid.get('/events?store_id=BCN-001')).body)
      .to.deep.include({ status: 403, code: 'store_not_in_scope' });
    expect((await madrid.get(`/events/${events[1]?.id ?? ''}`)).status).to.equal(200);
    const [foreign, unknown] = [await barcelona.get(`/events/${events[1]?.id ?? ''}`),
      await barcelona.get(`/events/${v7()}`)];
    expect([foreign.status, foreign.body['detail']]).to.deep.equal([404, unknown.body['detail']]);
    const nobody = await api.as({ role: 'vendor', userId: 'vendor-0', storeIds: [] });
    expect((await toTheEnd(nobody)).events).to.deep.equal([]);
    for (const path of ['/events', `/events/${events[1]?.id ?? ''}`]) {
      expect((await (await api.as(customer)).get(path)).body).to.deep.include({ code: 'forbidden' });
    }
  });

  it('is filtered by type or by store', async () => {
    const id = await addProduct(api.db);
    for (const store_id of ['MAD-001', 'BCN-001']) {
      await boss.post('/stock', { product_id: id, store_id, quantity_change: 5, reason: 'RESTOCK' });
    }
    const kinds = async (query: string) => (await toTheEnd(boss, query)).events.map(({ type, store_id: store }) =>
      `${type} ${store}`);
    expect(await kinds('type=stock.updated')).to.deep.equal(['stock.updated MAD-001', 'stock.updated BCN-001']);
    expect(await kinds('type=product.created')).to.deep.equal(['product.created GLOBAL']);
    expect(await kinds('store_id=BCN-001')).to.deep.equal(['store.created BCN-001', 'stock.updated BCN-001']);
    expect(await kinds('store_id=BCN-001&type=stock.updated&limit=1')).to.deep.equal(['stock.updated BCN-001']);
    expect(await kinds('store_id=NONE-001')).to.deep.equal([]);
  });

  it('finds rare events in a long log: its pages may be empty, but their cursors move on', async () => {
    const [many = '', ...rest] = await addStockRows(api.pool, { rows: 2, stores: ['MAD-001'] });
    for (let n = 0; n < 3; n += 1) await appendStockEvents(api.pool, { stockIds: [many], each: 8000 });
    const id = await addProduct(api.db);
    await boss.post('/stock', { product_id: id, store_id: 'BCN-001', quantity_change: 5, reason: 'RESTOCK' });
    const { events } = await toTheEnd(boss, 'store_id=BCN-001&type=stock.updated&limit=10');
    expect(events).to.have.length(1);
    expect((await toTheEnd(boss, 'limit=200')).events).to.have.length(24_000 + 5);
    expect(rest).to.have.length(1);
    await api.pool.query('ANALYZE events');
    const { rows } = await api.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN SELECT position, payload FROM events
      WHERE position > 5 AND position <= 20005 AND event_type IN ('stock.updated') AND store_id IN ('BCN-001')
      ORDER BY position LIMIT 51`);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).to.contain('Index').and.not.contain('Seq Scan');
  });

  it('refuses a foreign cursor, and reports a log that was restored', async () => {
    const { next_cursor: cursor } = await page(boss, 'type=store.created&limit=2');
    for (const query of [`after=${cursor}`, `after=${cursor}&type=stock.updated`,
      `after=${cursor}&type=store.created&store_id=MAD-001`,
      `type=store.created&after=${cursor}x`, 'after=', 'after=0', 'after=%00', `after=${'x'.repeat(301)}`,
      'type=STOCK.UPDATED', 'type=', 'type=stock.*',
      'store_id=GLOBAL', 'cursor=x', 'limit=1e1', 'limit=201', `after=${cursor}&after=${cursor}`]) {
      expect((await boss.get(`/events?${query}`)).body, query)
        .to.deep.include({ status: 400, code: 'validation_failed' });
    }
    expect((await page(boss, `type=store.created&limit=2&after=${cursor}`)).items).to.have.length(1);
    await api.pool.query('UPDATE log_epoch SET epoch = epoch + 1');
    expect((await boss.get(`/events?type=store.created&after=${cursor}`)).body)
      .to.deep.include({ status: 410, code: 'log_epoch_changed' });
    expect((await page(boss, 'type=store.created')).items).to.have.length(3);
  });

  it('goes on with a cursor over each server that was accepted and had come along as far, and over no other change of epoch', async () => {
    const { cursor } = await toTheEnd(boss);
    const end = await api.db.selectFrom('events').select(({ fn }) => fn.max('position').as('position')).executeTakeFirstOrThrow();
    // As the owner: the api's role may not change what the log says of itself.
    await api.pool.query('UPDATE log_epoch SET epoch = epoch + 2');
    const { epoch } = await api.db.selectFrom('log_epoch').select('epoch').executeTakeFirstOrThrow();
    const fork = (of: number, newest: number) => api.pool.query(
      'INSERT INTO log_forks (epoch, server, newest_position, accepted_epoch) VALUES ($1, $2, $3, $4)', [of - 1, `${of}.1`, newest, of]);
    const ask = async () => (await boss.get(`/events?after=${cursor}`)).body['code'] ?? 'goes on';
    await fork(epoch - 1, end.position);
    expect(await ask(), 'the second change was a restore').to.equal('log_epoch_changed');
    await fork(epoch, end.position - 1);
    expect(await ask(), 'the second server lacks an event').to.equal('log_epoch_changed');
    await api.pool.query('UPDATE log_forks SET newest_position = $1 WHERE accepted_epoch = $2', [end.position, epoch]);
    expect(await ask()).to.equal('goes on');
  });

  it('answers nothing while the log is on a server that nobody has accepted', async () => {
    const { server } = await api.db.selectFrom('log_epoch').select('server').executeTakeFirstOrThrow();
    await api.pool.query("UPDATE log_epoch SET server = '7000000000000000000.1'");
    expect((await boss.get('/events')).body).to.deep.include({ status: 503, code: 'dependency_unavailable' });
    await api.pool.query('UPDATE log_epoch SET server = $1', [server]);
    expect((await boss.get('/events')).status).to.equal(200);
  });

  it('has several types at once, and begins now or at a time, and ends at one', async () => {
    const id = await addProduct(api.db);
    const receive = async (n: number): Promise<string> => {
      for (let made = 0; made < n; made += 1) await boss.post('/stock', { product_id: id, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
      const { rows: [clock] } = await api.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      // Times of answers have milliseconds, those of events microseconds.
      await api.pool.query('SELECT pg_sleep(0.01)');
      return new Date((clock?.now.getTime() ?? 0) + 5).toISOString();
    };
    const first = await receive(3);
    const { next_cursor: now } = await page(boss, 'from=now');
    const second = await receive(2);
    await receive(4);
    const count = async (query: string, after?: string) => (await toTheEnd(boss, `limit=2&${query}`, after)).events.length;
    expect(await count('type=stock.updated')).to.equal(9);
    expect(await count('', now), 'from now').to.equal(6);
    expect(await count(`from=${first}`)).to.equal(6);
    expect(await count(`from=${first}&to=${second}`)).to.equal(2);
    expect(await count(`type=stock.updated&to=${first}`)).to.equal(3);
    expect(await count('from=2020-01-01T00:00:00Z')).to.equal(await count(''));
    expect(await count('from=2999-01-01T00:00:00Z')).to.equal(0);
    expect(await count('type=product.created,store.created,product.created')).to.equal(4);
    const both = await page(boss, 'type=store.created,product.created&limit=1');
    expect((await page(boss, `type=product.created,store.created&limit=1&after=${both.next_cursor}`)).items).to.have.length(1);
    for (const wrong of ['type=', 'type=stock.updated,', 'type=stock.updated,stock.stolen', 'from=tomorrow', 'to=now', 'from=2026-02-30T00:00:00Z',
      `from=${first}&after=${both.next_cursor}`]) {
      expect((await boss.get(`/events?${wrong}`)).body, wrong).to.deep.include({ code: 'validation_failed' });
    }
  });
});
