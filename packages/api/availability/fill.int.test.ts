import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { PRODUCT_FIELD, productKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import { applyScript } from '@inventory/view/scripts.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { fillViews } from './fill.ts';
import type { ProductSnapshot } from './fill.ts';
import { createReadHints, readView } from './view.ts';
import type { ViewDeps } from './view.ts';

const snapshot: ProductSnapshot = {
  epoch: 1, product: { version: 3, archived: false, name: 'Laptop HP' },
  stores: [{ store_id: 'MAD-001', store_name: 'Madrid Centro', store_version: 1, version: 4, quantity: 7, reserved: 2 }],
};

describe('filling the views of a list', () => {
  let server: Service;
  let redis: Redis;
  let deps: ViewDeps;
  let policyCalls: number;
  before(async () => {
    server = await startRedis();
    redis = createRedis({ url: server.url, name: 'fill-test', log: captureLog().log, corked: true, commandTimeoutMs: 2_000 });
    await eventually(() => redis.ping());
  });
  after(async () => {
    await closeRedis(redis);
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    await redis.set(WATERMARK_KEY, `${TEST_EPOCH}:${Date.now()}`, 'PX', 60_000);
    policyCalls = 0;
    const run: ViewDeps['run'] = (roundTrip) => {
      policyCalls += 1;
      return roundTrip();
    };
    deps = { redis, run, hints: createReadHints(TEST_EPOCH) };
  });

  const fillAll = async (ids: readonly string[], read: () => Promise<ReadonlyMap<string, ProductSnapshot>>) =>
    (await fillViews(deps, ids, read)).filled;
  const sourcesOf = async (ids: readonly string[]) => (await readView(deps, ids)).map(({ source }) => source);

  it('takes two calls of the policy and eight scripts for a hundred products, none of which exists', async () => {
    // The server learns the scripts, which takes a call more.
    await fillAll([randomUUID()], () => Promise.resolve(new Map()));
    const ids = Array.from({ length: 100 }, () => randomUUID());
    policyCalls = 0;
    await redis.config('RESETSTAT');
    expect((await fillAll(ids, () => Promise.resolve(new Map()))).size).to.equal(100);
    const [, scripts] = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats')) ?? [];
    expect([policyCalls, Number(scripts)], 'one a product would be 200 of each').to.deep.equal([2, 8]);
    expect(new Set(await sourcesOf(ids))).to.deep.equal(new Set(['absent']));
  });

  it('makes views of known products and unknown ones, and of nothing that belongs to another epoch', async () => {
    const [known, unknown, later] = [randomUUID(), randomUUID(), randomUUID()];
    const read = new Map([[later, { ...snapshot, epoch: 2 }], [known, snapshot]]);
    expect(await fillAll([later, unknown, known], () => Promise.resolve(read))).to.deep.equal(new Set([unknown, known]));
    expect(await sourcesOf([known, unknown, later])).to.deep.equal(['cache', 'absent', 'miss']);
    expect(await redis.exists(productKey(TEST_EPOCH, later)), 'no lease is left behind').to.equal(0);
  });

  it('leaves open the one product whose lease was lost during the read, and no other', async () => {
    const [lost, kept] = [randomUUID(), randomUUID()];
    const filled = await fillAll([lost, kept], async () => {
      await redis.eval(applyScript.one.lua, 1, productKey(TEST_EPOCH, lost), PRODUCT_FIELD, '4:0:Laptop HP');
      await redis.del(productKey(TEST_EPOCH, lost));
      return new Map([[lost, snapshot], [kept, snapshot]]);
    });
    expect(filled).to.deep.equal(new Set([kept]));
    expect(await sourcesOf([lost, kept])).to.deep.equal(['miss', 'cache']);
  });
});
