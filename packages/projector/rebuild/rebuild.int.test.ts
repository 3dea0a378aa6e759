import { expect } from 'chai';
import { checkpointKey, FILL_FIELD, FULL_FIELD, positionKey, PRODUCT_FIELD, productKey, sourceKey, storeNamesKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startWriters } from '@inventory/testkit/log/writers.ts';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { readCheckpoint } from './checkpoint.ts';
import { rebuild } from './rebuild.ts';
import { removeOlder } from './older.ts';
import { fillProducts } from '../view/fill.ts';
import { sealOnce } from '../seal/cycle.ts';
import { readSource } from '@inventory/view/source.ts';
import { addProducts, createWorkbench, digestOf, dumpView, expectedView } from '../testing/workbench.ts';
import type { Workbench } from '../testing/workbench.ts';

async function productIds(workbench: Workbench): Promise<readonly string[]> {
  return (await workbench.db.selectFrom('products').select('id').orderBy('id').execute()).map(({ id }) => id);
}

async function expectWholeView(workbench: Workbench): Promise<void> {
  const view = new Map(await dumpView(workbench.redis, TEST_EPOCH));
  expect(view.delete('stores'), 'names of stores').to.equal(true);
  expect([...view]).to.deep.equal([...await expectedView(workbench.pool)]);
}

