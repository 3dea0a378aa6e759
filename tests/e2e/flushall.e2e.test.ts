import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { TEST_EPOCH } from '@inventory/db/testing/database.ts';
import { productKey, WATERMARK_KEY } from '@inventory/view/keys.ts';
import type { Client } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';
import { createViewChecker } from '@inventory/testkit/invariants/view-checker.ts';
import type { ViewChecker } from '@inventory/testkit/invariants/view-checker.ts';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const STORES = ['MAD-001', 'BCN-001', 'VAL-001'];
const WRITERS = 3;
const READERS = 4;
const FLUSHES = 5;

const written = z.object({ product_id: z.string(), store_id: z.string(), version: z.int() });
const availability = z.object({
  product_id: z.string(), as_of: z.iso.datetime().transform((text) => Date.parse(text)), source: z.string(),
  stores: z.array(z.object({ store_id: z.string(), available: z.int(), reserved: z.int(), version: z.int() })),
});

function anyOf<T>(items: readonly T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}

async function write(client: Client, products: readonly string[], checker: ViewChecker): Promise<void> {
  const { status, body, text } = await client.post('/api/v1/stock', {
    product_id: anyOf(products), store_id: anyOf(STORES), quantity_change: 1, reason: 'RESTOCK',
  });
  expect(status, text).to.equal(200);
  checker.acknowledged(written.parse(body));
}

async function read(client: Client, products: readonly string[], checker: ViewChecker): Promise<string> {
  const { status, body, text } = await client.get(`/api/v1/products/${anyOf(products)}/availability`);
  expect(status, text).to.equal(200);
  const { as_of: asOfMs, ...answer } = availability.parse(body);
  checker.shown({ ...answer, asOfMs });
  return answer.source;
}

/** What Redis must hold when all is quiet: every product, full, as its rows are. */
async function expectEveryKey({ sql }: System, redis: Redis): Promise<void> {
  const { rows } = await sql.query<{ id: string; store_id: string; value: string }>(`
    SELECT product_id AS id, store_id, version || ':' || quantity || ':' || reserved || ':0:0' AS value FROM stock`);
  for (const [id, stores] of Map.groupBy(rows, (row) => row.id)) {
    const { '#product': _name, '#full': full, ...fields } = await redis.hgetall(productKey(TEST_EPOCH, id));
    expect(full, id).to.equal('1');
    expect(fields, id).to.deep.equal(Object.fromEntries(stores.map(({ store_id, value }) => [store_id, value])));
  }
}

describe('Redis emptied again and again while reads and writes go on', function () {
  this.timeout(90_000);
  let system: System;
  let redis: Redis;
  let products: readonly string[];

  before(async () => {
    system = await startSystem({ projectors: 2 });
    redis = new Redis(system.redis.url);
    const { rows } = await system.sql.query<{ id: string }>('SELECT id FROM products');
    products = rows.map(({ id }) => id);
  });
  after(async () => {
    await redis.quit();
    await system.stop();
  });

  it('never shows a wrong number, nor a product without one of its stores', async () => {
    const checker = createViewChecker();
    const admin = await system.client('admin');
    const customer = await system.client('customer');
    let over = false;
    const seen: Record<string, number> = {};
    const until = async (work: () => Promise<void>): Promise<void> => {
      while (!over) await work();
    };
    const work = Promise.all([
      ...Array.from({ length: WRITERS }, () => until(() => write(admin, products, checker))),
      ...Array.from({ length: READERS }, () => until(async () => {
        const source = await read(customer, products, checker);
        seen[source] = (seen[source] ?? 0) + 1;
      })),
      // What Redis does to single keys when its memory is full.
      until(async () => {
        await redis.del(productKey(TEST_EPOCH, anyOf(products)));
        await delay(5);
      }),
    ]);
    work.catch(() => { over = true; });
    // A busy machine gets fewer answers a second, but not fewer answers.
    for (let flushes = 0; flushes < FLUSHES || (seen['cache'] ?? 0) < 100 || (seen['database'] ?? 0) < 20; flushes += 1) {
      await eventually(async () => {
        if (over) await work;
        expect(await redis.exists(WATERMARK_KEY)).to.equal(1);
      }, { what: 'a watermark' });
      // Some reads of the view before it goes again.
      await delay(500);
      await redis.flushall();
    }
    over = true;
    await work;

    const { answers, bySource, wrong } = await checker.judge(system.sql);
    process.stdout.write(`      ${answers} answers: ${JSON.stringify(bySource)}, ${wrong.length} wrong\n`);
    expect(wrong.slice(0, 5)).to.deep.equal([]);
  });

  it('has every key again after `projector rebuild`', async () => {
    await redis.flushall();
    const { stdout } = await system.command('packages/projector/main.ts', ['rebuild']);
    expect(stdout).to.match(/^20 products, 80 fields in /);
    await expectEveryKey(system, redis);
    const verified = await system.command('packages/projector/main.ts', ['verify', '--deep']);
    expect(verified.stdout).to.equal('20 products verified, 0 differences, 0 streams that do not fold\n');
  });

  it('leaves every invariant intact', async () => {
    await expectInvariants(system.sql);
  });
});
