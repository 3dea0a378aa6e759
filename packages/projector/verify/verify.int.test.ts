import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { FULL_FIELD, PRODUCT_FIELD, productKey } from '@inventory/view/keys.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { startWriters } from '@inventory/testkit/log/writers.ts';
import { productIds } from '../view/log-snapshot.ts';
import { foldLog } from './fold.ts';
import { mendProducts } from './mend.ts';
import { repairViews } from './repair.ts';
import { rebuild } from '../rebuild/rebuild.ts';
import { createContinuousVerification } from './continuous.ts';
import { sealOnce } from '../seal/cycle.ts';
import { addProducts, createWorkbench, dumpView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';
import { verifyProducts } from './verify.ts';

const STRANGER = '00000000-0000-4000-8000-00000000dead';

describe('verification', () => {
  let workbench: Workbench;
  let ids: readonly string[];
  beforeEach(async () => {
    workbench = await createWorkbench();
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 8), each: 3 });
    await rebuild(workbench, TEST_EPOCH);
    ids = await productIds(workbench.db, undefined, 100);
  });
  afterEach(() => workbench.close());

  const key = (n: number): string => productKey(TEST_EPOCH, ids[n] ?? STRANGER);
  const found = async () => (await verifyProducts(workbench, TEST_EPOCH, [...ids, STRANGER]))
    .map(({ product_id, field, kind }) => `${ids.indexOf(product_id)} ${field} ${kind}`).sort();

  /** Corrupts seven products in seven ways, and returns what must be found. */
  async function corrupt(): Promise<readonly string[]> {
    await workbench.redis.hset(key(0), 'MAD-001', '3:999:0:0:0');
    await workbench.redis.hset(key(1), 'MAD-001', '3:1:0:0:0');
    await workbench.redis.hset(key(2), 'BCN-001', '4:4:0:0:0');
    await workbench.redis.hset(key(2), 'VAL-001', '2:2:0:0:0');
    await workbench.redis.hdel(key(3), 'VAL-001');
    await workbench.redis.hset(key(4), 'LIS-001', '1:1:0:0:0');
    await workbench.redis.hset(key(5), PRODUCT_FIELD, '1:0:Somebody else');
    await workbench.redis.hset(key(6), 'BCN-001', 'nonsense');
    await workbench.redis.hset(key(9), { 'MAD-001': '1:1:0:0:0', [PRODUCT_FIELD]: '1:0:Nobody\'s' });
    return [
      '0 MAD-001 different', '1 MAD-001 different', '2 BCN-001 ahead', '2 VAL-001 behind', '3 VAL-001 missing',
      '4 LIS-001 foreign', `5 ${PRODUCT_FIELD} different`, '6 BCN-001 different', '-1 MAD-001 foreign',
      `-1 ${PRODUCT_FIELD} foreign`,
    ];
  }

  it('finds nothing where nothing is wrong', async () => {
    expect(await found()).to.deep.equal([]);
    await workbench.redis.flushall();
    expect(await found(), 'a missing key is allowed').to.deep.equal([]);
    await workbench.redis.hset(key(9), FULL_FIELD, '1');
    expect(await found(), 'so is that there is no such product').to.deep.equal([]);
  });

  it('finds exactly what was corrupted, and repairs it', async () => {
    const before = await dumpView(workbench.redis, TEST_EPOCH);
    const expected = await corrupt();
    expect([...await found()].sort()).to.deep.equal([...expected].sort());
    await repairViews(workbench, TEST_EPOCH, await verifyProducts(workbench, TEST_EPOCH, [...ids, STRANGER]));
    expect(await found()).to.deep.equal([]);
    expect([...await dumpView(workbench.redis, TEST_EPOCH)]).to.deep.equal([...before]);
  });

  it('finds a key of another type, and repairs it, whatever it is', async () => {
    const before = await dumpView(workbench.redis, TEST_EPOCH);
    const makers = [
      (name: string) => workbench.redis.set(name, 'text'), (name: string) => workbench.redis.lpush(name, 'a'),
      (name: string) => workbench.redis.sadd(name, 'a'), (name: string) => workbench.redis.zadd(name, 1, 'a'),
      (name: string) => workbench.redis.xadd(name, '*', 'a', 'b'),
    ];
    for (const [n, make] of makers.entries()) {
      await workbench.redis.del(key(n));
      await make(key(n));
    }
    expect(await found()).to.deep.equal(makers.map((_make, n) => `${n} ${FULL_FIELD} different`));
    expect(await mendProducts(workbench, TEST_EPOCH, ids)).to.deep.include({ remaining: [] });
    expect([...await dumpView(workbench.redis, TEST_EPOCH)]).to.deep.equal([...before]);
  });

  it('leaves a field alone that has changed since it was seen', async () => {
    await workbench.redis.hset(key(0), 'MAD-001', '3:999:0:0:0');
    const divergences = await verifyProducts(workbench, TEST_EPOCH, ids);
    await workbench.redis.hset(key(0), 'MAD-001', '7:7:0:0:0');
    await repairViews(workbench, TEST_EPOCH, divergences);
    expect(await workbench.redis.hget(key(0), 'MAD-001')).to.equal('7:7:0:0:0');
  });

  it('repairs a version that is ahead although newer events arrive meanwhile', async () => {
    await workbench.redis.hset(key(0), 'MAD-001', '900:5:0:0:0');
    const divergences = await verifyProducts(workbench, TEST_EPOCH, ids);
    const { rows } = await workbench.pool.query<{ id: string }>('SELECT id FROM stock');
    await appendStockEvents(workbench.pool, { stockIds: rows.map(({ id }) => id) });
    await sealOnce(workbench, TEST_EPOCH);
    expect(await workbench.redis.hget(key(0), 'MAD-001'), 'in the way of the newer event').to.equal('900:5:0:0:0');
    await repairViews(workbench, TEST_EPOCH, divergences);
    expect(await workbench.redis.hmget(key(0), 'MAD-001', FULL_FIELD)).to.deep.equal(['4:4:0:0:0', '1']);
    expect(await found()).to.deep.equal([]);
  });

  it('finds nothing wrong with what is on its way', async function () {
    this.timeout(90_000);
    const { rows } = await workbench.pool.query<{ id: string }>('SELECT id FROM stock');
    const writers = startWriters(workbench.pool, { stockIds: rows.map(({ id }) => id), writers: 6, pauseMs: 0 });
    let over = false;
    const sealing = (async () => { while (!over) await sealOnce(workbench, TEST_EPOCH); })();
    try {
      for (let rounds = 0; rounds < 100; rounds += 1) expect(await found(), `round ${rounds}`).to.deep.equal([]);
    } finally {
      over = true;
      await sealing;
    }
    expect(await writers.stop()).to.be.above(20);
  });

  it('finds a product that is said not to exist, or has an old name, but not one whose first event is on its way', async () => {
    const say = (version: number) => workbench.pool.query(`
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), 'product.created', 'GLOBAL', id, jsonb_build_object('product_id', id, 'sku', sku, 'name', name,
        'description', null, 'category', null, 'price', '9.99', 'version', $2::int), id, $2::int FROM products WHERE id = $1`,
    [ids[0], version]);
    await workbench.redis.del(key(0));
    await workbench.redis.hset(key(0), FULL_FIELD, '1');
    await say(1);
    expect(await found(), 'behind P').to.deep.equal(['0 BCN-001 missing', '0 MAD-001 missing', '0 VAL-001 missing'].sort());
    await sealOnce(workbench, TEST_EPOCH);
    expect(await workbench.redis.hdel(key(0), PRODUCT_FIELD), 'sealing brings it').to.equal(1);
    expect(await found()).to.include(`0 ${PRODUCT_FIELD} missing`);
    await workbench.pool.query('UPDATE products SET version = 2 WHERE id = $1', [ids[0]]);
    await say(2);
    await sealOnce(workbench, TEST_EPOCH);
    await workbench.redis.hset(key(0), PRODUCT_FIELD, '1:0:Product 1');
    expect(await found()).to.include(`0 ${PRODUCT_FIELD} behind`);
  });

  it('tells a table that differs from its own events from a view that does', async () => {
    await workbench.pool.query('UPDATE stock SET quantity = 500 WHERE product_id = $1 AND store_id = $2', [ids[0], 'MAD-001']);
    expect(await found()).to.deep.equal(['0 MAD-001 table']);
  });

  it('goes on for ever, some products at a time, repairs what is wrong, and counts what it cannot repair', async () => {
    const metrics = createMetrics({ process: 'projector', instance: 'test' });
    const { step, verified } = createContinuousVerification({ db: workbench.db, redis: workbench.redis, log: workbench.log, metrics });
    const counted = async () => (await metrics.registry.getSingleMetric('projection_divergence_keys')?.get())?.values[0]?.value;
    await step();
    expect(await counted()).to.equal(0);
    const whole = [...await dumpView(workbench.redis, TEST_EPOCH)];
    await workbench.redis.hset(key(0), 'MAD-001', '3:999:0:0:0');
    await workbench.redis.hset(key(1), 'MAD-001', '900:5:0:0:0');
    await workbench.redis.set(key(2), 'no hash');
    await step();
    expect(await counted(), 'repaired at once').to.equal(0);
    expect([...await dumpView(workbench.redis, TEST_EPOCH)]).to.deep.equal(whole);
    expect((await metrics.registry.getSingleMetric('projector_mended_products_total')?.get())?.values[0]?.value).to.equal(3);

    await workbench.pool.query('UPDATE stock SET quantity = 500 WHERE product_id = $1 AND store_id = $2', [ids[0], 'MAD-001']);
    await step();
    expect(await counted()).to.equal(1);
    expect(verified()).to.deep.include({
      round_products: 8, divergent_products: 1,
      differences: [{ product_id: ids[0], field: 'MAD-001', kind: 'table', found: '3:3:0:0:0', expected: '3:3:0:0:0' }],
    });
    await workbench.pool.query('UPDATE stock SET quantity = 3 WHERE product_id = $1 AND store_id = $2', [ids[0], 'MAD-001']);
    await step();
    expect(await counted()).to.equal(0);
  });

  it('folds every stream from its first event, and finds one that does not add up', async () => {
    const { rows } = await workbench.pool.query<{ id: string }>('SELECT id FROM stock');
    const faults = async () => {
      const all: string[] = [];
      let read = 0;
      for await (const page of foldLog(workbench)) {
        read += page.events;
        all.push(...page.faults.map(({ stock_id, detail }) => `${stock_id} ${detail}`));
      }
      expect(read).to.equal(await logged());
      return all;
    };
    const logged = async () => Number((await workbench.pool.query<{ n: string }>('SELECT count(*) AS n FROM events')).rows[0]?.n);
    expect(await faults()).to.deep.equal([]);
    await workbench.pool.query(`
      INSERT INTO events (id, event_type, store_id, aggregate_id, payload, stream_id, stream_version)
      SELECT gen_random_uuid(), event_type, store_id, aggregate_id, payload || '{"version": 4}', stream_id, 4
      FROM events WHERE stream_id = $1 AND stream_version = 3`, [rows[0]?.id]);
    expect(await faults()).to.deep.equal([`${String(rows[0]?.id)} version 4: says 3 0, the changes so far add up to 4 0`]);
  });
});