describe('rebuild', () => {
  let workbench: Workbench;
  beforeEach(async () => { workbench = await createWorkbench(); });
  afterEach(() => workbench.close());

  it('restores every key from the log, over pages, and says up to where', async () => {
    const stockIds = await addProducts(workbench.pool, 450);
    const events = await appendStockEvents(workbench.pool, { stockIds, each: 3 });
    const seen: number[] = [];
    const rebuilt = await rebuild(workbench, TEST_EPOCH, { onProgress: ({ products }) => { seen.push(products); } });
    expect(rebuilt).to.include({ result: 'done', products: 450, fields: 4 * 450, open: 0, position: events });
    expect(seen.at(-1)).to.equal(450);
    expect(seen.length).to.be.above(1);
    await expectWholeView(workbench);
    expect(await workbench.redis.get(positionKey(TEST_EPOCH))).to.equal(String(events));
    expect(await workbench.redis.get(sourceKey(TEST_EPOCH))).to.equal(await readSource(workbench.redis));
    expect(await workbench.redis.keys('*rebuild*')).to.deep.equal([]);

    const before = digestOf(await dumpView(workbench.redis, TEST_EPOCH));
    await workbench.redis.flushall();
    await rebuild(workbench, TEST_EPOCH);
    expect(digestOf(await dumpView(workbench.redis, TEST_EPOCH))).to.equal(before);
  });

  it('reads the log and not the tables', async () => {
    const [stockId] = await addProducts(workbench.pool, 1);
    if (stockId === undefined) throw new Error('a product has rows');
    await appendStockEvents(workbench.pool, { stockIds: [stockId] });
    await workbench.pool.query('UPDATE stock SET quantity = 999 WHERE id = $1', [stockId]);
    await rebuild(workbench, TEST_EPOCH);
    const [id] = await productIds(workbench);
    expect(await workbench.redis.hvals(productKey(TEST_EPOCH, String(id)))).to.include('1:1:0:0:0');
  });

  it('makes a product without stock a view with no stores in it', async () => {
    await workbench.pool.query(`INSERT INTO products (id, sku, name, price) VALUES (gen_random_uuid(), 'S', 'Empty: shelf', 1)`);
    await rebuild(workbench, TEST_EPOCH);
    const [id] = await productIds(workbench);
    expect(await workbench.redis.hgetall(productKey(TEST_EPOCH, String(id))))
      .to.deep.equal({ [FULL_FIELD]: '1', [PRODUCT_FIELD]: '1:0:Empty: shelf' });
  });

  it('looks at what it has made, and repairs what nobody should have written', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 5), each: 3 });
    await rebuild(workbench, TEST_EPOCH);
    const whole = [...await dumpView(workbench.redis, TEST_EPOCH)];
    const key = async (n: number): Promise<string> => productKey(TEST_EPOCH, String((await productIds(workbench))[n]));
    await workbench.redis.set(positionKey(TEST_EPOCH), 40);
    await workbench.redis.hset(await key(0), 'MAD-001', '7:70:0:0:0');
    await workbench.redis.hset(await key(1), 'LIS-001', '1:1:0:0:0');
    await workbench.redis.hset(await key(2), 'MAD-001', '3:999:0:0:0');
    await workbench.redis.set(await key(3), 'no hash');
    await workbench.redis.hset(await key(4), 'BCN-001', '2:2:0:0:0');
    const rebuilt = await rebuild(workbench, TEST_EPOCH);
    expect(rebuilt).to.include({ result: 'done', open: 0, position: 45, differences: 3, remaining: 0 });
    expect([...await dumpView(workbench.redis, TEST_EPOCH)]).to.deep.equal(whole);
    expect(await workbench.redis.get(positionKey(TEST_EPOCH))).to.equal('45');
  });

  it('takes P from the log, however high the P is that it finds', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 1) });
    await rebuild(workbench, TEST_EPOCH);
    await workbench.redis.set(positionKey(TEST_EPOCH), 1_000_000);
    await rebuild(workbench, TEST_EPOCH);
    expect(await workbench.redis.get(positionKey(TEST_EPOCH))).to.equal('3');
    expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed', from: 3 });
  });

  it('leaves alone what is newer than what it has read, and finds nothing wrong with it', async function () {
    this.timeout(60_000);
    const stockIds = await addProducts(workbench.pool, 100);
    await appendStockEvents(workbench.pool, { stockIds });
    await rebuild(workbench, TEST_EPOCH);
    const writers = startWriters(workbench.pool, { stockIds, writers: 4, pauseMs: 0 });
    let over = false;
    const sealing = (async () => { while (!over) await sealOnce(workbench, TEST_EPOCH); })();
    for (let round = 0; round < 5; round += 1) {
      expect(await rebuild(workbench, TEST_EPOCH), `round ${round}`).to.include({ result: 'done', differences: 0, remaining: 0 });
    }
    over = true;
    await sealing;
    expect(await writers.stop()).to.be.above(20);
    await eventually(async () => { expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed' }); });
    await expectWholeView(workbench);
  });

  it('does not stand when Redis is emptied in the middle of it', async () => {
    const stockIds = await addProducts(workbench.pool, 300);
    await appendStockEvents(workbench.pool, { stockIds });
    let flushed: Promise<unknown> | undefined;
    const rebuilt = await rebuild(workbench, TEST_EPOCH, { onProgress: () => { flushed ??= workbench.redis.flushall(); } });
    expect(rebuilt.result).to.equal('lost');
    expect(await workbench.redis.exists(positionKey(TEST_EPOCH), sourceKey(TEST_EPOCH))).to.equal(0);
  });

  it('keeps a product open whose rows it cannot read, and says so', async () => {
    const [stockId] = await addProducts(workbench.pool, 1);
    if (stockId === undefined) throw new Error('a product has rows');
    await appendStockEvents(workbench.pool, { stockIds: [stockId] });
    // The other two rows have no event at all.
    await workbench.pool.query('UPDATE stock SET version = 1');
    expect(await rebuild(workbench, TEST_EPOCH)).to.include({ result: 'done', open: 1 });
    const [id] = await productIds(workbench);
    const hash = await workbench.redis.hgetall(productKey(TEST_EPOCH, String(id)));
    expect(hash).to.include.keys(PRODUCT_FIELD);
    expect(hash).not.to.have.any.keys(FULL_FIELD, FILL_FIELD);
  });

  it('stops when it is told to, and claims nothing', async () => {
    await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, 300) });
    const stop = new AbortController();
    const rebuilding = rebuild(workbench, TEST_EPOCH, { signal: stop.signal, onProgress: () => { stop.abort(new Error('enough')); } });
    expect(await rebuilding.catch((error: unknown) => String(error))).to.equal('Error: enough');
    expect(await workbench.redis.exists(positionKey(TEST_EPOCH))).to.equal(0);
  });

  describe('that was interrupted', () => {
    const PRODUCTS = 2_500;
    /** Lets a rebuild come two pages far, or some more, of eight. */
    async function interrupt(): Promise<void> {
      await appendStockEvents(workbench.pool, { stockIds: await addProducts(workbench.pool, PRODUCTS) });
      const stop = new AbortController();
      await rebuild(workbench, TEST_EPOCH, {
        signal: stop.signal,
        onProgress: ({ products }) => { if (products >= 400) stop.abort(new Error('enough')); },
      }).catch(() => undefined);
    }

    it('goes on where it stopped, and claims no more than it may', async () => {
      await interrupt();
      const { rows } = await workbench.pool.query<{ id: string }>('SELECT id FROM stock');
      await appendStockEvents(workbench.pool, { stockIds: rows.map(({ id }) => id) });
      const seen: number[] = [];
      const rebuilt = await rebuild(workbench, TEST_EPOCH, { onProgress: ({ products }) => { seen.push(products); } });
      expect(rebuilt).to.include({ result: 'done', products: PRODUCTS, fields: 4 * PRODUCTS, open: 0, position: 3 * PRODUCTS });
      expect(rebuilt.resumed.products).to.be.within(200, 2_000);
      expect(seen[0]).to.be.above(rebuilt.resumed.products);
      // What was filled first does not have the newer events; P does not say so either, and sealing brings them.
      expect(await workbench.redis.get(positionKey(TEST_EPOCH))).to.equal(String(3 * PRODUCTS));
      await eventually(async () => { expect(await sealOnce(workbench, TEST_EPOCH)).to.include({ outcome: 'sealed', to: 6 * PRODUCTS }); });
      await expectWholeView(workbench);
      expect(await workbench.redis.keys('*rebuild*')).to.deep.equal([]);
      expect((await rebuild(workbench, TEST_EPOCH)).resumed.products, 'one that has ended is not gone on with').to.equal(0);
    });

    it('begins anew when Redis was emptied or is another one, when it is told to, and while another rebuild runs', async () => {
      await interrupt();
      const key = checkpointKey(TEST_EPOCH);
      const stored = String(await workbench.redis.get(key));
      const resumes = async (change: (text: string) => string) => {
        await workbench.redis.set(key, change(stored), 'PX', 3_600_000);
        return await readCheckpoint(workbench.redis, TEST_EPOCH, await readSource(workbench.redis)) !== undefined;
      };
      expect(await resumes((text) => text)).to.equal(true);
      expect(await resumes((text) => text.replace(/"source":"\w/, '"source":"x')), 'another Redis').to.equal(false);
      expect(await resumes((text) => text.replace('"departed":true', '"departed":false')), 'another rebuild runs').to.equal(false);
      expect(await resumes(() => '{"after":'), 'nonsense').to.equal(false);
      await workbench.redis.set(key, stored.replace('"departed":true', '"departed":false'), 'PX', 3_590_000);
      expect(await readCheckpoint(workbench.redis, TEST_EPOCH, await readSource(workbench.redis)), 'died ten seconds ago').not.to.equal(undefined);
      expect((await rebuild(workbench, TEST_EPOCH, { anew: true })).resumed.products).to.equal(0);
      await workbench.redis.flushall();
      await workbench.redis.set(key, stored, 'PX', 3_600_000);
      expect((await rebuild(workbench, TEST_EPOCH)).resumed.products, 'its mark is gone').to.equal(0);
      await expectWholeView(workbench);
    });
  });

  it('removes the keys of older epochs, and of the release before once nobody seals them, and no others', async () => {
    const { redis } = workbench;
    const of = (log: string) => [1, 2, 10].map((epoch) => storeNamesKey(`${log}.${epoch}`));
    const former = ['v1:1:stores', 'v1:1:{availability}:position', 'v1:{availability}:last_sealed', 'v1:{availability}:watermark'];
    const others = ['other', 'v1:limit:ip:{x}', WATERMARK_KEY, ...of('ffffffff')];
    for (const key of [...of('00000000'), ...former, ...others]) await redis.set(key, 'x');
    expect(await removeOlder(redis, '00000000.2')).to.equal(1);
    expect((await redis.keys('*')).sort()).to.deep.equal([...of('00000000').slice(1), ...former, ...others].sort());
    await redis.del('v1:{availability}:watermark');
    expect(await removeOlder(redis, '00000000.2')).to.equal(3);
    expect((await redis.keys('*')).sort()).to.deep.equal([...of('00000000').slice(1), ...others].sort());
  });
});

describe('fillProducts', () => {
  let workbench: Workbench;
  before(async () => { workbench = await createWorkbench(); });
  after(() => workbench.close());

  it('declares a hash full although readers take the lease over, as long as they fill it themselves', async () => {
    const stockIds = await addProducts(workbench.pool, 1);
    await appendStockEvents(workbench.pool, { stockIds });
    const ids = await productIds(workbench);
    const key = productKey(TEST_EPOCH, String(ids[0]));
    let stolen = true;
    const stealing = (async () => { while (stolen) await workbench.redis.hset(key, FILL_FIELD, 'somebody else'); })();
    const contended = await fillProducts(workbench, TEST_EPOCH, ids);
    stolen = false;
    await stealing;
    if (contended.open === 1) expect(await workbench.redis.hget(key, FULL_FIELD)).to.equal(null);
    expect(await fillProducts(workbench, TEST_EPOCH, ids)).to.deep.equal({ fields: 4, open: 0, suspects: [] });
    expect(await workbench.redis.hmget(key, FULL_FIELD, FILL_FIELD)).to.deep.equal(['1', null]);
    expect(await workbench.redis.exists(storeNamesKey(TEST_EPOCH))).to.equal(0);
  });
});
