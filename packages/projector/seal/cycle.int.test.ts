import { expect } from 'chai';
import pg from 'pg';
import { SEAL_LOCK } from '@inventory/db/locks.ts';
import { decodeSeal, decodeStock } from '@inventory/view/codec.ts';
import {
  FILL_FIELD, FULL_FIELD, LAST_SEALED_KEY, positionKey, productKey, WATERMARK_KEY,
} from '@inventory/view/keys.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/services.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { sealOnce } from './cycle.ts';
import { addProducts, createBench, dumpView, expectedView } from '../testing/workbench.ts';
import type { Bench } from '../testing/workbench.ts';

const EPOCH = 1;

/** The view of products only: what expectedView speaks of. */
async function productsOf(bench: Bench): Promise<ReadonlyMap<string, string>> {
  const view = new Map(await dumpView(bench.redis, EPOCH));
  view.delete('stores');
  return view;
}

async function expectWholeView(bench: Bench): Promise<void> {
  expect([...await productsOf(bench)]).to.deep.equal([...await expectedView(bench.pool)]);
}

async function stockAt(bench: Bench, stockId: string) {
  const { product_id, store_id } = await bench.db.selectFrom('stock').select(['product_id', 'store_id'])
    .where('id', '=', stockId).executeTakeFirstOrThrow();
  const text = await bench.redis.hget(productKey(EPOCH, product_id), store_id);
  return text === null ? undefined : decodeStock(text);
}

/** Products with a first event in every store, and the view built. */
async function startWithView(bench: Bench, products: number): Promise<readonly string[]> {
  const stockIds = await addProducts(bench.pool, products);
  await appendStockEvents(bench.pool, { stockIds });
  expect((await rebuild(bench, EPOCH)).result).to.equal('done');
  return stockIds;
}

/** A connection of its own, which a failed test may leave open. */
async function connect(bench: Bench): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: bench.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A writer who has drawn a position and not committed yet. */
async function beginWriting(bench: Bench, stockId: string) {
  const client = await connect(bench);
  await client.query('BEGIN');
  const { rows } = await client.query<{ position: string }>(`
    WITH row AS (UPDATE stock SET quantity = quantity + 1, version = version + 1 WHERE id = $1 RETURNING *)
    INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
    SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, jsonb_build_object(
      'stock_id', id, 'product_id', product_id, 'store_id', store_id, 'quantity', quantity, 'reserved', reserved,
      'available', quantity - reserved, 'version', version, 'delta', 1, 'reserved_delta', 0, 'reason', 'RESTOCK',
      'user_id', 'test', 'reference', null, 'note', null, 'occurred_at', null), id, version FROM row
    RETURNING position`, [stockId]);
  return {
    position: Number(rows[0]?.position),
    commit: async () => {
      await client.query('COMMIT');
      await client.end();
    },
  };
}

