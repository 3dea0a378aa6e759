import { expect } from 'chai';
import { customers, generate, openSystem, stock } from '@inventory/bench/system/system.ts';
import type { BenchSystem } from '@inventory/bench/system/system.ts';
import type { LoadResult, LoadSpec } from '@inventory/bench/system/load.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';

/** Whoever is refused is told to come again in a second: the answer must not take as long as that. */
const REFUSED_WITHIN_MS = 1_000;
/** More than the api has in hand, or it would never be too much: a connection has one request at a time. */
const MANY = 1_500;
const OVERLOAD_MS = 12_000;
const RECOVERY_MS = 10_000;
/**
 * What is left under overload, and what is back behind it, of the peaks beside it. What the product promises is measured by the
 * bench (O1); on a machine whose speed changes by a third within a minute this is the difference between shedding and not.
 */
const LEAST = 0.5;

/** O1 of `npm run bench` has the figures; here are the rules. */
describe('three times as many changes as can be made', function () {
  this.timeout(240_000);
  let system: BenchSystem;
  before(async () => { system = await openSystem(); });
  after(() => system.close());

  it('are shed soon, leave the others most of what there is, and are forgotten within ten seconds', async () => {
    const rows = await stock(system, 2_000);
    const [api, people] = await Promise.all([
      system.start('api'), customers(system), system.start('relay'), system.start('projector'),
    ]);
    const reserve = (how: Pick<LoadSpec, 'connections' | 'rate' | 'durationMs' | 'warmupMs'>): Promise<LoadResult> =>
      generate({ ...how, port: api.port, requests: { kind: 'reserve', rows, customers: people } });
    const usual = { connections: 64, rate: 'closed', warmupMs: 500 } as const;
    const peakNow = (durationMs = 4_000): Promise<LoadResult> => reserve({ ...usual, durationMs });

    await peakNow();
    const { perSecond: before } = await peakNow();
    const over = await reserve({ connections: MANY, rate: 3 * before, warmupMs: 3_000, durationMs: OVERLOAD_MS });
    const endedAt = performance.now();
    let back = await peakNow(1_500);
    while (back.perSecond < LEAST * before && performance.now() - endedAt < RECOVERY_MS) back = await peakNow(1_500);
    const { perSecond: behind } = await peakNow();
    const told = `peaks ${Math.round(before)} and ${Math.round(behind)}/s; at three times that ${Math.round(over.perSecond)}/s, `
      + `${JSON.stringify(over.statuses)}, refused after p50 ${over.refusals.p50.toFixed(0)} ms, p95 ${over.refusals.p95.toFixed(0)}; `
      + `${Math.round(back.perSecond)}/s behind it`;
    process.stdout.write(`      ${told}\n`);
    expect(Object.keys(over.statuses), told).to.have.members(['201', '503']);
    expect(over.refusals.p50, told).to.be.below(REFUSED_WITHIN_MS);
    expect(over.perSecond, told).to.be.at.least(LEAST * Math.min(before, behind));
    expect(back.perSecond, told).to.be.at.least(LEAST * before);
    // Nothing of the crowd is left in any line.
    expect(Object.keys(back.statuses), told).to.deep.equal(['201']);
    await expectInvariants(system.pool);
  });
});
