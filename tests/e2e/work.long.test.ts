import { randomUUID } from 'node:crypto';
import { appendStockEvents } from '@inventory/testkit/log/fixture.ts';
import { createClient } from '@inventory/testkit/http/client.ts';
import { eventually } from '@inventory/testkit/waiting/eventually.ts';
import { customers, generate, openSystem, stock } from '@inventory/bench/system/system.ts';
import type { BenchSystem } from '@inventory/bench/system/system.ts';
import type { LoadResult } from '@inventory/bench/system/load.ts';
import { expect } from 'chai';

/** More than an explanation adds up. */
const EVENTS = 10_050;
const MEASURED_MS = 12_000;
/**
 * How much longer everybody else may wait in the middle than without those callers: a ratio, because a busy machine delays
 * both. It holds from 5 ms on: below it nobody notices. [15 ms to 709 ms with eight explanations at once, once]
 */
const RATIO = 20;
const UNNOTICED_MS = 5;

describe('a few callers who ask for much work', function () {
  this.timeout(240_000);
  let system: BenchSystem;
  before(async () => { system = await openSystem(); });
  after(() => system.close());

  it('leave everybody else\'s answers as quick as they were', async () => {
    const rows = await stock(system, 500);
    const [api, people] = await Promise.all([system.start('api'), customers(system, 100), system.start('relay'), system.start('projector')]);
    const long = rows.find(({ storeId }) => storeId === 'MAD-001');
    if (long === undefined) throw new Error('there is no row in Madrid');
    await appendStockEvents(system.pool, { stockIds: [long.id], each: EVENTS });
    const clientOf = async (role: 'vendor' | 'customer', nth: number) => createClient(
      `http://127.0.0.1:${api.port}/api/v1`,
      await system.keys.token({ role, userId: `${role}-${nth}`, ...(role === 'vendor' ? { storeIds: ['MAD-001'] } : {}) }));
    const [reader = { id: '', token: '' }] = people;
    const products = rows.map(({ productId }) => productId);
    const shopper = await clientOf('customer', 0);
    await eventually(async () => {
      const { body } = await shopper.get(`/products/${long.productId}/availability`);
      expect(body['source']).to.equal('cache');
    }, { timeoutMs: 60_000, what: 'a view' });

    /** Readers and buyers, as on a usual day. */
    const everybody = (): Promise<readonly [LoadResult, LoadResult]> => Promise.all([
      generate({ port: api.port, connections: 16, rate: 100, warmupMs: 2_000, durationMs: MEASURED_MS, requests: { kind: 'availability', products, token: reader.token } }),
      generate({ port: api.port, connections: 16, rate: 30, warmupMs: 2_000, durationMs: MEASURED_MS, requests: { kind: 'reserve', rows, customers: people } }),
    ]);
    const beside = async (what: string, callers: number, ask: (nth: number) => Promise<{ readonly status: number }>) => {
      let over = false;
      const statuses: Record<number, number> = {};
      const asking = Promise.all(Array.from({ length: callers }, async (_, nth) => {
        while (!over) {
          const { status } = await ask(nth);
          statuses[status] = (statuses[status] ?? 0) + 1;
        }
      }));
      const [reads, holds] = await everybody();
      over = true;
      await asking;
      for (const [kind, { latency: { p50, p99 }, statuses: told }] of [['reads', reads], ['holds', holds]] as const) {
        process.stdout.write(`      ${what}: ${kind} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms ${JSON.stringify(told)}`
          + `${callers === 0 ? '' : `; their own answers ${JSON.stringify(statuses)}`}\n`);
      }
      return { reads, holds, statuses };
    };

    const alone = () => beside('nobody', 0, () => Promise.reject(new Error('nobody asks')));
    const before = await alone();
    const vendors = await Promise.all(Array.from({ length: 8 }, (_, nth) => clientOf('vendor', nth)));
    const shops = await Promise.all(Array.from({ length: 11 }, (_, nth) => clientOf('customer', nth)));
    const explaining = await beside('eight callers of explain', 8, (nth) =>
      vendors[nth]?.get(`/stores/MAD-001/stock/${long.productId}/explain`, { timeoutMs: 60_000 }) ?? Promise.reject(new Error('nobody')));
    const between = await alone();
    const unknown = await beside('eleven callers of 100 unknown products', 11, (nth) => {
      const ids = Array.from({ length: 100 }, () => randomUUID()).join();
      return shops[nth]?.get(`/availability?product_ids=${ids}`, { timeoutMs: 60_000 }) ?? Promise.reject(new Error('nobody'));
    });
    const after = await alone();
    /** Of the quiet times before and after it the slower: the machine may have become busy in between. */
    const bound = (kind: 'reads' | 'holds', quiet: readonly (typeof before)[]): number =>
      RATIO * Math.max(UNNOTICED_MS, ...quiet.map((each) => each[kind].latency.p50));
    for (const [{ reads, holds, statuses }, quiet] of [[explaining, [before, between]], [unknown, [between, after]]] as const) {
      expect(Object.keys(statuses)).to.deep.equal(['200']);
      expect([Object.keys(reads.statuses), Object.keys(holds.statuses)]).to.deep.equal([['200'], ['201']]);
      expect(reads.latency.p50, 'ms until a read of somebody else is answered').to.be.below(bound('reads', quiet));
      expect(holds.latency.p50, 'ms until a hold of somebody else is made').to.be.below(bound('holds', quiet));
    }
    await system.expectInvariants();
  });
});
