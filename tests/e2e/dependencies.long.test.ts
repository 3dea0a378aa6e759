import type { Client } from '@inventory/testkit/http/client.ts';
import { summarise } from '@inventory/testkit/figures/latency.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { expect } from 'chai';
import { startSystem } from './system.ts';
import type { System } from './system.ts';

const READS = 1000;

/** The api needs only Postgres: with Redis frozen and NATS away it answers, and answers correctly. */
describe('the api without its helpers', () => {
  let system: System;
  let shopper: Client;
  let productId: string;
  before(async () => {
    system = await startSystem();
    shopper = await system.client('customer');
    productId = await system.product(1);
  });
  after(() => system.stop());

  const path = () => `/api/v1/products/${productId}/availability`;
  /** The number as Postgres has it. */
  const truth = async (): Promise<number> => {
    const { rows: [row] } = await system.sql.query<{ n: number }>(
      'SELECT sum(quantity - reserved)::int AS n FROM stock WHERE product_id = $1', [productId]);
    return row?.n ?? 0;
  };
  /** Reads beside writes, 200 a second, and prints what they took. */
  async function reads(what: string): Promise<void> {
    const vendor = await system.client('vendor');
    const took: number[] = [];
    const sources = new Map<string, number>();
    for (let n = 0; n < READS; n += 1) {
      if (n % 20 === 0) {
        const body = { product_id: productId, store_id: 'MAD-001', quantity_change: 1, reason: 'RESTOCK' };
        expect((await vendor.post('/api/v1/stock', body)).status).to.equal(200);
      }
      const begun = performance.now();
      const { status, body } = await shopper.get(path());
      took.push(performance.now() - begun);
      expect(status).to.equal(200);
      const source = String(body['source']);
      sources.set(source, (sources.get(source) ?? 0) + 1);
    }
    const { p50, p99 } = summarise(took);
    console.log(`      ${what}: ${READS} reads, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${JSON.stringify(Object.fromEntries(sources))}`);
    // Nothing writes any more: the answer must be what the rows say.
    await eventually(async () => { expect((await shopper.get(path())).body['total_available']).to.equal(await truth()); });
  }

  it('answers from the view while all is well', () => reads('all is well'));

  it('answers from Postgres while Redis is frozen, and from the view again afterwards', async () => {
    const { redis } = system;
    await redis.freeze();
    try {
      await reads('Redis frozen');
      expect((await shopper.get(path())).body['source']).to.equal('database');
    } finally {
      await redis.resume();
    }
    await eventually(async () => { expect((await shopper.get(path())).body['source']).to.equal('cache'); }, { timeoutMs: 30_000 });
  });

  it('answers as ever while NATS is gone', async () => {
    await system.nats.kill();
    await reads('NATS gone');
    await system.nats.restart();
  });
});
