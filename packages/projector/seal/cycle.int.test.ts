import { expect } from 'chai';
import pg from 'pg';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { SEAL_LOCK } from '@inventory/db/locks.ts';
import { decodeSeal } from '@inventory/view/codec.ts';
import {
  FILL_FIELD, FULL_FIELD, LAST_SEALED_KEY, lsnKey, positionKey, productKey, WATERMARK_KEY,
} from '@inventory/view/keys.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startPostgres } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { sealOnce } from './cycle.ts';
import { expectWholeView, productsOf, startWithView, stockAt } from '../testing/sealed-view.ts';
import { createWorkbench, dumpView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

/** A connection of its own, which a failed test may leave open. */
async function connect(workbench: Workbench): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: workbench.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A writer who has drawn a position and not committed yet. */
async function beginWriting(workbench: Workbench, stockId: string) {
  const client = await connect(workbench);
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
  let workbench: Workbench;
  beforeEach(async () => { workbench = await createWorkbench(); });
  afterEach(() => workbench.close());

  it('brings what the stream never brought, and seals it', async () => {
    const stockIds = await startWithView(workbench, 5);
    await appendStockEvents(workbench.pool, { stockIds, each: 3 });
    const before = Date.now();
    const outcome = await sealOnce(workbench, TEST_EPOCH);
    expect(outcome).to.include({ outcome: 'sealed', from: 15, to: 60, stale: 0 });
    const seal = decodeSeal(String(await workbench.redis.get(WATERMARK_KEY)));
    expect(seal.epoch).to.equal(TEST_EPOCH);
    expect(seal.atMs).to.be.within(before - 1, Date.now());
    expect(await workbench.redis.pttl(WATERMARK_KEY)).to.be.within(1, 2_000);
    expect(await workbench.redis.get(LAST_SEALED_KEY)).to.equal(`${TEST_EPOCH}:${seal.atMs}`);
    expect(await workbench.redis.pttl(LAST_SEALED_KEY)).to.be.within(290_000, 300_000);
    await expectWholeView(workbench);
  });

  it('never skips a writer that has drawn its position and not committed yet', async () => {
    const [slow, quick] = await startWithView(workbench, 1);
    if (slow === undefined || quick === undefined) throw new Error('a product has three rows');
    const writer = await beginWriting(workbench, slow);
    await appendStockEvents(workbench.pool, { stockIds: [quick] });

    const first = await sealOnce(workbench, TEST_EPOCH);
    expect(first, 'P stays below the position in flight').to.include({ outcome: 'sealed', to: writer.position - 1 });
    expect(await stockAt(workbench, quick), 'what was committed behind it is in the view').to.include({ version: 2 });

    await writer.commit();
    await sealOnce(workbench, TEST_EPOCH);
    expect(await stockAt(workbench, slow)).to.include({ version: 2 });
    await expectWholeView(workbench);
  });

  it('seals nothing when P is gone, and leaves the watermark as it was', async () => {
    await startWithView(workbench, 1);
    await workbench.redis.del(positionKey(TEST_EPOCH));
    expect(await sealOnce(workbench, TEST_EPOCH)).to.deep.equal({ outcome: 'lost', epoch: TEST_EPOCH });
    expect(await workbench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY)).to.equal(0);
  });

  it('seals nothing when Redis is emptied in the middle of a cycle', async () => {
    await startWithView(workbench, 1);
    const other = await connect(workbench);
    await other.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    const cycle = sealOnce(workbench, TEST_EPOCH);
    await eventually(async () => {
      const waiting = await workbench.pool.query(`
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
      expect(waiting.rowCount).to.equal(1);
    });
    await workbench.redis.flushall();
    await other.query('COMMIT');
    await other.end();
    expect(await cycle).to.deep.equal({ outcome: 'lost', epoch: TEST_EPOCH });
    expect(await workbench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY, positionKey(TEST_EPOCH))).to.equal(0);
  });

  it('seals nothing on a server that nobody has accepted, and goes on when it is accepted', async () => {
    const stockIds = await startWithView(workbench, 1);
    const { server } = await workbench.db.selectFrom('log_epoch').select('server').executeTakeFirstOrThrow();
    await workbench.pool.query("UPDATE log_epoch SET server = '7000000000000000000.1'");
    await appendStockEvents(workbench.pool, { stockIds });
    const before = await dumpView(workbench.redis, TEST_EPOCH);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.deep.equal({ outcome: 'unknown_server', epoch: TEST_EPOCH });
    expect(await workbench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY)).to.equal(0);
    expect(await dumpView(workbench.redis, TEST_EPOCH)).to.deep.equal(before);
    await workbench.pool.query('UPDATE log_epoch SET server = $1', [server]);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed' });
    await expectWholeView(workbench);
  });

  it('seals nothing when the server\'s own log has gone back: a snapshot of it that was started again', async () => {
    await startWithView(workbench, 1);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed' });
    const end = Number(await workbench.redis.get(lsnKey(TEST_EPOCH)));
    expect(end).to.be.above(0);
    // As it looks to a server that was started from an older state.
    await workbench.redis.set(lsnKey(TEST_EPOCH), end + 1e9);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'went_back', epoch: TEST_EPOCH });
  });

  it('seals nothing when the log is behind P, or in another epoch', async () => {
    await startWithView(workbench, 1);
    await workbench.redis.set(positionKey(TEST_EPOCH), 1_000);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.deep.equal({ outcome: 'behind', epoch: TEST_EPOCH, newest: 3 });
    await workbench.pool.query('UPDATE log_epoch SET epoch = 2');
    expect(await sealOnce(workbench, TEST_EPOCH)).to.deep.equal({ outcome: 'epoch', epoch: '00000000.2' });
    expect(await workbench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY)).to.equal(0);
  });

  it('never replaces the watermark of a newer epoch, nor a later instant', async () => {
    await startWithView(workbench, 1);
    await workbench.redis.set(WATERMARK_KEY, '00000000.2:1700000000000', 'PX', 2_000);
    const later = `${TEST_EPOCH}:${Date.now() + 10_000}`;
    await workbench.redis.set(LAST_SEALED_KEY, later, 'PX', 300_000);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed' });
    expect(await workbench.redis.mget(WATERMARK_KEY, LAST_SEALED_KEY)).to.deep.equal(['00000000.2:1700000000000', later]);
  });

  it('leaves the work to another sealer, unless that one has stopped sealing', async () => {
    await startWithView(workbench, 1);
    const other = await connect(workbench);
    await other.query('SELECT pg_advisory_lock($1)', [SEAL_LOCK]);
    await workbench.redis.set(WATERMARK_KEY, `${TEST_EPOCH}:1700000000000`, 'PX', 1_900);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'busy' });
    await workbench.redis.pexpire(WATERMARK_KEY, 1_000);
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed' });
    await other.end();
  });

  it('gives its lock back', async () => {
    await startWithView(workbench, 1);
    for (let n = 0; n < 3; n += 1) expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed' });
    const { rows } = await workbench.pool.query<{ held: number }>(`
      SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint >> 16 = 8
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
    expect(rows[0]?.held).to.equal(0);
  });

  it('takes the view and the lease from a product whose event it cannot read, and goes on', async () => {
    const [poisoned, healthy] = await startWithView(workbench, 2);
    if (poisoned === undefined || healthy === undefined) throw new Error('products have rows');
    const { rows: [row] } = await workbench.pool.query<{ product_id: string }>(`
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'stock.updated', store_id, product_id, '{"nonsense": true}', id, 2 FROM stock WHERE id = $1
      RETURNING aggregate_id AS product_id`, [poisoned]);
    const key = productKey(TEST_EPOCH, String(row?.product_id));
    await workbench.redis.hset(key, FILL_FIELD, 'a reader who has read too early');
    await appendStockEvents(workbench.pool, { stockIds: [healthy] });

    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed', unreadable: 1 });
    expect(await workbench.redis.hmget(key, FULL_FIELD, FILL_FIELD)).to.deep.equal([null, null]);
    expect(await stockAt(workbench, healthy)).to.include({ version: 2 });
  });

  it('gets a backlog of several pages into the view', async () => {
    const stockIds = await startWithView(workbench, 10);
    await appendStockEvents(workbench.pool, { stockIds, each: 400 });
    const reached: number[] = [];
    let outcome = await sealOnce({ ...workbench, onReached: (position) => { reached.push(position); } }, TEST_EPOCH);
    if (outcome.outcome === 'slow') outcome = await sealOnce(workbench, TEST_EPOCH);
    expect(outcome).to.include({ outcome: 'sealed', to: 30 + 12_000 });
    expect(reached, 'P moves page by page').to.deep.equal([5_030, 10_030, 12_030]);
    await expectWholeView(workbench);
  });
});

describe('a sealer that was frozen', () => {
  let postgres: Service;
  let workbench: Workbench;
  before(async function () {
    this.timeout(90_000);
    postgres = await startPostgres();
    workbench = await createWorkbench({ adminUrl: postgres.url });
  });
  after(async () => {
    await workbench.close();
    await postgres.stop();
  });

  it('seals nothing once two seconds have passed since it began, but moves P', async () => {
    await startWithView(workbench, 1);
    await postgres.freeze();
    const cycle = sealOnce(workbench, TEST_EPOCH);
    const frozenAt = performance.now();
    await eventually(() => { if (performance.now() < frozenAt + 2_100) throw new Error('not yet'); });
    await postgres.resume();
    expect(await cycle).to.include({ outcome: 'slow', to: 3 });
    expect(await workbench.redis.exists(WATERMARK_KEY, LAST_SEALED_KEY)).to.equal(0);
    expect(await workbench.redis.get(positionKey(TEST_EPOCH))).to.equal('3');
  });
});

describe('sealing after Redis lost data', () => {
  let workbench: Workbench;
  afterEach(() => workbench.close());

  it('notices a FLUSHALL, seals nothing, and rebuilds by itself', async () => {
    workbench = await createWorkbench();
    await startWithView(workbench, 4);
    const sealing = workbench.sealer();
    const { signal } = new AbortController();
    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('sealed');

    await workbench.redis.flushall();
    await sealing.step(signal);
    expect(sealing.facts()).to.include({ outcome: 'lost' });
    expect(sealing.facts().lastRebuild).to.include({ result: 'done', products: 4, open: 0 });
    expect(await workbench.redis.exists(WATERMARK_KEY), 'no seal before the next cycle').to.equal(0);
    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('sealed');
    await expectWholeView(workbench);
  });

  it('notices a restart with old data, and rebuilds before it seals anything', async function () {
    this.timeout(90_000);
    workbench = await createWorkbench({ redisArgs: ['--save', '3600', '1'] });
    const stockIds = await startWithView(workbench, 4);
    const sealing = workbench.sealer();
    const { signal } = new AbortController();
    await sealing.step(signal);
    await workbench.redis.save();
    await appendStockEvents(workbench.pool, { stockIds, each: 2 });
    await sealing.step(signal);
    await workbench.server.kill();
    await workbench.server.restart();
    await eventually(() => workbench.redis.ping());
    expect((await productsOf(workbench)).size, 'the old data is there').to.equal(4);

    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('lost');
    await sealing.step(signal);
    expect(sealing.facts().outcome).to.equal('sealed');
    await expectWholeView(workbench);
  });
});
