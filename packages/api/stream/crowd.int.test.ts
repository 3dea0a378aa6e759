/** Many viewers, viewers who do not read, and viewers who come and go: everybody has the last state, and nobody leaves anything behind. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { EVENTS_CHANNEL } from '@inventory/db/events.ts';
import { frameNo, rowsOf } from '@inventory/testkit/http/event-stream.ts';
import type { EventStream } from '@inventory/testkit/http/event-stream.ts';
import { addStockRows, appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { admin, customer, vendor, vendorOfBarcelona } from '../testing/api.ts';
import { startFeed } from '../testing/live-feed.ts';
import type { Feed } from '../testing/live-feed.ts';

const PATIENCE = { timeoutMs: 60_000 };
const STORE = 'MAD-001';

describe('a crowd at the live feed', function () {
  this.timeout(240_000);
  let feed: Feed;
  beforeEach(async () => { feed = await startFeed({ most: 120, mostOfUser: 120 }); });
  afterEach(() => feed.close());

  /** Appends an event to each row, and hints at it as the api does. */
  const append = async (stockIds: readonly string[]): Promise<void> => {
    await appendStockEvents(feed.api.pool, { stockIds });
    await feed.api.pool.query(`NOTIFY ${EVENTS_CHANNEL}`);
  };
  /** The versions of the rows of a store, by product and store, as the table has them. */
  const versionsIn = async (store: string, product?: string): Promise<Readonly<Record<string, number>>> => {
    const { rows } = await feed.api.pool.query<{ row: string; version: number }>(
      `SELECT product_id || ' ' || store_id AS row, version FROM stock WHERE store_id = $1 AND product_id = coalesce($2, product_id)`, [store, product]);
    return Object.fromEntries(rows.map(({ row, version }) => [row, version]));
  };
  const versionsAt = (stream: EventStream): Readonly<Record<string, unknown>> =>
    Object.fromEntries([...rowsOf(stream)].map(([row, { version }]) => [row, version]));
  const metric = async (name: string): Promise<number> => {
    const found = (await feed.api.metrics.registry.getMetricsAsJSON()).find((each) => each.name === name);
    return (found?.values ?? []).reduce((sum, { value }) => sum + Number(value), 0);
  };

  it('of a hundred has the last state of each row, whenever each of them has come, as who and for what', async () => {
    const stockIds = await addStockRows(feed.api.pool, { rows: 20, stores: [STORE] });
    await append(stockIds);
    const { rows: products } = await feed.api.pool.query<{ product_id: string }>('SELECT product_id FROM stock');
    let writing = true;
    let at = 0;
    const writer = (async () => {
      for (; writing; at += 1) await append([stockIds[at % stockIds.length] ?? '']);
    })();
    const streams: { readonly stream: EventStream; readonly product: string | undefined }[] = [];
    for (let nth = 0; nth < 100; nth += 1) {
      const who = [customer, vendor, vendorOfBarcelona, admin][nth % 4] ?? customer;
      // A third of them watch one product each, and are an audience of their own.
      const product = nth % 3 === 0 ? products[nth % products.length]?.product_id : undefined;
      streams.push({ product, stream: await feed.watch(who, product === undefined ? `?store_ids=${STORE}` : `?product_ids=${product}`) });
    }
    const [begun, enough] = [at, 25];
    await eventually(() => { expect(at).to.be.above(begun + enough); }, PATIENCE);
    writing = false;
    await writer;
    const [all, each] = [await versionsIn(STORE), new Map<string, Readonly<Record<string, number>>>()];
    for (const { product_id: product } of products) each.set(product, await versionsIn(STORE, product));
    await eventually(() => {
      for (const { stream, product } of streams) expect(versionsAt(stream)).to.deep.equal(product === undefined ? all : each.get(product));
    }, PATIENCE);
    for (const { stream } of streams) {
      const seen = new Map<unknown, number>();
      for (const { data } of [...stream.of('snapshot'), ...stream.of('stock')]) {
        for (const { product_id: product, version } of Array.isArray(data['rows']) ? data['rows'] : []) {
          expect(version, 'a state that had been shown, or an older one').to.be.above(seen.get(product) ?? 0);
          seen.set(product, version);
        }
      }
    }
  });

  it('sends one who does not read no more than lies on the way, and then the last state of each row', async () => {
    const stockIds = await addStockRows(feed.api.pool, { rows: 400, stores: [STORE] });
    await append(stockIds);
    const [slow, quick] = [await feed.watch(vendor, `?store_ids=${STORE}`), await feed.watch(vendor, `?store_ids=${STORE}`)];
    for (const stream of [slow, quick]) await frameNo(stream, 'tick');
    slow.pause();
    // The same audience: whoever is slow keeps nobody up.
    const toSlow = async (): Promise<number> => await metric('stream_frames_total') - quick.frames.length;
    await eventually(async () => {
      const before = quick.of('stock').length;
      await append(stockIds);
      await eventually(() => { expect(quick.of('stock').length).to.be.above(before); }, { ...PATIENCE, everyMs: 3 });
      expect(await toSlow(), 'frames that were sent to who does not read').to.be.below(quick.frames.length - 8);
    }, { timeoutMs: 100_000, everyMs: 1 });
    slow.resume();
    const last = await versionsIn(STORE);
    await eventually(() => { for (const stream of [slow, quick]) expect(versionsAt(stream)).to.deep.equal(last); }, PATIENCE);
    // He shares again what the others get.
    await append(stockIds.slice(0, 1));
    const next = await versionsIn(STORE);
    await eventually(() => { for (const stream of [slow, quick]) expect(versionsAt(stream)).to.deep.equal(next); }, PATIENCE);
  });

  it('that comes and goes leaves no viewer, no socket and no timer behind', async () => {
    const product = await feed.stocked();
    const resources = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'Timeout').length;
    const come = async (nth: number): Promise<void> => {
      const query = ['', `?product_ids=${product}`, '?view=events', `?store_ids=${STORE}&levels_only=true`][nth % 4] ?? '';
      const stream = await feed.watch(nth % 4 === 2 ? admin : customer, query);
      if (nth % 3 === 0) await frameNo(stream, 'tick');
      stream.close();
    };
    const token = await feed.api.token(customer);
    /** Goes at any point of his opening. */
    const flee = async (nth: number): Promise<void> => {
      const socket = connect(feed.api.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      socket.write(`GET /api/v1/stream?product_ids=${product} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${token}\r\n\r\n`);
      await delay(nth % 7);
      socket.destroy();
    };
    const crowd = (from: number) => Promise.all(Array.from({ length: 20 }, (_, each) => (each % 2 === 0 ? come(from + each / 2) : flee(from + each))));
    // The first one opens as many connections to Postgres as all others need; the pool keeps them for a while.
    await crowd(0);
    await eventually(async () => { expect(await metric('stream_viewers')).to.equal(0); }, PATIENCE);
    const before = resources();
    for (let nth = 0; nth < 120; nth += 20) await crowd(nth);
    await eventually(async () => {
      expect(await metric('stream_viewers')).to.equal(0);
      expect(resources()).to.be.most(before + 5);
    }, PATIENCE);
    const after = await feed.watch(customer, `?product_ids=${product}`);
    await frameNo(after, 'tick');
    await feed.change(product, STORE, 1);
    expect((await frameNo(after, 'stock')).data['rows']).to.have.length(1);
  });
});
