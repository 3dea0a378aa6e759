import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { customers, generate, openStage, stock } from '../bench/stage.ts';
import type { Stage } from '../bench/stage.ts';
import type { LoadResult, LoadSpec } from '../bench/load.ts';
import { expectInvariants } from '../invariants.ts';

/**
 * How soon half of the refusals must come. The generator, the api and all servers share two cores: in the slow ones is how
 * long the api waits for one of them.
 */
const REFUSED_WITHIN_MS = 100;
/** And nearly all of them. */
const ALL_REFUSED_WITHIN_MS = 1_000;
/** More than the api has in hand, or it would never be too much: a connection has one request at a time. */
const MANY = 1_500;
const OVERLOAD_MS = 15_000;
const RECOVERY_MS = 10_000;

describe('three times as many changes as can be made', function () {
  this.timeout(240_000);
  let stage: Stage;
  before(async () => { stage = await openStage(); });
  after(() => stage.close());

  it('are shed soon, cost the others little, and are forgotten within ten seconds', async () => {
    const rows = await stock(stage, 2_000);
    const [api, people] = await Promise.all([
      stage.start('api'), customers(stage), stage.start('relay'), stage.start('projector'),
    ]);
    const reserve = (how: Pick<LoadSpec, 'connections' | 'rate' | 'durationMs' | 'warmupMs'>): Promise<LoadResult> =>
      generate({ ...how, port: api.port, requests: { kind: 'reserve', rows, customers: people } });
    const usual = { connections: 64, rate: 'closed', warmupMs: 2_000, durationMs: 5_000 } as const;

    await reserve(usual);
    const peak = await reserve(usual);
    const over = await reserve({ connections: MANY, rate: 3 * peak.perSecond, warmupMs: 3_000, durationMs: OVERLOAD_MS });
    const endedAt = performance.now();
    let after: LoadResult;
    do {
      after = await reserve({ ...usual, warmupMs: 500, durationMs: 1_500 });
      if (after.perSecond >= 0.9 * peak.perSecond) break;
      await delay(250);
    } while (performance.now() - endedAt < RECOVERY_MS);
    const recoveredMs = performance.now() - endedAt;

    const per = (share: number): string => `${Math.round(share * 100)} %`;
    process.stdout.write(`      peak ${Math.round(peak.perSecond)}/s; at three times that ${Math.round(over.perSecond)}/s `
      + `(${per(over.perSecond / peak.perSecond)}), ${JSON.stringify(over.statuses)}, a refusal after p50 `
      + `${over.refusals.p50.toFixed(1)} ms, p95 ${over.refusals.p95.toFixed(1)}, p99 ${over.refusals.p99.toFixed(1)} ms; `
      + `${Math.round(after.perSecond)}/s ${Math.round(recoveredMs)} ms after it\n`);
    expect(Object.keys(over.statuses), 'statuses').to.have.members(['201', '503']);
    expect(over.refusals.p50, 'ms until a refusal').to.be.below(REFUSED_WITHIN_MS);
    expect(over.refusals.p99, 'ms until nearly all').to.be.below(ALL_REFUSED_WITHIN_MS);
    expect(over.perSecond, 'changes a second').to.be.at.least(0.8 * peak.perSecond);
    expect(recoveredMs, 'ms until it is as fast as before').to.be.below(RECOVERY_MS);
    await expectInvariants(stage.pool);
  });
});
