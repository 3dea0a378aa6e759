import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { createDatabase, createPool } from '@inventory/db/pool.ts';
import { encodeProduct, encodeSeal, encodeStock, encodeStore } from '@inventory/view/codec.ts';
import { LAST_SEALED_KEY, productKey, storeNamesKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { PolicyError } from '@inventory/runtime/policies.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { expect } from 'chai';
import type pg from 'pg';
import { v7 } from 'uuid';
import { receive, testCommitter } from '../testing/committing.ts';
import { addProduct, createTestStore } from '../testing/api.ts';
import type { TestStore } from '../testing/api.ts';
import { createAvailabilityReader } from './read.ts';
import type { ReadAvailability } from './read.ts';

describe('reading availability', () => {
  let store: TestStore;
  let service: Service;
  let proxy: Proxy;
  let pool: pg.Pool;
  let redis: Redis;
  let reads: () => number;
  let read: ReadAvailability;
  let productId: string;
  before(async () => {
    store = await createTestStore();
    service = await startRedis();
  });
  beforeEach(async () => {
    productId = await addProduct(store.db, 'Laptop HP');
    const committer = testCommitter(store.url);
    await committer.submit(receive({ productId, storeId: 'MAD-001' }, 7));
    await committer.submit(receive({ productId, storeId: 'BCN-001' }, 5));
    await committer.stop();

    const url = new URL(store.url);
    proxy = await startProxy({ targetPort: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    pool = createPool({ url: url.href, applicationName: 'read-test', max: 25, maxLifetimeSeconds: 60, onIdleError: () => undefined });
    let statements = 0;
    // A connection is taken for each statement.
    pool.on('acquire', () => { statements += 1; });
    reads = () => statements;
    ({ redis, read } = await connect());
    await redis.flushall();
  });
  afterEach(async () => {
    proxy.heal();
    await closeRedis(redis);
    await pool.end();
    await proxy.close();
  });
  after(async () => {
    await service.stop();
    await store.close();
  });

  /** Patient by default: on a busy machine an answer of Redis must not come too late. */
  async function connect(timeoutMs = 30_000): Promise<{ readonly redis: Redis; readonly read: ReadAvailability }> {
    const { log } = captureLog();
    const link = createRedis({ url: service.url, name: 'read-test', log, corked: true, commandTimeoutMs: timeoutMs });
    await eventually(() => { expect(link.status).to.equal('ready'); });
    const metrics = createMetrics({ process: 't', instance: 't' });
    const reader = createAvailabilityReader({ db: createDatabase(pool), redis: link, epoch: TEST_EPOCH, log, metrics, redisTimeoutMs: timeoutMs });
    return { redis: link, read: reader };
  }
  /** Writes what a projector writes: a full view of the product, sealed now. */
  async function seal(quantity: number, { watermark = true } = {}): Promise<void> {
    await redis.hset(storeNamesKey(TEST_EPOCH), 'MAD-001', encodeStore({ version: 1, name: 'Madrid Centro' }));
    await redis.hset(productKey(TEST_EPOCH, productId), {
      '#full': '1', '#product': encodeProduct({ version: 1, archived: false, name: 'Laptop HP' }),
      'MAD-001': encodeStock({ version: 9, quantity, reserved: 1 }),
    });
    const now = encodeSeal({ epoch: TEST_EPOCH, atMs: Date.now() });
    if (watermark) await redis.set(WATERMARK_KEY, now, 'PX', 60_000);
    await redis.set(LAST_SEALED_KEY, now);
  }
  const codeOf = (id: string): Promise<string> => read(id).then(
    (found) => found?.source ?? 'unknown', (error: unknown) => (error instanceof InventoryError ? error.code : String(error)));

  it('answers from a sealed view, and does not ask Postgres', async () => {
    await seal(42);
    const found = await read(productId);
    expect(found?.source).to.equal('cache');
    expect(found?.stores).to.deep.equal([
      { store_id: 'MAD-001', store_name: 'Madrid Centro', quantity: 42, reserved: 1, available: 41, version: 9 },
    ]);
    expect(found?.as_of.getTime()).to.be.within(Date.now() - 5000, Date.now());
    expect(reads()).to.equal(0);
  });

  it('shows a writer his own write, from the view once it has it, else from Postgres', async () => {
    await seal(42);
    expect((await read(productId, { least: { storeId: 'MAD-001', version: 9 } }))?.source).to.equal('cache');
    // The view has no row of Barcelona; Postgres has its first version.
    const own = await read(productId, { least: { storeId: 'BCN-001', version: 1 } });
    expect([own?.source, own?.stores.map(({ version }) => version)]).to.deep.equal(['database', [1, 1]]);
    const soon = read(productId, { least: { storeId: 'MAD-001', version: 10 } });
    await redis.hset(productKey(TEST_EPOCH, productId), 'MAD-001', encodeStock({ version: 10, quantity: 41, reserved: 1 }));
    expect((await soon)?.stores).to.deep.include({
      store_id: 'MAD-001', store_name: 'Madrid Centro', quantity: 41, reserved: 1, available: 40, version: 10,
    });
  });

  it('asks Postgres without a watermark, and shows both stores ordered by id', async () => {
    await seal(42, { watermark: false });
    const found = await read(productId);
    expect(found?.source).to.equal('database');
    expect(found?.product_name).to.equal('Laptop HP');
    expect(found?.stores).to.deep.equal([
      { store_id: 'BCN-001', store_name: 'Barcelona Plaza', quantity: 5, reserved: 0, available: 5, version: 1 },
      { store_id: 'MAD-001', store_name: 'Madrid Centro', quantity: 7, reserved: 0, available: 7, version: 1 },
    ]);
  });

  it('shows the name and no stores for a product that no store has received, and nothing for an unknown one', async () => {
    const found = await read(await addProduct(store.db, 'Mouse'));
    expect([found?.product_name, found?.stores]).to.deep.equal(['Mouse', []]);
    expect(await read(v7())).to.equal(undefined);
  });

  it('fills a cold view, and answers from it once it is sealed', async () => {
    await redis.set(WATERMARK_KEY, encodeSeal({ epoch: TEST_EPOCH, atMs: Date.now() }), 'PX', 60_000);
    expect((await read(productId))?.source).to.equal('database');
    await eventually(async () => { expect((await read(productId))?.source).to.equal('cache'); });
    expect((await read(productId))?.stores.map(({ available }) => available)).to.deep.equal([5, 7]);
  });

  it('asks Postgres once about a product that does not exist, and again after its first event', async () => {
    const unknown = v7();
    await redis.set(WATERMARK_KEY, encodeSeal({ epoch: TEST_EPOCH, atMs: Date.now() }), 'PX', 60_000);
    await read(productId);
    const before = reads();
    expect(await read(unknown)).to.equal(undefined);
    await eventually(async () => { expect(await redis.hget(productKey(TEST_EPOCH, unknown), '#full')).to.equal('1'); });
    const asked = reads() - before;
    for (let n = 0; n < 20; n += 1) expect(await read(unknown)).to.equal(undefined);
    expect([asked, reads() - before]).to.deep.equal([1, 1]);
    // A projector applies its first event.
    await redis.hset(productKey(TEST_EPOCH, unknown), '#product', encodeProduct({ version: 1, archived: false, name: 'New' }));
    expect(await read(unknown)).to.deep.include({ product_name: 'New', stores: [], source: 'cache' });
    await redis.del(productKey(TEST_EPOCH, unknown), WATERMARK_KEY);
    expect(await read(unknown), 'without a watermark Postgres is asked').to.equal(undefined);
    expect(reads() - before).to.equal(2);
  });

  it('asks Postgres once for five hundred requests for the same cold product, and for those that come while it is filled', async () => {
    await redis.set(WATERMARK_KEY, encodeSeal({ epoch: TEST_EPOCH, atMs: Date.now() }), 'PX', 60_000);
    await read(await addProduct(store.db));
    const before = reads();
    // Each is done as soon as it has its answer, when the view is almost filled.
    const sources = await Promise.all(Array.from({ length: 500 }, async () =>
      [(await read(productId))?.source, (await read(productId))?.source]));
    expect(new Set(sources.map(([first]) => first))).to.deep.equal(new Set(['database']));
    expect(reads() - before).to.equal(1);
  });

  it('asks Postgres once for a hundred products, known and unknown, and fills all of their views', async () => {
    await redis.set(WATERMARK_KEY, encodeSeal({ epoch: TEST_EPOCH, atMs: Date.now() }), 'PX', 60_000);
    await read(await addProduct(store.db));
    const ids = Array.from({ length: 98 }, () => v7());
    const [cold, bare] = [productId, await addProduct(store.db, 'Mouse')];
    const before = reads();
    const found = await Promise.all([cold, ...ids, bare].map((id) => read(id, { caller: 'shop' })));
    expect(reads() - before).to.equal(1);
    expect(found[0]?.stores.map(({ store_id, available }) => [store_id, available])).to.deep.equal([['BCN-001', 5], ['MAD-001', 7]]);
    expect([found.at(-1)?.product_name, found.at(-1)?.stores]).to.deep.equal(['Mouse', []]);
    expect(found.filter((each) => each === undefined)).to.have.length(98);
    await eventually(async () => {
      const again = await Promise.all([cold, ...ids, bare].map((id) => read(id)));
      expect(again.flatMap((each) => (each === undefined ? [] : [each.source]))).to.deep.equal(['cache', 'cache']);
    });
  });

  it('lets a caller with one product pass one with a thousand, whose surplus is refused', async () => {
    await redis.flushall();
    const over: string[] = [];
    const outcomes = Array.from({ length: 1_100 }, async () => {
      const outcome = await read(v7(), { caller: 'crowd' }).then(() => 'read', (error: unknown) =>
        (error instanceof PolicyError ? error.kind : String(error)));
      over.push(outcome);
      return outcome;
    });
    // Asked at once, while all of the crowd waits: otherwise a busy machine may have served it before the shopper comes.
    expect((await read(productId, { caller: 'shopper' }))?.source).to.equal('database');
    expect(over.filter((outcome) => outcome === 'read').length, 'read before the shopper').to.be.below(1_000);
    const told = Map.groupBy(await Promise.all(outcomes), (outcome) => outcome);
    expect([told.get('read')?.length, told.get('bulkhead')?.length]).to.deep.equal([1_000, 100]);
    expect(pool.totalCount).to.be.at.most(8);
  });

  it('answers from Postgres without an error when Redis is killed, and returns to the view by itself', async () => {
    await seal(42);
    expect((await read(productId))?.source).to.equal('cache');
    await service.kill();
    for (let n = 0; n < 20; n += 1) expect((await read(productId))?.source).to.equal('database');
    await service.restart();
    await eventually(async () => {
      await seal(43);
      expect((await read(productId))?.source).to.equal('cache');
    });
  });

  it('waits for a frozen Redis for 200 ms at most, and not at all once the breaker is open', async () => {
    await closeRedis(redis);
    ({ redis, read } = await connect(200));
    await seal(42);
    await read(productId);
    await service.freeze();
    try {
      const begun = performance.now();
      const found = await Promise.all(Array.from({ length: 20 }, () => read(productId)));
      expect(new Set(found.map((each) => each?.source))).to.deep.equal(new Set(['database']));
      expect(performance.now() - begun).to.be.below(1000);
      const again = performance.now();
      expect((await read(productId))?.source).to.equal('database');
      expect(performance.now() - again, 'with the breaker open').to.be.below(200);
    } finally {
      await service.resume();
    }
    await eventually(async () => { expect((await read(productId))?.source).to.equal('cache'); });
  });

  it('answers from a sealed view while Postgres is away, and from an older one as stale, with its age', async () => {
    await seal(42);
    proxy.refuse();
    expect(await codeOf(productId)).to.equal('cache');
    await redis.del(WATERMARK_KEY);
    const found = await read(productId);
    expect([found?.source, found?.stores[0]?.available]).to.deep.equal(['stale', 41]);
    expect(found?.as_of.getTime()).to.be.below(Date.now());
  });

  it('answers from an older view while a table is locked, soon for all who ask, and from Postgres once it is free', async function () {
    this.timeout(30_000);
    await seal(42, { watermark: false });
    const others = await Promise.all(Array.from({ length: 100 }, () => addProduct(store.db)));
    const locker = await store.pool.connect();
    try {
      await locker.query('BEGIN; LOCK TABLE stock IN ACCESS EXCLUSIVE MODE');
      const asked = performance.now();
      expect(await codeOf(productId)).to.equal('stale');
      const codes = await Promise.all(others.map((id) => codeOf(id)));
      expect(new Set(codes), 'those without a view').to.deep.equal(new Set(['dependency_unavailable']));
      expect(await codeOf(productId)).to.equal('stale');
      expect(performance.now() - asked, 'some wait for a second, and the hundred not eight by eight').to.be.below(12_000);
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    await eventually(async () => { expect(await codeOf(productId)).to.equal('database'); }, { timeoutMs: 15_000 });
  });

  it('says that it cannot answer while Postgres is away and there is no view, and recovers by itself', async () => {
    proxy.refuse();
    for (let n = 0; n < 10; n += 1) expect(await codeOf(productId)).to.equal('dependency_unavailable');
    await service.kill();
    expect(await codeOf(productId)).to.equal('dependency_unavailable');
    proxy.heal();
    await eventually(async () => { expect(await codeOf(productId)).to.equal('database'); });
    await service.restart();
  });

  it('never answers from half a view, a hash without #full', async () => {
    await seal(42);
    await redis.hdel(productKey(TEST_EPOCH, productId), '#full');
    expect((await read(productId))?.stores).to.have.length(2);
  });
});
