import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey } from '@inventory/view/keys.ts';
import { generate } from '@inventory/bench/system/system.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { startSystem } from './system.ts';
import { anyOf, seededProducts } from '@inventory/testkit/http/traffic.ts';

const PER_SECOND = 500;
const CONNECTIONS = 64;
const ASKERS = 500;
const UNKNOWN = '00000000-0000-7000-8000-00000000dead';

describe('a stampede of 500', function () {
  this.timeout(120_000);

  it('costs one query for a product that is cold, and one for a product that does not exist', async () => {
    const system = await startSystem({ proxied: true });
    const redis = new Redis(system.redis.url);
    try {
      // Readings of a product, as they go over the wire to Postgres.
      let readings = 0;
      system.proxies().apiToDatabase.transform((chunk, direction) => {
        if (direction === 'to_server') readings += chunk.toString('latin1').split('FROM stock WHERE stock.product_id = p.id').length - 1;
        return chunk;
      });
      const customer = await system.client('customer');
      const products = await seededProducts(system);
      const ask = (id: string) => customer.get(`/api/v1/products/${id}/availability`, { timeoutMs: 60_000 });
      await eventually(async () => {
        for (const id of products) expect((await ask(id)).body).to.include({ source: 'cache' });
      }, { timeoutMs: 30_000, what: 'a view of every product' });
      const stampede = async (id: string) => {
        const before = readings;
        const answers = await Promise.all(Array.from({ length: ASKERS }, () => ask(id)));
        const told = Map.groupBy(answers, ({ status, body }) => `${status} ${String(body['source'] ?? body['code'])}`);
        const text = [...told].map(([name, of]) => `${of.length} ${name}`).join(', ');
        process.stdout.write(`      ${ASKERS} requests at once: ${readings - before} queries; ${text}\n`);
        return { told: [...told.keys()], readings: readings - before };
      };
      // The connections are made, and the token is known.
      await stampede(anyOf(products));
      const cold = anyOf(products);
      await redis.del(productKey(TEST_EPOCH, cold));
      const answered = await stampede(cold);
      expect(answered.readings).to.equal(1);
      expect(answered.told).to.include('200 database').and.to.satisfy((all: readonly string[]) => all.every((one) => one.startsWith('200 ')));
      expect(await stampede(UNKNOWN)).to.deep.equal({ told: ['404 not_found'], readings: 1 });
      expect(await stampede(UNKNOWN)).to.deep.equal({ told: ['404 not_found'], readings: 0 });
    } finally {
      redis.disconnect();
      await system.stop();
    }
  });
});

describe('500 reads a second', function () {
  this.timeout(240_000);

  for (const [name, hurt] of [['killed', 'kill'], ['frozen', 'freeze']] as const) {
    it(`meet no error with Redis ${name}, and come from Redis again without a restart`, async () => {
      const system = await startSystem();
      try {
        const customer = await system.client('customer');
        const products = await seededProducts(system);
        const token = await system.keys.token({ role: 'customer', userId: 'cust-456', expiresIn: '1h' });
        const [api] = system.apis;
        if (api === undefined) throw new Error('no api was started');
        const sourceOf = async () => (await customer.get(`/api/v1/products/${anyOf(products)}/availability`)).body['source'];
        const fromRedis = () => eventually(async () => { expect(await sourceOf()).to.equal('cache'); },
          { timeoutMs: 30_000, what: 'an answer from the view' });
        const measured = async (what: string, durationMs: number): Promise<void> => {
          const { statuses, latency: { p50, p99, max }, perSecond, unsent } = await generate({
            port: api.port, connections: CONNECTIONS, rate: PER_SECOND, warmupMs: 0, durationMs,
            requests: { kind: 'availability', products, token },
          });
          process.stdout.write(`      ${what}, ${perSecond.toFixed(0)}/s: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, `
            + `max ${max.toFixed(0)} ms, ${JSON.stringify(statuses)}, ${unsent} not sent in time\n`);
          expect(Object.keys(statuses)).to.deep.equal(['200']);
        };
        await fromRedis();
        await measured('Redis there', 10_000);
        // It comes in the middle of the load, so that requests that wait just then are counted, too.
        const falling = measured(`Redis ${name}`, 30_000);
        await delay(5_000);
        if (hurt === 'kill') await system.redis.kill();
        else await system.redis.freeze();
        await eventually(async () => { expect(await sourceOf()).to.equal('database'); }, { what: 'an answer from Postgres' });
        await falling;
        expect(await sourceOf()).to.equal('database');
        if (hurt === 'kill') await system.redis.restart();
        else await system.redis.resume();
        await fromRedis();
        await measured('Redis back', 5_000);
      } finally {
        await system.stop();
      }
    });
  }
});
