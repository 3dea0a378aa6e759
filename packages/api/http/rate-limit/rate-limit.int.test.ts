import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import type { Answer, Client } from '@inventory/testkit/http/client.ts';
import { startRedis } from '@inventory/testkit/servers/services.ts';
import type { Service } from '@inventory/testkit/servers/service.ts';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { v7 } from 'uuid';
import { customer, otherCustomer, startTestApi, vendor } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';

/** Smaller than the defaults (see config.test.ts), because the machine may be busy. */
const LIMITS = { windowSeconds: 60, ip: 40, user: { admin: 1000, vendor: 700, customer: 100, service: 900 } } as const;

describe('rate limits', () => {
  let redis: Service;
  let apis: readonly TestApi[];
  const first = (): TestApi => {
    const [api] = apis;
    if (api === undefined) throw new Error('no api');
    return api;
  };
  const start = (redisUrl: string) => startTestApi({
    redisUrl, edge: { rateLimits: LIMITS, trustProxy: ['127.0.0.1'] }, limitTimeoutMs: 5000,
  });
  before(async () => {
    redis = await startRedis();
    apis = [await start(redis.url), await start(redis.url)];
    const watch = new Redis(redis.url);
    for (const api of apis) {
      await watch.flushall();
      const client = await api.as();
      await eventually(async () => {
        await client.get('/products');
        expect(await watch.dbsize(), 'it counts in Redis').to.equal(1);
      });
    }
    watch.disconnect();
  });
  after(async () => {
    await Promise.all(apis.map((api) => api.close()));
    await redis.stop();
  });
  beforeEach(async () => {
    const client = new Redis(redis.url);
    await client.flushall();
    await client.quit();
  });

  const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
  /** So many requests, by turns to each api, in small bunches. */
  async function ask(count: number, request: (client: Client, nth: number) => Promise<Answer>, who?: typeof customer) {
    const clients = await Promise.all(apis.map((api) => api.as(who)));
    const answers: Answer[] = [];
    while (answers.length < count) {
      const bunch = Array.from({ length: Math.min(20, count - answers.length) }, (_, n) => answers.length + n);
      answers.push(...await Promise.all(bunch.flatMap((nth) => {
        const client = clients[nth % clients.length];
        return client === undefined ? [] : [request(client, nth)];
      })));
    }
    return answers;
  }
  const count = (answers: readonly Answer[], status: number): number =>
    answers.filter((answer) => answer.status === status).length;

  it('writes a hundred lines of a flood and not one for each request, whoever sends it; the metric counts all', async () => {
    const answers = await ask(340, (client) => client.get('/products', from('192.0.2.9')));
    expect(count(answers, 429)).to.equal(300);
    for (const api of apis) {
      await eventually(() => { expect(api.logLines().filter(({ status }) => status === 401)).to.have.length.above(10); });
      const lines = api.logLines().filter(({ status }) => status === 429);
      expect(lines).to.have.length.within(50, 100);
      const values = (await api.metrics.registry.getSingleMetric('rate_limited_requests_total')?.get())?.values ?? [];
      expect(values.find(({ labels }) => labels['policy'] === 'ip')?.value).to.be.at.least(140);
    }
  });

  it('row 94: of 50 requests without a valid token from one address 40 are 401, through two processes', async () => {
    const answers = await ask(50, (client, nth) => client.get('/products', {
      headers: { ...from('192.0.2.7').headers, ...(nth % 3 === 0 ? { authorization: 'Bearer abc' } : {}) },
    }));
    expect([count(answers, 401), count(answers, 429)]).to.deep.equal([40, 10]);
    const refused = await (await first().as()).get('/products', from('192.0.2.7'));
    expect(refused.body).to.deep.include({ code: 'quota_exceeded', retryable: true, violated_policies: ['ip'] });
    expect(refused.headers.get('content-type')).to.equal('application/problem+json');
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 61);
    expect(refused.headers.get('ratelimit')).to.match(/^"ip"; r=0; t=\d+$/);
    expect(refused.headers.get('ratelimit-policy')).to.match(/^"ip"; q=40; w=60; pk=:.+:$/);

    expect((await (await first().as()).get('/products', from('192.0.2.8'))).status, 'another address').to.equal(401);
    const known = await (await first().as(customer)).get('/products', from('192.0.2.7'));
    expect(known.status, 'somebody with a token behind the same address').to.equal(200);
    expect(known.headers.get('ratelimit')).to.match(/^"customer"; r=99; t=60$/);
  });

  it('row 95: of 110 requests of one user from as many addresses 100 are answered, through two processes', async () => {
    const answers = await ask(110, (client, nth) => client.get('/stores?limit=1', from(`198.51.100.${nth % 250}`)), customer);
    expect([count(answers, 200), count(answers, 429)]).to.deep.equal([100, 10]);
    const refused = await (await first().as(customer)).post('/stock', {}, from('192.0.2.1'));
    expect([refused.status, refused.body['violated_policies']]).to.deep.equal([429, ['customer']]);
    expect((await (await first().as(otherCustomer)).get('/stores')).status, 'another user').to.equal(200);
  });

  it('are in the headers of every answer, by the role of the user', async () => {
    const anybody = await first().as(vendor);
    for (const path of ['/stores', '/nowhere', '/stock', '/products/x/availability', `/products/${'x'.repeat(9000)}`]) {
      const { headers } = await anybody.get(path);
      expect(headers.get('ratelimit-policy'), path).to.match(/^"vendor"; q=700; w=60;/);
      expect(headers.get('ratelimit'), path).to.match(/^"vendor"; r=\d+; t=\d+$/);
    }
  });

  it('count what a request costs, through two processes: an explanation as 10, products and items by their number', async () => {
    const [one, other] = await Promise.all(apis.map((api) => api.as(customer)));
    if (one === undefined || other === undefined) throw new Error('two apis are needed');
    const left = ({ headers }: Answer): string | null => headers.get('ratelimit');
    const ids = (count: number): string => Array.from({ length: count }, () => v7()).join();
    expect(left(await one.get(`/availability?product_ids=${ids(10)}`))).to.match(/^"customer"; r=99; t=60$/);
    expect(left(await other.get(`/availability?product_ids=${ids(100)}`))).to.match(/^"customer"; r=89; t=\d+$/);
    expect(left(await one.get('/stores?limit=200')), 'a page by the items asked for').to.match(/r=87;/);
    expect(left(await one.get('/stores')), 'and 1 for the usual one').to.match(/r=86;/);
    const tooMuch = await Promise.all(Array.from({ length: 9 }, () => one.get(`/availability?product_ids=${ids(100)}`)));
    expect([count(tooMuch, 200), count(tooMuch, 429)]).to.deep.equal([8, 1]);
    const refused = tooMuch.find(({ status }) => status === 429);
    expect(refused?.body).to.deep.include({ code: 'quota_exceeded', retryable: true, violated_policies: ['customer'] });
    expect(refused?.body['detail']).to.match(/^This request counts as 10, and \d+ of 100 in 60 s are left/);
    expect(Number(refused?.headers.get('retry-after'))).to.be.within(1, 66);
    expect(refused?.headers.get('ratelimit-policy'), 'said once').to.match(/^"customer"; q=100; w=60; pk=:[^,]+:$/);
    expect(left(await other.get('/stores')), 'a refused request counts nothing').to.match(/r=5;/);

    const shop = await first().as(vendor);
    await shop.get('/stores');
    const explained = await shop.get(`/stores/MAD-001/stock/${v7()}/explain`);
    expect([explained.status, left(explained)?.split(';')[1]]).to.deep.equal([404, ' r=689']);
    expect(left(await shop.get('/stores/MAD-001/stock?below=5&limit=1')), 'all rows of a store are read').to.match(/r=679;/);
    const items = Array.from({ length: 95 }, () => ({ product_id: v7(), store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' }));
    expect(left(await shop.post('/stock/batch', { mode: 'partial', items }))).to.match(/r=669;/);
    expect(left(await shop.post('/stock/batch', { mode: 'wrong', items })), 'work that is refused unread').to.match(/r=668;/);
  });

  const remaining = async (forwardedFor: string): Promise<number> => {
    const { headers } = await (await first().as()).get('/products', from(forwardedFor));
    return Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
  };

  it('count an IPv6 network of /56 as one address, and an IPv4 address in either notation', async () => {
    expect([await remaining('2001:db8:0:aa01::1'), await remaining('2001:db8:0:aaff:9::7')]).to.deep.equal([39, 38]);
    expect(await remaining('2001:db8:0:ab01::1')).to.equal(39);
    expect([await remaining('192.0.2.50'), await remaining('::ffff:192.0.2.50'), await remaining('::ffff:192.0.2.51')])
      .to.deep.equal([39, 38, 39]);
  });

  it('know a client whose proxy writes its port too, or something that is no address, from all others', async () => {
    expect([await remaining('192.0.2.60:4711'), await remaining('192.0.2.60:4712'), await remaining('192.0.2.60')])
      .to.deep.equal([39, 38, 37]);
    expect([await remaining('192.0.2.61:4711'), await remaining('192.0.2.62:4711')]).to.deep.equal([39, 39]);
    expect([await remaining('[2001:db8:1::1]:443'), await remaining('2001:db8:1::2'), await remaining('[2001:db8:2::1]:443')])
      .to.deep.equal([39, 38, 39]);
    expect([await remaining('unknown'), await remaining('_hidden'), await remaining('\'; --'), await remaining('1.2.3.4.5')])
      .to.deep.equal([39, 39, 39, 39]);
    // A second proxy that is trusted and writes its port is still a proxy.
    expect([await remaining('192.0.2.63, 127.0.0.1:999'), await remaining('192.0.2.64, 127.0.0.1:999')]).to.deep.equal([39, 39]);
    // What a client wrote itself stands left of its own address.
    expect([await remaining('1.1.1.1, 192.0.2.65'), await remaining('2.2.2.2, 192.0.2.65')]).to.deep.equal([39, 38]);
  });

  it('believe X-Forwarded-For of a trusted proxy only', async () => {
    const api = await startTestApi({ edge: { rateLimits: LIMITS } });
    try {
      const client = await api.as();
      const left = await Promise.all(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(async (ip) =>
        (await client.get('/products', from(ip))).headers.get('ratelimit')?.split(';')[1]));
      expect(left.sort()).to.deep.equal([' r=37', ' r=38', ' r=39']);
    } finally {
      await api.close();
    }
  });
});

describe('rate limits without Redis', () => {
  const edge = { rateLimits: { ...LIMITS, ip: 10 } };
  const statuses = async (client: Client, requests: number): Promise<readonly number[]> => {
    const answers: number[] = [];
    for (let n = 0; n < requests; n += 1) answers.push((await client.get('/products')).status);
    return answers;
  };
  const counted = async (service: Service): Promise<number> => {
    const redis = new Redis(service.url);
    try {
      return (await redis.keys('v1:limit:ip:*')).length;
    } finally {
      redis.disconnect();
    }
  };

  it('are kept in memory when the process starts without Redis, and in Redis within 5 s of its start', async () => {
    const redis = await startRedis();
    await redis.kill();
    const api = await startTestApi({ redisUrl: redis.url, edge });
    try {
      const client = await api.as();
      expect(new Set(await statuses(client, 10))).to.deep.equal(new Set([401]));
      expect(await statuses(client, 2)).to.deep.equal([429, 429]);
      await redis.restart();
      await eventually(async () => {
        await client.get('/products');
        expect(await counted(redis)).to.equal(1);
      }, { timeoutMs: 5000, everyMs: 100 });
    } finally {
      await api.close();
      await redis.stop();
    }
  });

  it('are kept in memory while Redis is frozen, without delaying requests, and return to it by themselves', async () => {
    const redis = await startRedis();
    const api = await startTestApi({ redisUrl: redis.url, edge });
    try {
      const client = await api.as();
      await eventually(async () => {
        await client.get('/products');
        expect(await counted(redis)).to.equal(1);
      }, { timeoutMs: 5000 });
      await redis.freeze();
      const frozenAt = performance.now();
      const told = await statuses(client, 30);
      const frozenSeconds = (performance.now() - frozenAt) / 1000;
      // One or two may have been counted before Redis was connected.
      expect(told.filter((status) => status === 401).length).to.be.within(5, 10);
      expect(told.at(-1)).to.equal(429);
      // Three requests wait for the time-out, then the breaker opens; on a quiet machine nothing else would show it.
      const breakerSaid = (state: string) => api.logLines().some(({ message }) => message === `breaker redis-limits is ${state}`);
      expect(breakerSaid('open')).to.equal(true);
      const unasked = Number(/^policy_refusals_total\{policy="redis-limits",kind="open".*\} (\d+)$/m.exec(await api.metrics.registry.metrics())?.[1]);
      expect(30 - unasked, 'requests that waited: three, and one a second that tries Redis again').to.be.at.most(5 + Math.ceil(frozenSeconds));
      await redis.resume();
      const before = await counted(redis);
      expect(before).to.equal(1);
      const watch = new Redis(redis.url);
      await watch.flushall();
      await eventually(async () => {
        await client.get('/products');
        expect(await counted(redis)).to.equal(1);
      }, { timeoutMs: 20_000, everyMs: 100 });
      watch.disconnect();
      expect(breakerSaid('closed again')).to.equal(true);
    } finally {
      await redis.resume();
      await api.close();
      await redis.stop();
    }
  });
});
