/** The live feed by a real api on a real server: what each viewer sees, and what he does not. */
import { frameNo, rowsOf } from '@inventory/testkit/http/event-stream.ts';
import type { EventStream } from '@inventory/testkit/http/event-stream.ts';
import type { TokenOptions } from '@inventory/testkit/http/tokens.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { addProduct, admin, customer, service, vendor, vendorOfBarcelona } from '../testing/api.ts';
import { problemIn, startFeed } from '../testing/live-feed.ts';
import type { Feed } from '../testing/live-feed.ts';

const PATIENCE = { timeoutMs: 20_000 };

describe('the live feed', function () {
  this.timeout(60_000);
  let feed: Feed;
  beforeEach(async () => { feed = await startFeed(); });
  afterEach(() => feed.close());

  const watch: Feed['watch'] = (...given) => feed.watch(...given);
  const change: Feed['change'] = (...given) => feed.change(...given);
  const stocked: Feed['stocked'] = (...given) => feed.stocked(...given);

  describe('of availability', () => {
    it('begins with a snapshot and says its age, then tells of each change as availability shows it', async () => {
      const [product, other] = [await stocked(), await stocked()];
      const stream = await watch(customer, `?product_ids=${product}`);
      expect([stream.status, stream.headers['content-type'], stream.headers['cache-control'], stream.headers['x-accel-buffering']])
        .to.deep.equal([200, 'text/event-stream; charset=utf-8', 'no-store', 'no']);
      const { data, id } = await frameNo(stream, 'snapshot');
      expect(id).to.match(/^[\w-]+\.[\w-]{16}$/);
      const shown = await (await feed.api.as(customer)).get(`/products/${product}/availability`);
      const stores: unknown = shown.body['stores'];
      expect(data['rows']).to.have.length(2);
      for (const each of Array.isArray(stores) ? stores : []) {
        const { store_id, available, version } = each;
        expect(rowsOf(stream).get(`${product} ${store_id}`)).to.deep.include({ available, version, level: 'OK' });
      }
      const tick = await frameNo(stream, 'tick');
      expect(Object.keys(tick.data)).to.deep.equal(['as_of', 'behind_ms', 'server_time']);
      await change(other, 'MAD-001', 5);
      await change(product, 'MAD-001', -8);
      const { data: { rows } } = await frameNo(stream, 'stock');
      expect(rows).to.have.length(1);
      const [row] = Array.isArray(rows) ? rows : [];
      expect(Object.keys(row)).to.deep.equal(['product_id', 'store_id', 'available', 'level', 'version', 'committed_at']);
      expect(row).to.deep.include({ product_id: product, store_id: 'MAD-001', available: 2, level: 'LOW', version: 2 });
    });

    it('shows quantity, holds and reason to those who follow the store, and to nobody else', async () => {
      const product = await stocked();
      const [madrid, shop, buyer] = [await watch(vendor, `?product_ids=${product}`), await watch(service, `?product_ids=${product}`),
        await watch(customer, `?product_ids=${product}`)];
      for (const stream of [madrid, shop, buyer]) await frameNo(stream, 'tick');
      await feed.boss.post('/reservations', { product_id: product, store_id: 'MAD-001', quantity: 2, customer_id: 'cust-456' });
      await change(product, 'BCN-001', 4);
      for (const stream of [madrid, shop, buyer]) {
        await eventually(() => { expect(rowsOf(stream).get(`${product} BCN-001`)?.['version']).to.equal(2); }, PATIENCE);
      }
      const staff = { quantity: 10, reserved: 2, available: 8, type: 'reservation.created', reason: null, delta: 0 };
      expect(rowsOf(madrid).get(`${product} MAD-001`)).to.deep.include(staff);
      expect(rowsOf(shop).get(`${product} MAD-001`)).to.deep.include(staff);
      expect(rowsOf(shop).get(`${product} BCN-001`)).to.deep.include({ quantity: 14, reason: 'RESTOCK', delta: 4 });
      for (const row of [rowsOf(madrid).get(`${product} BCN-001`), ...rowsOf(buyer).values()]) {
        expect(row).to.not.have.any.keys('quantity', 'reserved', 'reason', 'delta', 'type');
      }
    });

    it('is filtered by product, by store and by both', async () => {
      const [one, two] = [await stocked(), await stocked()];
      const streams = await Promise.all(['?store_ids=MAD-001,VAL-001', `?product_ids=${one}&store_ids=BCN-001`, `?store_id=BCN-001`].map(
        (query, nth) => watch({ ...customer, userId: `cust-${nth}` }, query)));
      for (const stream of streams) await frameNo(stream, 'tick');
      const all = [one, two].flatMap((product) => ['MAD-001', 'BCN-001'].map((store) => `${product} ${store}`));
      for (const key of all) await change(key.split(' ')[0] ?? '', key.split(' ')[1] ?? '', 1);
      const fits = [(key: string) => key.endsWith('MAD-001'), (key: string) => key === `${one} BCN-001`, (key: string) => key.endsWith('BCN-001')];
      for (const [nth, stream] of streams.entries()) {
        const expected = all.filter((key) => fits[nth]?.(key) === true);
        await eventually(() => {
          expect([...rowsOf(stream)].filter(([, { version }]) => version === 2).map(([key]) => key)).to.have.members(expected);
        }, PATIENCE);
        expect([...rowsOf(stream).keys()]).to.have.members(expected);
      }
    });

    it('with levels_only tells of a level that has changed, and of nothing else', async () => {
      const product = await stocked(10);
      const stream = await watch(customer, `?product_ids=${product}&levels_only=true`);
      await frameNo(stream, 'tick');
      const now = () => rowsOf(stream).get(`${product} MAD-001`);
      // Of those in one frame only the level at its end counts, so each level is waited for.
      for (const [changes, level] of [[[-1, -5], 'OK'], [[-1], 'LOW'], [[-3], 'OUT'], [[2], 'LOW'], [[-1, 20, 30], 'OK'], [[-49], 'LOW']] as const) {
        for (const by of changes) await change(product, 'MAD-001', by);
        await eventually(() => { expect(now()?.['level']).to.equal(level); }, PATIENCE);
      }
      const told = stream.of('stock').flatMap(({ data: { rows } }) => (Array.isArray(rows) ? rows : []).map(({ level }) => level));
      expect(told).to.deep.equal(['LOW', 'OUT', 'LOW', 'OK', 'LOW']);
      expect(now()?.['available']).to.equal(2);
    });

    it('goes on after a cut with what was missed, and with a snapshot where nobody remembers', async () => {
      const product = await stocked();
      const keeper = await watch(vendor, `?product_ids=${product}`);
      const first = await watch(customer, `?product_ids=${product}`);
      await frameNo(first, 'snapshot');
      first.close();
      await change(product, 'MAD-001', 1);
      await eventually(() => { expect(keeper.of('stock')).to.have.length(1); }, PATIENCE);
      const second = await watch(customer, `?product_ids=${product}`, { lastEventId: first.lastId() });
      expect((await frameNo(second, 'stock')).data['rows']).to.have.length(1);
      expect([second.of('snapshot'), second.of('reset')]).to.deep.equal([[], []]);
      await feed.api.pool.query('UPDATE log_epoch SET epoch = epoch + 1');
      expect((await frameNo(second, 'reset')).data).to.deep.equal({ reason: 'EPOCH' });
      await eventually(() => { expect(second.ended()).to.equal(true); }, PATIENCE);
      const third = await watch(customer, `?product_ids=${product}`, { lastEventId: second.lastId() });
      expect((await frameNo(third, 'reset')).data).to.deep.equal({ reason: 'EPOCH' });
      expect((await frameNo(third, 'snapshot')).data['rows']).to.have.length(2);
    });

    it('never goes back: a snapshot that is ahead of what is settled is not overtaken by what lies before it', async () => {
      const product = await stocked();
      const log = await watch(admin, '?view=events');
      await frameNo(log, 'tick');
      const holder = await feed.api.pool.connect();
      await holder.query('BEGIN');
      await holder.query(`INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id)
        VALUES (gen_random_uuid(), 'reservation.rejected', 'MAD-001', gen_random_uuid(), '{}', gen_random_uuid())`);
      for (let n = 0; n < 5; n += 1) await change(product, 'MAD-001', 1);
      const stream = await watch(customer, `?product_ids=${product}`);
      const { data: { rows } } = await frameNo(stream, 'snapshot');
      const versions = (list: unknown): readonly number[] =>
        (Array.isArray(list) ? list : []).filter(({ store_id }) => store_id === 'MAD-001').map(({ version }) => version);
      expect(versions(rows)).to.deep.equal([6]);
      await holder.query('COMMIT');
      holder.release();
      // The tail has come to what is in the snapshot.
      await frameNo(log, 'event', 6);
      await change(product, 'MAD-001', 1);
      await eventually(() => { expect(rowsOf(stream).get(`${product} MAD-001`)?.['version']).to.equal(7); }, PATIENCE);
      expect(stream.of('stock').flatMap(({ data }) => versions(data['rows'])).filter((version) => version < 7)).to.deep.equal([]);
    });

    it('gives a viewer who does not read the last state of each row once he reads, and holds no more than that for him', async () => {
      const product = await stocked();
      const [slow, quick] = [await watch(customer, `?product_ids=${product}`), await watch(vendor, `?product_ids=${product}`)];
      for (const stream of [slow, quick]) await frameNo(stream, 'tick');
      slow.pause();
      let version = 1;
      for (let n = 0; n < 40; n += 1) version = await change(product, 'MAD-001', 1);
      await eventually(() => { expect(rowsOf(quick).get(`${product} MAD-001`)?.['version']).to.equal(version); }, PATIENCE);
      slow.resume();
      await eventually(() => { expect(rowsOf(slow).get(`${product} MAD-001`)).to.deep.include({ version, available: 50 }); }, PATIENCE);
    });

    it('shows 2 000 rows in a snapshot, at most', async () => {
      await feed.api.pool.query(`WITH p AS (INSERT INTO products (id, sku, name, price) SELECT gen_random_uuid(), 'MANY-' || n, 'P', 1
        FROM generate_series(1, 2001) n RETURNING id) INSERT INTO stock (id, product_id, store_id) SELECT gen_random_uuid(), id, 'VAL-001' FROM p`);
      const many = await watch(customer, '?store_ids=VAL-001');
      await eventually(() => { expect(many.ended()).to.equal(true); }, PATIENCE);
      expect(problemIn(many)).to.deep.equal([400, 'validation_failed']);
      await feed.api.pool.query("DELETE FROM stock WHERE id IN (SELECT id FROM stock WHERE store_id = 'VAL-001' LIMIT 1)");
      expect((await frameNo(await watch(customer, '?store_ids=VAL-001'), 'snapshot')).data['rows']).to.have.length(2000);
    });
  });

  describe('of the log', () => {
    const idsOf = (stream: EventStream) => stream.of('event').map(({ data }) => data['id']);
    const listed = async (who: TokenOptions, query = ''): Promise<readonly unknown[]> => {
      const { body: { items } } = await (await feed.api.as(who)).get(`/events?limit=200${query}`);
      return (Array.isArray(items) ? items : []).map(({ id }) => id);
    };

    it('is every event of GET /events, once and in its order, over cuts, with the cursors of either', async () => {
      const product = await stocked();
      const { body: { next_cursor: begin } } = await feed.boss.get('/events?limit=1');
      const seen: unknown[] = [(await listed(admin))[0]];
      let last = String(begin);
      for (let cut = 0; cut < 4; cut += 1) {
        const writing = Promise.all(Array.from({ length: 10 }, () => change(product, 'MAD-001', 1)));
        const stream = await watch(admin, '?view=events', { lastEventId: last });
        await frameNo(stream, 'event', cut === 0 ? 5 : 3);
        stream.close();
        last = stream.lastId() ?? last;
        seen.push(...idsOf(stream));
        await writing;
      }
      const rest = await feed.boss.get(`/events?limit=200&after=${last}`);
      seen.push(...(Array.isArray(rest.body['items']) ? rest.body['items'] : []).map(({ id }) => id));
      expect(seen).to.deep.equal(await listed(admin));
    });

    it('shows a vendor the events of his stores, filtered as he asks, and nobody else any', async () => {
      const product = await stocked();
      const [madrid, barcelona] = [await watch(vendor, '?view=events'), await watch(vendorOfBarcelona, '?view=events&type=stock.updated')];
      for (const stream of [madrid, barcelona]) await frameNo(stream, 'tick');
      for (const store of ['MAD-001', 'BCN-001']) {
        await change(product, store, 1);
        await feed.boss.post('/reservations', { product_id: product, store_id: store, quantity: 1, customer_id: 'cust-456' });
      }
      await eventually(() => { expect([madrid.of('event').length, barcelona.of('event').length]).to.deep.equal([2, 1]); }, PATIENCE);
      expect(madrid.of('event').map(({ data }) => [data['type'], data['store_id']]))
        .to.deep.equal([['stock.updated', 'MAD-001'], ['reservation.created', 'MAD-001']]);
      expect(barcelona.of('event').map(({ data }) => [data['type'], data['store_id']])).to.deep.equal([['stock.updated', 'BCN-001']]);
      for (const [who, query, code] of [[customer, '', 'forbidden'], [service, '', 'forbidden'], [vendor, '&store_id=BCN-001', 'store_not_in_scope']] as const) {
        const refused = await watch(who, `?view=events${query}`);
        await eventually(() => { expect(problemIn(refused)).to.deep.equal([403, code]); }, PATIENCE);
      }
    });

    it('says reset and goes on when the log is another one', async () => {
      const stream = await watch(admin, '?view=events');
      await frameNo(stream, 'tick');
      await feed.api.pool.query('UPDATE log_epoch SET epoch = epoch + 1');
      const reset = await frameNo(stream, 'reset');
      expect([reset.data, typeof reset.id]).to.deep.equal([{ reason: 'EPOCH' }, 'string']);
      await addProduct(feed.api.db);
      expect((await frameNo(stream, 'event')).data).to.include({ type: 'product.created' });
    });
  });

  it('ends with bye for a user whose tokens are revoked, within five seconds, and for nobody else', async () => {
    const product = await stocked();
    const [gone, stays] = [await watch(customer, `?product_ids=${product}`), await watch(vendor, `?product_ids=${product}`)];
    for (const stream of [gone, stays]) await frameNo(stream, 'tick');
    await feed.api.pool.query("INSERT INTO revoked_tokens (kind, value) VALUES ('sub', $1)", [customer.userId]);
    const revokedAt = performance.now();
    const { data, retryMs, at } = await frameNo(gone, 'bye');
    expect(data).to.deep.equal({ reason: 'TOKEN' });
    expect(retryMs).to.be.within(200, 2200);
    expect(at - revokedAt).to.be.below(5000);
    await eventually(() => { expect(gone.ended()).to.equal(true); }, PATIENCE);
    expect(stays.ended()).to.equal(false);
    const again = await watch(customer, `?product_ids=${product}`);
    await eventually(() => { expect(problemIn(again)).to.deep.equal([401, 'unauthenticated']); }, PATIENCE);
  });

  it('has so many places, in all and for one user, and gives back those of whom has left', async () => {
    const product = await stocked();
    const of = (userId: string) => watch({ ...customer, userId }, `?product_ids=${product}`);
    const own = [await of('a'), await of('a'), await of('a')];
    const fourth = await of('a');
    await eventually(() => { expect(problemIn(fourth)).to.deep.equal([429, 'quota_exceeded']); }, PATIENCE);
    expect(fourth.headers['retry-after']).to.equal('5');
    for (const user of ['b', 'c', 'd']) expect((await of(user)).status).to.equal(200);
    const seventh = await of('e');
    await eventually(() => { expect(problemIn(seventh)).to.deep.equal([503, 'overloaded']); }, PATIENCE);
    own[0]?.close();
    await eventually(async () => { expect((await of('e')).status).to.equal(200); }, PATIENCE);
  });

  it('says goodbye to everybody when the process stops, and to who comes then', async () => {
    const product = await stocked();
    const [stream, deaf] = [await watch(customer, `?product_ids=${product}`), await watch(admin, '?view=events')];
    for (const each of [stream, deaf]) await frameNo(each, 'tick');
    const stopping = feed.api.feed.stop();
    const late = await watch(vendor, `?product_ids=${product}`);
    for (const each of [stream, late]) {
      const { data, retryMs } = await frameNo(each, 'bye');
      expect(data).to.deep.equal({ reason: 'DRAIN' });
      expect(retryMs).to.be.within(200, 2200);
      await eventually(() => { expect(each.ended()).to.equal(true); }, PATIENCE);
    }
    await stopping;
  });

  it('refuses what it does not know', async () => {
    const product = await stocked();
    for (const query of ['?view=all', '?type=stock.updated', `?view=events&product_ids=${product}`, '?view=events&levels_only=true',
      '?product_ids=', '?product_ids=x', '?store_ids=', '?levels_only=1', '?after=x', '?group=x']) {
      const stream = await watch(admin, query);
      await eventually(() => { expect(problemIn(stream), query).to.deep.equal([400, 'validation_failed']); }, PATIENCE);
    }
    const json = await watch(admin, '', { headers: { accept: 'application/json' } });
    await eventually(() => { expect(problemIn(json)).to.deep.equal([406, 'not_acceptable']); }, PATIENCE);
    const nobody = await watch(undefined, '');
    await eventually(() => { expect(problemIn(nobody)).to.deep.equal([401, 'unauthenticated']); }, PATIENCE);
    expect((await feed.boss.request('HEAD', '/stream')).status).to.equal(200);
  });
});