describe('sealOnce', () => {
  let bench: Bench;
  beforeEach(async () => { bench = await createBench(); });
  afterEach(() => bench.close());

  it('brings what the fast way never brought, and vouches for it', async () => {
    const stockIds = await startWithView(bench, 5);
    await appendStockEvents(bench.pool, { stockIds, each: 3 });
    const before = Date.now();
    const outcome = await sealOnce(bench, EPOCH);
    expect(outcome).to.include({ outcome: 'sealed', from: 15, to: 60, stale: 0 });
    const seal = decodeSeal(String(await bench.redis.get(WATERMARK_KEY)));
    expect(seal.epoch).to.equal(EPOCH);
    expect(seal.atMs).to.be.within(before - 1, Date.now());
    expect(await bench.redis.pttl(WATERMARK_KEY)).to.be.within(1, 2_000);
    expect(await bench.redis.get(LAST_SEALED_KEY)).to.equal(`1:${seal.atMs}`);
    expect(await bench.redis.pttl(LAST_SEALED_KEY)).to.be.within(290_000, 300_000);
    await expectWholeView(bench);
  });

  it('never leaves a writer behind that had drawn its position and not committed', async () => {
    const [slow, quick] = await startWithView(bench, 1);
    if (slow === undefined || quick === undefined) throw new Error('a product has three rows');
    const writer = await beginWriting(bench, slow);
    await appendStockEvents(bench.pool, { stockIds: [quick] });

    const first = await sealOnce(bench, EPOCH);
    expect(first, 'P stays below the position in flight').to.include({ outcome: 'sealed', to: writer.position - 1 });
    expect(await stockAt(bench, quick), 'what was committed behind it is in the view').to.include({ version: 2 });

    await writer.commit();
    await sealOnce(bench, EPOCH);
    expect(await stockAt(bench, slow)).to.include({ version: 2 });
    await expectWholeView(bench);
  });

  it('vouches for nothing when P is gone, and leaves the watermark as it was', async () => {
    await startWithView(bench, 1);
    await bench.redis.del(positionKey(EPOCH));
    expect(await sealOnce(bench, EPOCH)).to.deep.equal({ outcome: 'lost', epoch: EPOCH });
    expect(await bench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY)).to.equal(0);
  });

  it('vouches for nothing when Redis is emptied in the middle of a cycle', async () => {
    await startWithView(bench, 1);
    const other = await connect(bench);
    await other.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    const cycle = sealOnce(bench, EPOCH);
    await eventually(async () => {
      const waiting = await bench.pool.query(`
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
      expect(waiting.rowCount).to.equal(1);
    });
    await bench.redis.flushall();
    await other.query('COMMIT');
    await other.end();
    expect(await cycle).to.deep.equal({ outcome: 'lost', epoch: EPOCH });
    expect(await bench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY, positionKey(EPOCH))).to.equal(0);
  });

  it('vouches for nothing when the log is behind P, or of another epoch', async () => {
    await startWithView(bench, 1);
    await bench.redis.set(positionKey(EPOCH), 1_000);
    expect(await sealOnce(bench, EPOCH)).to.deep.equal({ outcome: 'behind', epoch: EPOCH });
    await bench.pool.query('UPDATE log_epoch SET epoch = 2');
    expect(await sealOnce(bench, EPOCH)).to.deep.equal({ outcome: 'epoch', epoch: 2 });
    expect(await bench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY)).to.equal(0);
  });

  it('never replaces the watermark of a newer epoch, nor a later instant', async () => {
    await startWithView(bench, 1);
    await bench.redis.set(WATERMARK_KEY, '2:1700000000000', 'PX', 2_000);
    await bench.redis.set(LAST_SEALED_KEY, '1:9999999999999', 'PX', 300_000);
    expect(await sealOnce(bench, EPOCH)).to.include({ outcome: 'sealed' });
    expect(await bench.redis.mget(WATERMARK_KEY, LAST_SEALED_KEY)).to.deep.equal(['2:1700000000000', '1:9999999999999']);
  });

  it('leaves the work to another sealer, unless that one has stopped sealing', async () => {
    await startWithView(bench, 1);
    const other = await connect(bench);
    await other.query('SELECT pg_advisory_lock($1)', [SEAL_LOCK]);
    await bench.redis.set(WATERMARK_KEY, '1:1700000000000', 'PX', 1_900);
    expect(await sealOnce(bench, EPOCH)).to.include({ outcome: 'busy' });
    await bench.redis.pexpire(WATERMARK_KEY, 1_000);
    expect(await sealOnce(bench, EPOCH)).to.include({ outcome: 'sealed' });
    await other.end();
  });

  it('gives its lock back', async () => {
    await startWithView(bench, 1);
    for (let n = 0; n < 3; n += 1) expect(await sealOnce(bench, EPOCH)).to.include({ outcome: 'sealed' });
    const { rows } = await bench.pool.query<{ held: number }>(`
      SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint >> 16 = 8
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    expect(rows[0]?.held).to.equal(0);
  });

  it('takes the view and the lease from a product whose event it cannot read, and goes on', async () => {
    const [poisoned, healthy] = await startWithView(bench, 2);
    if (poisoned === undefined || healthy === undefined) throw new Error('products have rows');
    const { rows: [row] } = await bench.pool.query<{ product_id: string }>(`
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, '{"nonsense": true}', id, 2 FROM stock WHERE id = $1
      RETURNING aggregate_id AS product_id`, [poisoned]);
    const key = productKey(EPOCH, String(row?.product_id));
    await bench.redis.hset(key, FILL_FIELD, 'a reader who has read too early');
    await appendStockEvents(bench.pool, { stockIds: [healthy] });

    expect(await sealOnce(bench, EPOCH)).to.include({ outcome: 'sealed', unreadable: 1 });
    expect(await bench.redis.hmget(key, FULL_FIELD, FILL_FIELD)).to.deep.equal([null, null]);
    expect(await stockAt(bench, healthy)).to.include({ version: 2 });
  });

  it('gets a backlog of several pages into the view', async () => {
    const stockIds = await startWithView(bench, 10);
    await appendStockEvents(bench.pool, { stockIds, each: 400 });
    const reached: number[] = [];
    let outcome = await sealOnce({ ...bench, onReached: (position) => { reached.push(position); } }, EPOCH);
    if (outcome.outcome === 'slow') outcome = await sealOnce(bench, EPOCH);
    expect(outcome).to.include({ outcome: 'sealed', to: 30 + 12_000 });
    expect(reached, 'P moves page by page').to.deep.equal([5_030, 10_030, 12_030]);
    await expectWholeView(bench);
  });
});

describe('a sealer that was frozen', () => {
  let postgres: Service;
  let bench: Bench;
  before(async function () {
    this.timeout(90_000);
    postgres = await startPostgres();
    bench = await createBench({ adminUrl: postgres.url });
  });
  after(async () => {
    await bench.close();
    await postgres.stop();
  });

  it('vouches for nothing once two seconds have gone by since it began, but moves P', async () => {
    await startWithView(bench, 1);
    await postgres.freeze();
    const cycle = sealOnce(bench, EPOCH);
    const frozenAt = performance.now();
    await eventually(() => { if (performance.now() < frozenAt + 2_100) throw new Error('not yet'); });
    await postgres.resume();
    expect(await cycle).to.include({ outcome: 'slow', to: 3 });
    expect(await bench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY)).to.equal(0);
    expect(await bench.redis.get(positionKey(EPOCH))).to.equal('3');
  });
});

describe('sealing after Redis lost data', () => {
  let bench: Bench;
  afterEach(() => bench.close());

  it('notices a FLUSHALL, vouches for nothing, and rebuilds by itself', async () => {
    bench = await createBench();
    await startWithView(bench, 4);
    const sealing = bench.sealing();
    const { signal } = new AbortController();
    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('sealed');

    await bench.redis.flushall();
    await sealing.step(signal);
    expect(sealing.facts()).to.include({ outcome: 'lost' });
    expect(sealing.facts().lastRebuild).to.include({ result: 'done', products: 4, open: 0 });
    expect(await bench.redis.exists(WATERMARK_KEY), 'no seal before the next cycle').to.equal(0);
    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('sealed');
    await expectWholeView(bench);
  });

  it('notices a restart with old data, and rebuilds before it vouches for anything', async function () {
    this.timeout(90_000);
    bench = await createBench({ redisArgs: ['--save', '3600', '1'] });
    const stockIds = await startWithView(bench, 4);
    const sealing = bench.sealing();
    const { signal } = new AbortController();
    await sealing.step(signal);
    await bench.redis.save();
    await appendStockEvents(bench.pool, { stockIds, each: 2 });
    await sealing.step(signal);
    await bench.server.kill();
    await bench.server.restart();
    await eventually(() => bench.redis.ping());
    expect((await productsOf(bench)).size, 'the old data is there').to.equal(4);

    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('lost');
    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('sealed');
    await expectWholeView(bench);
  });
});
