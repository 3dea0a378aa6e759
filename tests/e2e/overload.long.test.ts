import { expect } from 'chai';
import { median } from '@inventory/testkit/figures/latency.ts';
import { customers, generate, openSystem, stock } from '@inventory/bench/system/system.ts';
import type { BenchSystem } from '@inventory/bench/system/system.ts';
import type { LoadResult, LoadSpec } from '@inventory/bench/system/load.ts';
import { expectInvariants } from '@inventory/testkit/invariants/invariants.ts';

/** How soon nearly all refusals must come: 19 of 20. The rest wait while something else has the core. */
const REFUSED_WITHIN_MS = 100;
const ALL_REFUSED_WITHIN_MS = 500;
/** More than the api has in hand, or it would never be too much: a connection has one request at a time. */
const MANY = 1_500;
const OVERLOAD_MS = 12_000;
const RECOVERY_MS = 10_000;
/**
 * The generator, the api and all servers share the cores, whose speed changes by a third within a minute where others have
 * machines beside ours. So what overload leaves is held against the peaks before and behind it, and the middle one of
 * three counts.
 */
const ROUNDS = 3;

interface Round {
  readonly peak: number;
  readonly over: LoadResult;
  readonly recovered: { readonly perSecond: number; readonly afterMs: number };
}

describe('three times as many changes as can be made', function () {
  this.timeout(240_000);
  let system: BenchSystem;
  before(async () => { system = await openSystem(); });
  after(() => system.close());

  it('are shed soon, cost the others little, and are forgotten within ten seconds', async () => {
    const rows = await stock(system, 2_000);
    const [api, people] = await Promise.all([
      system.start('api'), customers(system), system.start('relay'), system.start('projector'),
    ]);
    const reserve = (how: Pick<LoadSpec, 'connections' | 'rate' | 'durationMs' | 'warmupMs'>): Promise<LoadResult> =>
      generate({ ...how, port: api.port, requests: { kind: 'reserve', rows, customers: people } });
    const usual = { connections: 64, rate: 'closed', warmupMs: 500 } as const;
    const peakNow = async (durationMs = 4_000): Promise<number> => (await reserve({ ...usual, durationMs })).perSecond;
    const recover = async (peak: number): Promise<Round['recovered']> => {
      const endedAt = performance.now();
      for (;;) {
        const perSecond = await peakNow(1_500);
        const afterMs = performance.now() - endedAt;
        if (perSecond >= 0.9 * peak || afterMs > RECOVERY_MS) return { perSecond, afterMs };
      }
    };

    await peakNow();
    const rounds: Round[] = [];
    while (rounds.length < ROUNDS) {
      const peak = await peakNow();
      const over = await reserve({ connections: MANY, rate: 3 * peak, warmupMs: 3_000, durationMs: OVERLOAD_MS });
      rounds.push({ peak, over, recovered: await recover(peak) });
    }
    const lastPeak = await peakNow();

    const shares = rounds.map(({ peak, over }, nth) => over.perSecond / ((peak + (rounds[nth + 1]?.peak ?? lastPeak)) / 2));
    for (const [nth, { peak, over, recovered }] of rounds.entries()) {
      const { p50, p95, p99 } = over.refusals;
      process.stdout.write(`      peak ${Math.round(peak)}/s; at three times that ${Math.round(over.perSecond)}/s, `
        + `${Math.round((shares[nth] ?? 0) * 100)} % of the peaks beside it, ${JSON.stringify(over.statuses)}, a refusal after `
        + `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)}; ${Math.round(recovered.perSecond)}/s `
        + `${Math.round(recovered.afterMs)} ms after it\n`);
      expect(Object.keys(over.statuses), 'statuses').to.have.members(['201', '503']);
      expect(p99, 'ms until nearly every refusal').to.be.below(ALL_REFUSED_WITHIN_MS);
    }
    expect(median(rounds.map(({ over }) => over.refusals.p95)), 'ms until a refusal').to.be.below(REFUSED_WITHIN_MS);
    expect(median(shares), 'of the peak').to.be.at.least(0.8);
    expect(median(rounds.map(({ recovered }) => recovered.afterMs)), 'ms until it is as fast as before')
      .to.be.below(RECOVERY_MS);
    await expectInvariants(system.pool);
  });
});
