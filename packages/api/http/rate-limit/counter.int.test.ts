import { expect } from 'chai';
import { captureLog } from '@inventory/runtime/testing/log.ts';
import { createMetrics } from '@inventory/runtime/metrics.ts';
import { closeRedis, createRedis } from '@inventory/runtime/redis/link.ts';
import type { Redis } from '@inventory/runtime/redis/link.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { createCounter } from './counter.ts';
import type { Count } from './counter.ts';

const quota = { limit: 5, windowMs: 60_000 };
const REQUESTS = 60;

describe('the counts of one turn of the event loop', () => {
  let server: Service;
  let redis: Redis;
  let count: Count;
  before(async () => { server = await startRedis(); });
  after(() => server.stop());
  beforeEach(async () => {
    const { log } = captureLog();
    redis = createRedis({ url: server.url, name: 'counter-test', log, corked: true, commandTimeoutMs: 10_000 });
    await new Promise((resolve) => { redis.once('ready', resolve); });
    await redis.flushall();
    count = createCounter({ redis, log, metrics: createMetrics({ process: 'api', instance: 'test' }), timeoutMs: 10_000 });
  });
  afterEach(() => closeRedis(redis));

  const calls = async (): Promise<number> =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);

  it('are a few calls, and each request is counted by its own key, in the order of arrival', async () => {
    await count('warm', quota);
    await Promise.all([count('warm', quota), count('warm', quota)]);
    const before = await calls();
    const verdicts = await Promise.all(Array.from({ length: REQUESTS }, (_, nth) => count(`user-${nth % 10}`, quota)));
    expect(await calls() - before).to.equal(3);
    // The sixth of each of ten users.
    expect(verdicts.map(({ admitted }) => admitted)).to.deep.equal(Array.from({ length: REQUESTS }, (_, nth) => nth < 50));
    expect(verdicts.map(({ used }) => used)).to.deep.equal(Array.from({ length: REQUESTS }, (_, nth) => Math.floor(nth / 10) + 1));
  });

  it('take no harm from a key of another type, which is removed', async () => {
    await redis.set('user-1', 'not ours');
    const verdicts = await Promise.all(['user-0', 'user-1', 'user-2'].map((key) => count(key, quota)));
    expect(verdicts.map(({ admitted, used }) => ({ admitted, used }))).to.deep.equal(Array.from({ length: 3 }, () => ({ admitted: true, used: 1 })));
    expect(await Promise.all(['user-0', 'user-1', 'user-2'].map((key) => redis.hget(key, 'current')))).to.deep.equal(['1', '1', '1']);
  });
});
