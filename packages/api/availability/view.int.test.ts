import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import {
  FILL_FIELD, FULL_FIELD, LAST_SEALED_KEY, PRODUCT_FIELD, productKey, storeNamesKey, WATERMARK_KEY,
} from '@inventory/view/keys.ts';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { applyScript } from '@inventory/view/scripts.ts';
import { createLogger } from '@inventory/runtime/log.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { fillViews } from './fill.ts';
import type { ProductSnapshot } from './fill.ts';
import { createReadHints, readStaleView, readView } from './view.ts';
import type { ViewDeps } from './view.ts';

const SECOND = '00000000.2';
const ID = '0198a000-0000-7000-8000-000000000001';
const OTHER = '0198a000-0000-7000-8000-000000000002';
const AT = 1_700_000_000_123;

describe('the view', () => {
  let server: Service;
  let redis: Redis;
  let deps: ViewDeps;
  before(async () => {
    const stream = new PassThrough();
    stream.resume();
    const log = createLogger({ process: 'api', instance: 'test', level: 'error', stream });
    server = await startRedis();
    redis = createRedis({ url: server.url, name: 'view-test', log, corked: true, commandTimeoutMs: 2_000 });
    await eventually(() => redis.ping());
  });
  after(async () => {
    await closeRedis(redis);
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    deps = { redis, run: (roundTrip) => roundTrip(), hints: createReadHints(TEST_EPOCH) };
  });

  const hash = { [FULL_FIELD]: '1', [PRODUCT_FIELD]: '3:0:Laptop: HP', 'MAD-001': '4:7:2:0:0', 'BCN-001': '1:0:0:0:0' };
  const names = { 'MAD-001': '1:Madrid: Centro', 'BCN-001': '2:Barcelona Plaza' };

  async function makeView(epoch = TEST_EPOCH): Promise<void> {
    await redis.hset(productKey(epoch, ID), hash);
    await redis.hset(storeNamesKey(epoch), names);
    await redis.set(WATERMARK_KEY, `${epoch}:${AT}`, 'PX', 2_000);
    await redis.set(LAST_SEALED_KEY, `${epoch}:${AT}`, 'PX', 300_000);
  }

  const hit = {
    source: 'cache', as_of: new Date(AT), product_id: ID, product_name: 'Laptop: HP', archived: false,
    stores: [
      { store_id: 'BCN-001', store_name: 'Barcelona Plaza', quantity: 0, reserved: 0, available: 0, version: 1 },
      { store_id: 'MAD-001', store_name: 'Madrid: Centro', quantity: 7, reserved: 2, available: 5, version: 4 },
    ],
  };

  async function cause(): Promise<string> {
    const [result] = await readView(deps, [ID]);
    return result === undefined ? 'nothing' : result.source === 'miss' ? result.cause : 'hit';
  }

  it('is read with its names, its stores in order, and the time of the watermark', async () => {
    await makeView();
    expect(await readView(deps, [ID])).to.deep.equal([hit]);
  });

  it('answers for several products in their order', async () => {
    await makeView();
    expect(await readView(deps, [OTHER, ID])).to.deep.equal([{ source: 'miss', product_id: OTHER, cause: 'absent' }, hit]);
  });

  it('has current names and current stores, whatever was read before', async () => {
    await makeView();
    expect(await readView(deps, [ID])).to.deep.equal([hit]);
    await redis.hset(storeNamesKey(TEST_EPOCH), { 'BCN-001': '3:Barcelona Port', 'VAL-001': '1:Valencia' });
    await redis.hset(productKey(TEST_EPOCH, ID), 'VAL-001', '1:4:0:0:0');
    const [result] = await readView(deps, [ID]);
    const named = result !== undefined && 'stores' in result ? result.stores.map((store) => store.store_name) : [];
    expect(named).to.deep.equal(['Barcelona Port', 'Madrid: Centro', 'Valencia']);
  });

  it('is a miss where its key has another type, and the views that are read with it are not', async () => {
    await makeView();
    await redis.set(productKey(TEST_EPOCH, OTHER), 'no hash');
    expect(await readView(deps, [OTHER, ID])).to.deep.equal([{ source: 'miss', product_id: OTHER, cause: 'corrupt' }, hit]);
  });

  it('is a miss where what it is read with has another type, or comes from the future', async () => {
    await makeView();
    await redis.del(storeNamesKey(TEST_EPOCH));
    await redis.set(storeNamesKey(TEST_EPOCH), 'no hash');
    expect(await cause()).to.equal('no_store_name');
    await makeView(SECOND);
    for (const [key, read] of [[WATERMARK_KEY, readView], [LAST_SEALED_KEY, readStaleView]] as const) {
      await redis.set(key, '2:9999999999999');
      expect(await read(deps, [ID])).to.deep.equal([{ source: 'miss', product_id: ID, cause: 'no_watermark' }]);
      await redis.del(key);
      await redis.lpush(key, 'no text');
      expect(await read(deps, [ID])).to.deep.equal([{ source: 'miss', product_id: ID, cause: 'no_watermark' }]);
    }
  });

  it('is a miss without a watermark; after five minutes without one it is not even stale', async () => {
    await makeView();
    await redis.del(WATERMARK_KEY);
    expect(await cause()).to.equal('no_watermark');
    expect(await readStaleView(deps, [ID])).to.deep.equal([{ ...hit, source: 'stale' }]);
    await redis.del(LAST_SEALED_KEY);
    expect(await readStaleView(deps, [ID])).to.deep.equal([{ source: 'miss', product_id: ID, cause: 'no_watermark' }]);
  });

  it('is a miss unless the hash is marked as full', async () => {
    await makeView();
    await redis.hdel(productKey(TEST_EPOCH, ID), FULL_FIELD);
    expect(await cause()).to.equal('not_full');
    expect((await readStaleView(deps, [ID]))[0]).to.include({ cause: 'not_full' });
  });

  it('is a miss where a name is missing', async () => {
    await makeView();
    await redis.hdel(storeNamesKey(TEST_EPOCH), 'BCN-001');
    expect(await cause()).to.equal('no_store_name');
    await redis.hdel(productKey(TEST_EPOCH, ID), PRODUCT_FIELD);
    expect(await cause()).to.equal('no_product_name');
    await redis.hdel(productKey(TEST_EPOCH, ID), 'MAD-001', 'BCN-001', FULL_FIELD);
    expect(await cause(), 'nothing at all says nothing').to.equal('absent');
  });

  it('never reads corruption as a number', async () => {
    for (const [field, value, expected] of [
      ['MAD-001', 'nonsense', 'corrupt'], ['MAD-001', '4:-7:2', 'corrupt'], ['MAD-001', '', 'corrupt'],
      [PRODUCT_FIELD, 'Laptop', 'corrupt'], ['#unheard', '1:1:1:0:0', 'unknown_field'],
    ] as const) {
      await redis.flushall();
      await makeView();
      await redis.hset(productKey(TEST_EPOCH, ID), field, value);
      expect(await cause(), `${field} ${value}`).to.equal(expected);
    }
    await makeView();
    await redis.hdel(productKey(TEST_EPOCH, ID), '#unheard');
    await redis.hset(storeNamesKey(TEST_EPOCH), 'MAD-001', 'nameless');
    expect(await cause()).to.equal('corrupt');
    await redis.set(WATERMARK_KEY, 'soon');
    expect(await cause()).to.equal('no_watermark');
  });

  it('is read under the epoch of the watermark, whatever was read before', async () => {
    await makeView(SECOND);
    await redis.hset(productKey(TEST_EPOCH, ID), { ...hash, 'MAD-001': '9:9:9:0:0' });
    deps.hints.epoch = TEST_EPOCH;
    expect(await readView(deps, [ID])).to.deep.equal([hit]);
    expect(deps.hints.epoch).to.equal(SECOND);
  });

  it('is nobody\'s while another log is sealed in the same Redis', async () => {
    await makeView();
    await redis.set(WATERMARK_KEY, `ffffffff.1:${AT}`, 'PX', 2_000);
    await redis.set(LAST_SEALED_KEY, `ffffffff.1:${AT}`, 'PX', 300_000);
    expect(await cause()).to.equal('no_watermark');
    expect(await readStaleView(deps, [ID])).to.deep.equal([{ source: 'miss', product_id: ID, cause: 'no_watermark' }]);
    expect(deps.hints.epoch).to.equal(TEST_EPOCH);
  });

  it('is at least as new as its watermark, however fast the watermark moves', async () => {
    await makeView();
    const writer = redis.duplicate({ enableAutoPipelining: false });
    await eventually(() => writer.ping());
    let over = false;
    const writing = (async () => {
      for (let version = 5; !over; version += 1) {
        await writer.eval(applyScript.one.lua, 1, productKey(TEST_EPOCH, ID), 'MAD-001', `${version}:${version}:0:0:0`);
        await writer.set(WATERMARK_KEY, `${TEST_EPOCH}:${AT + version}`, 'PX', 2_000);
      }
    })();
    for (let reads = 0; reads < 500; reads += 1) {
      const [view] = await readView(deps, [ID]);
      if (view === undefined || view.source === 'miss' || view.source === 'absent') throw new Error('the view is there');
      const madrid = view.stores.find(({ store_id }) => store_id === 'MAD-001');
      expect(madrid?.version).to.be.at.least(view.as_of.getTime() - AT);
    }
    over = true;
    await writing;
    await writer.quit();
  });

  describe('that is filled', () => {
    const fillView = async (by: ViewDeps, id: string, read: () => Promise<ProductSnapshot | undefined>) => {
      const { snapshots, filled } = await fillViews(by, [id], async () => {
        const found = await read();
        return new Map(found === undefined ? [] : [[id, found]]);
      });
      return { snapshot: snapshots.get(id), filled: filled.then((ids) => ids.has(id)) };
    };
    const snapshot: ProductSnapshot = {
      epoch: 1, product: { version: 3, archived: false, name: 'Laptop: HP' },
      stores: [
        { store_id: 'MAD-001', store_name: 'Madrid: Centro', store_version: 1, version: 4, quantity: 7, reserved: 2 },
        { store_id: 'BCN-001', store_name: 'Barcelona Plaza', store_version: 2, version: 1, quantity: 0, reserved: 0 },
      ],
    };
    const key = productKey(TEST_EPOCH, ID);
    beforeEach(async () => { await redis.set(WATERMARK_KEY, `${TEST_EPOCH}:${AT}`, 'PX', 2_000); });

    it('makes the hash a view, names and all', async () => {
      const { snapshot: read, filled } = await fillView(deps, ID, () => Promise.resolve(snapshot));
      expect(read).to.equal(snapshot);
      expect(await filled).to.equal(true);
      expect(await redis.hget(key, FILL_FIELD)).to.equal(null);
      expect(await readView(deps, [ID])).to.deep.equal([hit]);
    });

    it('makes a view of a key that has another type, names and all', async () => {
      await redis.set(key, 'no hash');
      await redis.set(storeNamesKey(TEST_EPOCH), 'no hash');
      expect(await (await fillView(deps, ID, () => Promise.resolve(snapshot))).filled).to.equal(true);
      expect(await readView(deps, [ID])).to.deep.equal([hit]);
    });

    it('keeps values that are newer than those it has read', async () => {
      const { filled } = await fillView(deps, ID, async () => {
        await redis.eval(applyScript.one.lua, 1, key, 'MAD-001', '5:1:1:0:0', 'VAL-001', '1:1:0:0:0');
        return snapshot;
      });
      expect(await filled).to.equal(true);
      expect(await redis.hmget(key, 'MAD-001', 'BCN-001', 'VAL-001')).to.deep.equal(['5:1:1:0:0', '1:0:0:0:0', '1:1:0:0:0']);
    });

    it('does not declare the hash full when the key was lost after the read, with a newer event', async () => {
      const { filled } = await fillView(deps, ID, async () => {
        await redis.eval(applyScript.one.lua, 1, key, 'MAD-001', '5:1:1:0:0');
        await redis.del(key);
        return snapshot;
      });
      expect(await filled).to.equal(false);
      expect(await cause()).to.equal('not_full');
    });

    it('leaves the hash to another fill that began later', async () => {
      const { filled } = await fillView(deps, ID, async () => {
        await redis.hset(key, FILL_FIELD, 'another');
        return snapshot;
      });
      expect(await filled).to.equal(false);
      expect(await redis.hget(key, FILL_FIELD)).to.equal('another');
    });

    it('remembers for a while that a product does not exist, until its first event at the latest', async () => {
      const { snapshot: read, filled } = await fillView(deps, ID, () => Promise.resolve(undefined));
      expect([read, await filled]).to.deep.equal([undefined, true]);
      expect(await readView(deps, [ID])).to.deep.equal([{ source: 'absent', product_id: ID }]);
      expect(await redis.ttl(key)).to.be.within(1, 30);
      await redis.eval(applyScript.one.lua, 1, key, PRODUCT_FIELD, '1:0:Laptop: HP');
      expect(await readView(deps, [ID])).to.deep.equal([{ ...hit, stores: [] }]);
      await (await fillView(deps, ID, () => Promise.resolve(snapshot))).filled;
      expect(await redis.ttl(key), 'a view stays').to.equal(-1);
      expect(await readView(deps, [ID])).to.deep.equal([hit]);
    });

    it('does not remember as unknown a product that was made during the read', async () => {
      await redis.hset(storeNamesKey(TEST_EPOCH), names);
      const { filled } = await fillView(deps, ID, async () => {
        await redis.eval(applyScript.one.lua, 1, key, PRODUCT_FIELD, '3:0:Laptop: HP', 'MAD-001', '4:7:2:0:0', 'BCN-001', '1:0:0:0:0');
        return undefined;
      });
      expect(await filled).to.equal(true);
      expect(await readView(deps, [ID])).to.deep.equal([hit]);
    });

    it('writes nothing under an epoch that is over', async () => {
      const { filled } = await fillView(deps, ID, () => Promise.resolve({ ...snapshot, epoch: 2 }));
      expect(await filled).to.equal(false);
      expect(await redis.exists(key, productKey(SECOND, ID))).to.equal(0);
    });

    it('answers from Postgres alone while Redis is away', async () => {
      const away: ViewDeps = { redis, run: () => Promise.reject(new Error('away')), hints: createReadHints(TEST_EPOCH) };
      const { snapshot: read, filled } = await fillView(away, ID, () => Promise.resolve(snapshot));
      expect([read, await filled]).to.deep.equal([snapshot, false]);
    });

    it('rejects with the error of the read', async () => {
      const failing = fillView(deps, ID, () => Promise.reject(new Error('Postgres is away')));
      expect(await failing.catch((error: unknown) => String(error))).to.equal('Error: Postgres is away');
    });
  });
});
