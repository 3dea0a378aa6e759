import type { Client } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startProxy } from '@inventory/testkit/servers/proxy.ts';
import type { Proxy } from '@inventory/testkit/servers/proxy.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { createDatabase } from '@inventory/db/pool.ts';
import { createTestPool, TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { encodeProduct, encodeSeal, encodeStock, encodeStore } from '@inventory/view/codec.ts';
import { LAST_SEALED_KEY, productKey, storeNamesKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import { InventoryError } from '@inventory/domain/errors.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { expect } from 'chai';
import type pg from 'pg';
import { addProduct, admin, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { createAvailabilityReader } from './read.ts';
import type { ReadAvailability } from './read.ts';

describe('min_version', () => {
  let api: TestApi;
  let boss: Client;
  let service: Service;
  let redis: Redis;
  let proxy: Proxy;
  let pool: pg.Pool;
  let read: ReadAvailability;
  let productId: string;

  before(async () => {
    service = await startRedis();
    api = await startTestApi({ redisUrl: service.url });
    boss = await api.as(admin);
    const url = new URL(api.url);
    proxy = await startProxy({ targetPort: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    pool = createTestPool(url.href, 5);
    const { log } = captureLog();
    redis = createRedis({ url: service.url, name: 'own-writes', log, corked: true, commandTimeoutMs: 5000 });
    await eventually(() => { expect(redis.status).to.equal('ready'); });
    read = createAvailabilityReader({ db: createDatabase(pool), redis, epoch: TEST_EPOCH, log, redisTimeoutMs: 5000,
      metrics: createMetrics({ process: 't', instance: 't' }) });
  });
  beforeEach(async () => {
    await redis.flushall();
    productId = await addProduct(api.db);
    await receive();
  });
  afterEach(() => { proxy.heal(); });
  after(async () => {
    await closeRedis(redis);
    await pool.end();
    await proxy.close();
    await api.close();
    await service.stop();
  });

  /** Receives one unit in Madrid. @returns the row's version after it */
  async function receive(): Promise<number> {
    const { body } = await boss.post('/stock', { product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' });
    return Number(body['version']);
  }
  /** Writes what a projector would write. */
  async function view(version: number, { watermark = true } = {}): Promise<void> {
    await redis.hset(storeNamesKey(TEST_EPOCH), 'MAD-001', encodeStore({ version: 1, name: 'Madrid Centro' }));
    await redis.hset(productKey(TEST_EPOCH, productId), {
      '#full': '1', '#product': encodeProduct({ version: 1, archived: false, name: 'Laptop HP' }),
      'MAD-001': encodeStock({ version, quantity: version, reserved: 0 }),
    });
    const now = encodeSeal({ epoch: TEST_EPOCH, atMs: Date.now() });
    if (watermark) await redis.set(WATERMARK_KEY, now, 'PX', 60_000);
    await redis.set(LAST_SEALED_KEY, now);
  }
  const asked = async (version: number, storeId = 'MAD-001') => {
    const found = await read(productId, { least: { storeId, version } });
    return [found?.source, found?.stores.find((store) => store.store_id === storeId)?.version];
  };

  it('is answered by the view where it has that version', async () => {
    await view(9);
    expect(await asked(9)).to.deep.equal(['cache', 9]);
    expect(await asked(3)).to.deep.equal(['cache', 9]);
  });

  it('waits for the view', async () => {
    await view(1);
    const answer = asked(2);
    await redis.hset(productKey(TEST_EPOCH, productId), 'MAD-001', encodeStock({ version: 2, quantity: 2, reserved: 0 }));
    expect(await answer).to.deep.equal(['cache', 2]);
  });

  it('is answered by Postgres where the view does not get it in time, which fills the view', async () => {
    await view(1);
    const version = await receive();
    expect(await asked(version)).to.deep.equal(['database', 2]);
    await eventually(async () => { expect(await asked(version)).to.deep.equal(['cache', 2]); });
  });

  it('for a store that the view does not have, or a product that it says does not exist, is answered by Postgres', async () => {
    await view(1);
    await boss.post('/stock', { product_id: productId, store_id: 'BCN-001', quantity_change: 5, reason: 'RESTOCK' });
    expect(await asked(1, 'BCN-001')).to.deep.equal(['database', 1]);
    await redis.del(productKey(TEST_EPOCH, productId));
    await redis.hset(productKey(TEST_EPOCH, productId), '#full', '1');
    expect(await asked(1)).to.deep.equal(['database', 1]);
  });

  it('is not answered by a read that began before the write', async () => {
    // There are two connections, for the older read and for the reader's own.
    const others = await Promise.all([addProduct(api.db), addProduct(api.db)]);
    await Promise.all(others.map((id) => read(id)));
    const arrived = Promise.withResolvers<undefined>();
    // The read is answered, but the answer is delayed on its way.
    proxy.transform((_chunk, direction) => {
      if (direction === 'to_server') return 0;
      arrived.resolve(undefined);
      return 200;
    });
    const older = read(productId);
    await arrived.promise;
    const version = await receive();
    const own = asked(version);
    expect((await older)?.stores[0]?.version).to.equal(version - 1);
    expect(await own).to.deep.equal(['database', version]);
  });

  it('while Postgres is away is answered by a view that is new enough, or not at all', async () => {
    await view(3, { watermark: false });
    proxy.refuse();
    expect(await asked(3)).to.deep.equal(['stale', 3]);
    expect(await asked(4).catch((error: unknown) => error)).to.include({ code: 'dependency_unavailable' });
  });

  it('of a version that never existed is refused: no wait can bring it', async () => {
    for (const [version, storeId] of [[2, 'MAD-001'], [2_147_483_647, 'MAD-001'], [1, 'VAL-001'], [1, 'NIX-001']] as const) {
      const refused: unknown = await asked(version, storeId).catch((error: unknown) => error);
      expect(refused, `${storeId}:${version}`).to.be.instanceOf(InventoryError).and.include({ code: 'validation_failed' });
    }
    expect(await asked(1)).to.deep.equal(['database', 1]);
  });
});
